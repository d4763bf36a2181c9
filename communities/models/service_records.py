"""Service as facts, and the opinion a community gives a unit once a year from them (domain.md §3.1, §9)."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.check_ins import CheckIn
from communities.models.compounds import Compound
from communities.models.findable import Findable
from communities.models.needs import CommunityNeed
from communities.querysets import OpinionQuerySet, ServiceRecordQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division


class ServiceRecord(Findable):
    """Who did what on which day, and what came of it. A fact: nothing is computed from it, nobody is ranked by it."""

    check_in = models.ForeignKey(
        CheckIn, on_delete=models.PROTECT, related_name="records", verbose_name=_("who")
    )
    # the community of the check-in, kept beside it so that lists of a territory need no join
    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="service_records", verbose_name=_("community")
    )
    on = models.DateField(_("date"))
    item = models.CharField(_("item of service"), max_length=60)
    outcome = models.CharField(_("what came of it"), max_length=300, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=4, decimal_places=1, null=True, blank=True)
    need = models.ForeignKey(
        CommunityNeed,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="records",
        verbose_name=_("need"),
    )
    compound = models.ForeignKey(
        Compound,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="service_records",
        verbose_name=_("compound"),
    )
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ServiceRecordQuerySet.as_manager()

    class Meta(Findable.Meta):
        verbose_name = _("service record")
        verbose_name_plural = _("service records")
        constraints = [
            models.UniqueConstraint(
                fields=["check_in", "on", "item"],
                name="service_is_recorded_once",
                violation_error_message=_("This service of that day is recorded already."),
            ),
            models.CheckConstraint(
                condition=Q(hours=None) | Q(hours__gt=0, hours__lte=24),
                name="service_lasts_a_day_at_most",
                violation_error_message=_("Between half an hour and 24 hours."),
            ),
        ]
        indexes = [
            *Findable.Meta.indexes,
            # lists of a territory, newest first
            models.Index(fields=["community", "-id"], name="service_record_of_community"),
        ]

    def __str__(self) -> str:
        return self.item

    def get_absolute_url(self) -> str:
        """Return the page on which it stands: that of the check-in."""
        return self.check_in.get_absolute_url()

    def keep_words(self) -> None:
        """Keep what the record is found by: who, of which unit, what."""
        self.found_by(self.check_in.name, self.check_in.unit_name, self.item, plain=[self.outcome])


class YearlyOpinion(models.Model):
    """What a community says to a unit about a year (年度意见).

    A draft reads the facts as they are; issued, it keeps them.
    """

    class Status(models.TextChoices):
        DRAFTED = "drafted", pgettext_lazy("opinion", "Draft")
        ISSUED = "issued", pgettext_lazy("opinion", "Issued")

    check_in = models.ForeignKey(
        CheckIn, on_delete=models.PROTECT, related_name="opinions", verbose_name=_("unit")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.DRAFTED)
    text = models.TextField(_("opinion"), max_length=1500)
    facts = models.JSONField(_("facts"), null=True, blank=True)
    drafted_at = models.DateTimeField(_("drafted"))
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = _("yearly opinion")
        verbose_name_plural = _("yearly opinions")
        constraints = [
            models.UniqueConstraint(
                fields=["check_in", "year"],
                name="opinion_is_given_once_a_year",
                violation_error_message=_("There is an opinion on this year already."),
            ),
            models.CheckConstraint(
                condition=Q(status="drafted", issued_at=None, issued_by=None, facts=None)
                | Q(status="issued", issued_at__isnull=False, issued_by__isnull=False, facts__isnull=False),
                name="issued_opinion_keeps_its_facts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_in} {self.year}"

    def get_absolute_url(self) -> str:
        """Return the opinion's page."""
        return reverse("opinion", args=[self.pk])

    @property
    def is_issued(self) -> bool:
        """Whether it went to the unit."""
        return self.status == self.Status.ISSUED
