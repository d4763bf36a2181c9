"""What cases can be filtered by: one set for the pages, the export and the API."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.filters import DIGITS, WithinFilter
from kunming_portal.grams import needed, words_of
from kunming_portal.organisations.models import Unit
from whistle.models import (
    Case,
    CaseDeadline,
    CatalogueEntry,
    Hold,
    Kind,
    RecalculatedDeadline,
    SubClass,
    SupervisionTask,
    TaskDeadline,
    Whistle,
)
from whistle.querysets import CaseQuerySet, TaskQuerySet
from whistle.searches import find_cases
from whistle.workflow import CaseStatus, Ending, Step, Tier, WhistleStatus

LIGHTS = [
    ("over", _("Overdue")),
    ("soon", _("Due soon")),
    ("normal", _("On track")),
    ("hold", pgettext_lazy("light", "On hold")),
]
STATUSES = [
    ("open", _("All that is open")),
    *((s.value, s.label) for s in WhistleStatus if s != WhistleStatus.UPGRADED),
]


def check_words(text: str) -> None:
    """Refuse a search that could only read every case: a single character, or marks alone."""
    if text.strip() and not any(needed(word) for word in words_of(text)):
        raise ValidationError(
            _("Search for at least two characters in a row, Chinese, letters or digits."), code="short"
        )


def standing_at(**conditions: Any) -> Exists:
    """Return the condition that a case stands at such a whistle: the one that was not upgraded."""
    rows = Whistle.objects.filter(case=OuterRef("pk"), **conditions).exclude(status=WhistleStatus.UPGRADED)
    return Exists(rows)


HOLD_STATES = [("late", _("Review overdue")), ("soon", _("Ends within 30 days"))]
SOON = timedelta(days=30)


class HoldFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over holds; each narrows. Give it holds the reader may see."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    division = WithinFilter(field_name="whistle__case__division__code")
    state = django_filters.ChoiceFilter(label=_("Review"), choices=HOLD_STATES, method="by_state")

    class Meta:
        model = Hold
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.filters["class"] = django_filters.ChoiceFilter(
            label=_("Class of reason"), choices=Hold.ReasonClass.choices, field_name="reason_class"
        )

    def by_words(self, holds: QuerySet[Hold], _name: str, text: str) -> QuerySet[Hold]:
        """Holds of cases in which every word occurs."""
        return holds.filter(whistle__case__in=find_cases(Case.objects.all(), text))

    def by_state(self, holds: QuerySet[Hold], _name: str, state: str) -> QuerySet[Hold]:
        """Holds whose review is late, or which end soon."""
        if state == "soon":
            return holds.filter(until__lte=timezone.localdate(self.now + SOON))
        late = CaseDeadline.objects.running().filter(
            whistle=OuterRef("whistle"), step=Step.REVIEW, due_at__lt=self.now
        )
        return holds.filter(Exists(late))


class CaseFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over cases; each narrows. Give it cases the reader may see.

    `now` (keyword) is the moment by which lights are told; without it, as in the API, the moment of asking.
    """

    q = django_filters.CharFilter(
        label=_("Search"), method="by_words", max_length=100, validators=[check_words]
    )
    tier = django_filters.TypedChoiceFilter(
        label=_("Tier"), choices=Tier.choices, coerce=int, method="by_tier"
    )
    kind = django_filters.ModelChoiceFilter(
        label=_("Kind"),
        queryset=Kind.objects.order_by("position", "code"),
        to_field_name="code",
        method="by_kind",
    )
    sub_class = django_filters.ModelChoiceFilter(
        label=_("Sub-class"),
        queryset=SubClass.objects.order_by("kind__position", "position", "code"),
        to_field_name="code",
        method="by_sub_class",
    )
    status = django_filters.ChoiceFilter(label=_("Status"), choices=STATUSES, method="by_status")
    ending = django_filters.ChoiceFilter(label=_("Ending"), choices=Ending.choices)
    light = django_filters.ChoiceFilter(label=_("Light"), choices=LIGHTS, method="by_light")
    division = WithinFilter(field_name="division__code")
    unit = django_filters.CharFilter(label=_("Unit called"), method="by_unit", max_length=40)
    source = django_filters.ChoiceFilter(label=_("Source"), choices=Case.Source.choices)
    opened = django_filters.DateFromToRangeFilter(label=_("Written"), field_name="opened_at")
    mine = django_filters.BooleanFilter(label=_("Written by me"), method="by_me")
    compound = django_filters.NumberFilter(
        label=_("Compound"), method="by_compound", min_value=1, max_value=2**31
    )

    recalculation = django_filters.NumberFilter(
        label=_("Moved by a deadline change"), method="by_recalculation", min_value=1, max_value=2**31
    )

    class Meta:
        model = Case
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now or timezone.now()

    def by_words(self, cases: CaseQuerySet, _name: str, text: str) -> CaseQuerySet:
        """Every word must occur in number, title, text, place, units, or the pinyin of the short ones."""
        user = getattr(self.request, "user", None)
        scope = user.scope(Permission.CASE_VIEW) if isinstance(user, User) else None
        return find_cases(cases, text, within=scope)

    def by_tier(self, cases: CaseQuerySet, _name: str, tier: int) -> QuerySet[Case]:
        """Cases that stand at this tier."""
        return cases.filter(standing_at(tier=tier))

    def by_kind(self, cases: CaseQuerySet, _name: str, kind: Kind) -> QuerySet[Case]:
        """Cases whose present whistle is of this kind."""
        return cases.filter(standing_at(kind=kind))

    def by_sub_class(self, cases: CaseQuerySet, _name: str, sub_class: SubClass) -> QuerySet[Case]:
        """Cases whose present whistle is of this sub-class."""
        return cases.filter(standing_at(sub_class=sub_class))

    def by_status(self, cases: CaseQuerySet, _name: str, status: str) -> QuerySet[Case]:
        """Cases in this status, or all that are open."""
        return cases.open() if status == CaseStatus.OPEN else cases.filter(standing_at(status=status))

    def by_light(self, cases: CaseQuerySet, _name: str, light: str) -> CaseQuerySet:
        """Open cases with this light."""
        if light == "hold":
            return cases.on_hold()
        if light == "over":
            return cases.overdue(self.now)
        return cases.due_soon(self.now) if light == "soon" else cases.on_time(self.now)

    def by_unit(self, cases: CaseQuerySet, _name: str, code: str) -> QuerySet[Case]:
        """Cases on which this unit was ever called."""
        unit = Unit.objects.filter(code=code).only("pk").first()
        return cases.filter(called_units__contains=[unit.pk]) if unit is not None else cases.none()

    def by_me(self, cases: CaseQuerySet, _name: str, mine: bool) -> QuerySet[Case]:
        """Cases the reader wrote."""
        user = getattr(self.request, "user", None)
        return cases.filter(opened_by_id=user.pk) if mine and user is not None else cases

    def by_compound(self, cases: CaseQuerySet, _name: str, number: Decimal) -> QuerySet[Case]:
        """Cases that happened in this compound."""
        return cases.filter(compound_id=int(number))

    def by_recalculation(self, cases: CaseQuerySet, _name: str, number: Decimal) -> QuerySet[Case]:
        """Cases of which a deadline moved in this deadline change."""
        moved = RecalculatedDeadline.objects.filter(recalculation_id=int(number), outcome="moved")
        return cases.filter(pk__in=moved.values("deadline__case_id"))


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over supervision tasks. Give it tasks the reader may see; `now` as in `CaseFilter`."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    kind = django_filters.ChoiceFilter(label=_("Sort"), choices=SupervisionTask.Kind.choices)
    light = django_filters.ChoiceFilter(label=_("Light"), choices=[("over", _("Overdue"))], method="by_light")

    class Meta:
        model = SupervisionTask
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now or timezone.now()

    def by_words(self, tasks: TaskQuerySet, _name: str, text: str) -> TaskQuerySet:
        """Every word must occur in the task's number, the unit's name or pinyin, or what a case is searched by."""
        for word in text.lower().split()[:6]:
            tasks = tasks.filter(
                Q(number__icontains=word)
                | Q(unit__search_text__contains=word)
                | Q(case__search__text__contains=word)
            )
        return tasks

    def by_light(self, tasks: TaskQuerySet, _name: str, _light: str) -> TaskQuerySet:
        """Tasks whose reply is overdue."""
        late = TaskDeadline.objects.filter(task=OuterRef("pk"), ended_at=None, due_at__lt=self.now)
        return tasks.filter(Exists(late))


class CatalogueFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over the dispatch catalogue: what holds now, unless the earlier versions are asked for."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    kind = django_filters.ModelChoiceFilter(
        label=_("Kind"),
        queryset=Kind.objects.order_by("position", "code"),
        field_name="sub_class__kind",
        to_field_name="code",
    )
    tier = django_filters.TypedChoiceFilter(label=_("Tier"), choices=Tier.choices, coerce=int)
    division = django_filters.CharFilter(label=_("Division"), method="by_division", validators=[DIGITS])
    versions = django_filters.ChoiceFilter(
        label=_("Versions"), choices=[("all", _("With earlier versions"))], method="by_versions"
    )

    class Meta:
        model = CatalogueEntry
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[CatalogueEntry]) -> QuerySet[CatalogueEntry]:
        """Leave earlier versions out by default."""
        found: QuerySet[CatalogueEntry] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("versions") else found.filter(valid_to=None)

    def by_words(self, entries: QuerySet[CatalogueEntry], _name: str, text: str) -> QuerySet[CatalogueEntry]:
        """The words occur in sub-class, power or legal basis."""
        return entries.filter(
            Q(sub_class__name__icontains=text) | Q(power__icontains=text) | Q(legal_basis__icontains=text)
        )

    def by_division(
        self, entries: QuerySet[CatalogueEntry], _name: str, code: str
    ) -> QuerySet[CatalogueEntry]:
        """Entries that hold in this division: its own, those of the divisions above it, and those for everywhere."""
        above = [code[:length] for length in (4, 6, 9, 12) if len(code) >= length]
        return entries.filter(Q(division=None) | Q(division__in=above))

    def by_versions(
        self, entries: QuerySet[CatalogueEntry], _name: str, _value: str
    ) -> QuerySet[CatalogueEntry]:
        """Nothing to narrow: see `filter_queryset`."""
        return entries
