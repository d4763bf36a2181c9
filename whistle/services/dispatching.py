"""The centre's part: accepting a whistle and calling lead and assisting units."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_units_with_people
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_callable_units
from whistle.guards import MoveRefused
from whistle.models import Assignment, Whistle
from whistle.services import clocks
from whistle.services.moving import moving, set_status
from whistle.workflow import Move, Step, WhistleStatus


def accept(*, whistle: Whistle, by: User, now: datetime, expected: int | None = None) -> Whistle:
    """Accept a whistle: it waits for dispatch; the clock of acceptance and dispatch runs on."""
    with moving(Move.ACCEPT, whistle=whistle, by=by, now=now, expected=expected) as scene:
        whistle.accepted_at = now
        set_status(scene, WhistleStatus.AWAITING_DISPATCH, Move.ACCEPT)
        whistle.save()
        scene.note("whistle.accepted")
    return whistle


def dispatch(
    *,
    whistle: Whistle,
    lead: Unit,
    assists: Sequence[Unit] = (),
    by: User,
    now: datetime,
    instruction: str = "",
    expected: int | None = None,
) -> list[Assignment]:
    """Call one lead and any assisting units; return their duties, lead first.

    Each unit gets clocks of its own for signing, reporting in and feeding back; the whistle gets the clock of
    closing. Refuses a unit called twice, a unit of another level, one that no longer exists, and a unit
    without anybody appointed who could sign (nobody would hear the call).
    """
    units = [lead, *assists]
    with moving(Move.DISPATCH, whistle=whistle, by=by, now=now, expected=expected) as scene:
        check_units(units, whistle=whistle, now=now)
        duties = Assignment.objects.bulk_create(
            Assignment(whistle=whistle, unit=unit, is_lead=unit == lead, created_at=now) for unit in units
        )
        whistle.dispatched_at = now
        set_status(scene, WhistleStatus.HANDLING, Move.DISPATCH)
        whistle.save()
        clocks.end(Step.DISPATCH, whistle=whistle, now=now)
        clocks.start_handling(whistle=whistle, duties=duties, now=now, calendar=scene.calendar)
        scene.case.called_units = sorted({*scene.case.called_units, *(unit.pk for unit in units)})
        scene.words_changed = True
        scene.note(
            "whistle.dispatched", reason=instruction, lead=lead.name, assists=[unit.name for unit in assists]
        )
    return duties


def check_units(units: Sequence[Unit], *, whistle: Whistle, now: datetime) -> None:
    """Refuse a choice of units that cannot be called. Two queries."""
    if len({unit.pk for unit in units}) != len(units):
        raise MoveRefused(_("A unit can be called only once; it is lead or assisting."), code="units")
    level = whistle.receiver.division_id
    callable_ids = set(
        get_callable_units(division_code=level, on=timezone.localdate(now)).values_list("pk", flat=True)
    )
    for unit in units:
        if unit.pk not in callable_ids:
            raise MoveRefused(
                _("%(unit)s cannot be called from here: choose units of %(level)s.")
                % {"unit": unit.name, "level": whistle.receiver.division.name},
                code="units",
            )
    staffed = get_units_with_people(permission=Permission.ASSIGNMENT_HANDLE, unit_ids=[u.pk for u in units])
    for unit in units:
        if unit.pk not in staffed:
            raise MoveRefused(
                _(
                    "Nobody is appointed at %(unit)s who could sign. Choose another unit, or have somebody appointed."
                )
                % {"unit": unit.name},
                code="nobody",
            )
