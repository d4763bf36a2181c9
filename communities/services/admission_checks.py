"""What a request for admission must hold, who may apply for where, who decides it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import MOVES, AdmissionRequest, WorkItem
from communities.services.work_items import (
    CITY_DIGITS,
    STREET_DIGITS,
    check_decides,
    get_rules,
)
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_units_with_people
from kunming_portal.divisions.models import Division, codes_above
from kunming_portal.organisations.models import Unit

Kind = Unit.Kind
# A company asks the department it works for; communities owe it nothing
APPLICANTS = (
    Kind.DEPARTMENT,
    Kind.FORCE,
    Kind.STREET_OFFICE,
    Kind.PARTY_COMMITTEE,
    Kind.WORK_COMMITTEE,
)


@dataclass(frozen=True)
class Wish:
    """What a department wants communities to do."""

    title: str
    text: str
    scope: Division
    legal_basis: str
    frequency: str
    hours: Decimal
    resources: str
    starts_on: date
    ends_on: date
    kind: str = "assistance"
    means: str = ""
    replaces: WorkItem | None = None


def check_applicant(*, by: User) -> Appointment:
    """Return the appointment in which `by` applies; refuse with a sentence otherwise. No query with rights loaded."""
    held = [a for a in by.acting_appointments if P.BURDEN_APPLY in a.role_definition.allows]
    fitting = [a for a in held if a.unit.kind in APPLICANTS]
    if fitting:
        return min(fitting, key=lambda a: a.pk)
    if held:
        raise CommunityRefused(
            _("A company does not apply itself; the department it works for does."), code="role"
        )
    raise CommunityRefused(
        _("Departments apply for the admission of work; you do not act for one."), code="role"
    )


def can_apply(*, by: User) -> bool:
    """Whether `check_applicant` lets `by` in."""
    try:
        check_applicant(by=by)
    except CommunityRefused:
        return False
    return True


def check_move(move: str, request: AdmissionRequest, *, by: User) -> Unit:
    """Return the unit for which `by` may make this move now (`models.MOVES`); refuse with a sentence otherwise.

    The applicant's side is the people of its unit; the deciding side the office over the place, but neither the unit
    nor the person that applied. No query once rights and the request's undertaking are loaded.
    """
    rule = MOVES[move]
    unit = _applicant(request, by=by) if rule.side == "applicant" else _decider(request, by=by)
    if request.state not in rule.start:
        raise CommunityRefused(
            _("Now: %(state)s. This is not possible any more.") % {"state": request.state.label},
            code="status",
        )
    return unit


def can_move(move: str, request: AdmissionRequest, *, by: User) -> bool:
    """Whether `check_move` lets `by` make this move."""
    try:
        check_move(move, request, by=by)
    except CommunityRefused:
        return False
    return True


def check_decider(move: str, request: AdmissionRequest, *, by: User, reason: str) -> Unit:
    """Return the unit for which `by` decides, as `check_move`; refuse a decision without reasons too."""
    unit = check_move(move, request, by=by)
    if not reason.strip():
        raise CommunityRefused(_("A decision needs its reasons."), code="reason")
    return unit


def check_until(first: date, until: date) -> None:
    """Refuse an expiry before the first day or further away than the rules allow. One query."""
    if until < first:
        raise CommunityRefused(_("The last day lies before the first."), code="until")
    longest = get_rules().longest_days
    if (until - first).days >= longest:
        raise CommunityRefused(
            _("Work is admitted for at most %(days)d days.") % {"days": longest}, code="until"
        )


def check_wish(wish: Wish, *, unit: Unit, now: datetime, request: AdmissionRequest | None = None) -> None:
    """Refuse what cannot be decided: a place not the department's own, empty words, wrong days, what is listed already.

    A refusal within a year does not stand in the way; it is shown to both sides (`earlier_refusals`). Four queries.
    """
    _check_words(wish)
    if len(wish.scope.code) > STREET_DIGITS or not wish.scope.code.startswith(unit.division_id):
        raise CommunityRefused(
            _("%(unit)s applies for communities of its own place.") % {"unit": unit.name}, code="scope"
        )
    if wish.ends_on < max(wish.starts_on, timezone.localdate(now)):
        raise CommunityRefused(_("The last day lies before the first, or has passed."), code="ends_on")
    longest = get_rules().longest_days
    if (wish.ends_on - wish.starts_on).days >= longest:
        raise CommunityRefused(
            _("Work is admitted for at most %(days)d days.") % {"days": longest}, code="ends_on"
        )
    _check_replaced(wish, unit=unit)
    _check_new(wish, unit=unit, request=request)


def earlier_refusals(request: AdmissionRequest, *, days: int) -> list[AdmissionRequest]:
    """Return requests for the same work, for this place or around it, refused within so many days before. One query."""
    since = request.applied_at - timedelta(days=days)
    found = AdmissionRequest.objects.filter(
        title__iexact=request.title.strip(),
        outcome="refused",
        decided_at__gte=since,
    ).exclude(pk=request.pk)
    near = Q(scope__in=codes_above(request.scope_id)) | Q(scope__code__startswith=request.scope_id)
    return list(found.filter(near).select_related("applicant", "scope").order_by("-decided_at", "-pk")[:3])


def decider_of(scope_code: str, *, applicant: Unit | None, now: datetime) -> Unit:
    """Return the office that decides for a place (`find_decider`); refuse when there is none. Two queries."""
    office = find_decider(scope_code, applicant=applicant, now=now)
    if office is None:
        raise CommunityRefused(
            _("Nobody is appointed who could decide for this place. Have somebody appointed first."),
            code="scope",
        )
    return office


def find_decider(scope_code: str, *, applicant: Unit | None, now: datetime) -> Unit | None:
    """Return the county's Party committee, for the whole city the leading group's office; None: nobody could decide.

    Where the committee applies itself, or has nobody for it, the leading group's office decides. Two queries.
    """
    seats = codes_above(scope_code)
    active = Unit.objects.active(timezone.localdate(now))
    units = list(
        active.filter(
            Q(kind=Kind.LEADING_GROUP, division_id__in=seats)
            | Q(kind=Kind.PARTY_COMMITTEE, division_id__in=[s for s in seats if len(s) > CITY_DIGITS])
        ).order_by("id")
    )
    staffed = get_units_with_people(permission=P.BURDEN_DECIDE, unit_ids=[unit.pk for unit in units])
    able = [u for u in units if u.pk in staffed and (applicant is None or u.pk != applicant.pk)]
    return max(able, key=lambda u: (len(u.division_id), -u.pk), default=None)


def _applicant(request: AdmissionRequest, *, by: User) -> Unit:
    held = by.appointment_for(P.BURDEN_APPLY, unit=request.applicant)
    if held is None:
        raise CommunityRefused(
            _("This is for the people of %(unit)s, who applied.") % {"unit": request.applicant.name},
            code="role",
        )
    return held.unit


def _decider(request: AdmissionRequest, *, by: User) -> Unit:
    held = check_decides(request.scope_id, by=by)
    if held.unit_id == request.applicant_id or by.pk == request.applied_by_id:
        raise CommunityRefused(_("Who applies does not decide."), code="role")
    return held.unit


def _check_words(wish: Wish) -> None:
    sentences = {
        "title": _("Give it a title."),
        "text": _("Say what communities are to do."),
        "legal_basis": _("Name the legal basis; without one there is nothing to admit."),
        "resources": _("Say what money and people come with it, or that none do."),
    }
    for name, sentence in sentences.items():
        if not getattr(wish, name).strip():
            raise CommunityRefused(sentence, code=name)
    if wish.hours <= 0:
        raise CommunityRefused(_("Estimate the hours; nothing takes no time."), code="hours")


def _check_replaced(wish: Wish, *, unit: Unit) -> None:
    old = wish.replaces
    if old is None:
        return
    if old.unit_id != unit.pk or not old.scope_id.startswith(wish.scope.code):
        raise CommunityRefused(
            _("Only an item of your own unit inside the same place can be replaced."), code="replaces"
        )


def _check_new(wish: Wish, *, unit: Unit, request: AdmissionRequest | None) -> None:
    """Refuse what is on the list there already, and a second request while the first one waits."""
    same = WorkItem.objects.in_force(wish.starts_on).covering(wish.scope.code)
    if wish.replaces is not None:
        same = same.exclude(pk=wish.replaces.pk)
    listed = same.filter(title__iexact=wish.title.strip()).first()
    if listed is not None:
        raise CommunityRefused(
            _("It is on the list already: %(number)s. Nothing needs to be admitted.")
            % {"number": listed.number},
            code="title",
        )
    waiting = AdmissionRequest.objects.filter(
        applicant=unit,
        scope=wish.scope,
        title__iexact=wish.title.strip(),
        outcome="",
        undertaking__status="open",
    )
    if request is not None:
        waiting = waiting.exclude(pk=request.pk)
    if waiting.exists():
        raise CommunityRefused(_("You have applied for this; it waits for its decision."), code="title")
