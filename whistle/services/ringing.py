"""What happens when a deadline rings: lights, supervision, leaders, automatic upgrade. Called by the sweep."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_leaders, get_people, get_system_user
from kunming_portal.audit import trail
from kunming_portal.deadlines.ladder import Rung
from kunming_portal.duty.selectors import get_people_on_duty
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from whistle.models import CaseDeadline, CaseRung, Whistle
from whistle.services.blowing import upgrade
from whistle.services.endings import lapse
from whistle.services.holding import resume
from whistle.services.task_ringing import issue_by_ladder
from whistle.workflow import MOVES, Move, Party, Step, Tier, WhistleStatus

# A rung that is climbed this much after its planned moment says so on the trail (beat or database was away).
LATE = timedelta(minutes=2)
UPGRADE_REASON = _("Not closed in time; the ladder upgrades the case by itself.")

# Who is asked for: a right (None: leaders), at these units, or at units seated in these divisions.
Question = tuple[P | None, tuple[int, ...], tuple[str, ...]]

SENTENCES = {
    Rung.YELLOW: _("%(case)s: %(step)s of %(who)s is due %(due)s."),
    Rung.RED: _("%(case)s: %(step)s of %(who)s is overdue. Pressed automatically."),
    Rung.SUPERVISION: _("%(case)s: %(step)s of %(who)s is long overdue. Supervision notice."),
    Rung.LEADERS: _("%(case)s: %(step)s of %(who)s is long overdue. Reported to the leaders."),
}


def ring(deadlines: list[CaseDeadline], now: datetime) -> None:
    """Climb the next rung of each of these locked, due deadlines: rung row, trail, notices, next alarm.

    Rungs are written in set operations; an automatic upgrade calls the same service as a person, one by one,
    with the system actor. Everything happens in the sweep's transaction. Costs a constant number of queries for
    all lights together, and a move's cost for each upgrade or lapse.
    """
    system = get_system_user()
    ids = [deadline.pk for deadline in deadlines]
    rows = list(
        CaseDeadline.objects.filter(pk__in=ids)
        .select_related(
            "case__division",
            "whistle__kind",
            "whistle__caller",
            "whistle__receiver__division",
            "assignment__unit",
        )
        .order_by("wake_at", "id")
    )
    rungs = CaseRung.objects.bulk_create(
        CaseRung(deadline=row, rung=_rung(row), planned_at=_planned(row), climbed_at=now) for row in rows
    )
    trail.record_many([entry_of(row, by=system, now=now) for row in rows])
    issue_by_ladder(rungs, by=system, now=now)
    lights = [row for row in rows if _rung(row) in SENTENCES and not _ends_a_hold(row)]
    ends = [(row.whistle, ENDS[_rung(row)]) for row in rows if _rung(row) in ENDS]
    notifications.write(_messages(lights, now), now=now)
    over = [row for row in rows if _ends_a_hold(row)]
    for row in rows:
        row.climb()
        row.failures, row.failure = 0, ""
    CaseDeadline.objects.bulk_update(rows, ["rungs_climbed", "wake_at", "failures", "failure"])
    for whistle, end in ends:
        end(whistle, system, now)
    for row in over:
        _resume(row.whistle, by=system, now=now)


def _ends_a_hold(row: CaseDeadline) -> bool:
    """Whether this rung ends a hold by itself: nobody is late then, and the move tells everybody."""
    return row.step == Step.HOLD and _rung(row) is Rung.RED


def _rung(row: CaseDeadline) -> Rung:
    step = row.next_step
    assert step is not None, "a deadline with an alarm has a rung left"
    return step.rung


def _planned(row: CaseDeadline) -> datetime:
    step = row.next_step
    assert step is not None
    return step.at


def upgrade_reason() -> str:
    """Return why the ladder upgrades, in the office's language: a reason is text of the office, like a person's."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext(UPGRADE_REASON)


def entry_of(row: CaseDeadline, *, by: User, now: datetime) -> trail.Entry:
    """Return what the trail keeps of the rung that is climbed next on this deadline. No query."""
    planned = _planned(row)
    late = now - planned
    data = {
        "tier": row.whistle.tier,
        "step": row.step,
        "rung": _rung(row).value,
        "planned": planned.isoformat(),
        "due": row.due_at.isoformat(),
    }
    if row.assignment is not None:
        data["unit"] = row.assignment.unit.name
    if late > LATE:
        data["late_minutes"] = int(late.total_seconds() // 60)
        data["late_reason"] = "outage"
    return trail.Entry(
        stream=row.case.stream,
        event=f"deadline.{_rung(row).value}",
        subject=row,
        label=str(row.case),
        at=now,
        by=by,
        data=data,
    )


def _messages(rows: Iterable[CaseDeadline], now: datetime) -> list[tuple[User, Message]]:
    """Return who is told of each light; each question about people is asked once a batch."""
    known: dict[Question, list[User]] = {}
    on_duty: dict[Question, list[User]] = {}
    pairs: list[tuple[User, Message]] = []
    for row in rows:
        rung = _rung(row)
        message = Message(
            kind=f"deadline.{rung.value}",
            sentence=SENTENCES[rung],
            values={
                "case": str(row.case),
                "step": notifications.translatable(Step(row.step).label),
                "who": _who(row),
                "due": f"{timezone.localtime(row.due_at):%Y-%m-%d %H:%M}",
            },
            link=row.case.get_absolute_url(),
            urgent=row.whistle.kind.is_emergency,
        )
        pairs += [(user, message) for user in _on_duty(row, rung, on_duty, now) + _hearers(row, rung, known)]
    return pairs


def _who(row: CaseDeadline) -> str:
    if row.assignment is not None:
        return row.assignment.unit.short_name
    if row.step in (Step.APPROVE, Step.VERIFY, Step.COMPLETE):
        return row.whistle.caller.short_name
    return row.whistle.receiver.short_name


def _hearers(row: CaseDeadline, rung: Rung, known: dict[Question, list[User]]) -> list[User]:
    """Yellow: who must act. Red: their leader too. Supervision: the centre too. Leaders: the offices above too."""
    units, seats, permission = _responsible(row)
    questions: list[Question] = [(permission, units, seats)]
    if rung is not Rung.YELLOW:
        questions.append((None, units, seats))
    above = (row.whistle.receiver.division_id,)
    if rung is Rung.SUPERVISION:
        questions.append((P.WHISTLE_DISPATCH, (), above))
    if rung is Rung.LEADERS:
        questions.append((P.SUPERVISION_RECEIVE, (), above))
    for question in questions:
        if question not in known:
            known[question] = _ask(question)
    return [user for question in questions for user in known[question]]


def _on_duty(row: CaseDeadline, rung: Rung, known: dict[Question, list[User]], now: datetime) -> list[User]:
    """Return who is on duty where somebody must act: for red and above, and for every light of an emergency.

    Besides those who hear anyway: they may sleep, the person on duty does not, and has no quiet hours.
    """
    if rung is Rung.YELLOW and not row.whistle.kind.is_emergency:
        return []
    units, seats, _permission = _responsible(row)
    question: Question = (None, units, seats)
    if question not in known:
        known[question] = get_people_on_duty(at=now, unit_ids=units, division_codes=seats)
    return known[question]


def _ask(question: Question) -> list[User]:
    permission, units, seats = question
    if permission is None:
        return get_leaders(unit_ids=units, division_codes=seats)
    return get_people(permission=permission, unit_ids=units, division_codes=seats)


def _responsible(row: CaseDeadline) -> tuple[tuple[int, ...], tuple[str, ...], P]:
    if row.assignment is not None:
        return (row.assignment.unit_id,), (), P.ASSIGNMENT_HANDLE
    if row.step == Step.APPROVE:
        return (), (row.whistle.caller.division_id,), P.WHISTLE_APPROVE
    if row.step == Step.VERIFY:
        return (), (row.whistle.caller.division_id,), P.WHISTLE_VERIFY
    if row.step == Step.COMPLETE:
        return (), (row.whistle.caller.division_id,), P.CASE_OPEN
    if row.step in (Step.CONSULTATION, Step.HOLD):  # only the tier above renews a hold
        return (), (row.whistle.seat_of(Party.ABOVE),), P.WHISTLE_DISPATCH
    return (), (row.whistle.receiver.division_id,), P.WHISTLE_DISPATCH


def _resume(whistle: Whistle, *, by: User, now: datetime) -> None:
    """Resume like a person would; an upgrade of the same sweep may have ended the whistle."""
    whistle.refresh_from_db(fields=["status"])
    if whistle.status == WhistleStatus.ON_HOLD:
        resume(whistle=whistle, by=by, now=now)


def _upgrade(whistle: Whistle, by: User, now: datetime) -> None:
    """Upgrade like a person would. Nothing to do when an earlier rung of this sweep already ended the whistle."""
    whistle.refresh_from_db(fields=["status"])
    if not whistle.is_open or whistle.tier == Tier.COUNTY:
        return
    upgrade(whistle=whistle, reason=upgrade_reason(), by=by, now=now)


def _lapse(whistle: Whistle, by: User, now: datetime) -> None:
    """Close what the caller did not answer. Nothing to do when an earlier rung of this sweep ended the whistle."""
    whistle.refresh_from_db(fields=["status"])
    if whistle.status in MOVES[Move.LAPSE].sources:
        lapse(whistle=whistle, by=by, now=now)


# Rungs at which the system moves the case itself
ENDS: dict[Rung, Callable[[Whistle, User, datetime], None]] = {Rung.UPGRADE: _upgrade, Rung.LAPSE: _lapse}
