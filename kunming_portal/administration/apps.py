from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _

from kunming_portal.administration import checks


class AdministrationConfig(AppConfig):
    default = True
    name = "kunming_portal.administration"
    verbose_name = _("Administration")

    def ready(self) -> None:
        register(checks.encryption_keys_fit, Tags.security)
        register(checks.keys_are_apart, Tags.security)
        register(checks.hooks_exist, Tags.compatibility)
        register(checks.driver_is_the_tested_one, Tags.database)


class PortalAdminConfig(admin.AdminConfig):
    """Django's admin on our site: our sign-in, and only pages that write the trail."""

    default = False
    default_site = "kunming_portal.administration.site.PortalAdminSite"
