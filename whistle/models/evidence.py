"""What a case is proved with: photos before and after, papers; and the place a photo told, where somebody agreed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.attachments.models import Attachment
from whistle.models.assignments import Assignment
from whistle.models.cases import Case
from whistle.querysets import EvidenceQuerySet


class Evidence(models.Model):
    """One file of a case. Withdrawn it stays as a row: who, when, why; only its bytes are gone."""

    class Moment(models.TextChoices):
        BEFORE = "before", pgettext_lazy("a picture", "Before")
        DURING = "during", pgettext_lazy("a picture", "While handling")
        AFTER = "after", pgettext_lazy("a picture", "After")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("case"))
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    attachment = models.OneToOneField(
        Attachment, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("attachment")
    )
    moment = models.CharField(_("moment"), max_length=6, choices=Moment.choices)
    caption = models.CharField(_("what it shows"), max_length=60, blank=True)
    # the earlier picture of the same spot
    pair = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="later")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))
    removed_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_reason = models.CharField(_("why it was withdrawn"), max_length=200, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(
                condition=Q(pair=None) | Q(moment="after"), name="evidence_pair_is_of_a_later_picture"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None, removed_reason="")
                | (Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_reason="")),
                name="evidence_withdrawn_by_somebody_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["case", "id"], name="evidence_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.caption or self.attachment_id}"


class CaseLocation(models.Model):
    """Where the matter is, WGS-84: read from a photo because whoever sent it agreed. One of a case, the newest."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="location", primary_key=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("agreed"))
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("location of a case")
        verbose_name_plural = _("locations of cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="case_location_is_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.text}"

    @property
    def text(self) -> str:
        """The place in degrees, as people read it: 25.04130°N 102.70190°E."""
        north, east = ("N" if self.latitude >= 0 else "S"), ("E" if self.longitude >= 0 else "W")
        return f"{abs(self.latitude):.5f}°{north} {abs(self.longitude):.5f}°{east}"
