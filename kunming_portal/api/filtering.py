"""Filtering that does not guess: a parameter nobody knows is an error, not an unfiltered list."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import (
        APIView,
    )  # settings name this module, so DRF loads it while views are half loaded

ALWAYS = frozenset({"after", "before", "page_size"})


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no types
    """django-filter, refusing parameters that the view's filter set does not name."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: "APIView") -> QuerySet[Any]:
        """Return the filtered rows; 400 for an unknown parameter: a misspelt filter would show everything."""
        filterset = self.get_filterset_class(view, queryset)
        known = ALWAYS | parameters_of(filterset.base_filters if filterset is not None else {})
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise ValidationError(
                {name: [_("There is no such parameter.")] for name in unknown}, code="unknown"
            )
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return found


def parameters_of(named_filters: Mapping[str, Any]) -> set[str]:
    """Return the parameters of the filters; a range has one for each end (`opened_after`, `opened_before`)."""
    names: set[str] = set()
    for name, one in named_filters.items():
        ends = getattr(one.field.widget, "suffixes", None)
        names |= {f"{name}_{end}" for end in ends} if ends else {name}
    return names
