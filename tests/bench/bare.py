"""What a page costs at least: the rows it reads, in one query, each a line of a plain table, in the same project.

Sign-in and middleware are the portal's. There is no frame, no right to check, no clock to compute.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines

from whistle.models import Case, Whistle
from whistle.searches import find_cases

PAGE = 50
TABLE = """<!doctype html><title>{{ title }}</title><table>{% for row in rows %}<tr>{% for cell in row %}
<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""
TEMPLATE = engines["django"].from_string(TABLE)

# What a list shows of a whistle, a line for each unit called on it; the keys come first, for no planner finds that
# order among so many tables
LISTED = """
with keys as materialized ({keys})
select c.number, c.title, c.place, c.tried, d.short_name, c.source, c.status, c.version, c.opened_at, c.closed_at,
       k.name, caller.short_name, receiver.short_name, w.status, w.tier, w.reason,
       (select min(l.due_at) from whistle_casedeadline l where l.case_id = c.id and l.ended_at is null),
       u.short_name, a.status, a.is_lead, a.measures, a.signed_at, a.reported_at
from keys join whistle_whistle w on w.id = keys.id join whistle_case c on c.id = w.case_id
join divisions_division d on d.code = c.division_id join whistle_kind k on k.id = w.kind_id
join organisations_unit caller on caller.id = w.caller_id
join organisations_unit receiver on receiver.id = w.receiver_id
left join whistle_assignment a on a.whistle_id = w.id left join organisations_unit u on u.id = a.unit_id
order by {order}
"""
QUEUE = """
select w.id from whistle_whistle w join whistle_case c on c.id = w.case_id
where w.receiver_id = %s and w.ended_at is null order by c.due_at, w.id limit 50
"""
# What the case page shows of the matter, of tiers, units, promises, side paths, files, notes and the newest history
CASE_PAGE = """
select 'matter', c.number, c.title, c.place, c.description, c.affected, c.tried, c.source, c.status, c.opened_at::text,
       c.closed_at::text, c.due_at::text, d.name, u.name
from whistle_case c join divisions_division d on d.code = c.division_id join accounts_user u on u.id = c.opened_by_id
where c.id = %(case)s
union all
select 'place', p.code, p.name, p.short_name, '', '', '', '', '', '', '', '', '', '' from divisions_division p
where p.code in (select left(division_id, n) from whistle_case, unnest(array[4, 6, 9, 12]) n where id = %(case)s)
union all
select 'whistle', w.status, w.tier::text, w.reason, k.name, k.scope, a.short_name, r.short_name, w.verdict,
       w.blown_at::text, w.accepted_at::text, w.dispatched_at::text, w.satisfaction, w.ended_at::text
from whistle_whistle w join whistle_kind k on k.id = w.kind_id join organisations_unit a on a.id = w.caller_id
join organisations_unit r on r.id = w.receiver_id where w.case_id = %(case)s
union all
select 'said', s.version::text, s.said::text, '', '', '', '', '', '', '', '', '', '', '' from whistle_whistle w
join whistle_wording s on s.kind_id = w.kind_id and s.version = w.kind_version where w.case_id = %(case)s
union all
select 'unit', u.name, u.short_name, u.mark, a.status, a.is_lead::text, a.reported_person, a.reported_phone, a.measures,
       a.signed_at::text, a.reported_at::text, a.fed_back_at::text, a.met_whom, a.reworks::text
from whistle_whistle w join whistle_assignment a on a.whistle_id = w.id join organisations_unit u on u.id = a.unit_id
where w.case_id = %(case)s
union all
select 'promise', l.step, l.amount::text, l.unit, l.outcome, p.version::text, k.name, u.short_name,
       l.extended_days::text, l.started_at::text, l.due_at::text, l.ended_at::text, l.yellow_at::text, l.paused_at::text
from whistle_casedeadline l join whistle_deadlinepolicy p on p.id = l.policy_id join whistle_kind k on k.id = p.kind_id
left join whistle_assignment a on a.id = l.assignment_id left join organisations_unit u on u.id = a.unit_id
where l.case_id = %(case)s
union all
select 'rung', r.rung, r.planned_at::text, r.climbed_at::text, '', '', '', '', '', '', '', '', '', ''
from whistle_casedeadline l join whistle_caserung r on r.deadline_id = l.id where l.case_id = %(case)s
union all
select 'pause', p.started_at::text, p.ended_at::text, '', '', '', '', '', '', '', '', '', '', ''
from whistle_casedeadline l join whistle_casepause p on p.deadline_id = l.id where l.case_id = %(case)s
union all
select 'exclusion', x.answer, x.reason, x.decision, '', '', '', '', '', '', '', '', '', '' from whistle_exclusion x
join whistle_whistle w on w.id = x.whistle_id where w.case_id = %(case)s
union all
select 'file', f.moment, f.caption, f.added_at::text, u.name, '', '', '', '', '', '', '', '', ''
from whistle_evidence f join accounts_user u on u.id = f.added_by_id where f.case_id = %(case)s
union all
select 'task', t.number, t.text, t.answer, t.status, '', '', '', '', '', '', '', '', '' from whistle_supervisiontask t
where t.case_id = %(case)s
union all
select 'number', n.system, n.number, '', '', '', '', '', '', '', '', '', '', '' from whistle_externalnumber n
where n.case_id = %(case)s
union all
(select 'note', n.text, n.written_at::text, u.name, '', '', '', '', '', '', '', '', '', '' from whistle_casenote n
join accounts_user u on u.id = n.by_id where n.case_id = %(case)s order by n.id desc limit 3)
union all
(select 'history', e.event, e.actor_name, e.reason, e.unit_name, e.at::text, e.object_label, e.object_type, e.object_id,
        e.data::text, e.request_id::text, e.seq::text, e.stream, ''
from audit_auditevent e where e.stream = 'case:' || %(case)s order by e.seq desc limit 20)
"""


def queue(request: HttpRequest) -> HttpResponse:
    """The fifty most urgent whistles at one centre, with the units on them and the clock that runs out first."""
    return table("Queue", listed(QUEUE, order="c.due_at, w.id"), [int(request.GET["unit"])])


def search(request: HttpRequest) -> HttpResponse:
    """The fifty newest cases of a place that hold a word, with the whistle each stands at and its units."""
    cases = find_cases(Case.objects.filter(division__code__startswith=request.GET["place"]), request.GET["q"])
    newest = cases.order_by("-opened_at", "-id").values("pk")[:PAGE]
    standing = Whistle.objects.filter(case__in=newest).exclude(status="upgraded").values("id")
    try:
        keys, values = standing.query.sql_with_params()
    except EmptyResultSet:  # Django knows without asking that there is nothing
        keys, values = "select 0::bigint as id where false", ()
    return table("Search", listed(keys, order="c.opened_at desc, w.id"), values)


def case(_request: HttpRequest, pk: int) -> HttpResponse:
    """The case, its place, tiers, units, promises, side paths, files, notes and the newest of its history."""
    return table("Case", CASE_PAGE, {"case": pk})


def listed(keys: str, *, order: str) -> str:
    """Return the statement of a list of the whistles whose keys another finds."""
    return LISTED.replace("{keys}", keys).replace("{order}", order)


def table(title: str, statement: str, values: Any) -> HttpResponse:
    """Print what the statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return HttpResponse(TEMPLATE.render({"title": title, "rows": rows}))
