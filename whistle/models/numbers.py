"""The numbers a case has elsewhere: at the hotline, in the grid system, at the petition office."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from whistle.models.cases import Case


class ExternalNumber(models.Model):
    """One number of a case in another system. The same number on two cases is a hint, and no error."""

    class System(models.TextChoices):
        HOTLINE = "hotline", _("12345 hotline")
        GRID = "grid", _("Grid system")
        PETITION = "petition", _("Petition office")
        INSPECTION = "inspection", _("Inspection")
        OTHER = "other", _("Another system")

    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="external_numbers", verbose_name=_("case")
    )
    system = models.CharField(_("system"), max_length=12, choices=System.choices)
    number = models.CharField(_("number"), max_length=60)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("external number")
        verbose_name_plural = _("external numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "system", "number"],
                name="external_number_once_a_case",
                violation_error_message=_("The case has this number already."),
            ),
            models.CheckConstraint(condition=~models.Q(number=""), name="external_number_is_not_empty"),
        ]
        indexes = [
            # which cases have this number
            models.Index(fields=["number"], name="case_by_external_number"),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.number}"
