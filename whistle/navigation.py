"""The frame around every page: what somebody in these roles goes to, with what waits for them there."""

import dataclasses

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities import navigation as of_communities
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import codes_above
from kunming_portal.duty.models import DutyShift
from kunming_portal.duty.selectors import get_shifts_now
from kunming_portal.heartbeats.quiet_line import timers_run
from kunming_portal.notifications.selectors import count_unread
from kunming_portal.ui.parts import NavGroup, NavItem, RoleChoice, Shell
from whistle import exclusions, turns
from whistle.addresses import page_url

# Pages that have no entry of their own belong to one that has.
BELONGS = {
    "bulk": "queue",
    "case": "cases",
    "case-move": "cases",
    "case-note": "cases",
    "case-number": "cases",
    "case-reporter": "cases",
    "deadline": "cases",
    "case-exclusion": "cases",
    "exclusion": "exclusions",
    "assignment-move": "duties",
    "catalogue-entry": "catalogue",
    "catalogue-new": "catalogue",
    "catalogue-change": "catalogue",
    "catalogue-withdraw": "catalogue",
    "catalogue-accuracy": "catalogue",
    "recalculation": "recalculations",
    "recalculation-new": "recalculations",
    "calendar-year": "calendar",
    "calendar-notice": "calendar",
    "calendar-local": "calendar",
    "case-press": "cases",
    "case-supervise": "cases",
    "case-instruct": "cases",
    "supervision-task": "supervision",
    "supervision-move": "supervision",
    "supervision-choose": "supervision",
    "supervision-new": "supervision",
    "roster-new": "roster",
    "shift-hand-over": "roster",
    "notice-channels": "notices",
    "given-up": "operations",
}
MOST_ON_DUTY = 3
UNBROKEN = "-\u2060"  # a hyphen after which a line does not break: telephone numbers stay in one piece


def build(request: HttpRequest) -> Shell:
    """Return the frame for the signed-in person, as PORTAL_NAVIGATION promises.

    Counts are what waits for this person in the appointments that count now. At most eight queries: whistles,
    duties, supervision, undertakings, unread notices, who is on duty, for leaders what they decide, and what they sign.
    """
    user = request.user
    assert isinstance(user, User)
    waiting = turns.count_waiting(user, timezone.now())
    entries = _mark(request, _entries(user, waiting))
    acting = user.acting_appointments[0] if len(user.acting_appointments) == 1 else None
    sees_cases = user.can(P.CASE_VIEW)
    return Shell(
        groups=_groups(entries, user),
        tabs=_tabs(entries),
        unit=acting.unit.short_name if acting else _("All my roles") if user.acting_appointments else "",
        role=_role_of(acting, user) if acting else "",
        roles=_roles(user),
        person=user.name,
        unread=count_unread(user=user),
        foot=_on_duty(user) if sees_cases else (),
        timers_ok=None if timers_run() else False,
        timers_note=_("Timers are late; deadlines go by the database"),
        home_url=reverse("home"),
        blow_url=page_url("case-new") if _may_call(user) else "",
        search_url=reverse("cases") if sees_cases else "",
        notices_url=reverse("notices"),
        role_url=reverse("switch-role"),
        password_url=page_url("password-change"),
        tokens_url=page_url("tokens") if user.can(P.API_USE) else "",
        absence_url=page_url("absences"),
        quiet_url=page_url("notice-channels"),
        sign_out_url=reverse("sign-out"),
    )


def _may_call(user: User) -> bool:
    """Say whether one of the seats the person writes for has a tier above it; the city has none. No query."""
    return any(len(codes_above(code)) > 1 for code in turns.seats_of(user).writes)


def _kept(user: User) -> list[tuple[str, str, str, str, bool, int]]:
    """Return the entries of what is kept rather than handled."""
    configures = user.can(P.CONFIGURE)
    reads = user.can(P.WHISTLE_DISPATCH) or configures
    return [
        ("catalogue", page_url("catalogue"), _("Dispatch catalogue"), "list-check", reads, 0),
        (
            "recalculations",
            page_url("recalculations"),
            _("Deadline changes"),
            "hourglass-split",
            configures,
            0,
        ),
        ("calendar", page_url("calendar"), _("Working calendar"), "calendar3", configures, 0),
        ("rechecks", page_url("rechecks"), _("Deadline check"), "check2", configures, 0),
        (
            "operations",
            page_url("operations"),
            _("Operations"),
            "clock-history",
            user.can(P.OPERATIONS_WATCH),
            0,
        ),
    ]


def _entries(user: User, waiting: turns.Waiting) -> dict[str, NavItem]:
    """Return every entry this person has, by its key, in the order of the rail."""
    works_desk = user.can(P.WHISTLE_ACCEPT) or user.can(P.WHISTLE_DISPATCH)
    writes = user.can(P.CASE_OPEN)
    rows = [
        ("home", page_url("home"), pgettext("navigation", "Today"), "house-door", True, waiting.total),
        ("queue", page_url("queue"), _("Queue"), "inbox", works_desk, waiting.desk),
        (
            "duties",
            page_url("duties"),
            _("My report-ins"),
            "person-check",
            user.can(P.ASSIGNMENT_HANDLE),
            waiting.duties,
        ),
        (
            "supervision",
            page_url("supervision"),
            _("Supervision and instructions"),
            "flag",
            user.can(P.SUPERVISION_REPLY) or user.can(P.CASE_SUPERVISE),
            waiting.tasks,
        ),
        ("case-new", page_url("case-new"), _("Blow the whistle"), "whistle", _may_call(user), 0),
        ("cases", page_url("cases"), _("All cases"), "list-check", user.can(P.CASE_VIEW), 0),
        ("holds", page_url("holds"), _("On hold"), "pause", user.can(P.CASE_VIEW), 0),
        ("mine", page_url("cases", mine="true"), _("Written by me"), "pen", writes, 0),
        _exclusions(user),
        ("roster", page_url("roster"), _("Duty roster"), "calendar3", user.can(P.CASE_VIEW), 0),
        ("notices", page_url("notices"), _("Notices"), "bell", True, 0),
        ("city", page_url("city"), _("Figures"), "bar-chart-line", user.can(P.FIGURES_VIEW), 0),
        *_communities(user, waiting),
        *_kept(user),
        ("admin", page_url("admin:index"), _("Configuration"), "gear", user.is_staff, 0),
    ]
    return {
        key: NavItem(label, url, icon=icon, count=count or None, strong=bool(count))
        for key, url, label, icon, allowed, count in rows
        if allowed and url
    }


def _communities(user: User, waiting: turns.Waiting) -> list[tuple[str, str, str, str, bool, int]]:
    """Return the entries of communities; one whose page is not installed is left out by its empty address."""
    counts = {"undertakings": waiting.undertakings, **of_communities.count_waiting(user)}
    return [
        (key, page_url(key), label, icon, allowed, counts.get(key, 0))
        for key, label, icon, allowed in of_communities.entries(user)
    ]


def _exclusions(user: User) -> tuple[str, str, str, str, bool, int]:
    """Return the entry of the open list; a leader sees how many wait. One query for leaders."""
    count = exclusions.count_waiting(user)
    return "exclusions", page_url("exclusions"), _("Exclusions"), "eye-slash", user.can(P.CASE_VIEW), count


def _role_of(held: Appointment, user: User) -> str:
    """Return the role in words, and for whom the person acts in it when it is an absent colleague's. No query."""
    role = str(held.role_definition.name)
    absent = held.absent_holder(user)
    return _("%(role)s, standing in for %(person)s") % {"role": role, "person": absent} if absent else role


def _on_duty(user: User) -> list[str]:
    """Return who is on duty now where the person acts, a line each: unit, name, phone. One query."""
    seats = {a.unit.division_id for a in user.acting_appointments}
    shifts = get_shifts_now(at=timezone.now(), division_codes=seats) if seats else []
    own = {a.unit_id for a in user.acting_appointments}
    nearest = sorted(shifts, key=lambda shift: shift.unit_id not in own)[:MOST_ON_DUTY]
    words = {
        DutyShift.Post.OFFICER.value: _("On duty, %(unit)s: %(name)s %(phone)s"),
        DutyShift.Post.LEADER.value: _("Leader on duty, %(unit)s: %(name)s %(phone)s"),
    }
    return [
        words[shift.post]
        % {
            "unit": shift.unit.short_name,
            "name": shift.user.name,
            "phone": (shift.phone or shift.unit.duty_phone).replace("-", UNBROKEN),
        }
        for shift in nearest
    ]


def _groups(entries: dict[str, NavItem], user: User) -> list[NavGroup]:
    layout = [
        (
            _("Handling"),
            ("home", "queue", "duties", "case-new", "cases", "mine", "notices"),
        ),
        (_("Cooperation and supervision"), ("supervision", "holds", "exclusions", "catalogue", "roster")),
        (_("Communities"), tuple(key for key, *_rest in of_communities.entries(user))),
        (_("Statistics"), ("city",)),
        (_("Administration"), ("operations", "admin", "calendar", "recalculations", "rechecks")),
    ]
    groups = [NavGroup(title, [entries[key] for key in keys if key in entries]) for title, keys in layout]
    return [group for group in groups if group.items]


def _tabs(entries: dict[str, NavItem]) -> list[NavItem]:
    """Return the tabs of a phone, at most four; the whistle stands between them."""
    wanted = [
        key
        for key in (
            "home",
            "queue",
            "duties",
            "cases",
            "notices",
            "mine",
            "city",
            "operations",
            "admin",
            "recalculations",
            "powers",  # a branch's secretary handles no cases
            "undertakings",
        )
        if key in entries
    ]
    short = {
        "cases": pgettext("tab bar", "Cases"),
        "mine": pgettext("tab bar", "Mine"),
        "duties": pgettext("tab bar", "Report-ins"),
    }
    shown = [(key, item) for key, item in entries.items() if key in wanted[:4]]
    return [dataclasses.replace(item, label=short.get(key, item.label)) for key, item in shown]


def _mark(request: HttpRequest, entries: dict[str, NavItem]) -> dict[str, NavItem]:
    """Return the entries with the one marked that is shown or to which the shown page belongs."""
    match = request.resolver_match
    name = match.url_name if match is not None else ""
    now = (BELONGS | of_communities.BELONGS).get(name or "", name)
    if now == "cases" and request.GET.get("mine"):
        now = "mine"
    return {key: dataclasses.replace(item, is_now=key == now) for key, item in entries.items()}


def _roles(user: User) -> list[RoleChoice]:
    """Return the entries of the role switch; the first means all of them together."""
    held = user.appointments_in_force
    choices = [
        RoleChoice(
            id=a.pk,
            unit=a.unit.short_name,
            role=_role_of(a, user),
            current=user.acting is not None and a.pk == user.acting.pk,
        )
        for a in held
    ]
    if len(held) < 2:
        return choices
    everything = RoleChoice(id=0, unit=_("All my roles"), role="", current=user.acting is None)
    return [everything, *choices]
