"""Paging by key: a page goes on after the last row it showed, however long the list is (no OFFSET, no count).

A list is ordered by columns of which the last is unique. The key of a row are its values in these columns,
written into the address. A key that nobody could have been given leads to the first page.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

from kunming_portal.ui.parts import KeyPage

M = TypeVar("M", bound=Model)

SIZE = 50
AFTER, BEFORE = "after", "before"
LARGEST = 2**63 - 1

Value = datetime | int | str | None


@dataclass(frozen=True)
class Column:
    """One column of the order: a field or an annotation, with the type of its values.

    A column that may be null has its nulls last.
    """

    name: str
    kind: type[int] | type[str] | type[datetime] = int
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Page(Generic[M]):
    """The rows of one page, and where it goes on and back."""

    rows: list[M]
    key: KeyPage


def read_page(
    queryset: "QuerySet[M]", *, columns: Sequence[Column], query: Mapping[str, str], size: int = SIZE
) -> Page[M]:
    """Return the page that the address asks for with `after` or `before`; without either: the first.

    The last of `columns` must be unique and never null, so that every row has its own place. One query, which
    reads at most one row more than it shows.
    """
    after, before = read_key(query.get(AFTER, ""), columns), read_key(query.get(BEFORE, ""), columns)
    backwards = before is not None and after is None
    key = before if backwards else after
    rows = queryset.order_by(*(_order(column, backwards) for column in columns))
    if key is not None:
        rows = rows.filter(_beyond(columns, key, backwards))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next, has_previous = (True, more) if backwards else (more, key is not None)
    return Page(
        rows=found,
        key=KeyPage(
            next_key=write_key(found[-1], columns) if found and has_next else "",
            previous_key=write_key(found[0], columns) if found and has_previous else "",
            next_name=AFTER,
            previous_name=BEFORE,
        ),
    )


def write_key(row: Model, columns: Sequence[Column]) -> str:
    """Return the row's place in the order as text for an address."""
    values = [_plain(getattr(row, column.name)) for column in columns]
    packed = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_key(text: str, columns: Sequence[Column]) -> list[Value] | None:
    """Return the values of a key, or None for no key and for one that does not fit the columns."""
    if not text or len(text) > 400:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        read = [_value(value) for value in values] if isinstance(values, list) else []
    except (ValueError, binascii.Error, RecursionError):
        return None
    fits = len(read) == len(columns) and all(map(_fits, read, columns))
    return read if fits else None


def _fits(value: Value, column: Column) -> bool:
    return column.nullable if value is None else isinstance(value, column.kind)


def _plain(value: Any) -> Any:
    return {"t": value.isoformat()} if isinstance(value, datetime) else value


def _value(stored: Any) -> Value:
    """Return a value of a key; refuses with ValueError what no key holds."""
    if isinstance(stored, dict):
        moment = datetime.fromisoformat(str(stored.get("t")))
        if moment.tzinfo is None:
            raise ValueError("A moment without a time zone.")
        return moment
    if stored is None or isinstance(stored, str):
        if stored and "\x00" in stored:
            raise ValueError("PostgreSQL keeps no NUL.")
        return stored
    if isinstance(stored, bool) or not isinstance(stored, int) or abs(stored) > LARGEST:
        raise ValueError("Not a value of a key.")
    return stored


def _order(column: Column, backwards: bool) -> OrderBy:
    """Return the order of one column, the other way round when the page is read backwards."""
    descending = column.descending != backwards
    if not column.nullable:
        return OrderBy(F(column.name), descending=descending)
    nulls: dict[str, Any] = {"nulls_first": True} if backwards else {"nulls_last": True}
    return OrderBy(F(column.name), descending=descending, **nulls)


def _beyond(columns: Sequence[Column], key: Sequence[Value], backwards: bool) -> Q:
    """Return the condition that a row lies beyond the key: equal in the first columns, further in the next."""
    beyond, equal = Q(pk__in=[]), Q()
    for column, value in zip(columns, key, strict=True):
        beyond |= equal & _further(column, value, backwards)
        equal &= Q(**{f"{column.name}__isnull": True}) if value is None else Q(**{column.name: value})
    first, value = columns[0], key[0]
    if not first.nullable:  # says the same again, as a bound that an index on the first column serves
        bound = "lte" if first.descending != backwards else "gte"
        beyond &= Q(**{f"{first.name}__{bound}": value})
    return beyond


def _further(column: Column, value: Value, backwards: bool) -> Q:
    if value is None:  # nulls stand last: nothing lies behind them, everything else before
        return Q(**{f"{column.name}__isnull": False}) if backwards else Q(pk__in=[])
    direction = "lt" if column.descending != backwards else "gt"
    further = Q(**{f"{column.name}__{direction}": value})
    if column.nullable and not backwards:
        further |= Q(**{f"{column.name}__isnull": True})
    return further
