"""The lists of what communities do (减负): items with their validity, the steps of their history, the rules in figures.

What is on a list on a day is read from `valid_from` and `valid_to`; no status is kept beside them (domain.md §3.2).
"""

from datetime import date
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.querysets import WorkItemQuerySet
from kunming_portal.divisions.models import Division, codes_above
from kunming_portal.organisations.models import Unit


class WorkKind(models.TextChoices):
    """Which list an item is on."""

    BY_LAW = "by_law", _("Performed by law")
    ASSISTANCE = "assistance", _("Assisted by law")
    STAMP = "stamp", _("Stamp")


class Frequency(models.TextChoices):
    """How often something is done."""

    ONCE = "once", pgettext_lazy("frequency", "Once")
    DAILY = "daily", pgettext_lazy("frequency", "Every working day")
    WEEKLY = "weekly", pgettext_lazy("frequency", "Weekly")
    MONTHLY = "monthly", pgettext_lazy("frequency", "Monthly")
    QUARTERLY = "quarterly", pgettext_lazy("frequency", "Quarterly")
    YEARLY = "yearly", pgettext_lazy("frequency", "Yearly")
    AS_NEEDED = "as_needed", pgettext_lazy("frequency", "As needed")


# Times a month. 250 working days a year are the usual figure; what is done once or as needed has no rhythm to count.
TIMES_A_MONTH: dict[str, Decimal] = {
    Frequency.DAILY: Decimal(250) / 12,
    Frequency.WEEKLY: Decimal(52) / 12,
    Frequency.MONTHLY: Decimal(1),
    Frequency.QUARTERLY: Decimal(1) / 3,
    Frequency.YEARLY: Decimal(1) / 12,
}


class WorkItem(models.Model):
    """One thing that communities do or stamp, for as long as it is valid, in the city or one part of it."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=80)
    kind = models.CharField(pgettext_lazy("noun", "list"), max_length=12, choices=WorkKind.choices)
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    department = models.CharField(_("sponsoring department"), max_length=60)
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="work_items",
        verbose_name=_("the department in the portal"),
    )
    frequency = models.CharField(
        _("frequency"), max_length=10, choices=Frequency.choices, default=Frequency.AS_NEEDED
    )
    hours = models.DecimalField(
        _("hours a time"),
        max_digits=5,
        decimal_places=1,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(999))],
        help_text=_("Estimated hours of one community each time."),
    )
    resources = models.CharField(_("money and people that come with it"), max_length=200, blank=True)
    scope = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="work_items", verbose_name=_("valid in")
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("last day"), null=True, blank=True)
    approval_number = models.CharField(_("document number"), max_length=60, blank=True)
    exit_reason = models.CharField(_("why it left the list"), max_length=200, blank=True)
    search_text = models.TextField(_("search text"), blank=True, editable=False)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="work_item_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(exit_reason="") | Q(valid_to__isnull=False),
                name="work_item_that_left_has_a_last_day",
                violation_error_message=_("An item that left the list has a last day."),
            ),
        ]
        indexes = [
            # what is in force on a day, by list
            models.Index(fields=["kind", "valid_from", "valid_to"], name="work_item_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the item's page."""
        return reverse("work-item", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"work_item:{self.pk}"

    @property
    def a_month(self) -> Decimal | None:
        """Hours a month one community needs for it; None where it has no rhythm. No query."""
        times = TIMES_A_MONTH.get(self.frequency)
        return None if times is None else self.hours * times

    def is_in_force(self, day: date) -> bool:
        """Whether it is on its list on this day. No query."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def covers(self, code: str) -> bool:
        """Whether a community, or all of a larger place, lies where it is valid. No query."""
        return self.scope_id in codes_above(code)


class ListStep(models.Model):
    """A day from which the lists were drawn anew, and the document that did it. The counts are read from the items."""

    day = models.DateField(_("from"), unique=True)
    document = models.CharField(_("document"), max_length=120)
    note = models.CharField(pgettext_lazy("of a step", "note"), max_length=300, blank=True)

    objects: models.Manager["ListStep"] = models.Manager()

    class Meta:
        verbose_name = _("step of the lists")
        verbose_name_plural = _("steps of the lists")

    def __str__(self) -> str:
        return f"{self.day} {self.document}"


class BurdenRules(models.Model):
    """The figures of admission: data, one row (proposals; the city's own are to be entered)."""

    longest_days = models.PositiveSmallIntegerField(
        _("longest admission, days"), default=731, validators=[MinValueValidator(30)]
    )
    usual_days = models.PositiveSmallIntegerField(
        _("usual admission, days"), default=365, validators=[MinValueValidator(1)]
    )
    warn_days = models.PositiveSmallIntegerField(_("warn so many days before an item lapses"), default=30)
    refused_days = models.PositiveSmallIntegerField(_("a refusal is recalled for so many days"), default=365)
    count_days = models.PositiveSmallIntegerField(
        _("days the meter looks back"), default=30, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("figures of admission")
        verbose_name_plural = _("figures of admission")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="burden_rules_are_one_row"),
            models.CheckConstraint(
                condition=Q(usual_days__lte=F("longest_days")), name="usual_admission_is_not_the_longest"
            ),
        ]

    def __str__(self) -> str:
        return str(_("figures of admission"))


class PortalAsk(models.Model):
    """How long one step takes that this portal itself asks of a community: an estimate, editable.

    Which rows count as such a step stands in `communities/selectors` beside the query.
    """

    class Step(models.TextChoices):
        BLOW = "blow", _("Write a matter and blow the whistle")
        SIGN_OFF = "sign_off", _("Sign off a whistle")
        VERIFY = "verify", _("Verify and rate what was done")
        COMPLETE = "complete", _("Complete what was returned")
        REPORT = "report", _("Report on an undertaking or a supervision notice")
        ASK = "ask", _("Record who asked for what, and refuse")
        REGISTERS = "registers", _("Keep registers and records of communities")

    step = models.CharField(_("step"), max_length=12, choices=Step.choices, unique=True)
    minutes = models.DecimalField(
        _("minutes each time"), max_digits=5, decimal_places=1, validators=[MinValueValidator(Decimal(0))]
    )

    class Meta:
        verbose_name = _("estimate of a step of the portal")
        verbose_name_plural = _("estimates of the portal's steps")

    def __str__(self) -> str:
        return self.get_step_display()
