"""The invariants of design §4.4 as SQL over the final tables and the order in which the database committed.

Each query yields moment and text of what it found wrong; no row means it holds. `ANY_TIME` hold in every snapshot,
`QUIET` once nothing is due and the outbox is empty. I8 and I10 compare with what the receiver and the users wrote.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from kunming_portal.audit import verification
from tests.faults.users import WITHOUT_VERSION
from tests.whistle.people import LIAISONS

MOST_SHOWN = 6  # of each invariant


@dataclass(frozen=True)
class Violation:
    """Something that must not be: which invariant, when, what."""

    invariant: str
    at: datetime
    text: str


# Rungs and states in commit order
ORDER = """
create temporary table seen on commit drop as select *, pg_xact_commit_timestamp(xmin) as done from faults_seen;
create index on seen (family, deadline, kind);
analyze seen
"""
PROMISES = """
create temporary table promises on commit drop as
select 'case' as family, id, ladder, rungs_climbed, wake_at, ended_at, paused_at from whistle_casedeadline
union all
select 'task', id, ladder, rungs_climbed, wake_at, ended_at, paused_at from whistle_taskdeadline;
create index on promises (family, id);
analyze promises
"""
STEPS = """
create temporary table steps on commit drop as
select p.family, p.id as deadline, s.place, s.step ->> 'rung' as rung, (s.step ->> 'at')::timestamptz as at
from promises p cross join lateral jsonb_array_elements(p.ladder) with ordinality s (step, place);
create index on steps (family, deadline);
analyze steps
"""
NAME = "r.family || ' promise ' || r.deadline || ' ' || r.rung"

ANY_TIME: list[tuple[str, str]] = [
    (
        "I1",
        f"""select max(r.at), {NAME} || ' rang ' || count(*) || ' times' from seen r where kind = 'rung'
            group by r.family, r.deadline, r.rung having count(*) > 1""",
    ),
    (
        "I1",
        """select max(at), 'on the trail twice: ' || event || ' of promise ' || object_id from audit_auditevent
           where object_type = 'whistle.casedeadline' and event like 'deadline.%%'
           group by event, object_id having count(*) > 1""",
    ),
    (
        "I2",
        f"""select r.at, {NAME} || ' planned ' || planned_at || ' rang ' || climbed_at || ', really ' || r.at
            from seen r where kind = 'rung' and (climbed_at < planned_at or r.at < planned_at)""",
    ),
    # every step of the counter is a rung, also of promises that ended meanwhile
    (
        "I3",
        """select now(), p.family || ' promise ' || p.id || ' counts ' || p.rungs_climbed - b.climbed
                  || ' rungs and has ' || count(r.id)
           from promises p join seen b on b.family = p.family and b.deadline = p.id and b.kind = 'born'
           left join seen r on r.family = p.family and r.deadline = p.id and r.kind = 'rung'
           group by p.family, p.id, p.rungs_climbed, b.climbed having count(r.id) <> p.rungs_climbed - b.climbed""",
    ),
    (
        "I4",
        f"""select r.at, {NAME} || ' rang after it had ' || case when s.ended_at is null then 'paused' else 'ended' end
            from seen r cross join lateral (
                select * from seen s where s.family = r.family and s.deadline = r.deadline and s.kind = 'state'
                and s.done < r.done order by s.done desc, s.id desc limit 1) s
            where r.kind = 'rung' and (s.ended_at is not null or s.paused_at is not null)""",
    ),
    (
        "I4",
        f"""select r.at, {NAME} || ' rang for a moment that was not planned' from seen r
            where kind = 'rung' and not exists (select from steps s where s.family = r.family
                and s.deadline = r.deadline and s.rung = r.rung and s.at = r.planned_at)""",
    ),
    (
        "I4",
        """select now(), 'promise ' || d.id || ' runs on a closed case' from whistle_casedeadline d
           join whistle_case c on c.id = d.case_id where c.status = 'closed' and d.ended_at is null""",
    ),
    (
        "I5",
        f"""select r.at, {NAME} || ' rang before ' || e.rung from seen r
            join steps s on s.family = r.family and s.deadline = r.deadline and s.rung = r.rung
            join steps t on t.family = r.family and t.deadline = r.deadline and t.place = s.place - 1
            join seen e on e.family = r.family and e.deadline = r.deadline and e.rung = t.rung and e.kind = 'rung'
            where r.kind = 'rung' and (r.done, r.id) < (e.done, e.id)""",
    ),
    (
        "I6",
        """select max(at), stream || ' has ' || count(*) || ' events numbered to ' || max(seq) from audit_auditevent
           group by stream having count(*) <> max(seq) or min(seq) <> 1""",
    ),
    (
        "I6",
        """select coalesce(r.at, a.at), case when a.id is null then 'rung without event: ' else 'event without rung: '
                  end || coalesce(r.deadline::text, a.object_id)
           from (select * from seen where kind = 'rung' and family = 'case') r
           full join (select * from audit_auditevent where object_type = 'whistle.casedeadline'
                      and event like 'deadline.%%') a
             on a.object_id = r.deadline::text and a.event = 'deadline.' || r.rung
           where a.id is null or r.id is null""",
    ),
    # nobody hears of a light more often than it was lit
    (
        "I7",
        """select n.at, n.name || ' got ' || n.number || ' of ' || n.kind || ' for ' || n.link || ', lit '
                  || coalesce(r.number, 0)
           from (select max(n.created_at) as at, u.name, kind, link, count(*) as number from notifications_notice n
                 join accounts_user u on u.id = n.recipient_id
                 where kind like 'deadline.%%' and link ~ '^/cases/[0-9]+/$' group by u.name, kind, link) n
           left join (select 'deadline.' || r.rung as kind, '/cases/' || d.case_id || '/' as link, count(*) as number
                      from whistle_caserung r join whistle_casedeadline d on d.id = r.deadline_id group by 1, 2) r
             using (kind, link)
           where n.number > coalesce(r.number, 0)""",
    ),
    (
        "I7",
        """select r.climbed_at, 'nobody told ' || coalesce(l.name, 'anybody') || ' of ' || r.rung || ' of promise '
                  || d.id
           from whistle_caserung r join whistle_casedeadline d on d.id = r.deadline_id
           left join whistle_assignment a on a.id = d.assignment_id
           left join organisations_unit u on u.id = a.unit_id
           left join unnest(%(units)s, %(liaisons)s) l (unit, name) on l.unit = u.code
           where r.rung in ('yellow', 'red', 'supervision', 'leaders') and d.step <> 'hold' and not exists (
               select from notifications_notice n join accounts_user p on p.id = n.recipient_id
               where n.kind = 'deadline.' || r.rung and n.link = '/cases/' || d.case_id || '/'
               and n.created_at = r.climbed_at and (l.name is null or p.username = l.name))
           -- after an outage a person's late notices are counted in one digest
           and not (r.late_reason <> '' and exists (
               select from notifications_digest g join accounts_user p on p.id = g.recipient_id
               where l.name is null or p.username = l.name))""",
    ),
    (
        "I7",
        """select n.created_at, 'notice ' || n.id || ' has no place in the outbox' from notifications_notice n
           join accounts_user p on p.id = n.recipient_id
           where p.wants_email and p.email <> '' and not exists (
               select from notifications_delivery d where d.notice_id = n.id)""",
    ),
]
QUIET: list[tuple[str, str]] = [
    (
        "I3",
        """select s.at, s.family || ' promise ' || s.deadline || ' ' || s.rung || ' never rang' from steps s
           join promises p on p.family = s.family and p.id = s.deadline
           where p.ended_at is null and p.paused_at is null and s.at <= %(quiet)s and s.place > p.rungs_climbed""",
    ),
    (
        "I7",
        """select n.created_at, 'delivery ' || d.id || ' neither left nor was given up' from notifications_delivery d
           join notifications_notice n on n.id = d.notice_id where d.due_at is not null""",
    ),
]


def check(*, quiet: datetime | None = None) -> list[Violation]:
    """Return what is wrong, from one snapshot of the database; with `quiet`, also what must have happened by then."""
    names = {"units": list(LIAISONS), "liaisons": list(LIAISONS.values()), "quiet": quiet}
    found: list[Violation] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        for statement in (ORDER, PROMISES, STEPS):
            cursor.execute(statement)
        for invariant, query in ANY_TIME + (QUIET if quiet is not None else []):
            cursor.execute(f"select * from ({query}) found limit 1000", names)
            found += [Violation(invariant, at, text) for at, text in cursor.fetchall()]
    return found


def check_trail(*, at: datetime) -> list[Violation]:
    """I6: hashes, links and seals of the whole trail."""
    report = verification.verify()
    return [Violation("I6", at, str(finding)) for finding in report.findings]


def still_due(quiet: datetime) -> int:
    """Return how much is not done yet: alarms up to the moment, and deliveries that wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select (select count(*) from whistle_casedeadline where wake_at <= %(at)s)
                    + (select count(*) from whistle_taskdeadline where wake_at <= %(at)s)
                    + (select count(*) from notifications_delivery where due_at is not null)""",
            {"at": quiet},
        )
        number: int = cursor.fetchone()[0]
    return number


def check_receiver(ledger: Path, *, at: datetime) -> list[Violation]:
    """I8: what counts as sent was received, and the receiver got nothing that is not in the outbox."""
    taken = set(ledger.read_text().split()) if ledger.exists() else set()
    with connection.cursor() as cursor:
        cursor.execute(
            "select '<' || id || '@kunming-portal>', sent_at is not null from notifications_delivery"
        )
        outbox = dict(cursor.fetchall())
    lost = {name for name, sent in outbox.items() if sent} - taken
    strange = taken - set(outbox)
    return [
        *(Violation("I8", at, f"{name} counts as sent and never arrived") for name in lost),
        *(Violation("I8", at, f"{name} arrived and is not in the outbox") for name in strange),
    ]


def check_users(ledgers: Iterable[Path], *, at: datetime) -> list[Violation]:
    """I10: what was acknowledged to a user is still there after crashes: each move counts its case's version up."""
    moves: Counter[int] = Counter()
    for ledger in ledgers:
        for line in ledger.read_text().splitlines():
            case, _, move = line.partition(" ")
            if case != "0" and move not in WITHOUT_VERSION:
                moves[int(case)] += 1
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.id, c.version - p.version from whistle_case c, (select version from whistle_case order by id"
            " limit 1) p where c.id = any(%s)",
            [list(moves)],
        )
        versions = dict(cursor.fetchall())
    return [
        Violation("I10", at, f"case {case}: {number} moves acknowledged, {versions.get(case, 0)} kept")
        for case, number in moves.items()
        if versions.get(case, 0) < number
    ]


def lateness(first: datetime, last: datetime) -> tuple[int, list[float]]:
    """Return rungs planned between the moments, and p50, p95, p99 and the largest lateness of their commits.

    Counted from the planned moment or the rung before, whichever is later (I11).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """with rungs as (
                   select planned_at, pg_xact_commit_timestamp(xmin) as done,
                          lag(pg_xact_commit_timestamp(xmin)) over (partition by family, deadline order by id) as before
                   from faults_seen where kind = 'rung'),
               late as (select extract(epoch from done - greatest(planned_at, before)) as late from rungs
                        where planned_at >= %s and planned_at < %s)
               select count(*), percentile_cont(array[0.5, 0.95, 0.99, 1]) within group (order by late) from late""",
            [first, last],
        )
        number, numbers = cursor.fetchone()
    return number, [float(one) for one in numbers or ()]


def closed_before_ringing() -> int:
    """I12: alarms that passed before the promise ended, and had not rung: counted, not hidden."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select count(*) from (
                   select d.ended_at, d.rungs_climbed, (s.step ->> 'at')::timestamptz as at, s.place
                   from whistle_casedeadline d
                   cross join lateral jsonb_array_elements(d.ladder) with ordinality s (step, place)
                   where d.ended_at is not null) s
               where at < ended_at and place > rungs_climbed"""
        )
        number: int = cursor.fetchone()[0]
    return number
