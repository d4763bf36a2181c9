"""What check-ins, service records, needs and volunteer activities can be filtered by, for lists and exports."""

from datetime import datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models import (
    Activity,
    CheckIn,
    CommunityNeed,
    ServiceClass,
    ServiceRecord,
    VolunteerBrand,
)
from communities.querysets import HoldingWords
from kunming_portal.divisions.filters import WithinFilter
from kunming_portal.grams import needed, words_of

STATES = [
    ("active", pgettext_lazy("check-in", "Active")),
    ("ended", pgettext_lazy("check-in", "Ended")),
]
WHEN = [("coming", _("Still to come")), ("past", _("Past"))]
EARLIEST, LATEST = 2010, 2100


def check_words(text: str) -> None:
    """Refuse a search that could only read every row: a single character, or marks alone."""
    if text.strip() and not any(needed(word) for word in words_of(text)):
        raise ValidationError(
            _("Search for at least two characters in a row, Chinese, letters or digits."), code="short"
        )


class PlacedFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Words and division, which every list of these has. Give it rows the reader may see."""

    division = WithinFilter(field_name="community__code")
    # looks among what the other filters left, so it comes last
    q = django_filters.CharFilter(
        label=_("Search"), method="by_words", max_length=100, validators=[check_words]
    )

    def by_words(self, rows: HoldingWords, _name: str, text: str) -> HoldingWords:
        """Rows in which every word occurs."""
        return rows.holding(text)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow by every filter, words at last: they ask the index within what is left."""
        words = self.form.cleaned_data.pop("q", "")
        found = super().filter_queryset(queryset)
        self.form.cleaned_data["q"] = words
        return self.by_words(found, "q", words) if words else found


class CheckInFilter(PlacedFilter):
    """Filters over check-ins; each narrows."""

    unit = django_filters.CharFilter(label=_("Unit"), field_name="unit_name", max_length=60)
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="by_state")
    service_class = django_filters.ModelChoiceFilter(
        label=_("Service class"), queryset=ServiceClass.objects.order_by("position", "pk")
    )

    class Meta:
        model = CheckIn
        fields: list[str] = []

    def by_state(self, rows: QuerySet[CheckIn], _name: str, state: str) -> QuerySet[CheckIn]:
        """Check-ins without a last day, or with one."""
        return rows.filter(ends_on__isnull=state == "active")


class ServiceRecordFilter(PlacedFilter):
    """Filters over service records; each narrows."""

    unit = django_filters.CharFilter(label=_("Unit"), field_name="check_in__unit_name", max_length=60)
    year = django_filters.NumberFilter(
        label=_("Year"), field_name="on", lookup_expr="year", min_value=EARLIEST, max_value=LATEST
    )
    service_class = django_filters.ModelChoiceFilter(
        label=_("Service class"),
        field_name="check_in__service_class",
        queryset=ServiceClass.objects.order_by("position", "pk"),
    )
    check_in = django_filters.NumberFilter(
        label=_("Check-in"), field_name="check_in_id", min_value=1, max_value=2**31
    )

    class Meta:
        model = ServiceRecord
        fields: list[str] = []


class NeedFilter(PlacedFilter):
    """Filters over needs; each narrows."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=CommunityNeed.State.choices)
    service_class = django_filters.ModelChoiceFilter(
        label=_("Service class"), queryset=ServiceClass.objects.order_by("position", "pk")
    )

    class Meta:
        model = CommunityNeed
        fields: list[str] = []


class ActivityFilter(PlacedFilter):
    """Filters over volunteer activities; each narrows. `now` tells what is still to come."""

    brand = django_filters.ModelChoiceFilter(
        label=_("Brand"), queryset=VolunteerBrand.objects.order_by("position", "pk")
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=Activity.State.choices)
    when = django_filters.ChoiceFilter(
        label=pgettext_lazy("of an activity", "When"), choices=WHEN, method="by_when"
    )

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def by_when(self, rows: QuerySet[Activity], _name: str, when: str) -> QuerySet[Activity]:
        """Activities that begin from now on, or began before."""
        return (
            rows.filter(starts_at__gte=self.now) if when == "coming" else rows.filter(starts_at__lt=self.now)
        )
