from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffingConfig(AppConfig):
    name = "kunming_portal.staffing"
    verbose_name = _("Absences and duty")
