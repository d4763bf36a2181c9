"""What items, requests and asks can be filtered by."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models import AdmissionRequest, AdmissionState, Ask, Frequency, WorkItem, WorkKind
from communities.querysets import AdmissionQuerySet, AskQuerySet, WorkItemQuerySet

LISTS = [
    ("items", _("Community work")),
    ("stamps", pgettext_lazy("list", "Stamps")),
    (WorkKind.BY_LAW.value, WorkKind.BY_LAW.label),
    (WorkKind.ASSISTANCE.value, WorkKind.ASSISTANCE.label),
]
ITEM_STATES = [
    ("lapsing", _("Lapsing soon")),
    ("ended", pgettext_lazy("work item", "Off the list")),
    ("coming", pgettext_lazy("work item", "Not in force yet")),
    ("all", pgettext_lazy("work items", "All, whenever valid")),
]
ASK_STATES = [
    ("open", pgettext_lazy("ask", "Not refused")),
    ("refused", pgettext_lazy("ask", "Refused")),
    ("again", _("Asked again after a refusal")),
    ("beside", _("Not on the list")),
]


class WorkItemFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over items as of a day; without a state: what is in force on that day."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    list = django_filters.ChoiceFilter(label=pgettext_lazy("noun", "List"), choices=LISTS, method="by_list")
    department = django_filters.CharFilter(label=_("Department"), field_name="department", max_length=60)
    frequency = django_filters.ChoiceFilter(label=_("Frequency"), choices=Frequency.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=ITEM_STATES, method="as_it_is")
    day = django_filters.DateFilter(
        label=_("As of"),
        method="as_it_is",
        error_messages={"invalid": _("Write the day like 2026-11-25.")},
    )

    class Meta:
        model = WorkItem
        fields: list[str] = []

    def __init__(self, *args: Any, today: date, warn_days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.warn_days = today, warn_days

    @property
    def day_shown(self) -> date:
        """The day of which the list speaks."""
        given = self.form.cleaned_data.get("day") if self.is_valid() else None
        return given or self.today

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow by every filter, then by the day and the state."""
        return self.by_state(super().filter_queryset(queryset), self.form.cleaned_data.get("state") or "")

    def as_it_is(self, rows: WorkItemQuerySet, _name: str, _value: Any) -> WorkItemQuerySet:
        """Leave the rows alone: day and state narrow together, at the end."""
        return rows

    def by_state(self, rows: WorkItemQuerySet, state: str) -> WorkItemQuerySet:
        """Items that stand so on the day."""
        day = self.day_shown
        if state == "all":
            return rows
        if state == "ended":
            return rows.filter(valid_to__lt=day)
        if state == "coming":
            return rows.filter(valid_from__gt=day)
        rows = rows.in_force(day)
        if state == "lapsing":
            ahead = min(timedelta(days=self.warn_days), date.max - day)
            rows = rows.filter(valid_to__lte=day + ahead)
        return rows

    def by_words(self, rows: WorkItemQuerySet, _name: str, text: str) -> WorkItemQuerySet:
        """Every word occurs in number, title, department, their pinyin or initials, or in the legal basis."""
        for word in text.lower().split()[:6]:
            rows = rows.filter(Q(search_text__contains=word) | Q(legal_basis__icontains=word))
        return rows

    def by_list(self, rows: WorkItemQuerySet, _name: str, value: str) -> WorkItemQuerySet:
        """Items of one list; "items" is both lists of work."""
        if value == "items":
            return rows.exclude(kind=WorkKind.STAMP)
        return rows.filter(kind=WorkKind.STAMP if value == "stamps" else value)


class AdmissionFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over requests; give it rows read `with_state`."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=AdmissionState.choices, field_name="state_now"
    )

    class Meta:
        model = AdmissionRequest
        fields: list[str] = []

    def by_words(self, rows: AdmissionQuerySet, _name: str, text: str) -> AdmissionQuerySet:
        """Every word occurs in the title, the text, or the applicant's names."""
        for word in text.lower().split()[:6]:
            rows = rows.filter(
                Q(title__icontains=word) | Q(text__icontains=word) | Q(applicant__search_text__contains=word)
            )
        return rows


class AskFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over what communities were asked for."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    state = django_filters.ChoiceFilter(label=_("State"), choices=ASK_STATES, method="by_state")
    means = django_filters.ChoiceFilter(label=_("How"), choices=Ask.Means.choices)
    asker = django_filters.CharFilter(label=_("Who asks"), field_name="asker", max_length=60)

    class Meta:
        model = Ask
        fields: list[str] = []

    def by_state(self, rows: AskQuerySet, _name: str, state: str) -> AskQuerySet:
        """Asks that stand so."""
        where = {
            "open": Q(refused_at=None),
            "refused": Q(refused_at__isnull=False),
            "again": Q(repeats__isnull=False),
            "beside": Q(item=None),
        }[state]
        return rows.filter(where)

    def by_words(self, rows: AskQuerySet, _name: str, text: str) -> AskQuerySet:
        """Every word occurs in what was asked for, who asked, or the community's names."""
        for word in text.lower().split()[:6]:
            rows = rows.filter(
                Q(title__icontains=word) | Q(asker__icontains=word) | Q(community__search_text__contains=word)
            )
        return rows
