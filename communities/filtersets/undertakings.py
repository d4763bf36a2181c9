"""What undertakings can be filtered by: one set for the list and its export."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.models import Sort, Undertaking, UndertakingDeadline
from communities.querysets import UndertakingQuerySet
from kunming_portal.divisions.filters import WithinFilter

LIGHTS = [("over", _("Overdue")), ("soon", _("Due soon")), ("normal", _("On track"))]


def running_clock(light: str, *, now: datetime, path: str = "pk") -> Exists:
    """Return the condition that the undertaking at `path` has a running deadline with this light."""
    when = {
        "over": Q(due_at__lt=now),
        "soon": Q(due_at__gte=now, yellow_at__lte=now),
        "normal": Q(due_at__gte=now) & (Q(yellow_at__gt=now) | Q(yellow_at=None)),
    }[light]
    return Exists(UndertakingDeadline.objects.filter(when, undertaking=OuterRef(path), ended_at=None))


class UndertakingFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over undertakings. Give it rows the reader may see, and the reader's `now`."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    sort = django_filters.ChoiceFilter(label=_("Sort"), choices=Sort.choices)
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Undertaking.Status.choices)
    light = django_filters.ChoiceFilter(label=_("Light"), choices=LIGHTS, method="by_light")
    division = WithinFilter(field_name="community__code")

    class Meta:
        model = Undertaking
        fields: list[str] = []

    def __init__(self, *args: Any, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now or timezone.now()

    def by_words(self, rows: UndertakingQuerySet, _name: str, text: str) -> UndertakingQuerySet:
        """Every word occurs in the title, in who owes it, or in what the unit or the compound is searched by."""
        for word in text.lower().split()[:6]:
            rows = rows.filter(
                Q(title__icontains=word)
                | Q(addressee__icontains=word)
                | Q(unit__search_text__contains=word)
                | Q(compound__search_text__contains=word)
            )
        return rows

    def by_light(self, rows: UndertakingQuerySet, _name: str, light: str) -> UndertakingQuerySet:
        """Undertakings whose report is due with this light."""
        return rows.filter(running_clock(light, now=self.now))
