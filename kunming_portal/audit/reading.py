"""Reads rows of the trail as they must be spelled, from the database's side, with constant memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from kunming_portal.audit import canonical

BATCH = 2000
# By index, never by sorting the whole table on disk; a changed moment or number must not stop the reader
PLANNER = "set local cursor_tuple_fraction = 0.001; set local enable_sort = off; set local work_mem = '32MB'"
AT = "case when isfinite(e.at) then (extract(epoch from e.at) * 1000000)::bigint end"
_ROW = {
    "at": AT,
    "data": "e.data::text",
}
COLUMNS = ", ".join([*(_ROW.get(name, f"e.{name}") for name in canonical.COLUMNS), "e.link", "e.key_id"])
ID, STREAM, SEQ = (canonical.COLUMNS.index(name) for name in ("id", "stream", "seq"))
LINK, KEY_ID, BASE_SEQ, BASE_LINK = range(len(canonical.COLUMNS), len(canonical.COLUMNS) + 4)
FROM_THE_FIRST = "0, ''::bytea"

Row = list[Any]


@contextmanager
def unsorted() -> Iterator[None]:
    """A transaction whose cursors walk indexes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PLANNER)
        yield


def lines(sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a query by a cursor of the server. The query sees what was committed when it began."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        while batch := cursor.fetchmany(BATCH):
            yield from batch


def rows(source: str, values: Any = (), *, base: str = FROM_THE_FIRST) -> Iterator[Row]:
    """Yield rows `e` of the trail from the tail of a query: values as they are spelled, link, key id, and `base`: place
    and link after which the stream is walked."""
    for line in lines(f"select {COLUMNS}, {base} {source}", values):
        row = list(line)
        row[canonical.DATA] = canonical.read_data(row[canonical.DATA])
        row[LINK] = bytes(row[LINK])
        yield row
