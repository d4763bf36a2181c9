"""The liaison's list: what the unit was called to, by the step that comes next, each on its own clock."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from kunming_portal.accounts.models import User
from kunming_portal.ui import keypages
from kunming_portal.ui.parts import TabLink
from whistle import rows, turns
from whistle.models import Assignment, CaseDeadline
from whistle.views.bulk_moves import bar
from whistle.workflow import AssignmentStatus

SOONEST = (keypages.Column("clock", datetime, nullable=True), keypages.Column("id"))
NEWEST = (keypages.Column("fed_back_at", datetime, descending=True), keypages.Column("id", descending=True))


@require_GET
def duties(request: HttpRequest) -> HttpResponse:
    """Show the duties of the units for which the person signs; others have none (403)."""
    user = request.user
    assert isinstance(user, User)
    seats = turns.seats_of(user)
    if not seats.units:
        raise PermissionDenied(_("This list belongs to the people who sign for a unit."))
    now = timezone.now()
    handler = user if request.GET.get("whose") == "mine" else None
    counts = turns.count_duties(seats, handler)
    tab = _tab(request.GET.get("tab", ""), counts)
    page = keypages.read_page(
        _listed(tab, seats, handler), columns=NEWEST if tab == "done" else SOONEST, query=request.GET.dict()
    )
    context = {
        "now": now,
        "tabs": _tabs(tab, counts),
        "tab": tab,
        "whose": "mine" if handler else "all",
        "rows": rows.duty_rows(page.rows, now=now),
        "page": page.key,
        "bulk": bar("duties") if tab == "sign" else [],
        "several_units": len(seats.units) > 1,
        "waiting": sum(counts[name] for name in ("sign", "report", "handling")),
    }
    return render(request, "whistle/duties.html", context)


def _tab(asked: str, counts: dict[str, int]) -> str:
    """Return the tab to show: the one asked for, else the first with something to do."""
    if asked in counts:
        return asked
    return next((name for name in ("sign", "report", "handling") if counts[name]), "sign")


def _listed(tab: str, seats: turns.Seats, handler: User | None) -> QuerySet[Assignment]:
    status = turns.DUTY_TABS[tab]
    found = turns.duties_of(seats, handler).filter(status__in=turns.LISTED_WITH.get(status, (status,)))
    related = found.select_related(
        "unit", "handler", "whistle__case__division", "whistle__kind", "whistle__caller", "whistle__receiver"
    )
    if status == AssignmentStatus.FED_BACK:
        return related
    step = turns.NEXT_DUTY_STEP[status]
    clock = CaseDeadline.objects.running().filter(assignment=OuterRef("pk"), step=step)
    return related.annotate(clock=Subquery(clock.order_by("due_at").values("due_at")[:1]))


def _tabs(now_at: str, counts: dict[str, int]) -> list[TabLink]:
    labels = {
        "sign": pgettext("tab", "To sign"),
        "report": pgettext("tab", "To report in"),
        "handling": pgettext("tab", "In hand"),
        "done": pgettext("tab", "Fed back"),
    }
    return [TabLink(name, label, counts[name], name == now_at) for name, label in labels.items()]
