"""The home page: what must I do now, most urgent first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.organisations.models import Unit
from kunming_portal.ui import parts
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from whistle import decisions as deciding
from whistle import rows, todo, turns
from whistle.addresses import page_url
from whistle.models import Case, Whistle
from whistle.selectors import get_cases
from whistle.workflow import AssignmentStatus, CaseStatus, WhistleStatus

W = WhistleStatus
A = AssignmentStatus
MINE_SHOWN, LATE_SHOWN, PEOPLE_SHOWN = 5, 8, 6
STREET_DIGITS = 9


@dataclass(frozen=True)
class Blown:
    """A whistle of mine: its way so far and whose turn it is."""

    row: rows.CaseRow
    steps: list[parts.Step]


@dataclass(frozen=True)
class Glance:
    """A division in four numbers; `code` leads to the rows behind them."""

    code: str
    open: int
    soon: int
    over: int
    closed: int


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person, then what they follow: own whistles, numbers, late matters, phones."""
    user = request.user
    assert isinstance(user, User)
    now = timezone.now()
    calendar = get_calendar()
    items = todo.get_items(user=user, now=now, calendar=calendar)
    decisions = deciding.get_decisions(user=user, now=now, calendar=calendar)
    late, late_total = _late(
        user, now, calendar, mine=[item.case.pk for item in (*items, *decisions) if item.case]
    )
    context = {
        "now": now,
        "urgent": [item for item in items if item.presses],
        "calm": [item for item in items if not item.presses],
        "decisions": decisions,
        "waiting": turns.count_waiting(user, now).total,
        "hidden": max(turns.count_waiting(user, now).total - len(items), 0),
        "more_url": _more_url(user),
        "blown": _blown(user, now, calendar),
        "glance": _glance(user, now),
        "late": late,
        "late_total": late_total,
        "people": _people(user, now),
        "figures_url": page_url("city") if user.can(Permission.FIGURES_VIEW) else "",
        "admin_url": page_url("admin:index") if user.is_staff else "",
        "has_roles": bool(user.acting_appointments),
    }
    return render(request, "whistle/home.html", context)


def _more_url(user: User) -> str:
    """Return where the rest of what waits is listed."""
    if turns.seats_of(user).desks:
        return page_url("queue")
    return page_url("duties") if user.can(Permission.ASSIGNMENT_HANDLE) else page_url("cases", status="open")


# -- my whistles -----------------------------------------------------------------------------------------
def _blown(user: User, now: datetime, calendar: Calendar) -> list[Blown]:
    """Return the newest open whistles this person had a hand in blowing. Three queries, none without the right."""
    if not user.can(Permission.CASE_OPEN):
        return []
    mine = Q(case__opened_by=user) | Q(blown_by=user) | Q(approved_by=user)
    found = Whistle.objects.open().blown().filter(mine)
    related = found.select_related(
        "case__division", "kind", "sub_class", "caller__division", "receiver__division"
    )
    whistles = list(related.order_by("-blown_at", "-id")[:MINE_SHOWN])
    if not whistles:
        return []
    listed = rows.case_rows(whistles, user=user, now=now, calendar=calendar)
    return [Blown(row, steps_of(row)) for row in listed]


def steps_of(row: rows.CaseRow) -> list[parts.Step]:
    """Return the six cells of a whistle's way; a phone has no room for more. No query."""
    labels = [
        pgettext("step", "Blow"),
        pgettext("step", "Dispatch"),
        pgettext("step", "Sign"),
        pgettext("step", "Report"),
        pgettext("step", "Handle"),
        pgettext("step", "Verify"),
    ]
    at = _place(row)
    states: list[parts.StepState] = [
        "done" if n < at else "now" if n == at else "" for n in range(len(labels))
    ]
    return [parts.Step(label, state) for label, state in zip(labels, states, strict=True)]


def _place(row: rows.CaseRow) -> int:
    if row.whistle.status in (W.HANDLING, W.ON_HOLD):
        late = rows.slowest(row.duties)
        return {A.AWAITING_SIGNATURE: 2, A.AWAITING_REPORT_IN: 3}.get(
            A(late.status) if late else A.HANDLING, 4
        )
    return {
        W.DRAFT: 0,
        W.AWAITING_APPROVAL: 0,
        W.AWAITING_ACCEPTANCE: 1,
        W.AWAITING_DISPATCH: 1,
        W.AWAITING_VERIFICATION: 5,
    }.get(W(row.whistle.status), 6)


# -- numbers ------------------------------------------------------------------------------------------------
def _glance(user: User, now: datetime) -> Glance | None:
    """Return the four numbers of the community or street one acts for. One query on the division's index."""
    seats = turns.seats_of(user)
    codes = [code for code in (*seats.writes, *seats.desks) if len(code) >= STREET_DIGITS]
    if not codes:
        return None
    month = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    is_open, over = Q(status=CaseStatus.OPEN), Q(due_at__lt=now)
    found = Case.objects.filter(
        starts_with_any(codes, field="division__code"), is_open | Q(closed_at__gte=month)
    ).aggregate(
        open=Count("id", filter=is_open),
        soon=Count("id", filter=is_open & Q(yellow_at__lte=now) & ~over),
        over=Count("id", filter=is_open & over),
        closed=Count("id", filter=Q(closed_at__gte=month)),
    )
    return Glance(code=codes[0] if len(set(codes)) == 1 else "", **found)


def _late(
    user: User, now: datetime, calendar: Calendar, *, mine: list[int]
) -> tuple[list[rows.CaseRow], int]:
    """Return what is late with others in the territory of a centre or a leader, the oldest first, and how
    much is late in all.

    Five queries, none for people who only call or are only called.
    """
    follows = turns.seats_of(user).desks or user.can(Permission.FIGURES_VIEW)
    if not follows:
        return [], 0
    overdue = get_cases(user=user).overdue(now)
    others = overdue.exclude(pk__in=mine).select_related("division")
    cases = list(others.order_by("due_at", "id")[:LATE_SHOWN])
    listed = rows.case_rows(rows.present(cases), user=user, now=now, calendar=calendar)
    return listed, overdue.count()


# -- people -------------------------------------------------------------------------------------------------
def _people(user: User, now: datetime) -> list[tuple[Unit, str]]:
    """Return whom to call: the centre and the resident forces of one's street, with their duty phones. One query."""
    seats = turns.seats_of(user)
    streets = {code[:STREET_DIGITS] for code in (*seats.writes, *seats.desks) if len(code) >= STREET_DIGITS}
    if not streets:
        return []
    day = timezone.localtime(now).date()
    near = Q(kind=Unit.Kind.CENTRE) | Q(kind=Unit.Kind.FORCE)
    units = Unit.objects.active(day).filter(near, division_id__in=streets).exclude(duty_phone="")
    return [(unit, _posting(unit)) for unit in units.order_by("kind", "name", "id")[:PEOPLE_SHOWN]]


def _posting(unit: Unit) -> str:
    if unit.kind == Unit.Kind.CENTRE:
        return _("Accepts and dispatches your whistles")
    return unit.get_posting_display() or unit.get_kind_display()
