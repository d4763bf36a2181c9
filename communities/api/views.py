"""Compounds and grids over the API, read only. Scope is `get_compounds` and `get_grids`."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from communities.api.serializers import CompoundDetailOut, CompoundOut, GridOut
from communities.models import Building, Compound, Grid
from communities.selectors import get_compounds, get_grids
from kunming_portal.accounts.models import User
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.ui.keypages import Column


class PlaceFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows what lies in communities."""

    within = filters.CharFilter(label=_("Code of a division: it and everything in it"), method="by_within")
    q = filters.CharFilter(label=_("Name, pinyin or initials"), method="by_words")
    in_use = filters.BooleanFilter(label=_("Only what is in use"), method="by_use")

    def by_within(self, rows: QuerySet[Any], _name: str, code: str) -> QuerySet[Any]:
        """Keep what lies in the division."""
        return rows.filter(starts_with_any([code], field="community__code"))

    def by_words(self, rows: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
        """Keep rows in which every word occurs."""
        for word in text.lower().split()[:6]:
            rows = rows.filter(search_text__contains=word)
        return rows

    def by_use(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """Keep what has not ended; `false` keeps what has."""
        return rows.filter(ended_on__isnull=value)


class CompoundFilter(PlaceFilter):
    """Narrows compounds."""

    kind = filters.ChoiceFilter(label=_("Type"), choices=Compound.Kind.choices)


class GridFilter(PlaceFilter):
    """Narrows grids."""

    kind = filters.ChoiceFilter(label=_("Type"), choices=Grid.Kind.choices)


class CompoundList(generics.ListAPIView[Compound]):
    """Compounds your appointments reach, by the order of their entry."""

    queryset = Compound.objects.none()
    serializer_class = CompoundOut
    filterset_class = CompoundFilter
    ordering = (Column("id"),)

    def get_queryset(self) -> QuerySet[Compound]:
        """Return the person's compounds."""
        return get_compounds(user=_user(self.request)).select_related("community", "branch")


class CompoundDetail(generics.GenericAPIView[Compound]):
    """One compound with its buildings and the grids they lie in."""

    queryset = Compound.objects.none()
    serializer_class = CompoundDetailOut
    filter_backends = ()

    def get(self, request: Request, pk: int) -> Response:  # noqa: D102
        buildings = Building.objects.select_related("grid").order_by("name", "id")
        rows = get_compounds(user=_user(request)).select_related("community", "branch")
        found = get_object_or_404(rows.prefetch_related(Prefetch("buildings", buildings)), pk=pk)
        return Response(CompoundDetailOut(found).data)


class GridList(generics.ListAPIView[Grid]):
    """Grids your appointments reach, by code."""

    queryset = Grid.objects.none()
    serializer_class = GridOut
    filterset_class = GridFilter
    ordering = (Column("code", str),)

    def get_queryset(self) -> QuerySet[Grid]:
        """Return the person's grids."""
        return get_grids(user=_user(self.request)).select_related("community")


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
