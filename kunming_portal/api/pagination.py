"""Pages by key, the same keys as on the pages: page 900 costs what page 1 costs, no row is shown twice."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from kunming_portal.ui import keypages
from kunming_portal.ui.keypages import AFTER, BEFORE, Column

if TYPE_CHECKING:
    from rest_framework.views import APIView  # settings name this module: DRF loads it half way through views

UNIQUE = frozenset({"id", "code", "seq"})
SIZE = "page_size"


class KeyPagination(BasePagination):
    """Pages of 50 rows, at most 200 (`page_size`), with the addresses of the `next` and `previous` page.

    The view says the order in `ordering`, a tuple of `keypages.Column` whose last one is unique;
    there is no default, so that no list is ordered by accident. One query a page. A key that this list did
    not give out is refused with 400.
    """

    page_size = keypages.SIZE
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: "APIView | None" = None) -> list[Any]:
        """Return the rows of the page that the request asks for."""
        order = self.get_ordering(view)
        self.address = request.build_absolute_uri()
        query = request.query_params.dict()
        check_key(order, query)
        found: keypages.Page[Any] = keypages.read_page(
            queryset, columns=order, query=query, size=self.size_of(request)
        )
        self.page = found.key
        return found.rows

    def get_ordering(self, view: "APIView | None") -> tuple[Column, ...]:
        """Return the view's order; refuse, as a mistake of the programmer, one that is not unique."""
        ordering = tuple(getattr(view, "ordering", ()))
        if not ordering or ordering[-1].name not in UNIQUE:
            raise ImproperlyConfigured(f"{type(view).__name__}.ordering must end in a unique key.")
        return ordering

    def size_of(self, request: Request) -> int:
        """Return how many rows the page has; refuse what is not a number from 1 to 200."""
        text = request.query_params.get(SIZE, str(self.page_size))
        if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= self.max_page_size:
            raise ValidationError(
                {SIZE: [_("A number from 1 to %(most)d.") % {"most": self.max_page_size}]}, code="invalid"
            )
        return int(text)

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the ways on and back."""
        return Response(
            {
                "next": self._way(AFTER, self.page.next_key, instead_of=BEFORE),
                "previous": self._way(BEFORE, self.page.previous_key, instead_of=AFTER),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the page as the OpenAPI document describes it."""
        way = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": way, "previous": way, "results": schema},
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """Return the parameters as the OpenAPI document describes them."""
        words = {AFTER: "A key from `next`.", BEFORE: "A key from `previous`."}
        keys = [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": text,
                "schema": {"type": "string"},
            }
            for name, text in words.items()
        ]
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            *keys,
            {
                "name": SIZE,
                "in": "query",
                "required": False,
                "description": "Rows on a page.",
                "schema": size,
            },
        ]

    def _way(self, name: str, key: str, *, instead_of: str) -> str | None:
        if not key:
            return None
        return replace_query_param(remove_query_param(self.address, instead_of), name, key)


def check_key(order: tuple[Column, ...], query: Mapping[str, str]) -> None:
    """Refuse a key that was not given out for this order: an API must not answer with the first page instead."""
    for name in (AFTER, BEFORE):
        if name in query and keypages.read_key(query[name], order) is None:
            sentence = _("This key does not belong to the list. Begin without one.")
            raise ValidationError({name: [sentence]}, code="invalid")
