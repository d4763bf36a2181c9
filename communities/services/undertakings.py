"""Undertakings: assigned by the record they belong to, reported on, judged, ended. Deadlines run with them.

What a record shows of its undertaking it reads from here; nothing of it is copied.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused, check_judges, check_reports
from communities.models import Compound, Sort, Undertaking, UndertakingDeadline
from communities.services import undertaking_clocks
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.selectors import get_calendar

Status = Undertaking.Status
ASSIGNED = gettext_noop("%(issuer)s asks %(addressee)s: %(title)s. Report by %(due)s.")
REPORTED = gettext_noop("%(addressee)s reported on: %(title)s.")
ACCEPTED = gettext_noop("%(issuer)s accepted the report on: %(title)s.")
RETURNED = gettext_noop("%(issuer)s sent the report back: %(title)s. Report by %(due)s.")
DROPPED = gettext_noop("%(issuer)s no longer needs: %(title)s.")


def assign(
    *,
    sort: Sort,
    community: Division,
    title: str,
    issuer: Unit,
    by: User,
    now: datetime,
    unit: Unit | None = None,
    addressee: str = "",
    compound: Compound | None = None,
    text: str = "",
    due_on: date | None = None,
) -> Undertaking:
    """Assign something to a unit, or to a body outside the portal (`addressee`); return it. Its clock starts.

    Called by the service of the record it belongs to, in that transaction, after the right was checked there. The
    unit's people are told. Due with the closing time of `due_on`, else after the limit of the sort. Refuses neither
    unit nor addressee, and days as `undertaking_clocks.start`. About eight queries.
    """
    if unit is None and not addressee.strip():
        raise CommunityRefused(_("Say who is to do it."), code="addressee")
    undertaking = Undertaking(
        sort=sort,
        community=community,
        compound=compound,
        title=title,
        text=text,
        unit=unit,
        addressee=addressee.strip() or (unit.name if unit is not None else ""),
        issuer=issuer,
        issued_by=by,
        issued_at=now,
    )
    with transaction.atomic():
        undertaking.save()
        deadline = undertaking_clocks.start(undertaking, due_on=due_on, now=now, calendar=get_calendar())
        deadline.save()
        record(undertaking, "assigned", by=by, now=now, unit=issuer, reason=text)
        _tell(undertaking, ASSIGNED, unit=unit, but=by, now=now, due_at=deadline.due_at)
    return undertaking


def report(*, undertaking: Undertaking, text: str, by: User, now: datetime) -> Undertaking:
    """Report for the unit that owes it; its clock ends, the issuer is told. Refuses as `check_reports`, and no text."""
    if not text.strip():
        raise CommunityRefused(_("Say what was found and done, and what is still to do."), code="text")
    with transaction.atomic():
        locked = lock(undertaking)
        held = check_reports(locked, by=by)
        locked.answer, locked.answered_at, locked.answered_by = text, now, by
        locked.status = Status.REPORTED
        locked.save()
        undertaking_clocks.end(locked, UndertakingDeadline.Outcome.MET, now=now)
        record(locked, "reported", by=by, now=now, unit=held.unit, reason=text)
        _tell(locked, REPORTED, unit=locked.issuer, but=by, now=now)
    return locked


def accept(
    *, undertaking: Undertaking, by: User, now: datetime, words: str = "", seat: Unit | None = None
) -> Undertaking:
    """Accept a report: the undertaking is done, its unit is told. Refuses as `check_judges`, and before a report.

    `seat`: the unit in which the service of the record it belongs to judges, after the right was checked there (the
    community may conclude what the branch asked for). So in `send_back` and `drop`.
    """
    with transaction.atomic():
        locked = lock(undertaking)
        unit = _judging(locked, by=by, seat=seat)
        if locked.status != Status.REPORTED:
            raise CommunityRefused(_("Nothing was reported yet; a report can be accepted."), code="status")
        _finish(locked, Status.DONE, words=words, by=by, now=now)
        record(locked, "accepted", by=by, now=now, unit=unit, reason=words)
        _tell(locked, ACCEPTED, unit=locked.unit, but=by, now=now)
    return locked


def send_back(
    *,
    undertaking: Undertaking,
    reason: str,
    by: User,
    now: datetime,
    due_on: date | None = None,
    seat: Unit | None = None,
) -> Undertaking:
    """Send a report back with a reason; a new clock starts as in `assign`. Refuses as `accept`, and no reason."""
    if not reason.strip():
        raise CommunityRefused(_("Say what is missing."), code="reason")
    with transaction.atomic():
        locked = lock(undertaking)
        unit = _judging(locked, by=by, seat=seat)
        if locked.status != Status.REPORTED:
            raise CommunityRefused(_("Nothing was reported yet; a report can be sent back."), code="status")
        locked.status, locked.returns, locked.return_reason = Status.OPEN, locked.returns + 1, reason
        locked.save()
        deadline = undertaking_clocks.start(locked, due_on=due_on, now=now, calendar=get_calendar())
        deadline.predecessor = UndertakingDeadline.objects.filter(undertaking=locked).order_by("-id").first()
        deadline.save()
        record(locked, "returned", by=by, now=now, unit=unit, reason=reason)
        _tell(locked, RETURNED, unit=locked.unit, but=by, now=now, due_at=deadline.due_at)
    return locked


def drop(
    *, undertaking: Undertaking, reason: str, by: User, now: datetime, seat: Unit | None = None
) -> Undertaking:
    """Drop what is no longer needed, with a reason; its clock ends. Refuses as `check_judges`, and without a reason."""
    if not reason.strip():
        raise CommunityRefused(_("Say why it is no longer needed."), code="reason")
    with transaction.atomic():
        locked = lock(undertaking)
        unit = _judging(locked, by=by, seat=seat)
        undertaking_clocks.end(locked, UndertakingDeadline.Outcome.CANCELLED, now=now)
        _finish(locked, Status.DROPPED, words=reason, by=by, now=now)
        record(locked, "dropped", by=by, now=now, unit=unit, reason=reason)
        _tell(locked, DROPPED, unit=locked.unit, but=by, now=now)
    return locked


def settle(
    *, undertaking: Undertaking, answer: str, by: User, now: datetime, tell: bool = True
) -> Undertaking:
    """End an undertaking by the answer itself, without a judgement: a decision on a request that was asked for.

    Called by the service of the record it belongs to, after the right was checked there; with `tell=False` that service
    tells the issuer itself. Refuses one that is not in hand.
    """
    with transaction.atomic():
        locked = lock(undertaking)
        if locked.status != Status.OPEN:
            raise CommunityRefused(_("It has ended; nothing can be changed."), code="status")
        locked.answer, locked.answered_at, locked.answered_by = answer, now, by
        undertaking_clocks.end(locked, UndertakingDeadline.Outcome.MET, now=now)
        _finish(locked, Status.DONE, words="", by=by, now=now)
        record(locked, "reported", by=by, now=now, unit=locked.unit, reason=answer)
        if tell:
            _tell(locked, REPORTED, unit=locked.issuer, but=by, now=now)
    return locked


def lock(undertaking: Undertaking) -> Undertaking:
    """Return the row as it stands, locked until the transaction ends. One query."""
    rows = Undertaking.objects.select_for_update(of=("self",))
    return rows.select_related("unit", "issuer", "community", "compound").get(pk=undertaking.pk)


def record(
    undertaking: Undertaking, what: str, *, by: User, now: datetime, unit: Unit | None, reason: str = ""
) -> None:
    """Append what happened to an undertaking to its history, in the transaction of the change."""
    trail.record(
        trail.Entry(
            stream=undertaking.stream,
            event=f"undertaking.{what}",
            subject=undertaking,
            label=str(undertaking),
            at=now,
            by=by,
            unit_name=unit.name if unit is not None else "",
            reason=reason,
            data={"sort": undertaking.sort, "addressee": undertaking.addressee},
        )
    )


def _judging(undertaking: Undertaking, *, by: User, seat: Unit | None) -> Unit:
    """Return the unit in which the report is judged. Refuses an undertaking that has ended."""
    if seat is None:
        return check_judges(undertaking, by=by).unit
    if not undertaking.is_running:
        raise CommunityRefused(_("It has ended; nothing can be changed."), code="status")
    return seat


def _finish(undertaking: Undertaking, status: Status, *, words: str, by: User, now: datetime) -> None:
    undertaking.status, undertaking.closing_words = status, words
    undertaking.ended_at, undertaking.ended_by = now, by
    undertaking.save()


def _tell(
    undertaking: Undertaking,
    sentence: str,
    *,
    unit: Unit | None,
    but: User,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Tell the people of a unit; a body outside the portal has none. Two queries."""
    if unit is None:
        return
    message = Message(
        kind="undertaking",
        sentence=sentence,
        values={
            "issuer": undertaking.issuer.short_name,
            "addressee": undertaking.addressee,
            "title": undertaking.title,
            "due": f"{timezone.localtime(due_at):%Y-%m-%d %H:%M}" if due_at is not None else "",
        },
        link=undertaking.get_absolute_url(),
        about=undertaking.title,
    )
    people = get_people(permission=P.UNDERTAKING_HANDLE, unit_ids=[unit.pk])
    notifications.write([(user, message) for user in people if user.pk != but.pk], now=now)
