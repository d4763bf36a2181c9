"""How lists of cases are narrowed: one filter set for the page and the API."""

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.organisations.models import Unit
from whistle.models import Case, Whistle
from whistle.querysets import CaseQuerySet
from whistle.workflow import CaseStatus, Tier, WhistleStatus

LIGHTS = [("normal", _("On track")), ("soon", _("Due soon")), ("over", _("Overdue")), ("closed", _("Closed"))]


class CaseFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows cases that are already in the person's scope. Every filter may be left out."""

    tier = filters.TypedChoiceFilter(
        label=_("Cases with a whistle at this tier"), choices=Tier.choices, coerce=int, method="by_tier"
    )
    kind = filters.CharFilter(label=_("Cases with a whistle of this kind (its code)"), method="by_kind")
    status = filters.ChoiceFilter(
        label=_("Cases with a whistle in this status"), choices=WhistleStatus.choices, method="by_status"
    )
    light = filters.ChoiceFilter(label=_("Worst running light"), choices=LIGHTS, method="by_light")
    division = filters.CharFilter(label=_("Code of a division: everything in it"), method="by_division")
    unit = filters.CharFilter(label=_("Code of a unit that was called"), method="by_unit")
    source = filters.ChoiceFilter(label=_("Where it came from"), choices=Case.Source.choices)
    opened_after = filters.IsoDateTimeFilter(
        label=_("Written at or after this moment"), field_name="opened_at", lookup_expr="gte"
    )
    opened_before = filters.IsoDateTimeFilter(
        label=_("Written before this moment"), field_name="opened_at", lookup_expr="lt"
    )
    q = filters.CharFilter(label=_("Words in number, title, place or their pinyin"), method="by_words")

    class Meta:
        model = Case
        fields: ClassVar[list[str]] = []

    def by_tier(self, cases: CaseQuerySet, _name: str, value: int) -> CaseQuerySet:
        """Keep cases with a whistle at the tier."""
        return having(cases, tier=value)

    def by_kind(self, cases: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        """Keep cases with a whistle of the kind."""
        return having(cases, kind__code=value)

    def by_status(self, cases: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        """Keep cases with a whistle in the status."""
        return having(cases, status=value)

    def by_light(self, cases: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        """Keep cases whose worst running light is this one now."""
        if value == "closed":
            return cases.filter(status=CaseStatus.CLOSED)
        lit = {"normal": cases.on_time, "soon": cases.due_soon, "over": cases.overdue}
        return lit[value](timezone.now())

    def by_division(self, cases: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        """Keep cases in the division."""
        return cases.filter(starts_with_any([value], field="division__code"))

    def by_unit(self, cases: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        """Keep cases on which the unit was called; one query more."""
        units = list(Unit.objects.filter(code=value).values_list("pk", flat=True))
        return cases.filter(called_units__overlap=units) if units else cases.none()

    def by_words(self, cases: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        """Keep cases in which every word occurs."""
        return cases.search(value)


def having(cases: CaseQuerySet, **whistle: Any) -> CaseQuerySet:
    """Keep cases with a whistle like this."""
    return cases.filter(Exists(Whistle.objects.filter(Q(**whistle), case=OuterRef("pk"))))
