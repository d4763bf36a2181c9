"""A small city in the real tables: people, prototypes walked through the services, and copies of them by SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import connection, models

from kunming_portal.accounts.models import User
from kunming_portal.deadlines import timers
from kunming_portal.notifications.models import ChannelPreference, Notice
from kunming_portal.organisations.models import Unit
from tests.whistle import people
from tests.whistle.people import World
from whistle import services
from whistle.models import Assignment, Case, CaseDeadline, CaseSearch, SupervisionTask, TaskDeadline, Whistle
from whistle.workflow import Step

# What each promise lights, in order; every tenth closing is upgraded by itself
LADDERS: dict[str, tuple[str, ...]] = {
    Step.CLOSE.value: ("yellow", "red", "supervision", "leaders"),
    Step.FEED_BACK.value: ("yellow", "red", "supervision", "leaders"),
    Step.REPORT_IN.value: ("yellow", "red"),
    "task": ("yellow", "red", "leaders"),
}
# Whose notices leave by mail: enough to load the outbox, not so many that it is all that happens
MAILED = ("enforcement_leader", "market_liaison")
RUNGS_A_CASE = 4 + 2 * 4 + 2 * 2 + 3


@dataclass(frozen=True)
class Cases:
    """Keys of cases that belong together, first and last."""

    first: int
    last: int


@dataclass(frozen=True)
class Prototype:
    """What is copied: one case that units work on, with an instruction that waits for its reply."""

    case: Case
    whistle: Whistle
    duties: tuple[Assignment, ...]
    task: SupervisionTask


def prepare() -> None:
    """Migrate, write people, seed the calendar, let nobody be quiet, watch the tables, walk the prototype."""
    call_command("migrate", verbosity=0)
    people.build_world()
    call_command("seed_calendar", stdout=StringIO())
    User.objects.exclude(username__in=MAILED).update(wants_email=False)
    ChannelPreference.objects.bulk_create(
        ChannelPreference(user=user, channel="email", quiet_from=None, quiet_to=None, quiet_rest_days=False)
        for user in User.objects.filter(username__in=MAILED)
    )
    with connection.cursor() as cursor:
        cursor.execute(WATCH)
    walk()


def everybody() -> World:
    """Return the people and units of the city as they stand in the database."""
    world = World()
    world.people = {user.username: user for user in User.objects.all()}
    world.units = {unit.code: unit for unit in Unit.objects.all()}
    return world


def walk() -> None:
    """Walk the prototype: dispatched to two units that signed, and an instruction to the lead."""
    world, now = everybody(), timers.database_now() - timedelta(hours=2)
    lead, assist = people.dispatched(world, now=now)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=now)
    services.sign(assignment=assist, by=world.market_liaison, now=now)
    services.instruct(
        whistle=lead.whistle,
        unit=lead.unit,
        text="限期整改。",
        due_at=now + timedelta(days=30),
        by=world.street_secretary,
        now=now,
    )
    # what was told on the way is no part of the run
    Notice.objects.all().delete()


def prototype() -> Prototype:
    """Return the walked case: the oldest."""
    task = SupervisionTask.objects.select_related("case", "whistle").earliest("pk")
    duties = tuple(Assignment.objects.filter(whistle=task.whistle).order_by("id"))
    return Prototype(task.case, task.whistle, duties, task)


def fill(
    number: int,
    *,
    first: datetime,
    seconds: float,
    gap: float,
    ladders: Mapping[str, tuple[str, ...]] | None = None,
) -> Cases:
    """Copy the prototype so many times; return the keys.

    First alarms lie at random within `seconds` from `first`, the rungs of a ladder `gap` seconds apart. Each copy
    has an empty history of its own, so that its trail begins with 1.
    """
    ladders = ladders or LADDERS
    model = prototype()
    with connection.cursor() as cursor:
        base = {table: _reserve(cursor, table, number * rows) for table, rows in RESERVED.items()}
        case, whistle = f"{base[Case]} + g", f"{base[Whistle]} + g"
        places = f"{base[Assignment]} + g * 2"
        duty = f"case t.{{}} when {model.duties[0].pk} then {places} when {model.duties[1].pk} then {places} + 1 end"
        task = f"{base[SupervisionTask]} + g"
        owner = {"case": case, "whistle": whistle}
        _copy(
            cursor,
            Case,
            number,
            model.case.pk,
            {"id": case, "number": f"'F' || {case}", "submission": "null"},
        )
        _copy(cursor, CaseSearch, number, model.case.pk, {"case": case}, by="case_id")
        _copy(cursor, Whistle, number, model.whistle.pk, {"id": whistle, "case": case})
        for one in model.duties:
            _copy(cursor, Assignment, number, one.pk, {"id": duty.format("id"), "whistle": whistle})
        _copy(cursor, SupervisionTask, number, model.task.pk, owner | {"id": task})
        for row in CaseDeadline.objects.running().filter(whistle=model.whistle):
            given = owner | {"assignment": duty.format("assignment_id")} | _clock(row.step, ladders, gap)
            _copy(cursor, CaseDeadline, number, row.pk, given, window=(first, seconds))
        clock = TaskDeadline.objects.get(task=model.task)
        given = {"task": task} | _clock("task", ladders, gap)
        _copy(cursor, TaskDeadline, number, clock.pk, given, window=(first, seconds))
    return Cases(base[Case], base[Case] + number - 1)


def total() -> int:
    """Return how many rungs were climbed so far."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from faults_seen where kind = 'rung'")
        found: int = cursor.fetchone()[0]
    return found


RESERVED: dict[type[models.Model], int] = {Case: 1, Whistle: 1, Assignment: 2, SupervisionTask: 1}


def _reserve(cursor: Any, model: type[models.Model], number: int) -> int:
    """Take so many keys from the table's sequence; return the first."""
    name = f"pg_get_serial_sequence('{model._meta.db_table}', 'id')"
    cursor.execute(f"select nextval({name})")
    first: int = cursor.fetchone()[0]
    cursor.execute(f"select setval({name}, %s)", [first + number])
    return first


def _clock(step: str, ladders: Mapping[str, tuple[str, ...]], gap: float) -> dict[str, str]:
    """Return the columns of a promise whose alarms lie seconds apart; `m` is the moment of the first."""
    rungs = ladders.get(step, ())
    if not rungs:
        return {"ladder": "'[]'", "wake_at": "null", "yellow_at": "null", "due_at": "m"}
    moments = {rung: f"(m + interval '{place * gap:.3f} s')" for place, rung in enumerate(rungs)}
    steps = [
        f"jsonb_build_object('rung', '{rung}', 'at', to_char({at} at time zone 'UTC', {ISO}))"
        for rung, at in moments.items()
    ]
    ladder = f"jsonb_build_array({', '.join(steps)})"
    if step == Step.CLOSE and "leaders" in rungs:
        last = f"(m + interval '{len(rungs) * gap:.3f} s')"
        more = f"jsonb_build_object('rung', 'upgrade', 'at', to_char({last} at time zone 'UTC', {ISO}))"
        ladder = f"case when g % 10 = 0 then {ladder} || {more} else {ladder} end"
    return {
        "ladder": ladder,
        "wake_at": "m",
        "yellow_at": moments.get("yellow", "null"),
        "due_at": moments["red"],
        "amount": "60",
        "unit": "'natural_minute'",
        "clock": "null",
    }


ISO = """'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'"""


def _copy(
    cursor: Any,
    model: type[models.Model],
    number: int,
    pk: int,
    given: dict[str, str],
    *,
    window: tuple[datetime, float] | None = None,
    by: str = "id",
) -> None:
    """Insert so many copies of a row; `given` overrides columns, by the names of fields."""
    kept = {
        str(field.column): given.get(field.name, f"t.{field.column}")
        for field in model._meta.concrete_fields
        if not field.primary_key or field.name in given
    }
    values: Sequence[object] = (number - 1,)
    moment = ""
    if window is not None:
        moment = "cross join lateral (select %s::timestamptz + random() * %s * interval '1 s' + g * interval '0' m) w"
        values = (number - 1, *window)
    cursor.execute(
        f"insert into {model._meta.db_table} ({', '.join(kept)}) select {', '.join(kept.values())}"
        f" from generate_series(0, %s) g {moment} cross join {model._meta.db_table} t where t.{by} = {pk}".replace(
            "%", "%%"
        ).replace("%%s", "%s"),
        values,
    )


# What happened to every promise, in an order the database gives: the key, and the moment of commit by xmin
WATCH = """
create table faults_seen (
    id bigserial primary key, at timestamptz not null default clock_timestamp(), kind text not null,
    family text not null, deadline bigint not null, rung text, planned_at timestamptz, climbed_at timestamptz,
    climbed int, ended_at timestamptz, paused_at timestamptz
);
create table faults_poison (deadline bigint primary key);
create function faults_rung() returns trigger language plpgsql as $$ begin
    if tg_argv[0] = 'case' and exists (select from faults_poison p where p.deadline = new.deadline_id) then
        raise exception 'a row that always fails';
    end if;
    insert into faults_seen (kind, family, deadline, rung, planned_at, climbed_at)
    values ('rung', tg_argv[0], new.deadline_id, new.rung, new.planned_at, new.climbed_at);
    return null;
end $$;
create function faults_state() returns trigger language plpgsql as $$ begin
    insert into faults_seen (kind, family, deadline, climbed, ended_at, paused_at)
    values (case tg_op when 'INSERT' then 'born' else 'state' end, tg_argv[0], new.id, new.rungs_climbed,
            new.ended_at, new.paused_at);
    return null;
end $$;
""" + "".join(
    f"""
create trigger faults_rung after insert on whistle_{family}rung
    for each row execute function faults_rung('{family}');
create trigger faults_born after insert on whistle_{family}deadline
    for each row execute function faults_state('{family}');
create trigger faults_state after update on whistle_{family}deadline for each row
    when (old.ended_at is distinct from new.ended_at or old.paused_at is distinct from new.paused_at)
    execute function faults_state('{family}');
"""
    for family in ("case", "task")
)
