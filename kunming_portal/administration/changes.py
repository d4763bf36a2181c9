"""What changed in a row, as the trail keeps it: readable values, personal ones masked. No queries."""

import datetime
from collections.abc import Collection
from typing import Any

from django.db.models import Model

from kunming_portal.encryption import masking

# Never kept, not even masked
SECRET = frozenset({"password", "last_login", "search_text"})


def snapshot(row: Model) -> dict[str, Any]:
    """Return the row's own columns as values that JSON can hold; foreign keys as keys."""
    return {
        field.name: _plain(field.value_from_object(row))
        for field in row._meta.concrete_fields
        if field.name not in SECRET
    }


def difference(
    before: dict[str, Any], after: dict[str, Any], *, personal: Collection[str] = ()
) -> dict[str, list[Any]]:
    """Return `field: [before, after]` of what differs; fields in `personal` are masked."""
    return {
        name: [_masked(name, before.get(name), personal), _masked(name, value, personal)]
        for name, value in after.items()
        if before.get(name) != value
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _masked(name: str, value: Any, personal: Collection[str]) -> Any:
    if name not in personal or not value:
        return value
    return masking.mask_phone(str(value)) if "phone" in name else masking.mask_name(str(value))
