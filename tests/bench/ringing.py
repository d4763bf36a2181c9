"""How fast one worker rings, against one plain statement that writes the same rows: `python -m tests.bench.ringing`.

Runs inside the portal of a filled city, on a server with fsync on. A round sets a ladder of one rung that is due and
one far away on running promises, rings them in one sweep, and then lets one statement write the very rows the sweep
has written: rungs, entries of the trail, notices, deliveries, next alarms. What counts is the ratio within a round.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 - needs the settings
from django.test.utils import CaptureQueriesContext  # noqa: E402

from kunming_portal import setwise  # noqa: E402
from kunming_portal.audit import trail  # noqa: E402
from kunming_portal.deadlines import timers  # noqa: E402
from kunming_portal.notifications import digests, hearing  # noqa: E402
from kunming_portal.notifications import services as notifications  # noqa: E402
from tests.bench import filling  # noqa: E402
from whistle import services  # noqa: E402
from whistle.models import CaseDeadline  # noqa: E402
from whistle.services import lights  # noqa: E402

ROUNDS, WARM = 3, 1000
ASIDE = 10**9  # keys of the rows that the plain statement writes
IDLE = 50
# Everybody reads e-mail: each notice is a delivery too
MAIL = "update accounts_user set email = username || '@kunming.example', wants_email = true where username <> 'system'"
# Of ten rungs four are yellow, four red; a supervision notice is issued to no unit here, that is another row's cost
ALARMS = """
with chosen as (
    select id, assignment_id, row_number() over (order by id) as n from whistle_casedeadline
    where ended_at is null and paused_at is null and case_id > 0 order by id limit %(number)s
), planned as (
    select id, to_timestamp(%(at)s) as at, case when n %% 10 < 4 then 'yellow' when n %% 10 < 8 then 'red'
        when n %% 10 = 8 and assignment_id is null then 'supervision' else 'leaders' end as rung from chosen
)
update whistle_casedeadline d set wake_at = p.at, rungs_climbed = 0, yellow_at = null, ladder = jsonb_build_array(
    jsonb_build_object('rung', p.rung, 'at', to_char(p.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')),
    jsonb_build_object('rung', 'upgrade', 'at',
        to_char((p.at + interval '30 days') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')))
from planned p where p.id = d.id
"""
# Promises that run and ring later; their units are made up: nothing reads more than the alarm of them
FUTURE = """
insert into whistle_casedeadline ({columns}) select {values}
from generate_series(1, {number}) n join
    (select *, row_number() over (order by id) as turn from whistle_casedeadline where ended_at is null) d
    on d.turn = 1 + n % {running}
"""
MADE_UP = {
    "id": "{last} + n",
    "assignment_id": "1000000000 + n",
    "wake_at": "now() + interval '1 day' + interval '1 second' * n",
    "predecessor_id": "null",
}
TABLES = ("whistle_caserung", "audit_auditevent", "notifications_notice", "notifications_delivery")
PLAIN = """
with rungs as (insert into whistle_caserung select * from plain_whistle_caserung),
events as (insert into audit_auditevent select * from plain_audit_auditevent),
notices as (insert into notifications_notice select * from plain_notifications_notice),
deliveries as (insert into notifications_delivery select * from plain_notifications_delivery)
update whistle_casedeadline d set rungs_climbed = p.rungs_climbed, wake_at = p.wake_at, failures = 0, failure = ''
from plain_alarm p where p.id = d.id
"""
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("what is told is read", lights, "read"),
    ("next alarms", setwise, "update"),
    ("trail", trail, "record_many"),
    ("people", hearing.Hearers, "learn"),
    ("notices", notifications, "write"),
    ("digests", digests, "write_late"),
)


def main(number: int, future: int) -> None:
    """Measure and print."""
    sql(MAIL)
    spent = {title: watched(owner, name) for title, owner, name in PARTS}
    ring_and_write(WARM, late=False, spent=spent)
    ratios = [ring_and_write(number, late=False, spent=spent) for _ in range(ROUNDS)]
    print(
        f"{statistics.median(ratios):8.2f}  times the plain statement: ringing with all its effects (median)"
    )
    ring_and_write(number, late=True, spent=spent)
    add_future(future)
    idle(future)


def ring_and_write(number: int, *, late: bool, spent: dict[str, list[float]]) -> float:
    """Ring so many rungs, write them by the plain statement, print both; return the ratio."""
    at = timers.database_now().replace(microsecond=0) - (timedelta(hours=5) if late else timedelta(seconds=1))
    # of the promises: rungs of the round before are taken away, so that the same ones ring again
    sql("truncate whistle_caserung cascade")
    sql(ALARMS, {"number": number, "at": at.timestamp()})
    sql("vacuum analyze whistle_casedeadline")
    before = {table: highest(table) for table in TABLES}
    for taken in spent.values():
        taken.clear()
    seconds, sweep = timed(sweep_once)
    if sweep.rung != number or sweep.failed:
        raise RuntimeError(f"{number} were due, {sweep}")
    rows = prepare_plain(before)
    plain, _nothing = timed(lambda: sql(PLAIN))
    title = "late by five hours" if late else "in time"
    print(
        f"{number:,} rungs {title}: {seconds:.2f} s, {number / seconds:,.0f} a second; the same "
        f"{', '.join(f'{count:,}' for count in rows.values())} rows (rungs, trail, notices, deliveries) plain "
        f"{plain:.2f} s, {number / plain:,.0f} a second; ratio {seconds / plain:.2f}",
        flush=True,
    )
    print("    " + ", ".join(f"{title} {sum(taken):.2f} s" for title, taken in spent.items()), flush=True)
    return seconds / plain


def sweep_once() -> timers.Sweep:
    """Ring what is due as the worker does, to the end."""
    now = timers.database_now()
    return timers.ring_due(model=CaseDeadline, owner="case", act=services.ringer(), now=now, seconds=600)


def prepare_plain(before: dict[str, Any]) -> dict[str, int]:
    """Put the rows that were just written aside, under keys of their own, and take them back where they would clash."""
    rows = {}
    for table in TABLES:
        sql(f"drop table if exists plain_{table}")
        # a delivery's key is no number: those of the notices
        where = (
            f"notice_id > {before['notifications_notice']} and notice_id < {ASIDE}"
            if table.endswith("delivery")
            else f"id > {before[table]} and id < {ASIDE}"
        )
        sql(f"create unlogged table plain_{table} as select * from {table} where {where}")
        rows[table] = int(sql(f"select count(*) from plain_{table}")[0][0])
    sql("drop table if exists plain_alarm")
    sql(
        "create unlogged table plain_alarm as select d.id, d.rungs_climbed, d.wake_at from whistle_casedeadline d"
        " join plain_whistle_caserung r on r.deadline_id = d.id"
    )
    sql(f"update plain_audit_auditevent set id = id + {ASIDE}, stream = 'plain:' || id")
    sql(f"update plain_notifications_delivery set id = gen_random_uuid(), notice_id = notice_id + {ASIDE}")
    sql(f"update plain_notifications_notice set id = id + {ASIDE}")
    sql("truncate whistle_caserung cascade")
    for table in (*TABLES, "alarm"):
        sql(f"analyze plain_{table}")
    return rows


def add_future(number: int) -> None:
    """Let so many more promises run that ring later."""
    began = time.monotonic()
    last, running = sql("select max(id), count(*) filter (where ended_at is null) from whistle_casedeadline")[
        0
    ]
    fields = [str(field.column) for field in CaseDeadline._meta.concrete_fields]
    columns = ", ".join(f'"{column}"' for column in fields)
    values = ", ".join(MADE_UP.get(column, f'd."{column}"') for column in fields).format(last=last)
    with connection.cursor() as cursor, filling.bulk(cursor):
        cursor.execute(FUTURE.format(columns=columns, values=values, number=number, running=running))
    sql("vacuum analyze whistle_casedeadline")
    print(f"{number:,} more running deadlines written in {time.monotonic() - began:.0f} s", flush=True)


def idle(future: int) -> None:
    """Print what a sweep costs that finds nothing, and what its claim reads."""
    taken = [timed(sweep_once)[0] * 1000 for _ in range(IDLE)]
    with CaptureQueriesContext(connection) as queries:
        sweep_once()
    claim = next(query["sql"] for query in queries if "wake_at" in query["sql"] and "LIMIT" in query["sql"])
    plan = "\n".join(row[0] for row in sql(f"explain (analyze, buffers) {claim}"))
    buffers = next(line.strip() for line in plan.splitlines() if "Buffers" in line)
    index = "deadline_ringing" in plan
    print(
        f"{future:,} running: idle sweep p50 {statistics.median(taken):.2f} ms, p95 "
        f"{statistics.quantiles(taken, n=20)[-1]:.2f} ms; the claim reads {buffers}, by its partial index: {index}",
        flush=True,
    )


def watched(owner: Any, name: str) -> list[float]:
    """Let every call of a function be timed; return the list the seconds go into."""
    taken: list[float] = []
    original: Callable[..., Any] = getattr(owner, name)

    def timing(*args: Any, **more: Any) -> Any:
        seconds, answer = timed(lambda: original(*args, **more))
        taken.append(seconds)
        return answer

    setattr(owner, name, timing)
    return taken


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long it took and what it returned."""
    began = time.perf_counter()
    answer = act()
    return time.perf_counter() - began, answer


def highest(table: str) -> Any:
    """Return the last key the database gave; of no meaning where it is no number."""
    if table.endswith("delivery"):
        return 0
    return sql(f"select coalesce(pg_sequence_last_value(pg_get_serial_sequence('{table}', 'id')), 0)")[0][0]


def sql(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    """Run a statement outside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
