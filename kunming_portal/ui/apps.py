from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.checks import navigation_exists


class UiConfig(AppConfig):
    name = "kunming_portal.ui"
    verbose_name = _("Interface")

    def ready(self) -> None:
        checks.register(navigation_exists)
