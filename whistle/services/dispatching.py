"""The centre's part: accepting a whistle and calling lead and assisting units."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_units_with_people
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_callable_units
from whistle.guards import MoveRefused
from whistle.models import Assignment, Whistle
from whistle.services import catalogue, clocks
from whistle.services.moving import moving, set_status
from whistle.suggestions import Suggestion, suggest_units
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
    closing. Refuses a unit called twice, a unit of another level, one that no longer exists, a unit without
    anybody appointed who could sign (nobody would hear the call), and grass-roots units for a matter that the
    catalogue gives to a department above (`check_grass_roots`). What the catalogue proposed is kept.
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
        catalogue.remember_dispatch(whistle=whistle, lead=lead, now=now)
        scene.call(unit.pk for unit in units)
        scene.note(
            "whistle.dispatched", reason=instruction, lead=lead.name, assists=[unit.name for unit in assists]
        )
    return duties


def check_units(units: Sequence[Unit], *, whistle: Whistle, now: datetime) -> None:
    """Refuse a choice of units that cannot be called. Two queries, and three for the catalogue."""
    if len({unit.pk for unit in units}) != len(units):
        raise MoveRefused(_("A unit can be called only once; it is lead or assisting."), code="units")
    suggestion = suggest_units([whistle], now=now).get(whistle.pk)
    check_grass_roots(units, whistle=whistle, suggestion=suggestion)
    level = whistle.receiver.division_id
    callable_ids = {unit.pk for unit in listed_below(suggestion, whistle=whistle)} | set(
        get_callable_units(division_code=level, on=timezone.localdate(now)).values_list("pk", flat=True)
    )
    for unit in units:
        if unit.pk not in callable_ids:
            raise MoveRefused(
                _("%(unit)s cannot be called from here: choose units of %(level)s.")
                % {"unit": unit.name, "level": whistle.receiver.division.name},
                code="units",
            )
    _check_staffed(units)


def check_grass_roots(units: Sequence[Unit], *, whistle: Whistle, suggestion: Suggestion | None) -> None:
    """Refuse to hand a department's own matter to the grass roots, unless the catalogue lists the unit (S52). No query.

    Where the catalogue gives a sub-class to a unit of a level above the centre that dispatches, the units of this
    centre's own level may be called only if the entry lists them, or if they are a force that the leading
    department has stationed there. Without a sub-class or an entry nothing is refused.
    """
    if suggestion is None or not suggestion.is_above:
        return
    listed = {unit.pk for unit in suggestion.listed}
    for unit in units:
        stationed = suggestion.lead is not None and unit.supervised_by_id == suggestion.lead.pk
        if unit.pk in listed or (unit.kind == Unit.Kind.FORCE and stationed):
            continue
        here = [u for u in suggestion.assists if u.division_id == whistle.receiver.division_id]
        lead = suggestion.lead.name if suggestion.lead is not None else suggestion.entry.label
        what = {"unit": unit.name, "lead": lead, "version": suggestion.entry.version}
        if here:
            names = pgettext("between names", ", ").join(one.short_name for one in here)
            raise MoveRefused(
                _(
                    "By the catalogue (version %(version)d) this is a matter of %(lead)s and may not be handed to "
                    "%(unit)s. Allowed here: %(names)s; or have it upgraded to the next tier."
                )
                % {**what, "names": names},
                code="units",
            )
        raise MoveRefused(
            _(
                "By the catalogue (version %(version)d) this is a matter of %(lead)s and may not be handed to "
                "%(unit)s. Have it upgraded to the next tier."
            )
            % what,
            code="units",
        )


def listed_below(suggestion: Suggestion | None, *, whistle: Whistle) -> list[Unit]:
    """Return the units below the dispatching centre that the catalogue lists: they too may be called. No query."""
    if suggestion is None:
        return []
    seat = whistle.receiver.division_id
    return [u for u in suggestion.listed if u.division_id.startswith(seat) and u.division_id != seat]


def _check_staffed(units: Sequence[Unit]) -> None:
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
