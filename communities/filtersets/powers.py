"""What records of the five powers can be filtered by: one set for the list and its export."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.filtersets.undertakings import LIGHTS, running_clock
from communities.models import Power, PowerRecord
from communities.querysets import PowerQuerySet
from kunming_portal.divisions.filters import WithinFilter

STATES = [
    ("open", pgettext_lazy("power record", "Open")),
    ("closed", pgettext_lazy("power record", "Closed")),
]


class PowerFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over records of the powers. Give it rows the reader may see, and the reader's `now`."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    power = django_filters.ChoiceFilter(label=_("Power"), choices=Power.choices)
    state = django_filters.ChoiceFilter(label=_("Status"), choices=STATES, method="by_state")
    light = django_filters.ChoiceFilter(label=_("Light"), choices=LIGHTS, method="by_light")
    compound = django_filters.NumberFilter(
        label=_("Compound"), field_name="compound_id", min_value=1, max_value=2**62
    )
    division = WithinFilter(field_name="compound__community__code")

    class Meta:
        model = PowerRecord
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now or timezone.now()

    def by_words(self, rows: PowerQuerySet, _name: str, text: str) -> PowerQuerySet:
        """Every word occurs in the title or in what the compound is searched by (name, address, pinyin, initials)."""
        for word in text.lower().split()[:6]:
            rows = rows.filter(
                Q(title__icontains=word)
                | Q(compound__name__icontains=word)
                | Q(compound__search_text__contains=word)
            )
        return rows

    def by_state(self, rows: PowerQuerySet, _name: str, state: str) -> PowerQuerySet:
        """Open or closed ones."""
        return rows.open() if state == "open" else rows.filter(closed_at__isnull=False)

    def by_light(self, rows: PowerQuerySet, _name: str, light: str) -> PowerQuerySet:
        """Records whose execution, reply or rectification is due with this light."""
        return rows.filter(running_clock(light, now=self.now, path="undertaking_id"))
