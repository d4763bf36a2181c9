"""The dispatcher's queue: whose turn, which light, and per row the one move that comes next."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.core.exceptions import PermissionDenied
from django.db.models import Case as Switch
from django.db.models import Count, F, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from kunming_portal.accounts.models import User
from kunming_portal.divisions.selectors import get_ancestors
from kunming_portal.ui import keypages, parts
from kunming_portal.ui.fragments import wants_fragment
from whistle import limits, rows, turns
from whistle.addresses import page_url
from whistle.filtersets import CaseFilter
from whistle.models import SavedFilter, Whistle
from whistle.selectors import get_cases
from whistle.views import choices
from whistle.views.bulk_moves import bar
from whistle.views.saved import saved_of
from whistle.workflow import Step, WhistleStatus

W = WhistleStatus
Tab = turns.Tab

# The order of the groups: what nobody has looked at yet comes first.
ORDER = (
    W.AWAITING_ACCEPTANCE,
    W.AWAITING_DISPATCH,
    W.AWAITING_VERIFICATION,
    W.AWAITING_EVALUATION,
    W.AWAITING_APPROVAL,
    W.DRAFT,
    W.HANDLING,
    W.ON_HOLD,
    W.CLOSED,
)
SOONEST = (keypages.Column("rank"), keypages.Column("due", datetime, nullable=True), keypages.Column("id"))
NEWEST = (keypages.Column("ended_at", datetime, descending=True), keypages.Column("id", descending=True))
GROUP_STEP = {
    W.AWAITING_ACCEPTANCE: Step.DISPATCH,
    W.AWAITING_DISPATCH: Step.DISPATCH,
    W.AWAITING_VERIFICATION: Step.VERIFY,
    W.AWAITING_APPROVAL: Step.APPROVE,
    W.HANDLING: Step.CLOSE,
    W.ON_HOLD: Step.REVIEW,
}


@dataclass(frozen=True)
class Group:
    """The rows that need the same move, with the number of all such rows and the sentence of their limit."""

    title: str
    count: int
    note: str
    rows: list[rows.CaseRow]


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Show the queue of the centres at which the person accepts or dispatches; others have none (403)."""
    user = request.user
    assert isinstance(user, User)
    seats = turns.seats_of(user)
    if not seats.desks:
        raise PermissionDenied(_("The queue belongs to the people who accept and dispatch at a centre."))
    now = timezone.now()
    tab = _tab(request.GET.get("turn", ""))
    chosen = CaseFilter(request.GET, queryset=get_cases(user=user), request=request, now=now)
    found = _listed(tab, chosen, seats, user, now)
    page = keypages.read_page(found, columns=_columns(tab), query=request.GET.dict())
    listed = rows.case_rows(_with_relations(page.rows), user=user, now=now)
    desk = turns.count_desk(seats, user, now)
    narrowed = any(chosen.form.cleaned_data.values()) if chosen.is_valid() else True
    counts = _counted(found) if narrowed and listed else desk.groups[tab]
    context = {
        "now": now,
        "desk": desk,
        "tab": tab.value,
        "tabs": _tabs(tab, desk),
        "groups": _groups(listed, counts, now),
        "total": desk.tabs[tab],
        "page": page.key,
        "filter": chosen,
        "choices": choices.of(user, query=request.GET, now=now, with_status=False),
        "kept": [("turn", tab.value)],
        "filtered": narrowed,
        "crumbs": _crumbs(seats),
        "saved": saved_of(user, SavedFilter.Page.QUEUE, request.GET),
        "bulk": bar("queue"),
    }
    name = "whistle/parts/queue_list.html" if wants_fragment(request) else "whistle/queue.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _tab(text: str) -> turns.Tab:
    return Tab(text) if text in set(Tab) else Tab.MINE


def _columns(tab: turns.Tab) -> tuple[keypages.Column, ...]:
    return NEWEST if tab is Tab.CLOSED else SOONEST


def _listed(
    tab: turns.Tab, chosen: CaseFilter, seats: turns.Seats, user: User, now: datetime
) -> QuerySet[Whistle]:
    """Return the whistles under the tab that pass the filter, with what their order needs and nothing else.

    A busy desk has a thousand of them and shows fifty: only those are joined with what a row prints.
    """
    found = Whistle.objects.filter(turns.on_desk(tab, seats, user, now))
    if not chosen.is_valid():
        found = found.none()
    elif any(chosen.form.cleaned_data.values()):
        found = found.filter(case_id__in=chosen.qs.values("pk"))
    rank = Switch(
        *(When(status=status, then=Value(place)) for place, status in enumerate(ORDER)),
        default=Value(len(ORDER)),
        output_field=IntegerField(),
    )
    return found.only("pk", "ended_at").annotate(rank=rank, due=F("case__due_at"))


def _with_relations(listed: list[Whistle]) -> list[Whistle]:
    """Return the whistles of a page with what their rows print, in the same order. One query."""
    related = Whistle.objects.select_related(
        "case__division", "kind", "sub_class", "caller", "receiver__division"
    ).defer("case__description", "case__affected")
    found = related.in_bulk([whistle.pk for whistle in listed])
    return [found[whistle.pk] for whistle in listed if whistle.pk in found]


def _counted(found: QuerySet[Whistle]) -> dict[str, int]:
    """Return how many rows of a filtered list need each move. One query."""
    return dict(found.order_by().values_list("status").annotate(n=Count("id")))


def _groups(listed: list[rows.CaseRow], counts: dict[str, int], now: datetime) -> list[Group]:
    """Return the page's rows by the move they need, with the number of all such rows. One query: the limits."""
    if not listed:
        return []
    tiers = {row.whistle.tier for row in listed}
    sentences = limits.sentences(tiers=tiers, steps=set(GROUP_STEP.values()), at=now)
    groups = []
    for status, some in groupby(listed, key=lambda row: W(row.whistle.status)):
        step = GROUP_STEP.get(status)
        note = sentences.get(step, "") if step is not None else ""
        groups.append(Group(_title(status), counts.get(status.value, 0), note, list(some)))
    return groups


def _title(status: WhistleStatus) -> str:
    return str(status.label)


def _tabs(now_at: turns.Tab, desk: turns.Desk) -> list[parts.TabLink]:
    labels = {
        Tab.MINE: pgettext("tab", "My turn"),
        Tab.UNITS: pgettext("tab", "With units"),
        Tab.VERIFY: pgettext("tab", "To be verified"),
        Tab.OPEN: pgettext("tab", "All open"),
        Tab.CLOSED: pgettext("tab", "Closed in 30 days"),
    }
    return [parts.TabLink(tab.value, label, desk.tabs[tab], tab is now_at) for tab, label in labels.items()]


def _crumbs(seats: turns.Seats) -> list[parts.Crumb]:
    """Return the way from the city to the seat; with several seats there is no one way. One query."""
    if len(seats.desks) != 1:
        return []
    ways = get_ancestors(seats.desks[0])
    return [
        parts.Crumb(way.name, page_url("cases", division=way.code), current=way.code == seats.desks[0])
        for way in ways
    ]
