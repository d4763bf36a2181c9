"""Admission of new work (准入审批): what a department wants communities to do, and how that was decided.

A request waits on an undertaking of the deciding office; its state is derived from that and from the outcome.
"""

from dataclasses import dataclass

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.burden import Frequency, WorkItem, WorkKind
from communities.models.undertakings import Undertaking
from communities.querysets import AdmissionQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit


class AdmissionState(models.TextChoices):
    """Where a request stands."""

    SUBMITTED = "submitted", pgettext_lazy("admission", "Waiting for a decision")
    RETURNED = "returned", pgettext_lazy("admission", "Returned for completion")
    ADMITTED = "admitted", pgettext_lazy("admission", "Admitted")
    REFUSED = "refused", pgettext_lazy("admission", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("admission", "Withdrawn")


@dataclass(frozen=True)
class Move:
    """A change of state: from where, to where, by which side."""

    start: frozenset[AdmissionState]
    end: AdmissionState
    side: str


_S = AdmissionState
# The whole procedure: every other change is refused
MOVES: dict[str, Move] = {
    "admit": Move(frozenset({_S.SUBMITTED}), _S.ADMITTED, "decider"),
    "refuse": Move(frozenset({_S.SUBMITTED}), _S.REFUSED, "decider"),
    "return": Move(frozenset({_S.SUBMITTED}), _S.RETURNED, "decider"),
    "complete": Move(frozenset({_S.RETURNED}), _S.SUBMITTED, "applicant"),
    "withdraw": Move(frozenset({_S.SUBMITTED, _S.RETURNED}), _S.WITHDRAWN, "applicant"),
}


class AdmissionRequest(models.Model):
    """A department applies that communities of a place do something until a day; one office decides, with reasons."""

    class Outcome(models.TextChoices):
        ADMITTED = "admitted", pgettext_lazy("admission", "Admitted")
        REFUSED = "refused", pgettext_lazy("admission", "Refused")
        RETURNED = "returned", pgettext_lazy("admission", "Returned for completion")
        WITHDRAWN = "withdrawn", pgettext_lazy("admission", "Withdrawn")

    applicant = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="admission_requests", verbose_name=_("applicant")
    )
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("what communities are to do"), max_length=1000)
    kind = models.CharField(
        pgettext_lazy("noun", "list"), max_length=12, choices=WorkKind.choices, default=WorkKind.ASSISTANCE
    )
    scope = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        related_name="admission_requests",
        verbose_name=_("communities of"),
    )
    legal_basis = models.CharField(_("legal basis"), max_length=200)
    frequency = models.CharField(_("frequency"), max_length=10, choices=Frequency.choices)
    hours = models.DecimalField(_("hours a time"), max_digits=5, decimal_places=1)
    means = models.CharField(_("forms or system used"), max_length=200, blank=True)
    resources = models.CharField(_("money and people that come with it"), max_length=200)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    replaces = models.ForeignKey(
        WorkItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        verbose_name=_("replaces"),
    )
    undertaking = models.OneToOneField(
        Undertaking, on_delete=models.PROTECT, related_name="admission_request", verbose_name=_("undertaking")
    )
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(_("applied"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    reason = models.TextField(_("reasons"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # the item it made; what it is worth on a day is read there
    item = models.OneToOneField(
        WorkItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="request",
        verbose_name=_("work item"),
    )

    objects = AdmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("admission request")
        verbose_name_plural = _("admission requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="admission_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None, decided_by=None, reason="")
                | (~Q(outcome="") & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(reason="")),
                name="admission_decided_by_somebody_with_reasons",
            ),
            models.CheckConstraint(
                condition=Q(outcome="admitted", item__isnull=False) | (~Q(outcome="admitted") & Q(item=None)),
                name="admitted_request_has_its_item",
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0),
                name="admission_takes_time",
                violation_error_message=_("Estimate the hours; nothing takes no time."),
            ),
        ]
        indexes = [
            # what was asked for a place
            models.Index(fields=["scope", "-id"], name="admission_of_scope"),
            # what a department asked for
            models.Index(fields=["applicant", "-id"], name="admission_of_applicant"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the request's page."""
        return reverse("admission", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"admission:{self.pk}"

    @property
    def state(self) -> AdmissionState:
        """Where it stands: dropped on the undertaking's page is withdrawn too. No query when that is loaded."""
        if self.outcome:
            return AdmissionState(self.outcome)
        if self.undertaking.status == Undertaking.Status.DROPPED:
            return AdmissionState.WITHDRAWN
        return AdmissionState.SUBMITTED
