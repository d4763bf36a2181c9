"""Supervision notices (督办通知书) and leaders' instructions (批示): issued, answered, judged, ended with the case."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_units_with_people
from kunming_portal.deadlines.ladder import Limit, LimitUnit
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.selectors import get_calendar
from whistle import guards
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case, SupervisionTask, TaskDeadline, Whistle
from whistle.services import numbering, task_clocks
from whistle.services.moving import lock_case
from whistle.services.task_telling import record, tell_issuer, tell_unit
from whistle.workflow import CaseStatus, WhistleStatus

Kind = SupervisionTask.Kind
Status = SupervisionTask.Status
REPLY_DAYS = 3
MOST_DAYS = 20
LONGEST = timedelta(days=180)
RIGHT = {Kind.NOTICE: P.CASE_SUPERVISE, Kind.INSTRUCTION: P.CASE_INSTRUCT}


# -- issuing -------------------------------------------------------------------------------------------
def check_issue(kind: SupervisionTask.Kind, *, whistle: Whistle, by: User) -> Appointment:
    """Return the appointment in which `by` supervises or instructs here; refuse with a sentence otherwise.

    A closed case and a draft are refused: nobody acts on them. At most one query.
    """
    held = guards.standing_over(whistle.case, permission=RIGHT[kind], user=by)
    if held is None:
        raise MoveRefused(
            _("You do not hold a role that may supervise this case.")
            if kind == Kind.NOTICE
            else _("You do not hold a role that may give instructions on this case."),
            code="role",
        )
    if whistle.case.status != CaseStatus.OPEN or not whistle.is_open:
        raise MoveRefused(_("The case is closed; open cases are supervised."), code="closed")
    if whistle.status == WhistleStatus.DRAFT:
        raise MoveRefused(_("The whistle is a draft; it can be supervised when it is blown."), code="status")
    return held


def addressees(whistle: Whistle, *, held: Appointment) -> list[Unit]:
    """Return the units a notice or an instruction may go to: the units called, lead first, centre and caller.

    The issuer's own unit is left out. One query.
    """
    duties = Assignment.objects.counting().filter(whistle=whistle).select_related("unit")
    found = [duty.unit for duty in duties.order_by("-is_lead", "id")]
    found += [unit for unit in (whistle.receiver, whistle.caller) if unit.pk != held.unit_id]
    return found


def issue_notice(
    *, whistle: Whistle, unit: Unit, text: str, by: User, now: datetime, days: int = REPLY_DAYS
) -> SupervisionTask:
    """Issue a numbered supervision notice to a unit on this case; return it. Its reply is due in working days.

    The unit's leaders and whoever replies for it are told. Refuses as `check_issue`, a unit that has no part in the
    case or nobody to reply, an empty text, days outside 1 to 20, and a unit that already owes a reply on the case.
    About fifteen queries.
    """
    if not text.strip():
        raise MoveRefused(_("Say what is required."), code="text")
    if not 1 <= days <= MOST_DAYS:
        raise MoveRefused(_("Choose between 1 and %(most)d working days.") % {"most": MOST_DAYS}, code="days")
    with transaction.atomic():
        _lock(whistle)
        held = check_issue(Kind.NOTICE, whistle=whistle, by=by)
        check_unit(unit, whistle=whistle, held=held)
        check_owes_nothing(unit, case=whistle.case)
        task = new_notice(whistle=whistle, unit=unit, issuer=held.unit, text=text, by=by, now=now)
        year = year_of(now)
        first = numbering.take(numbering.Sort.NOTICE, {held.unit.division_id: 1}, year=year)
        give_number(task, year=year, serial=first[held.unit.division_id])
        task.save()
        limit = Limit(amount=days, unit=LimitUnit.WORKING_DAY)
        deadline = task_clocks.start(task, limit=limit, now=now, calendar=get_calendar())
        deadline.save()
        record(task, "issued", by=by, now=now, held=held, reason=text)
        tell_unit(task, "issued", due_at=deadline.due_at, but=by, now=now)
    return task


def instruct(
    *, whistle: Whistle, unit: Unit, text: str, due_at: datetime, by: User, now: datetime
) -> SupervisionTask:
    """Give a unit a leader's instruction on this case, due at the moment the leader sets; return it.

    Refuses as `check_issue`, a unit without part in the case or without people, an empty text, and a moment that
    is not between now and 180 days from now. About twelve queries.
    """
    if not text.strip():
        raise MoveRefused(_("Write the instruction."), code="text")
    if not now < due_at <= now + LONGEST:
        raise MoveRefused(_("The moment must lie between now and 180 days from now."), code="due_at")
    with transaction.atomic():
        _lock(whistle)
        held = check_issue(Kind.INSTRUCTION, whistle=whistle, by=by)
        check_unit(unit, whistle=whistle, held=held)
        task = SupervisionTask.objects.create(
            kind=Kind.INSTRUCTION,
            case=whistle.case,
            whistle=whistle,
            unit=unit,
            issuer=held.unit,
            issued_by=by,
            issued_at=now,
            division_id=held.unit.division_id,
            text=text,
        )
        deadline = task_clocks.start_until(task, due_at=due_at, now=now, calendar=get_calendar())
        deadline.save()
        record(task, "issued", by=by, now=now, held=held, reason=text)
        tell_unit(task, "issued", due_at=due_at, but=by, now=now)
    return task


def check_unit(unit: Unit, *, whistle: Whistle, held: Appointment) -> None:
    """Refuse a unit that has no part in the case, and one without anybody who could reply. Two queries."""
    if unit.pk not in {one.pk for one in addressees(whistle, held=held)}:
        raise MoveRefused(
            _("%(unit)s has no part in this case: choose a called unit, the centre or the caller.")
            % {"unit": unit.name},
            code="unit",
        )
    if not get_units_with_people(permission=P.SUPERVISION_REPLY, unit_ids=[unit.pk]):
        raise MoveRefused(
            _("Nobody is appointed at %(unit)s who could reply. Have somebody appointed first.")
            % {"unit": unit.name},
            code="unit",
        )


def check_owes_nothing(unit: Unit, *, case: Case) -> None:
    """Refuse a second notice while the unit still owes the reply to the first. One query."""
    open_one = SupervisionTask.objects.filter(
        case=case, unit=unit, kind=Kind.NOTICE, status=Status.AWAITING_REPLY
    ).first()
    if open_one is not None:
        raise MoveRefused(
            _("%(unit)s still owes the reply to %(number)s; a new notice is possible after it.")
            % {"unit": unit.short_name, "number": open_one.number},
            code="unit",
        )


# -- answering and judging ------------------------------------------------------------------------------
def check_reply(task: SupervisionTask, *, by: User) -> Appointment:
    """Return the appointment in which `by` replies for the unit; refuse with a sentence otherwise. No query."""
    held = by.appointment_for(P.SUPERVISION_REPLY, unit=task.unit)
    if held is None:
        raise MoveRefused(
            _("The reply is for the people of %(unit)s to write.") % {"unit": task.unit.name}, code="role"
        )
    if task.status != Status.AWAITING_REPLY:
        raise MoveRefused(
            _("Now: %(status)s. A reply is possible while one is owed.")
            % {"status": task.get_status_display()},
            code="status",
        )
    return held


def check_judge(task: SupervisionTask, *, by: User) -> Appointment:
    """Return the appointment in which `by` closes or sends back; refuse with a sentence otherwise. No query."""
    held = by.appointment_in(RIGHT[Kind(task.kind)], division_code=task.division_id)
    if held is None:
        raise MoveRefused(
            _("%(unit)s issued it; the people there judge the reply.") % {"unit": task.issuer.name},
            code="role",
        )
    if not task.is_running:
        raise MoveRefused(_("It has ended; nothing can be changed."), code="status")
    return held


def reply(*, task: SupervisionTask, text: str, by: User, now: datetime) -> SupervisionTask:
    """Reply for the unit; its clock ends. The side that issued is told. Refuses as `check_reply`, and an empty text."""
    if not text.strip():
        raise MoveRefused(_("Say what was found and done, and what is still to do."), code="text")
    with transaction.atomic():
        _lock_task(task)
        held = check_reply(task, by=by)
        task.answer, task.answered_at, task.answered_by = text, now, by
        task.status = Status.REPLIED
        task.save()
        task_clocks.end(task, TaskDeadline.Outcome.MET, now=now)
        record(task, "replied", by=by, now=now, held=held, reason=text)
        tell_issuer(task, but=by, now=now)
    return task


def send_back_reply(
    *, task: SupervisionTask, reason: str, by: User, now: datetime, days: int = REPLY_DAYS
) -> SupervisionTask:
    """Send a reply back to the unit with a reason; a new clock of so many working days starts.

    Refuses as `check_judge`, without a reply, without a reason, and days outside 1 to 20.
    """
    if not reason.strip():
        raise MoveRefused(_("Say what is missing."), code="reason")
    if not 1 <= days <= MOST_DAYS:
        raise MoveRefused(_("Choose between 1 and %(most)d working days.") % {"most": MOST_DAYS}, code="days")
    with transaction.atomic():
        _lock_task(task)
        held = check_judge(task, by=by)
        if task.status != Status.REPLIED:
            raise MoveRefused(_("Nothing was replied yet; a reply can be sent back."), code="status")
        if task.is_notice:
            check_owes_nothing(task.unit, case=task.case)
        task.status, task.returns, task.return_reason = Status.AWAITING_REPLY, task.returns + 1, reason
        task.save()
        limit = Limit(amount=days, unit=LimitUnit.WORKING_DAY)
        deadline = task_clocks.start(task, limit=limit, now=now, calendar=get_calendar())
        deadline.predecessor = TaskDeadline.objects.filter(task=task).order_by("-id").first()
        deadline.save()
        record(task, "returned", by=by, now=now, held=held, reason=reason)
        tell_unit(task, "returned", due_at=deadline.due_at, but=by, now=now)
    return task


def close_task(*, task: SupervisionTask, by: User, now: datetime, words: str = "") -> SupervisionTask:
    """Close a replied task; one that still waits for its reply is withdrawn, with the reason in `words`.

    Refuses as `check_judge`, and a withdrawal without words.
    """
    with transaction.atomic():
        _lock_task(task)
        held = check_judge(task, by=by)
        if task.status == Status.AWAITING_REPLY and not words.strip():
            raise MoveRefused(_("No reply has come. Say why it is withdrawn all the same."), code="words")
        task_clocks.end(task, TaskDeadline.Outcome.CANCELLED, now=now)
        task.status, task.ended_at, task.ended_by, task.closing_words = Status.CLOSED, now, by, words
        task.save()
        record(task, "closed", by=by, now=now, held=held, reason=words)
        tell_unit(task, "closed", but=by, now=now)
    return task


# -- pieces the ladder uses too ----------------------------------------------------------------------------
def new_notice(
    *, whistle: Whistle, unit: Unit, issuer: Unit, text: str, by: User, now: datetime
) -> SupervisionTask:
    """Return an unsaved notice without its number. No query."""
    return SupervisionTask(
        kind=Kind.NOTICE,
        case_id=whistle.case_id,
        whistle=whistle,
        unit=unit,
        issuer=issuer,
        issued_by=by,
        issued_at=now,
        division_id=issuer.division_id,
        text=text,
    )


def give_number(task: SupervisionTask, *, year: int, serial: int) -> None:
    """Write a notice's number in memory; the caller saves. No query when the issuer's division is loaded."""
    task.year, task.serial = year, serial
    task.number = numbering.number_of(numbering.Sort.NOTICE, task.issuer.division, year=year, serial=serial)


def year_of(now: datetime) -> int:
    """Return the year a number belongs to, by Kunming's calendar."""
    return timezone.localtime(now).year


def _lock(whistle: Whistle) -> None:
    case = lock_case(whistle.case_id, expected=None)
    whistle.refresh_from_db()
    whistle.case = case


def _lock_task(task: SupervisionTask) -> None:
    """Lock the case, which everybody locks first, and re-read the task behind it."""
    case = lock_case(task.case_id, expected=None)
    task.refresh_from_db()
    task.case = case


def notices_owed(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return which of these (case, unit) pairs still owe the reply to a notice. One query."""
    wanted = set(pairs)
    rows = SupervisionTask.objects.filter(
        kind=Kind.NOTICE, status=Status.AWAITING_REPLY, case_id__in={case for case, _unit in wanted}
    )
    return wanted & set(rows.values_list("case_id", "unit_id"))
