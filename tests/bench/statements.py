"""The statements that fill a city: places, a plan of one line a case, then every table from the plan.

Columns that are not named get their field's default, so that a new column needs nothing here.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db import models

from kunming_portal.audit.models import AuditEvent
from whistle.models import Assignment, Case, CaseDeadline, CaseSearch, Whistle

SCAFFOLD = ("bench_case", "bench_place", "bench_matter", "bench_number", "bench_policy", "bench_unit")
SEQUENCES = (
    "whistle_case",
    "whistle_whistle",
    "whistle_assignment",
    "whistle_casedeadline",
    "audit_auditevent",
)

PLAIN_INDEXES = """
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
join pg_class t on t.oid = i.indrelid
where t.relname in ('whistle_case', 'whistle_whistle', 'whistle_assignment', 'whistle_casedeadline',
                    'whistle_casesearch', 'audit_auditevent')
  and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)
order by pg_relation_size(t.oid), 1
"""

# One line a community: who writes there, which centre receives, which units it can call, what these are found by
PLACES = """
create unlogged table bench_place as
with seats as (
    select distinct on (d.short_name) d.code, d.short_name from divisions_division d
    join organisations_unit c on c.division_id = d.code and c.kind = 'centre'
    where length(d.code) = 9 order by d.short_name, d.code = any(%s) desc
), callable as (
    select u.division_id as street, array_agg(u.id order by u.id) as units
    from organisations_unit u where u.kind in ('department', 'force', 'company') and length(u.division_id) = 9
    group by u.division_id having count(*) >= 4
)
select row_number() over (order by u.division_id) - 1 as n, u.id as caller, u.division_id as division, s.code as street,
       s.short_name, c.id as receiver, a.user_id as writer, person.name as writer_name, o.units,
       row_number() over (partition by s.code order by u.division_id) - 1 as place,
       count(*) over (partition by s.code) as places
from organisations_unit u
join seats s on s.code = left(u.division_id, 9)
join organisations_unit c on c.division_id = s.code and c.kind = 'centre'
join callable o on o.street = s.code
join accounts_appointment a on a.unit_id = u.id and a.role = 'community_worker'
join accounts_user person on person.id = a.user_id
where u.kind = 'community';
create unique index on bench_place (n);
create unlogged table bench_policy as
select distinct on (kind_id, step) kind_id, step, id, amount, unit from whistle_deadlinepolicy
where tier = 1 and zone_class = '' and sub_class_id is null order by kind_id, step, version desc
"""

# The oldest first; the newest third is half open, the measured desks get theirs from DESK
PLAN = """
create unlogged table bench_case as
with places as (select count(*) as number from bench_place),
kinds as (select array_agg(distinct kind_id) as ids from bench_policy),
plan as (
    select i, i / number as lap, now() - interval '3 years' * (1 - i::float8 / %(cases)s) as opened_at,
           i > %(cases)s * 0.7 and i %% 2 = 0 and not street = any(array['530102003', '530102002']) as is_open,
           p.n as place, p.place + p.places * (i / number) + 1 as number, i %% 4000 as matter,
           ids[1 + i %% cardinality(ids)] as kind
    from generate_series(1, %(cases)s) i cross join places cross join kinds
    join bench_place p on p.n = (i::bigint * 7919) %% number
)
select i as id, place, number, matter, kind, opened_at, case
           when not is_open then 'closed'
           else (array['awaiting_acceptance', 'awaiting_dispatch', 'awaiting_verification', 'awaiting_evaluation',
                       'awaiting_verification'])[1 + (i / 2) %% 25]
       end as status,
       now() + interval '1 hour' * ((i / 2) %% 200 - 40) as due_at
from plan;
update bench_case set status = 'handling' where status is null;
"""

# Open matters of one street, a fifth at each stage
DESK = """
insert into bench_case
select (select max(id) from bench_case) + j, p.n,
       (select coalesce(max(number), 0) from bench_case c join bench_place q on q.n = c.place
        where q.street = %(street)s)
           + j, j %% 4000, (select min(kind_id) from bench_policy), now() - interval '1 hour' * (%(number)s - j),
       (array['awaiting_acceptance', 'awaiting_dispatch', 'handling', 'handling', 'awaiting_verification'])[1 + j %% 5],
       now() + interval '1 hour' * (j %% 200 - 20)
from generate_series(1, %(number)s) j
join (select *, row_number() over (order by n) - 1 as turn, count(*) over () as number from bench_place
      where street = %(street)s) p on p.turn = j %% p.number
"""

COUNTERS = """
insert into whistle_casecounter (division_id, last)
select p.street, max(c.number) from bench_case c join bench_place p on p.n = c.place group by p.street
"""

CALLED = "c.status not in ('awaiting_acceptance', 'awaiting_dispatch')"
DONE = "c.status in ('closed', 'awaiting_verification', 'awaiting_evaluation')"
CLOSED = "c.status = 'closed'"
CLOSED_AT = "c.opened_at + interval '6 days'"
# three units a case, and a fourth for every tenth
SLOTS = "generate_series(0, case when c.id % 10 = 0 then 3 else 2 end) slot"
UNIT = "p.units[1 + (c.id + slot) % cardinality(p.units)]"
THREE = " ".join(
    f"left join bench_unit u{n + 1} on {CALLED} and u{n + 1}.id = p.units[1 + (c.id + {n}) % cardinality(p.units)]"
    for n in range(3)
)
UNITS = f"(select array_agg({UNIT} order by {UNIT}) from {SLOTS})"
STAGE = """(case when slot = 0 then 'handling' else
    (array['awaiting_signature', 'awaiting_report_in', 'handling', 'fed_back'])[1 + (c.id + slot) % 4] end)"""
DUTY = f"(case when {DONE} then 'fed_back' else {STAGE} end)"


def rows() -> Iterator[tuple[str, str]]:
    """Yield the statements that write the tables, parents before children."""
    plan = "bench_case c join bench_place p on p.n = c.place"
    called = f"{plan} cross join lateral {SLOTS} where {CALLED}"
    yield "cases", insert(Case, CASE, f"{plan} join bench_matter m on m.n = c.matter")
    yield (
        "search",
        insert(
            CaseSearch,
            SEARCH,
            f"{plan} join bench_matter m on m.n = c.matter join bench_number k on k.n = c.number {THREE}",
        ),
    )
    yield "whistles", insert(Whistle, WHISTLE, plan)
    yield "assignments", insert(Assignment, ASSIGNMENT, called)
    yield "deadlines of whistles", insert(CaseDeadline, DEADLINE, f"{plan} {PROMISES}")
    yield (
        "deadlines of units",
        insert(
            CaseDeadline,
            UNIT_DEADLINE,
            f"{plan} cross join lateral {SLOTS} join bench_policy r on r.kind_id = c.kind and r.step = 'feed_back'"
            f" where {CALLED} and (slot = 0 or c.status = 'handling')",
        ),
    )
    yield (
        "trail",
        insert(
            AuditEvent,
            EVENT,
            f"{plan} join bench_matter m on m.n = c.matter {STORY} where {CALLED} or seq < 3",
        ),
    )


CASE = {
    "id": "c.id",
    "number": "p.short_name || c.number",
    "title": "m.title",
    "description": "m.description",
    "place": "m.place",
    "source": "(array['patrol', 'visit', 'hotline'])[1 + c.id % 3]",
    "division": "p.division",
    "opened_by": "p.writer",
    "status": f"case when {CLOSED} then 'closed' else 'open' end",
    "ending": f"case when {CLOSED} then 'solved' else '' end",
    "called_units": f"case when {CALLED} then {UNITS} else '{{}}' end",
    "due_at": f"case when not {CLOSED} then c.due_at end",
    "yellow_at": f"case when not {CLOSED} then c.due_at - interval '8 hours' end",
    "version": "case when c.status = 'awaiting_acceptance' then 1 else 3 end",
    "opened_at": "c.opened_at",
    "closed_at": f"case when {CLOSED} then {CLOSED_AT} end",
}
SEARCH = {
    "case": "c.id",
    "text": "concat_ws(e'\\n', lower(p.short_name || c.number), m.text, u1.text, u2.text, u3.text)",
    "grams": "m.grams || k.grams || p.grams || u1.grams || u2.grams || u3.grams",
}
WHISTLE = {
    "id": "c.id",
    "case": "c.id",
    "tier": "1",
    "kind": "c.kind",
    "caller": "p.caller",
    "receiver": "p.receiver",
    "status": "c.status",
    "created_at": "c.opened_at",
    "blown_at": "c.opened_at",
    "blown_by": "p.writer",
    "accepted_at": "case when c.status <> 'awaiting_acceptance' then c.opened_at + interval '20 minutes' end",
    "dispatched_at": f"case when {CALLED} then c.opened_at + interval '1 hour' end",
    "verified_at": f"case when c.status in ('closed', 'awaiting_evaluation') then {CLOSED_AT} end",
    "verdict": "case when c.status in ('closed', 'awaiting_evaluation') then 'solved' else '' end",
    "satisfaction": f"case when {CLOSED} then 'satisfied' else '' end",
    "ended_at": f"case when {CLOSED} then {CLOSED_AT} end",
}
ASSIGNMENT = {
    "id": "c.id * 4 + slot",
    "whistle": "c.id",
    "unit": UNIT,
    "is_lead": "slot = 0",
    "status": DUTY,
    "created_at": "c.opened_at + interval '1 hour'",
    "signed_at": f"case when {DUTY} <> 'awaiting_signature' then c.opened_at + interval '2 hours' end",
    "signed_by": f"case when {DUTY} <> 'awaiting_signature' then p.writer end",
    "reported_at": f"case when {DUTY} in ('handling', 'fed_back') then c.opened_at + interval '3 hours' end",
    "reported_person": f"case when {DUTY} in ('handling', 'fed_back') then '王磊' else '' end",
    "reported_phone": f"case when {DUTY} in ('handling', 'fed_back') then '0871-60000000' else '' end",
    "fed_back_at": f"case when {DUTY} = 'fed_back' then c.opened_at + interval '5 days' end",
    "measures": f"case when {DUTY} = 'fed_back' then '已到场处理，现场清理完毕，已告知居民。' else '' end",
}
# dispatch, closing, verifying: those that began, the last of them running while the case is open
PROMISES = f"""
join lateral (values ('dispatch', 0, true, {CALLED}), ('close', 1, {CALLED}, {DONE}), ('verify', 2, {DONE}, {CLOSED}))
    as promise (step, place, began, is_over) on promise.began
join bench_policy r on r.kind_id = c.kind and r.step = promise.step"""
DEADLINE = {
    "id": "c.id * 8 + promise.place",
    "case": "c.id",
    "whistle": "c.id",
    "step": "promise.step",
    "policy": "r.id",
    "started_at": "c.opened_at",
    "due_at": "case when promise.is_over then c.opened_at + interval '7 days' else greatest(c.due_at, c.opened_at) end",
    "yellow_at": "case when promise.is_over then null else c.due_at - interval '8 hours' end",
    "amount": "r.amount",
    "unit": "r.unit",
    "ended_at": "case when promise.is_over then c.opened_at + interval '6 days' end",
    "outcome": "case when promise.is_over then 'met' else '' end",
}
UNIT_DEADLINE = DEADLINE | {
    "id": "c.id * 8 + 3 + slot",
    "assignment": "c.id * 4 + slot",
    "step": "'feed_back'",
    "due_at": f"case when {DUTY} = 'fed_back' then c.opened_at + interval '7 days'"
    " else greatest(c.due_at, c.opened_at) end",
    "yellow_at": f"case when {DUTY} = 'fed_back' then null else c.due_at - interval '8 hours' end",
    "ended_at": f"case when {DUTY} = 'fed_back' then c.opened_at + interval '5 days' end",
    "outcome": f"case when {DUTY} = 'fed_back' then 'met' else '' end",
}
STORY = """cross join lateral (values (1, 'case.opened', 0), (2, 'whistle.blown', 1), (3, 'whistle.accepted', 20),
    (4, 'whistle.dispatched', 60), (5, 'assignment.signed', 120)) as story (seq, event, minutes)"""
EVENT = {
    "id": "c.id * 5 + story.seq",
    "at": "c.opened_at + interval '1 minute' * story.minutes",
    "stream": "'case:' || c.id",
    "seq": "story.seq",
    "event": "story.event",
    "actor_id": "p.writer",
    "actor_name": "p.writer_name",
    "unit_name": "p.short_name",
    "object_type": "'whistle.whistle'",
    "object_id": "c.id",
    "object_label": "p.short_name || c.number || ' ' || m.title",
    "data": """'{"tier": 1}'""",
}


def insert(model: type[models.Model], given: dict[str, str], source: str) -> str:
    """Return the statement that writes rows of a model from `source`; other columns get their field's default."""
    values = {field: given.get(field.name) or default(field) for field in model._meta.concrete_fields}
    kept = {field.column: value for field, value in values.items() if value is not None}
    columns = ", ".join(f'"{column}"' for column in kept)
    return f"insert into {model._meta.db_table} ({columns}) select {', '.join(kept.values())} from {source}"


def default(field: Any) -> str | None:
    """Return the field's default as a literal; None where the database gives the value."""
    if field.primary_key:
        return None
    if not field.has_default():
        return "null" if field.null else "''"
    value = field.get_default()
    if isinstance(value, list | dict):
        return "'{}'" if field.get_internal_type() == "ArrayField" else f"'{json.dumps(value)}'"
    return "null" if value is None else f"'{value}'"
