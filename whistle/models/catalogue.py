"""The dispatch catalogue (派单目录): whose matter a sub-class is at a place, by which law; what came of it."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from whistle.models.kinds import SubClass
from whistle.models.whistles import Whistle
from whistle.workflow import Tier

Function = Unit.Function


class Level(models.TextChoices):
    """At which level of the case's place a unit sits. Values are those of `Division.Level`."""

    STREET = "street", pgettext_lazy("level of a unit", "Street")
    COUNTY = "county", pgettext_lazy("level of a unit", "County")
    CITY = "city", pgettext_lazy("level of a unit", "City")

    @property
    def digits(self) -> int:
        """Return the length of a division's code at this level."""
        return {Level.STREET: 9, Level.COUNTY: 6, Level.CITY: 4}[self]


class Called(models.Model):
    """A unit that is named, or a function at a level: the unit which has it at the case's street, county, city."""

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    function = models.CharField(_("function"), max_length=20, choices=Function.choices, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, function="", level="")
                | (Q(unit=None) & ~Q(function="") & ~Q(level="")),
                name="%(class)s_names_a_unit_or_a_function",
            )
        ]

    @property
    def label(self) -> str:
        """How the list says whom it means: a unit's name, or level and function."""
        if self.unit is not None:
            return self.unit.short_name
        return f"{self.get_level_display()}·{self.get_function_display()}"

    @property
    def key(self) -> tuple[int | None, str, str]:
        """What tells one from another."""
        return (self.unit_id, self.function, self.level)


class CatalogueEntry(Called):
    """One version of one line of the catalogue: sub-class at a tier and a place -> lead, assists, legal basis.

    Without a division it holds everywhere; the more specific place wins. A change ends the version and writes the
    next, so a dispatch of the past can be explained.
    """

    sub_class = models.ForeignKey(
        SubClass, on_delete=models.PROTECT, related_name="catalogue", verbose_name=_("sub-class")
    )
    tier = models.PositiveSmallIntegerField(_("tier"), choices=Tier.choices)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only in this division"),
    )
    power = models.CharField(_("power"), max_length=80)
    legal_basis = models.CharField(_("legal basis"), max_length=200)
    note = models.CharField(_("why it was changed"), max_length=200, blank=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )

    class Meta:
        verbose_name = _("catalogue entry")
        verbose_name_plural = _("dispatch catalogue")
        constraints = [
            *Called.Meta.constraints,
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="entry_does_not_end_before_it_begins",
            ),
            ExclusionConstraint(
                name="entry_is_alone_at_its_place_and_time",
                expressions=[
                    ("sub_class", RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    (Coalesce("division", Value("")), RangeOperators.EQUAL),
                    (
                        Func(
                            "valid_from", "valid_to", function="TSTZRANGE", output_field=DateTimeRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [
            # what holds for a sub-class now
            models.Index(fields=["sub_class", "tier"], condition=Q(valid_to=None), name="entry_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.sub_class} {self.get_tier_display()} v{self.version}"

    def get_absolute_url(self) -> str:
        """Return the entry's page."""
        return reverse("catalogue-entry", args=[self.pk])

    @property
    def place(self) -> str:
        """Where it holds."""
        return self.division.name if self.division is not None else str(_("Everywhere"))

    def holds_at(self, moment: datetime) -> bool:
        """Whether this version is in force."""
        return self.valid_from <= moment and (self.valid_to is None or self.valid_to > moment)


class CatalogueAssist(Called):
    """A unit that the catalogue lists as assisting."""

    entry = models.ForeignKey(CatalogueEntry, on_delete=models.PROTECT, related_name="assists")

    class Meta:
        verbose_name = _("assisting unit of the catalogue")
        verbose_name_plural = _("assisting units of the catalogue")
        constraints = [
            *Called.Meta.constraints,
            models.UniqueConstraint(
                fields=["entry", "unit", "function", "level"],
                nulls_distinct=False,
                name="entry_lists_an_assist_once",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class SuggestionOutcome(models.Model):
    """What the catalogue proposed at one dispatch, what was chosen, and whether an objection was upheld."""

    whistle = models.ForeignKey(Whistle, on_delete=models.PROTECT, related_name="suggestions")
    entry = models.ForeignKey(CatalogueEntry, on_delete=models.PROTECT, related_name="outcomes")
    suggested = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    chosen = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("dispatched"))
    overturned_at = models.DateTimeField(_("objection upheld"), null=True)
    taken_by = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("outcome of a suggestion")
        verbose_name_plural = _("outcomes of suggestions")
        constraints = [
            models.UniqueConstraint(fields=["whistle", "at"], name="dispatch_has_one_suggestion"),
            models.CheckConstraint(
                condition=Q(taken_by=None) | Q(overturned_at__isnull=False), name="taken_after_an_objection"
            ),
        ]
        indexes = [
            # accuracy of an entry in a period
            models.Index(fields=["entry", "at"], name="suggestion_by_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.whistle_id}: {self.entry_id}"


class CatalogueProposal(Called):
    """What upheld objections say of an entry: another lead. A person confirms or dismisses it; nothing else does."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("proposal", "Open")
        CONFIRMED = "confirmed", pgettext_lazy("proposal", "Confirmed")
        DISMISSED = "dismissed", pgettext_lazy("proposal", "Dismissed")

    entry = models.ForeignKey(CatalogueEntry, on_delete=models.PROTECT, related_name="proposals")
    times = models.PositiveSmallIntegerField(_("times"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    first_at = models.DateTimeField(_("first proposed"))
    last_at = models.DateTimeField(_("last proposed"))
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        constraints = [
            *Called.Meta.constraints,
            models.UniqueConstraint(
                fields=["entry", "unit", "function", "level"],
                condition=Q(state="pending"),
                nulls_distinct=False,
                name="proposal_is_pending_once",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at=None, decided_by=None)
                | (~Q(state="pending") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="proposal_is_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.label}"
