"""Changing who is on a whistle while it is handled: calling, keeping, releasing a unit."""

from kunming_portal.organisations.models import Unit
from whistle.models import Assignment, CaseDeadline
from whistle.services import clocks, pending, telling
from whistle.services.dispatching import check_units
from whistle.services.moving import Scene
from whistle.workflow import AssignmentStatus, Move


def release(scene: Scene, duty: Assignment) -> None:
    """Take a duty away: its clocks are no longer needed and count for nobody; what its unit asked for goes with it.

    Three queries, three more when something is asked.
    """
    clocks.end_of(duty, now=scene.now, outcome=CaseDeadline.Outcome.CANCELLED)
    pending.drop_requests_of(duty, whistle=scene.whistle, by=scene.by, now=scene.now)
    duty.status = AssignmentStatus.RELEASED
    duty.save(update_fields=["status"])


def keep(scene: Scene, duty: Assignment) -> None:
    """Leave a duty with the unit that objected: its clocks go on where they stood."""
    duty.status = AssignmentStatus.AWAITING_REPORT_IN
    duty.save(update_fields=["status", "is_final", "is_lead"])
    clocks.resume_of(duty, now=scene.now, calendar=scene.calendar)


def call(scene: Scene, units: list[Unit], *, lead: Unit | None, is_final: bool = False) -> list[Assignment]:
    """Call units that are not on the whistle yet: clocks of their own from now, and a notice. Six queries."""
    if not units:
        return []
    check_units(units, whistle=scene.whistle, now=scene.now)
    duties = Assignment.objects.bulk_create(
        Assignment(
            whistle=scene.whistle,
            unit=unit,
            is_lead=unit == lead,
            is_final=is_final,
            created_at=scene.now,
        )
        for unit in units
    )
    clocks.start_duties(whistle=scene.whistle, duties=duties, now=scene.now, calendar=scene.calendar)
    called = [unit.pk for unit in units]
    scene.call(called)
    telling.tell_units(scene, called, Move.DISPATCH)
    return duties
