"""What a page costs at least: the rows it reads, in one query, each a line of a plain table, in the same project.

Sign-in and middleware are the portal's. There is no frame, no right to check, no clock to compute.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template import engines

from whistle.models import Case, CaseDeadline, Whistle
from whistle.searches import find_cases

PAGE = 50
TABLE = """<!doctype html><title>{{ title }}</title><table>{% for row in rows %}<tr>{% for cell in row %}
<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""

# What a list shows of a whistle and of each unit called on it
COLUMNS = (
    *(
        "case__number",
        "case__title",
        "case__place",
        "case__tried",
        "case__division__short_name",
        "case__source",
    ),
    *(
        "case__status",
        "case__version",
        "case__opened_at",
        "case__closed_at",
        "kind__name",
        "caller__short_name",
    ),
    *(
        "receiver__short_name",
        "status",
        "tier",
        "reason",
        "assignments__unit__short_name",
        "assignments__status",
    ),
    *("assignments__is_lead", "assignments__measures", "assignments__signed_at", "assignments__reported_at"),
)
# What the case page shows of promises, units and history
CASE_PAGE = """
select c.number, c.title, c.place, c.description, d.step, d.started_at, d.due_at, d.ended_at, d.outcome, u.name,
       a.status, a.signed_at, a.reported_at, a.fed_back_at, a.measures, w.status, w.blown_at, k.name, r.short_name
from whistle_casedeadline d join whistle_case c on c.id = d.case_id join whistle_whistle w on w.id = d.whistle_id
join whistle_kind k on k.id = w.kind_id join organisations_unit r on r.id = w.receiver_id
left join whistle_assignment a on a.id = d.assignment_id left join organisations_unit u on u.id = a.unit_id
where c.id = %(case)s
union all
select e.stream, e.event, e.actor_name, e.reason, e.unit_name, e.at, null, null, e.object_label, e.object_type,
       e.object_id, null, null, null, e.data::text, e.request_id, null, null, null
from audit_auditevent e where e.stream = 'case:' || %(case)s
"""


def queue(request: HttpRequest) -> HttpResponse:
    """The fifty most urgent whistles at one centre, with the units on them and the clock that runs out first."""
    found = Whistle.objects.filter(receiver=int(request.GET["unit"]), ended_at=None)
    return whistles("Queue", found.order_by("case__due_at", "id").values("pk")[:PAGE], "case__due_at")


def search(request: HttpRequest) -> HttpResponse:
    """The fifty newest cases of a place that hold a word, with the whistle each stands at and its units."""
    cases = find_cases(Case.objects.filter(division__code__startswith=request.GET["place"]), request.GET["q"])
    newest = cases.order_by("-opened_at", "-id").values("pk")[:PAGE]
    found = Whistle.objects.filter(case__in=newest).exclude(status="upgraded")
    return whistles("Search", found.values("pk"), "-case__opened_at")


def whistles(title: str, keys: QuerySet[Whistle, Any], order: str) -> HttpResponse:
    """Print these whistles, a line a unit."""
    running = CaseDeadline.objects.running().filter(case=OuterRef("case")).order_by("due_at")
    rows = Whistle.objects.filter(pk__in=keys).order_by(order, "id")
    return table(title, rows.values_list(*COLUMNS, Subquery(running.values("due_at")[:1])))


def case(_request: HttpRequest, pk: int) -> HttpResponse:
    """Every promise of a case with the unit it is about, and every entry of its history."""
    with connection.cursor() as cursor:
        cursor.execute(CASE_PAGE, {"case": pk})
        return table("Case", cursor.fetchall())


def table(title: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Print the rows."""
    return HttpResponse(engines["django"].from_string(TABLE).render({"title": title, "rows": list(rows)}))
