"""Items, requests and asks as their lists and pages show them: the light with its word, what the person may do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.guards import CommunityRefused
from communities.models import AdmissionRequest, AdmissionState, Ask, WorkItem
from communities.presenters import clocks
from communities.services.admission_checks import can_apply, can_move, check_move
from communities.services.asks import check_refuses
from communities.services.work_items import can_decide
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui.parts import Due, Light, Move, Moves, Refusal
from kunming_portal.workdays.calendar import Calendar

STATE_LIGHTS: dict[str, Light] = {
    AdmissionState.SUBMITTED: "normal",
    AdmissionState.RETURNED: "soon",
    AdmissionState.ADMITTED: "closed",
    AdmissionState.REFUSED: "closed",
    AdmissionState.WITHDRAWN: "wait",
}


@dataclass(frozen=True)
class ItemRow:
    """An item with its light on the day of the list."""

    item: WorkItem
    light: Light
    word: str
    hours: str


@dataclass(frozen=True)
class AdmissionRow:
    """A request with its state and, while it waits, how long there is for its decision."""

    request: AdmissionRequest
    light: Light
    word: str
    due: Due | None


@dataclass(frozen=True)
class AskRow:
    """An ask, and whether this person may refuse it with the button in the row."""

    ask: Ask
    may_refuse: bool


def item_rows(items: Iterable[WorkItem], *, day: date, warn_days: int) -> list[ItemRow]:
    """Return what the list shows of these items on a day. No query."""
    return [_item_row(item, day, warn_days) for item in items]


def _item_row(item: WorkItem, day: date, warn_days: int) -> ItemRow:
    light, word = item_light(item, day=day, warn_days=warn_days)
    return ItemRow(item=item, light=light, word=word, hours=month_words(item))


def item_light(item: WorkItem, *, day: date, warn_days: int) -> tuple[Light, str]:
    """Return light and word: in force, lapsing within the days of the rules, lapsed, not begun. No query."""
    if item.valid_from > day:
        return "wait", pgettext("work item", "Not in force yet")
    if item.valid_to is None:
        return "normal", pgettext("work item", "In force")
    if item.valid_to < day:
        return "closed", pgettext("work item", "Off the list")
    if item.valid_to - day <= timedelta(days=warn_days):
        return "soon", _("Lapses in %(days)d days") % {"days": (item.valid_to - day).days}
    return "normal", pgettext("work item", "In force")


def month_words(item: WorkItem) -> str:
    """Return the hours a month and community, or a dash where there is no rhythm or no estimate. No query."""
    month = item.a_month
    return hours_words(month) if month else "–"


def hours_words(hours: Decimal) -> str:
    """Return hours with one decimal, without one where it is nought."""
    text = f"{hours:.1f}"
    return text.removesuffix(".0")


def admission_rows(
    requests: Sequence[AdmissionRequest], *, now: datetime, calendar: Calendar
) -> list[AdmissionRow]:
    """Return what the list shows of these requests. One query for the deadlines of those that wait."""
    running = clocks.newest([one.undertaking for one in requests], calendar=calendar)
    rows = []
    for one in requests:
        clock = running.get(one.undertaking_id)
        due = None
        if one.state == AdmissionState.SUBMITTED and clock is not None:
            due = clocks.running(one.undertaking, clock, now=now, calendar=calendar)
        rows.append(AdmissionRow(one, STATE_LIGHTS[one.state], str(one.state.label), due))
    return rows


def ask_rows(asks: Sequence[Ask], *, user: User) -> list[AskRow]:
    """Return what the list shows of these asks; the button stands only where nothing on the list binds. No query.

    An ask with an item of the same title was linked to it when it was recorded; the service looks once more.
    """
    prefixes = user.scope(P.COMMUNITY_KEEP).prefixes
    return [AskRow(ask, _refusable(ask, prefixes)) for ask in asks]


def _refusable(ask: Ask, prefixes: tuple[str, ...]) -> bool:
    if ask.refused_at is not None or not any(ask.community_id.startswith(prefix) for prefix in prefixes):
        return False
    return ask.item is None or not (ask.item.is_in_force(ask.asked_on) and ask.item.covers(ask.community_id))


def item_moves(item: WorkItem, user: User, *, day: date) -> Moves:
    """Return what the person may do with an item: renew it, correct it, take it off, record that it was asked for."""
    allowed = []
    ended = item.valid_to is not None and item.valid_to < day
    own = any(a.unit_id == item.unit_id for a in user.acting_appointments)
    if own and can_apply(by=user):
        renew = f"{reverse('admission-new')}?renews={item.pk}"
        allowed.append(Move(_("Apply for renewal"), renew, icon="arrow-clockwise", primary=True))
    if user.scope(P.COMMUNITY_KEEP).prefixes:
        asked = f"{reverse('ask-new')}?item={item.pk}"
        allowed.append(Move(_("Record an ask"), asked, icon="pen"))
    if can_decide(item.scope_id, by=user):
        allowed.append(Move(_("Correct the item"), reverse("work-item-change", args=[item.pk]), icon="pen"))
        if not ended:
            allowed.append(
                Move(_("Take off the list"), reverse("work-item-end", args=[item.pk]), icon="x-circle")
            )
    return Moves(allowed=allowed)


def admission_moves(request: AdmissionRequest, user: User) -> Moves:
    """Return what the person may do with a request now; a decision that is somebody else's is said with its reason."""
    allowed: list[Move] = []
    refused: list[Refusal] = []
    decide = reverse("admission-decide", args=[request.pk])
    if can_move("admit", request, by=user):
        allowed.append(Move(pgettext("admission", "Decide"), decide, icon="check2-square", primary=True))
    elif request.state == AdmissionState.SUBMITTED and user.can(P.BURDEN_DECIDE):
        refused.append(Refusal(pgettext("admission", "Decide"), _why_not("admit", request, user)))
    if can_move("complete", request, by=user):
        again = reverse("admission-complete", args=[request.pk])
        allowed.append(Move(_("Complete and hand in again"), again, icon="pen", primary=True))
    if can_move("withdraw", request, by=user):
        allowed.append(
            Move(
                pgettext("admission", "Withdraw"),
                reverse("admission-withdraw", args=[request.pk]),
                icon="x-circle",
            )
        )
    return Moves(allowed=allowed, refused=refused)


def _why_not(move: str, request: AdmissionRequest, user: User) -> str:
    try:
        check_move(move, request, by=user)
    except CommunityRefused as refused:
        return refused.sentence
    return ""


def ask_moves(ask: Ask, user: User) -> Moves:
    """Return what the person may do with an ask: refuse with one click, or why not; take it back. Two queries."""
    if not any(ask.community_id.startswith(prefix) for prefix in user.scope(P.COMMUNITY_KEEP).prefixes):
        return Moves()
    if ask.refused_at is not None:
        back = reverse("ask-take-back", args=[ask.pk])
        return Moves(allowed=[Move(_("Take the refusal back"), back, icon="arrow-clockwise", method="post")])
    label = pgettext("an ask", "Refuse")
    try:
        check_refuses(ask, by=user)
    except CommunityRefused as refused:
        return Moves(refused=[Refusal(label, refused.sentence)])
    url = reverse("ask-refuse", args=[ask.pk])
    return Moves(allowed=[Move(label, url, icon="x-circle", primary=True, method="post")])
