"""Fills an empty portal with cases by SQL: a city of three years, most of it closed, in minutes.

Streets, communities, units and people are the demonstration's. Every row fits the constraints; only what no list and
no move reads is thinner than in life (four promises and five entries of the trail a closed case).
"""

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection

from kunming_portal.audit import relinking
from kunming_portal.demo import people, units
from tests.bench import matters, statements
from whistle.models import Case

# Desks that are measured, and how many open matters each holds in every size of city
DESKS = {"530102003": 128, "530102002": 1000}


def prepare() -> None:
    """Write divisions, calendar, units and people: what every size of city has."""
    call_command("migrate", verbosity=0)
    call_command("load_divisions", stdout=io.StringIO())
    call_command("seed_calendar", stdout=io.StringIO())
    people.create(units.create())
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def fill(cases: int) -> None:
    """Write that many cases with all that belongs to them. A million takes some minutes and some gigabytes."""
    with connection.cursor() as cursor, bulk(cursor):
        matters.write(cursor)
        said(cursor, "places", statements.PLACES, [list(DESKS)])
        matters.add_grams_of_places(cursor)
        said(cursor, "plan", statements.PLAN, {"cases": cases - sum(DESKS.values())})
        for street, number in DESKS.items():
            said(cursor, f"desk {street}", statements.DESK, {"street": street, "number": number})
        for title, statement in statements.rows():
            said(cursor, title, statement)
        said(cursor, "counters", statements.COUNTERS)
        began = time.monotonic()
        relinking.link_all()  # keys of the chain stay outside the database
        print(f"{time.monotonic() - began:8.1f} s  links of the trail", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        for table in statements.SEQUENCES:
            cursor.execute(f"select setval(pg_get_serial_sequence(%s, 'id'), max(id)) from {table}", [table])
        for table in statements.SCAFFOLD:
            cursor.execute(f"drop table {table}")
        said(cursor, "vacuum, statistics", "vacuum analyze")
        assert Case.objects.count() == cases


@contextmanager
def bulk(cursor: Any) -> Iterator[None]:
    """Leave out what checks and orders row by row, and build it at once at the end: plain indexes, triggers."""
    cursor.execute(
        "set session_replication_role = replica; set maintenance_work_mem = '1GB'; set work_mem = '256MB'"
    )
    cursor.execute(statements.PLAIN_INDEXES)
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'drop index "{name}"')
    yield
    for name, definition in indexes:
        said(cursor, name, definition)
    cursor.execute("reset session_replication_role; reset maintenance_work_mem; reset work_mem")


def said(cursor: Any, title: str, statement: str, values: Any = None) -> None:
    """Run a statement and say how long it took."""
    began = time.monotonic()
    cursor.execute(statement, values)
    print(f"{time.monotonic() - began:8.1f} s  {title}", file=sys.stderr, flush=True)
