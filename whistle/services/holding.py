"""Hold (挂账): asked with a plan, decided by the leader in charge, reviewed, listed openly, ended by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from whistle.guards import MoveRefused, check_decides
from whistle.models import Assignment, CaseDeadline, Hold, HoldMilestone, HoldReview, Whistle
from whistle.selectors import get_lasting_hold, get_pending_hold, rule_of
from whistle.services import clocks
from whistle.services.blowing import need_reason
from whistle.services.moving import Scene, moving, set_status
from whistle.workflow import Move, Step, WhistleStatus


@dataclass(frozen=True)
class Plan:
    """What a request for a hold says: class and words of the reason, the last day, milestones with their days."""

    reason_class: str
    reason: str
    until: date
    milestones: Sequence[tuple[str, date]]


def ask_hold(
    *, assignment: Assignment, plan: Plan, by: User, now: datetime, expected: int | None = None
) -> Hold:
    """Ask as the lead that the matter be put on hold. Refuses without a plan and beyond the rule's days."""
    check_words(plan)
    whistle = assignment.whistle
    with moving(
        Move.HOLD, whistle=whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        hold = _ask(scene, plan, unit=assignment.unit)
        scene.note("hold.asked", reason=plan.reason, about=assignment, **_told(plan))
    return hold


def propose_hold(
    *, whistle: Whistle, plan: Plan, by: User, now: datetime, expected: int | None = None
) -> Hold:
    """Propose as the dispatcher that the matter be put on hold; the leader in charge decides."""
    check_words(plan)
    with moving(Move.PROPOSE_HOLD, whistle=whistle, by=by, now=now, expected=expected) as scene:
        hold = _ask(scene, plan, unit=whistle.receiver)
        scene.note("hold.proposed", reason=plan.reason, **_told(plan))
    return hold


def decide_hold(
    *,
    whistle: Whistle,
    is_granted: bool,
    by: User,
    now: datetime,
    decision: str = "",
    expected: int | None = None,
) -> Hold:
    """Grant or refuse a hold. Granted: every clock of the whistle stands, the matter is listed openly, reviews run.

    A refusal needs a reason. Refuses while an objection is not decided: nobody knows whose plan it is.
    """
    if not is_granted:
        need_reason(decision)
    with moving(Move.DECIDE_HOLD, whistle=whistle, by=by, now=now, expected=expected) as scene:
        hold = get_pending_hold(whistle)
        check_decides(asked_by=hold.asked_by, held=scene.held, by=by)
        answer = Hold.Answer.GRANTED if is_granted else Hold.Answer.REFUSED
        hold.decide(answer, by=by, now=now, decision=decision)
        whistle.hold_asked_at = None
        if is_granted:
            _check_no_objection(whistle)
            check_until(hold.until, whistle=whistle, now=now)
            hold.started_at = now
            hold.save()
            set_status(scene, WhistleStatus.ON_HOLD, Move.DECIDE_HOLD)
            scene.case.hold_until = hold.ends_at
            clocks.pause_all(whistle=whistle, now=now)
            clocks.start_hold(whistle=whistle, ends_at=hold.ends_at, now=now, calendar=scene.calendar)
        hold.save()
        whistle.save()
        scene.note("hold.decided", reason=decision, granted=is_granted, until=hold.until.isoformat())
    return hold


def review_hold(
    *,
    whistle: Whistle,
    progress: str,
    by: User,
    now: datetime,
    reached: Sequence[HoldMilestone] = (),
    expected: int | None = None,
) -> HoldReview:
    """Write down how far the plan is, tick milestones, and start the clock of the next review."""
    need_reason(progress)
    with moving(Move.REVIEW_HOLD, whistle=whistle, by=by, now=now, expected=expected) as scene:
        hold = get_lasting_hold(whistle)
        ticked = [one.pk for one in reached]
        HoldMilestone.objects.filter(hold=hold, pk__in=ticked, reached_at=None).update(reached_at=now)
        review = HoldReview.objects.create(hold=hold, at=now, by=by, text=progress)
        clocks.end(Step.REVIEW, whistle=whistle, now=now)
        clocks.start_review(whistle=whistle, now=now, calendar=scene.calendar, ends_at=hold.ends_at)
        scene.note("hold.reviewed", reason=progress, reached=len(ticked))
    return review


def renew_hold(
    *, whistle: Whistle, until: date, reason: str, by: User, now: datetime, expected: int | None = None
) -> HoldReview:
    """Let the hold last longer, as the tier above: again at most the days of the rule, counted from today."""
    need_reason(reason)
    with moving(Move.RENEW_HOLD, whistle=whistle, by=by, now=now, expected=expected) as scene:
        hold = get_lasting_hold(whistle)
        if until <= hold.until:
            raise MoveRefused(
                _("It is on hold until %(until)s already. Choose a later day.") % {"until": hold.until},
                code="until",
            )
        check_until(until, whistle=whistle, now=now)
        hold.until = until
        hold.save()
        scene.case.hold_until = hold.ends_at
        clocks.end(Step.HOLD, whistle=whistle, now=now, outcome=CaseDeadline.Outcome.SUPERSEDED)
        clocks.start_end_of_hold(whistle=whistle, ends_at=hold.ends_at, now=now, calendar=scene.calendar)
        clocks.go_on_reviewing(whistle=whistle, now=now, calendar=scene.calendar, ends_at=hold.ends_at)
        review = HoldReview.objects.create(hold=hold, at=now, by=by, text=reason, renewed_until=until)
        scene.note("hold.renewed", reason=reason, until=until.isoformat())
    return review


def resume(
    *, whistle: Whistle, by: User, now: datetime, reason: str = "", expected: int | None = None
) -> Whistle:
    """End the hold: every clock runs on, moved by exactly the working time it stood.

    By the receiver or the caller at any time, with a reason; by the system on the hold's last day.
    """
    if not by.is_system:
        need_reason(reason)
    with moving(Move.RESUME, whistle=whistle, by=by, now=now, expected=expected) as scene:
        set_status(scene, WhistleStatus.HANDLING, Move.RESUME)
        whistle.save()
        outcome = CaseDeadline.Outcome.CANCELLED
        clocks.end(Step.REVIEW, Step.HOLD, whistle=whistle, now=now, outcome=outcome)
        clocks.resume_all(whistle=whistle, now=now, calendar=scene.calendar)
        scene.note("hold.ended", reason=reason, automatic=by.is_system)
    return whistle


def check_words(plan: Plan) -> None:
    """Refuse a plan without class, reason or milestone, or with a milestone after the hold."""
    if plan.reason_class not in Hold.ReasonClass.values:
        raise MoveRefused(
            _("A hold is for works, season, funds, policy or litigation. Choose one."), code="reason_class"
        )
    need_reason(plan.reason)
    if not plan.milestones:
        raise MoveRefused(_("A hold needs a plan: at least one milestone with its day."), code="milestones")
    if any(day > plan.until for _text, day in plan.milestones):
        raise MoveRefused(
            _("A milestone lies within the hold, on its last day at the latest."), code="milestones"
        )


def check_until(until: date, *, whistle: Whistle, now: datetime) -> None:
    """Refuse a last day that is not in the future or beyond the rule's days. One query."""
    most = last_day(whistle, now=now)
    if not timezone.localdate(now) < until <= most:
        raise MoveRefused(
            _("A hold lasts until %(most)s at most; then only the tier above can renew it.") % {"most": most},
            code="until",
        )


def last_day(whistle: Whistle, *, now: datetime) -> date:
    """Return the last day a hold that begins now may have. One query."""
    return timezone.localdate(now) + timedelta(days=rule_of(whistle).hold_max_days)


def _ask(scene: Scene, plan: Plan, *, unit: Unit) -> Hold:
    whistle = scene.whistle
    _check_no_objection(whistle)
    check_until(plan.until, whistle=whistle, now=scene.now)
    hold = Hold.objects.create(
        whistle=whistle,
        unit=unit,
        reason_class=plan.reason_class,
        reason=plan.reason,
        until=plan.until,
        asked_by=scene.by,
        asked_at=scene.now,
    )
    HoldMilestone.objects.bulk_create(
        HoldMilestone(hold=hold, text=text, due_on=day) for text, day in plan.milestones
    )
    whistle.hold_asked_at = scene.now
    whistle.save()
    return hold


def _check_no_objection(whistle: Whistle) -> None:
    if whistle.objections_open:
        raise MoveRefused(
            _("An objection is not decided yet; a hold is possible when it is clear who leads."),
            code="objection",
        )


def _told(plan: Plan) -> dict[str, Any]:
    return {
        "class": plan.reason_class,
        "until": plan.until.isoformat(),
        "milestones": [f"{day.isoformat()} {text}" for text, day in plan.milestones],
    }
