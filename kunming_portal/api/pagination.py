"""Pages by key: a list stays the same list while rows are added, and page 900 costs what page 1 costs."""

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import (
        APIView,
    )  # settings name this module, so DRF loads it while views are half loaded

UNIQUE = re.compile(r"-?(id|pk|code|seq)")


class KeyPagination(CursorPagination):
    """Cursor pages of 50, at most 200 (`page_size`), with `next` and `previous` addresses.

    The view says the order in `ordering`, a tuple that ends in a unique key; there is no default, so that
    no list is ordered by accident. A cursor that was not given out by this list answers 404.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_size_query_description = _("Rows on a page: 50 unless told, at most 200.")  # type: ignore[assignment]
    cursor_query_description = _("Where the page begins: take it from `next` or `previous`.")  # type: ignore[assignment]
    invalid_cursor_message = _("This cursor does not belong to the list. Begin without one.")  # type: ignore[assignment]
    template = None

    def get_ordering(
        self, request: Request, queryset: QuerySet[Any], view: "APIView | None"
    ) -> tuple[str, ...]:
        """Return the view's order; refuse, as a mistake of the programmer, one that is not unique."""
        ordering = tuple(getattr(view, "ordering", ()))
        if not ordering or not UNIQUE.fullmatch(ordering[-1]):
            raise ImproperlyConfigured(f"{type(view).__name__}.ordering must end in a unique key.")
        return ordering

    def paginate_queryset(
        self, queryset: Any, request: Request, view: "APIView | None" = None
    ) -> list[Any] | None:
        """Return the page; a cursor whose position is no value of the key answers 404, never 500."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error
