"""Writes many rows of one model in one statement, for the few places where a sweep writes thousands.

Columns, their types and their defaults are the model's: a column that is added there needs nothing here. What is
written equals what `bulk_create` would write (tests/test_setwise.py); only no objects are made of it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

Columns = Mapping[str, Sequence[Any]]


def insert(
    model: type[models.Model],
    columns: Columns,
    *,
    same: Mapping[str, Any] | None = None,
    unless: Sequence[str] = (),
) -> list[Any]:
    """Insert rows given by field, all lists of one length; return the key of each in the order given.

    `same` holds what all rows have in common; fields that are in neither get their default, one for all rows. A field
    of JSON takes text in `columns` (`as_json`). With `unless` (the fields of a unique constraint, named in `columns`)
    a row that is there already is left as it is and has no key (None). One statement, none for no rows.
    """
    number = len(next(iter(columns.values())))
    if not number:
        return []
    given = {_field(model, name): values for name, values in columns.items()}
    common = same or {}
    defaults = {
        field: field.get_db_prep_save(common.get(field.name, field.get_default()), connection)
        for field in model._meta.concrete_fields
        if field not in given and not field.primary_key
    }
    key: str = _field(model, model._meta.pk.name).column
    conflict = [_field(model, name).column for name in unless]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""insert into "{model._meta.db_table}" ({_names((*given, *defaults))})
            select {", ".join(f"u.c{n}" for n in range(len(given)))}
                {"".join(f", %s::{_type(field)}" for field in defaults)}
            from unnest({_arrays(given)}) with ordinality as u({_labels(len(given))}, place) order by u.place
            {f"on conflict ({', '.join(conflict)}) do nothing" if conflict else ""}
            returning {", ".join((key, *conflict))}""",
            [*defaults.values(), *map(list, given.values())],
        )
        rows = cursor.fetchall()
    if not conflict:
        return [row[0] for row in rows]
    made = {row[1:]: row[0] for row in rows}
    return [made.get(row) for row in zip(*(columns[name] for name in unless), strict=True)]


def update(model: type[models.Model], keys: Sequence[int], columns: Columns) -> None:
    """Give each of these rows its values, in lists beside the keys. One statement, none for no keys."""
    if not keys:
        return
    given = {model._meta.pk: keys, **{_field(model, name): v for name, v in columns.items()}}
    changes = [f'"{field.column}" = u.c{n}' for n, field in enumerate(given) if n]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""update "{model._meta.db_table}" t set {", ".join(changes)}
            from unnest({_arrays(given)}) as u({_labels(len(given))}) where t."{model._meta.pk.column}" = u.c0""",
            [*map(list, given.values())],
        )


def as_json(value: Any) -> str:
    """Return a value as a field of JSON takes it here."""
    return json.dumps(value, ensure_ascii=False)


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _arrays(fields: Mapping[Any, Sequence[Any]]) -> str:
    return ", ".join(f"%s::{_type(field)}[]" for field in fields)


def _type(field: Any) -> str:
    """Return the type of the column without what only a definition may say of it."""
    kind: str = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return kind.partition("(")[0]  # a cast to varchar(60) would cut what is too long instead of refusing it


def _names(fields: Sequence[Any]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _labels(number: int) -> str:
    return ", ".join(f"c{n}" for n in range(number))
