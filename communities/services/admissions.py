"""Admission of new work: applied for, completed, decided with reasons and an expiry, withdrawn.

What waits for a decision is an undertaking of the deciding office, so that it rings on the ladder; the states are a
table (`models.MOVES`).
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused
from communities.models import MOVES, AdmissionRequest, AdmissionState, Sort, Undertaking, WorkItem
from communities.services import undertakings, work_items
from communities.services.admission_checks import (
    Wish,
    check_applicant,
    check_decider,
    check_move,
    check_until,
    check_wish,
    decider_of,
)
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message, translatable
from kunming_portal.organisations.models import Unit

Outcome = AdmissionRequest.Outcome
DECIDED = gettext_noop("%(office)s on the admission of %(title)s: %(outcome)s.")
FIELDS = (
    "title",
    "text",
    "kind",
    "scope",
    "legal_basis",
    "frequency",
    "hours",
    "means",
    "resources",
    "starts_on",
    "ends_on",
    "replaces",
)


def apply(*, wish: Wish, by: User, now: datetime) -> AdmissionRequest:
    """Apply for the admission of new work; return the request. The deciding office is told, its clock starts.

    Refuses as `check_applicant` and `check_wish`. About twenty queries.
    """
    with transaction.atomic():
        held = check_applicant(by=by)
        check_wish(wish, unit=held.unit, now=now)
        request = AdmissionRequest(applicant=held.unit, applied_by=by, applied_at=now)
        _fill(request, wish)
        request.undertaking = _hand_over(request, by=by, now=now)
        request.save()
        _record(request, "applied", by=by, now=now, unit=held.unit)
    return request


def complete(*, request: AdmissionRequest, wish: Wish, by: User, now: datetime) -> AdmissionRequest:
    """Hand in a returned request again, changed; the office's clock starts anew.

    Refuses as `check_move` for the applicant's side, and as `check_wish`.
    """
    with transaction.atomic():
        locked = lock(request)
        unit = check_move("complete", locked, by=by)
        check_wish(wish, unit=unit, now=now, request=locked)
        _fill(locked, wish)
        locked.outcome, locked.reason, locked.decided_at, locked.decided_by = "", "", None, None
        locked.applied_by, locked.applied_at = by, now
        locked.undertaking = _hand_over(locked, by=by, now=now)
        locked.save()
        _record(locked, "completed", by=by, now=now, unit=unit)
    return locked


def withdraw(*, request: AdmissionRequest, reason: str, by: User, now: datetime) -> AdmissionRequest:
    """Withdraw a request that is not decided yet, with a reason; the office's clock ends.

    Refuses as `check_move` for the applicant's side, and no reason.
    """
    if not reason.strip():
        raise CommunityRefused(_("Say why it is no longer needed."), code="reason")
    with transaction.atomic():
        locked = lock(request)
        unit = check_move("withdraw", locked, by=by)
        if locked.undertaking.is_running:
            undertakings.drop(undertaking=locked.undertaking, reason=reason, by=by, now=now)
        _close(locked, Outcome.WITHDRAWN, reason=reason, by=by, now=now)
        _record(locked, "withdrawn", by=by, now=now, unit=unit, reason=reason)
    return locked


def admit(
    *, request: AdmissionRequest, reason: str, until: date, by: User, now: datetime, number: str = ""
) -> AdmissionRequest:
    """Admit the work until a day: it comes onto the list from its first day, not before today; return the request.

    `number` is the number of the decision's document. The item it replaces ends the day before. Refuses as `check_move`
    for the deciding side, no reason, and as `check_until`. About twenty-five queries.
    """
    with transaction.atomic():
        locked = lock(request)
        unit = check_decider("admit", locked, by=by, reason=reason)
        first = max(locked.starts_on, timezone.localdate(now))
        check_until(first, until)
        locked.item = _list(locked, first=first, until=until, document=number, now=now)
        if locked.replaces is not None:
            work_items.replace(locked.replaces, by_number=locked.item.number, first_day=first)
        _settle(locked, Outcome.ADMITTED, reason=reason, by=by, now=now)
        work_items.record(locked.item, "added", by=by, now=now, unit=unit, reason=reason)
        _record(locked, "admitted", by=by, now=now, unit=unit, reason=reason)
    return locked


def refuse(*, request: AdmissionRequest, reason: str, by: User, now: datetime) -> AdmissionRequest:
    """Refuse the work with reasons: communities may refuse it too. Refuses as `admit` without its days."""
    return _answer("refuse", request, Outcome.REFUSED, reason=reason, by=by, now=now)


def send_back(*, request: AdmissionRequest, reason: str, by: User, now: datetime) -> AdmissionRequest:
    """Return a request for completion, saying what is missing. Refuses as `admit` without its days."""
    return _answer("return", request, Outcome.RETURNED, reason=reason, by=by, now=now)


def lock(request: AdmissionRequest) -> AdmissionRequest:
    """Return the request as it stands, locked until the transaction ends. One query."""
    rows = AdmissionRequest.objects.select_for_update(of=("self",))
    return rows.select_related(
        "applicant", "scope", "replaces", "undertaking__unit", "undertaking__issuer"
    ).get(pk=request.pk)


def _answer(
    move: str, request: AdmissionRequest, outcome: Outcome, *, reason: str, by: User, now: datetime
) -> AdmissionRequest:
    with transaction.atomic():
        locked = lock(request)
        unit = check_decider(move, locked, by=by, reason=reason)
        _settle(locked, outcome, reason=reason, by=by, now=now)
        _record(locked, str(MOVES[move].end), by=by, now=now, unit=unit, reason=reason)
    return locked


def _hand_over(request: AdmissionRequest, *, by: User, now: datetime) -> Undertaking:
    """Lay the request before the office that decides: an undertaking of the place it is for."""
    return undertakings.assign(
        sort=Sort.ADMISSION,
        community=request.scope,
        title=request.title,
        text=request.text,
        unit=decider_of(request.scope_id, applicant=request.applicant, now=now),
        issuer=request.applicant,
        by=by,
        now=now,
    )


def _settle(request: AdmissionRequest, outcome: Outcome, *, reason: str, by: User, now: datetime) -> None:
    """End the undertaking by the decision, write it down, tell the applicant with one notice."""
    undertakings.settle(
        undertaking=request.undertaking,
        answer=f"{outcome.label}: {reason}"[:1000],
        by=by,
        now=now,
        tell=False,
    )
    _close(request, outcome, reason=reason, by=by, now=now)
    office = request.undertaking.unit or request.undertaking.issuer
    message = Message(
        kind="admission",
        sentence=DECIDED,
        values={
            "office": office.short_name,
            "title": request.title,
            "outcome": translatable(outcome.label),
        },
        link=request.get_absolute_url(),
        about=request.title,
    )
    people = get_people(permission=P.BURDEN_APPLY, unit_ids=[request.applicant_id])
    notifications.write([(user, message) for user in people if user.pk != by.pk], now=now)


def _close(request: AdmissionRequest, outcome: Outcome, *, reason: str, by: User, now: datetime) -> None:
    request.outcome, request.reason = outcome, reason.strip()
    request.decided_at, request.decided_by = now, by
    request.save()


def _list(request: AdmissionRequest, *, first: date, until: date, document: str, now: datetime) -> WorkItem:
    """Put what was admitted onto its list under the next number of the year."""
    item = WorkItem()
    work = work_items.Work(
        number=_next_number(now),
        title=request.title,
        kind=request.kind,
        department=request.applicant.name,
        unit=request.applicant,
        scope=request.scope,
        valid_from=first,
        valid_to=until,
        legal_basis=request.legal_basis,
        frequency=request.frequency,
        hours=request.hours,
        resources=request.resources,
        approval_number=document.strip(),
    )
    work_items.fill(item, work)
    item.save()
    return item


def _next_number(now: datetime) -> str:
    """Return the next number of this year; two deciders wait for each other at the rules' row."""
    work_items.lock_rules()
    start = f"准{timezone.localtime(now).year}-"
    taken = WorkItem.objects.filter(number__startswith=start).values_list("number", flat=True)
    last = max((int(n.removeprefix(start)) for n in taken if n.removeprefix(start).isdigit()), default=0)
    return f"{start}{last + 1:03d}"


def _fill(request: AdmissionRequest, wish: Wish) -> None:
    for name in FIELDS:
        setattr(request, name, getattr(wish, name))


def _record(
    request: AdmissionRequest, what: str, *, by: User, now: datetime, unit: Unit, reason: str = ""
) -> None:
    trail.record(
        trail.Entry(
            stream=request.stream,
            event=f"admission.{what}",
            subject=request,
            label=str(request),
            at=now,
            by=by,
            unit_name=unit.name,
            reason=reason,
            data={"scope": request.scope_id, "state": str(AdmissionState(request.state))},
        )
    )
