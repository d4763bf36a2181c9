"""The app of workbooks in and out."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from kunming_portal.spreadsheets.checks import registers_fit


class SpreadsheetsConfig(AppConfig):
    """Knows no register: the apps bring theirs, the setting PORTAL_REGISTERS names them."""

    name = "kunming_portal.spreadsheets"
    verbose_name = _("Workbooks")

    def ready(self) -> None:
        """Look at the registers when the portal starts."""
        checks.register(registers_fit)
