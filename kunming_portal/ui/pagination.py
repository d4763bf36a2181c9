"""Lists page by key, not by number: page 900 costs what page 1 costs, and no row is shown twice.

A key is the values of the ordering columns of the row where a page ends. The order must end in a unique
column. A key is public: it names no secret, and a broken one just shows the first page.
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Model, Q, QuerySet

from kunming_portal.ui.parts import KeyPage

PAGE_SIZE = 50
AFTER = "after"
BEFORE = "before"

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """One page of a list and the keys that lead on and back."""

    rows: list[Row]
    page: KeyPage


class PreciseEncoder(DjangoJSONEncoder):
    """Keeps microseconds, which Django's encoder cuts off; a cut key would show rows twice."""

    def default(self, o: Any) -> Any:
        """Return a moment as ISO text with all its digits."""
        return o.isoformat() if isinstance(o, dt.datetime) else super().default(o)


def page_by_key(
    queryset: QuerySet[Row], *, order: Sequence[str], query: Mapping[str, Any], size: int = PAGE_SIZE
) -> Listing[Row]:
    """Return the page that `query` asks for with `after` or `before`, else the first one.

    `order`: names of columns that are never null, "-" in front for descending, the last one unique.
    Costs one query. A key that was tampered with shows the first page.
    """
    after, before = read_key(query.get(AFTER), order), read_key(query.get(BEFORE), order)
    backwards = before is not None and after is None
    key = before if backwards else after
    rest = None if key is None else behind(queryset, order, key, backwards=backwards)
    if rest is None:
        key, rest, backwards = None, queryset, False
    found = list(rest.order_by(*directions(order, backwards=backwards))[: size + 1])
    rows, more = found[:size], len(found) > size
    if backwards:
        rows.reverse()
    goes_on = more if not backwards else True
    goes_back = key is not None if not backwards else more
    return Listing(
        rows,
        KeyPage(
            next_key=write_key(rows[-1], order) if rows and goes_on else "",
            previous_key=write_key(rows[0], order) if rows and goes_back else "",
            next_name=AFTER,
            previous_name=BEFORE,
        ),
    )


def behind(
    queryset: QuerySet[Row], order: Sequence[str], key: Sequence[Any], *, backwards: bool
) -> QuerySet[Row] | None:
    """Return the rows behind the key, or None where its values do not fit the columns."""
    try:
        return queryset.filter(beyond(order, key, backwards=backwards))
    except (ValidationError, ValueError, TypeError):
        return None


def beyond(order: Sequence[str], key: Sequence[Any], *, backwards: bool) -> Q:
    """Return the condition "lies behind the key": (a > x) or (a = x and b > y) and so on."""
    condition, same = Q(), Q()
    for name, value in zip(order, key, strict=True):
        column = name.lstrip("-")
        falling = name.startswith("-") != backwards
        condition |= same & Q(**{f"{column}__{'lt' if falling else 'gt'}": value})
        same &= Q(**{column: value})
    return condition


def directions(order: Sequence[str], *, backwards: bool) -> list[Any]:
    """Return the order, or its mirror image."""
    return [
        F(name.lstrip("-")).desc() if name.startswith("-") != backwards else F(name.lstrip("-")).asc()
        for name in order
    ]


def write_key(row: Model, order: Sequence[str]) -> str:
    """Return the key of a row: its ordering values, fit for an address."""
    values = []
    for name in order:
        value: Any = row
        for step in name.lstrip("-").split("__"):
            value = getattr(value, step)
        values.append(value)
    text = json.dumps(values, cls=PreciseEncoder, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_key(text: Any, order: Sequence[str]) -> list[Any] | None:
    """Return the values of a key, or None when there is none or it was tampered with."""
    if not text:
        return None
    try:
        padded = str(text) + "=" * (-len(str(text)) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, binascii.Error):
        return None
    fits = isinstance(values, list) and len(values) == len(order)
    return values if fits and all(isinstance(value, str | int) for value in values) else None
