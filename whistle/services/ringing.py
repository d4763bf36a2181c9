"""What happens when a deadline rings: lights, supervision, leaders, automatic upgrade. Called by the sweep."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from kunming_portal import setwise
from kunming_portal.accounts.models import User
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit import trail
from kunming_portal.deadlines import timers
from kunming_portal.deadlines.ladder import Rung
from kunming_portal.notifications.hearing import Hearers
from kunming_portal.notifications.lateness import lateness
from whistle.models import CaseDeadline, CaseRung, Whistle
from whistle.services import lights
from whistle.services.endings import lapse
from whistle.services.holding import resume
from whistle.services.lights import Light
from whistle.services.task_ringing import issue_by_ladder
from whistle.services.upgrading import Refusal, upgrade_many
from whistle.workflow import MOVES, Move, Tier, WhistleStatus

# Upgrades in one stroke: what is computed between two statements stays far below the sweep's time limits
AT_ONCE = 200
UPGRADE_REASON = _("Not closed in time; the ladder upgrades the case by itself.")


def ringer() -> Callable[[list[CaseDeadline], datetime], None]:
    """Return what a sweep rings with: `ring`, which remembers for the sweep whom it has asked for."""
    lights.case_page()  # the first time reads all addresses: before a transaction is open, not in it
    return partial(ring, hearers=Hearers())


def ring(deadlines: list[CaseDeadline], now: datetime, *, hearers: Hearers | None = None) -> None:
    """Climb the next rung of each of these locked, due deadlines: rung row, trail, notices, next alarm.

    Written in set operations, from columns instead of rows with all they hang on; a move the system makes by itself
    calls the same service as a person, with the system actor. Everything happens in the sweep's transaction. Refuses
    (`NothingDue`) a deadline that is not due at `now`. A rung that stands there already is counted, and nobody is told
    again. Costs a constant number of queries for lights and upgrades together, and a move's cost for each lapse.
    """
    system, hearers = get_system_user(), hearers or Hearers()
    found = lights.read(deadlines, now=now)
    keys = setwise.insert(
        CaseRung,
        {
            "deadline": [light.deadline.pk for light in found],
            "rung": [light.rung.value for light in found],
            "planned_at": [light.planned for light in found],
            "late_reason": [light.late for light in found],
        },
        same={"climbed_at": now},
        unless=("deadline", "rung"),
    )
    climbed = [(light, key) for light, key in zip(found, keys, strict=True) if key is not None]
    fresh = [light for light, _key in climbed]
    trail.record_many([_entry(light, by=system, now=now) for light in fresh])
    moving = _moved([light for light in fresh if light.rung in ENDS or light.ends_hold])
    issue_by_ladder(_supervised(climbed), by=system, now=now)
    timers.set_alarms(CaseDeadline, [light.deadline for light in found])
    ends = [(moving[light.deadline.pk], light.rung) for light in fresh if light.rung in ENDS]
    _end_all(ends, hearers, by=system, now=now)
    for light in fresh:
        if light.ends_hold:
            _resume(moving[light.deadline.pk], by=system, now=now)
    # last: digests of an outage are rows that other workers wait for
    shown = [light for light in fresh if light.rung in lights.SENTENCES and not light.ends_hold]
    lights.tell(shown, hearers, now=now)


def _moved(found: Sequence[Light]) -> dict[int, Whistle]:
    """Return the whistles the system moves, by deadline. At most one query."""
    if not found:
        return {}
    rows = CaseDeadline.objects.filter(pk__in=[light.deadline.pk for light in found])
    return {row.pk: row.whistle for row in rows.select_related("whistle")}


def _supervised(climbed: Sequence[tuple[Light, int]]) -> list[CaseRung]:
    """Return the rungs at which a unit gets a notice, with all a notice is written from. At most one query."""
    keys = [key for light, key in climbed if light.rung is Rung.SUPERVISION and light.unit is not None]
    if not keys:
        return []
    rows = CaseRung.objects.filter(pk__in=keys).select_related(
        "deadline__case", "deadline__whistle__receiver__division", "deadline__assignment__unit"
    )
    return list(rows.order_by("pk"))


def upgrade_reason() -> str:
    """Return why the ladder upgrades, in the office's language: a reason is text of the office, like a person's."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext(UPGRADE_REASON)


def entry_of(row: CaseDeadline, *, by: User, now: datetime) -> trail.Entry:
    """Return what the trail keeps of the rung that is climbed next on this deadline. No query."""
    return _entry(lights.of(row, now=now), by=by, now=now)


def _entry(light: Light, *, by: User, now: datetime) -> trail.Entry:
    data: dict[str, object] = {
        "tier": light.tier,
        "step": light.step,
        "rung": light.rung.value,
        "planned": light.planned.isoformat(),
        "due": light.due.isoformat(),
    }
    if light.unit is not None:
        data["unit"] = light.unit_name
    return trail.Entry(
        stream=f"case:{light.case}",
        event=f"deadline.{light.rung.value}",
        subject=light.deadline,
        label=light.label,
        at=now,
        by=by,
        data=data | lateness(light.planned, light.late, now=now),
    )


def _resume(whistle: Whistle, *, by: User, now: datetime) -> None:
    """Resume like a person would; an upgrade of the same sweep may have ended the whistle."""
    whistle.refresh_from_db(fields=["status"])
    if whistle.status == WhistleStatus.ON_HOLD:
        resume(whistle=whistle, by=by, now=now)


def _end_all(ends: Sequence[tuple[Whistle, Rung]], hearers: Hearers, *, by: User, now: datetime) -> None:
    """Upgrade all that a rung says so of at once, and close one by one what lapses.

    Of several rungs about one whistle the first decides: whatever comes after it finds the whistle ended.
    """
    first: dict[int, Rung] = {}
    for whistle, rung in ends:
        first.setdefault(whistle.pk, rung)
    lapsing = [whistle for whistle, rung in ends if rung is Rung.LAPSE]
    for whistle in lapsing:
        if first[whistle.pk] is Rung.LAPSE:
            _lapse(whistle, by, now)
    rising = [whistle for whistle, rung in ends if rung is Rung.UPGRADE]
    _upgrade_all(rising, hearers, by=by, now=now)
    for whistle in lapsing:
        if first[whistle.pk] is Rung.UPGRADE:
            _lapse(whistle, by, now)


def _upgrade_all(whistles: Sequence[Whistle], hearers: Hearers, *, by: User, now: datetime) -> None:
    """Upgrade like a person would; refuse with the first refusal, so that the sweep tries the rows one by one.

    Nothing to do for a whistle that another rung of this sweep has ended, nor above the county.
    """
    rising = list({whistle.pk: whistle for whistle in whistles if whistle.tier != Tier.COUNTY}.values())
    for start in range(0, len(rising), AT_ONCE):
        some = rising[start : start + AT_ONCE]
        tried = upgrade_many(whistles=some, reason=upgrade_reason(), by=by, now=now, hearers=hearers)
        for done in tried:
            if isinstance(done, Refusal) and done.whistle.is_open:
                raise done.error


def _lapse(whistle: Whistle, by: User, now: datetime) -> None:
    """Close what the caller did not answer. Nothing to do when an earlier rung of this sweep ended the whistle."""
    whistle.refresh_from_db(fields=["status"])
    if whistle.status in MOVES[Move.LAPSE].sources:
        lapse(whistle=whistle, by=by, now=now)


# Rungs at which the system moves the case itself
ENDS = (Rung.UPGRADE, Rung.LAPSE)
