"""Objections of called units, and the consultation that settles them for good."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from whistle.models.assignments import Assignment
from whistle.models.requests import Request
from whistle.models.whistles import Whistle


class Objection(Request):
    """A called unit says that the matter is not its own, by which law, and whose it is (退单). Once a whistle."""

    whistle = models.ForeignKey(Whistle, on_delete=models.PROTECT, related_name="objections")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="objections")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    basis = models.CharField(_("legal basis"), max_length=300)
    suggested = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("suggested unit")
    )
    replacement = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("called instead"),
    )
    # From the second on the tier above decides, in a consultation
    is_second = models.BooleanField(default=False)

    class Meta(Request.Meta):
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            *Request.Meta.constraints,
            models.UniqueConstraint(fields=["whistle", "unit"], name="unit_objects_once_a_whistle"),
            models.CheckConstraint(
                condition=Q(replacement=None) | Q(answer="granted"), name="only_an_upheld_objection_replaces"
            ),
            models.CheckConstraint(
                condition=~Q(suggested=models.F("unit")), name="objection_suggests_another_unit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id} {self.unit_id}"


class Consultation(models.Model):
    """The tier above hears the units and decides who leads and who assists (会商). Once a whistle, and final."""

    whistle = models.OneToOneField(Whistle, on_delete=models.PROTECT, related_name="consultation")
    convener = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("convened by")
    )
    opened_at = models.DateTimeField(_("convened"))
    held_on = models.DateField(_("held on"), null=True, blank=True)
    participants = models.CharField(_("who took part"), max_length=300, blank=True)
    decision = models.TextField(_("decision"), max_length=1000, blank=True)
    lead = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lead")
    )
    assists = models.ManyToManyField(Unit, related_name="+", verbose_name=_("assisting"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, lead=None, held_on=None, decision="")
                | (
                    Q(decided_at__isnull=False, decided_by__isnull=False)
                    & Q(lead__isnull=False, held_on__isnull=False)
                    & ~Q(decision="")
                ),
                name="consultation_is_recorded_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id}"
