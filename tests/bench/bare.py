"""What a page costs at least: its rows in one query, each as a line of a plain table, in the same project.

Sign-in and middleware are the portal's. There is no frame, no right to check, no clock to compute.
"""

from collections.abc import Iterable

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template import engines

from whistle.models import Assignment, Case, Whistle
from whistle.searches import find_cases

PAGE = 50
TABLE = """<!doctype html><title>{{ title }}</title><table>{% for row in rows %}<tr>{% for cell in row %}
<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""


def queue(request: HttpRequest) -> HttpResponse:
    """The fifty most urgent whistles at one centre."""
    found = Whistle.objects.filter(receiver=int(request.GET["unit"]), ended_at=None)
    rows = found.select_related("case__division", "kind", "caller", "receiver").order_by("case__due_at", "id")
    return table("Queue", rows[:PAGE], QUEUE)


def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Every unit called on a case, with the case and its whistle."""
    rows = Assignment.objects.filter(whistle__case=pk).select_related("unit", "whistle__case__division")
    return table("Case", rows.order_by("id"), DUTY)


def search(request: HttpRequest) -> HttpResponse:
    """The fifty newest cases of a place that hold a word, with the whistle each stands at."""
    cases = find_cases(Case.objects.filter(division__code__startswith=request.GET["place"]), request.GET["q"])
    newest = [row.pk for row in cases.only("pk").order_by("-opened_at", "-id")[:PAGE]]
    rows = Whistle.objects.filter(case__in=newest).exclude(status="upgraded")
    related = rows.select_related("case__division", "kind", "caller", "receiver")
    return table("Search", related.order_by("-case__opened_at", "-id"), QUEUE)


CASE = (
    "number",
    "title",
    "place",
    "description",
    "division.short_name",
    "source",
    "status",
    "due_at",
    "opened_at",
)
QUEUE = (
    *(f"case.{name}" for name in CASE),
    *("kind.name", "caller.short_name", "receiver.short_name", "status", "tier"),
)
DUTY = (
    *(f"whistle.case.{name}" for name in CASE),
    *("unit.name", "status", "created_at", "signed_at", "reported_at", "fed_back_at", "measures"),
)


def table(title: str, rows: Iterable[Model], columns: tuple[str, ...]) -> HttpResponse:
    """Print the rows."""
    cells = [[read(row, column) for column in columns] for row in rows]
    page = engines["django"].from_string(TABLE).render({"title": title, "rows": cells})
    return HttpResponse(page)


def read(row: object, path: str) -> object:
    """Return what stands at the end of a path of attributes."""
    for name in path.split("."):
        row = getattr(row, name)
    return row
