"""A called unit objects to its dispatch; the dispatcher decides. From the second objection on the tier above does."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from whistle.guards import MoveRefused, check_decides
from whistle.models import Assignment, CaseDeadline, Consultation, Objection
from whistle.selectors import get_pending_objection
from whistle.services import catalogue, clocks, telling
from whistle.services.assigning import call, keep, release
from whistle.services.blowing import need_reason
from whistle.services.consulting import convener_of
from whistle.services.handling import settle
from whistle.services.moving import Scene, moving
from whistle.workflow import AssignmentStatus, Move, Step

CONVENED = gettext_noop("A second unit objects on %(case)s: a consultation is yours to hold.")


def object_to(
    *,
    assignment: Assignment,
    reason: str,
    basis: str,
    suggested: Unit,
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Objection:
    """Object: the matter is not this unit's, by this law, and whose it is. Within the working days of the rule.

    Objecting in time counts as signing. Until the decision the unit's other clocks stand, because it cannot know
    whether to start; the whistle's closing limit runs on (domain.md §10, S68 S52). The first objection on a whistle
    goes to the dispatcher; from the second on the tier above holds a consultation. Refuses a second objection of
    the same unit, a late one, one without a basis, and one that suggests the unit itself.
    """
    need_reason(reason)
    if not basis.strip():
        raise MoveRefused(_("Name the law, the list of powers or the decision you go by."), code="basis")
    whistle = assignment.whistle
    with moving(
        Move.OBJECT_TO, whistle=whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        _check_first(assignment)
        _check_suggested(suggested, assignment)
        objection = _write(scene, assignment, reason=reason, basis=basis, suggested=suggested)
        scene.note(
            "assignment.objected", reason=reason, about=assignment, basis=basis, suggested=suggested.name
        )
        if objection.is_second:
            _convene(scene)
        else:
            clocks.start(Step.OBJECTION, whistle=whistle, now=now, calendar=scene.calendar)
    return objection


def decide_objection(
    *,
    assignment: Assignment,
    upheld: bool,
    decision: str,
    by: User,
    now: datetime,
    replacement: Unit | None = None,
    expected: int | None = None,
) -> Objection:
    """Decide the first objection on a whistle. Upheld: the duty is released and never counted against the unit.

    `replacement` is called with clocks of its own from now, or leads from now on if it assists already; the closing
    limit stays. An assisting unit may go without one, the lead may not. Refused: the unit's clocks go on, moved
    by the time the decision took. Refuses without a reason, and once a consultation decides.
    """
    need_reason(decision)
    whistle = assignment.whistle
    with moving(
        Move.DECIDE_OBJECTION, whistle=whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        objection = get_pending_objection(assignment)
        check_decides(asked_by=objection.asked_by, held=scene.held, by=by)
        answer = Objection.Answer.GRANTED if upheld else Objection.Answer.REFUSED
        objection.decide(answer, by=by, now=now, decision=decision)
        whistle.objections_open -= 1
        whistle.save()
        clocks.end(Step.OBJECTION, whistle=whistle, now=now)
        if upheld:
            objection.replacement = replacement
            release(scene, assignment)
            _replace(scene, assignment, replacement)
            catalogue.learn_from_objection(assignment=assignment, by=by, now=now, taken_by=replacement)
        else:
            keep(scene, assignment)
        objection.save()
        scene.note(
            "assignment.objection_decided",
            reason=decision,
            about=assignment,
            upheld=upheld,
            to=replacement.name if upheld and replacement is not None else "",
        )
        settle(scene, Move.DECIDE_OBJECTION)
    return objection


def _write(scene: Scene, duty: Assignment, *, reason: str, basis: str, suggested: Unit) -> Objection:
    """Note the objection on duty, whistle and clocks; return it."""
    whistle, now = scene.whistle, scene.now
    if duty.signed_at is None:
        duty.signed_at, duty.signed_by = now, scene.by
    duty.status = AssignmentStatus.OBJECTED
    duty.save()
    whistle.objection_count += 1
    whistle.objections_open += 1
    whistle.save()
    clocks.end(Step.SIGN, whistle=whistle, assignment=duty, now=now)
    clocks.pause_of(duty, now=now)
    return Objection.objects.create(
        whistle=whistle,
        assignment=duty,
        unit=duty.unit,
        reason=reason,
        basis=basis,
        suggested=suggested,
        is_second=whistle.objection_count > 1,
        asked_by=scene.by,
        asked_at=now,
    )


def _replace(scene: Scene, duty: Assignment, replacement: Unit | None) -> None:
    if replacement is None:
        if duty.is_lead:
            raise MoveRefused(
                _("The lead cannot go without another: choose who leads instead."), code="replacement"
            )
        return
    on_it = Assignment.objects.counting().filter(whistle=scene.whistle, unit=replacement).first()
    if on_it is None:
        if Objection.objects.filter(whistle=scene.whistle, unit=replacement).exists():
            raise MoveRefused(
                _("%(unit)s has objected itself. Choose another unit.") % {"unit": replacement.name},
                code="replacement",
            )
        call(scene, [replacement], lead=replacement if duty.is_lead else None)
    elif duty.is_lead:
        on_it.is_lead = True
        on_it.save(update_fields=["is_lead"])


def _convene(scene: Scene) -> None:
    """Open the consultation, or let one more unit join it; the dispatcher has no longer to decide."""
    whistle = scene.whistle
    _consultation, is_new = Consultation.objects.get_or_create(
        whistle=whistle,
        defaults={"convener": convener_of(whistle, now=scene.now), "opened_at": scene.now},
    )
    if not is_new:
        return
    outcome = CaseDeadline.Outcome.CANCELLED
    clocks.end(Step.OBJECTION, whistle=whistle, now=scene.now, outcome=outcome)
    clocks.start(Step.CONSULTATION, whistle=whistle, now=scene.now, calendar=scene.calendar)
    telling.tell_above(scene, "whistle.consultation", CONVENED)


def _check_first(duty: Assignment) -> None:
    if Objection.objects.filter(whistle=duty.whistle, unit=duty.unit).exists():
        raise MoveRefused(
            _("%(unit)s has objected once already; what was decided holds.") % {"unit": duty.unit.short_name},
            code="status",
        )


def _check_suggested(suggested: Unit, duty: Assignment) -> None:
    if suggested.pk == duty.unit_id:
        raise MoveRefused(_("Suggest another unit than your own."), code="suggested")
