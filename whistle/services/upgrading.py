"""Upgrading unsolved cases to the next tier: one by a person, any number by the ladder, by the same steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal import setwise
from kunming_portal.accounts.models import User
from kunming_portal.notifications.hearing import Hearers
from kunming_portal.organisations.models import Unit
from whistle.guards import MoveRefused
from whistle.models import Assignment, CaseDeadline, Kind, SubClass, Whistle
from whistle.selectors import get_kinds, get_policies_of
from whistle.services import classing, clocks, telling
from whistle.services.audience import Side, get_audience
from whistle.services.blowing import need_reason
from whistle.services.cases import get_centres_above, receiver_among, tier_of
from whistle.services.moving import Scene, enter, leave, set_statuses
from whistle.workflow import AssignmentStatus, Move, Party, Step, WhistleStatus


@dataclass(frozen=True)
class Refusal:
    """A whistle that was left as it was, and the sentence that says why."""

    whistle: Whistle
    error: MoveRefused


@dataclass
class Way:
    """How one case goes up: what it leaves, the next tier's whistle, not saved yet, and its clock."""

    scene: Scene
    successor: Whistle
    clock: CaseDeadline | None = None


def upgrade(
    *,
    whistle: Whistle,
    reason: str,
    by: User,
    now: datetime,
    kind: Kind | None = None,
    expected: int | None = None,
) -> Whistle:
    """Close this tier's whistle as upgraded and blow the next tier's; return the new whistle.

    By the secretary on the receiving side, whose decision is the sign-off, or by the system when the ladder says so.
    `kind` is the next tier's; by default the same, or the first that fits. The case's history goes on; every unit's
    duty on the old whistle is released. Refuses above the city and when the tier above has no centre.
    """
    [done] = _upgrade([whistle], reason=reason, by=by, now=now, kind=kind, expected=expected)
    if isinstance(done, Refusal):
        raise done.error
    return done


def upgrade_many(
    *,
    whistles: Sequence[Whistle],
    reason: str,
    by: User,
    now: datetime,
    hearers: Hearers | None = None,
) -> list[Refusal | Whistle]:
    """Make the same move for many whistles; return in their order the new whistle of each, or why it was refused.

    What is refused, because the tier above has no centre or somebody acted meanwhile, is left as it was and stops no
    other. The whistles are different ones; the rows passed in are refreshed. `hearers` are those of a sweep. About
    forty queries, however many.
    """
    return _upgrade(whistles, reason=reason, by=by, now=now, hearers=hearers)


def _upgrade(
    whistles: Sequence[Whistle],
    *,
    reason: str,
    by: User,
    now: datetime,
    kind: Kind | None = None,
    expected: int | None = None,
    hearers: Hearers | None = None,
) -> list[Refusal | Whistle]:
    """Decide everything first, and write only what was not refused."""
    need_reason(reason)
    if not whistles:
        return []
    with transaction.atomic():
        scenes = enter(Move.UPGRADE, whistles=whistles, by=by, now=now, expected=expected, known=hearers)
        ways = _with_clocks(_ways(scenes, kind=kind, reason=reason, now=now), now=now)
        _write([way for way in ways if isinstance(way, Way)], reason=reason, by=by, now=now)
    return [
        way.successor if isinstance(way, Way) else Refusal(whistle, way)
        for whistle, way in zip(whistles, ways, strict=True)
    ]


# -- deciding: nothing is written ----------------------------------------------------------------------------
def _ways(
    scenes: Sequence[Scene | MoveRefused], *, kind: Kind | None, reason: str, now: datetime
) -> list[Way | MoveRefused]:
    """Return for each scene where the case goes. A query for the centres, and one for the kinds of each tier."""
    callers = [scene.whistle.receiver for scene in scenes if isinstance(scene, Scene)]
    centres = get_centres_above(callers, now=now)
    kinds: dict[int, list[Kind]] = {}
    ways: list[Way | MoveRefused] = []
    for scene in scenes:
        if isinstance(scene, MoveRefused):
            ways.append(scene)
            continue
        caller = scene.whistle.receiver
        try:
            receiver, tier = receiver_among(centres, caller), tier_of(caller)
            if kind is None and tier not in kinds:
                kinds[tier] = get_kinds(tier=tier)
            goes_on_as = kind or _next_kind(scene.whistle.kind, among=kinds[tier])
        except MoveRefused as refused:
            ways.append(refused)
        else:
            ways.append(Way(scene, _successor(scene, goes_on_as, receiver, tier=tier, reason=reason)))
    return ways


def _successor(scene: Scene, kind: Kind, receiver: Unit, *, tier: int, reason: str) -> Whistle:
    """Return the next tier's whistle: blown and signed off by whoever upgrades. No query."""
    successor = Whistle(
        case=scene.case,
        tier=tier,
        kind=kind,
        sub_class=next_sub_class(scene.whistle, kind=kind, tier=tier),
        caller=scene.whistle.receiver,
        receiver=receiver,
        status=WhistleStatus.AWAITING_ACCEPTANCE,
        reason=reason,
        created_at=scene.now,
        blown_at=scene.now,
        blown_by=scene.by,
        approved_at=scene.now,
        approved_by=scene.by,
    )
    classing.remember_versions(successor)
    return successor


def _with_clocks(ways: Sequence[Way | MoveRefused], *, now: datetime) -> list[Way | MoveRefused]:
    """Give each way the clock of acceptance and dispatch, or the refusal that no policy covers it. Two queries."""
    going = [way for way in ways if isinstance(way, Way)]
    policies = get_policies_of([way.successor for way in going], at=now)
    rules = {way.scene.whistle.pk: found for way, found in zip(going, policies, strict=True)}
    timed: list[Way | MoveRefused] = []
    for way in ways:
        if isinstance(way, Way):
            try:
                way.clock = clocks.plan(
                    policy=clocks.rule_for(rules[way.scene.whistle.pk], Step.DISPATCH, way.successor),
                    whistle=way.successor,
                    assignment=None,
                    now=now,
                    calendar=way.scene.calendar,
                )
            except MoveRefused as refused:
                timed.append(refused)
                continue
        timed.append(way)
    return timed


def next_kind(kind: Kind, *, tier: int) -> Kind:
    """Return the kind with which a case goes on at the next tier: the same if it exists there, else the first."""
    return _next_kind(kind, among=get_kinds(tier=tier))


def _next_kind(kind: Kind, *, among: Sequence[Kind]) -> Kind:
    if not among:
        raise MoveRefused(_("No kind of whistle is in use at the next tier."), code="kind")
    return next(
        (k for k in among if k.pk == kind.pk), next((k for k in among if not k.is_emergency), among[0])
    )


def next_sub_class(whistle: Whistle, *, kind: Kind, tier: int) -> SubClass | None:
    """Return the sub-class with which a whistle goes on: its own where kind and tier know it, else none."""
    own = whistle.sub_class
    fits = own is not None and own.kind_id == kind.pk and tier in own.tiers and own.is_active
    return own if fits else None


# -- writing: nothing is refused any more ---------------------------------------------------------------------
def _write(ways: Sequence[Way], *, reason: str, by: User, now: datetime) -> None:
    """End what this tier did, begin the next tier's, tell everybody. A constant number of queries."""
    if not ways:
        return
    scenes = [way.scene for way in ways]
    _end([scene.whistle for scene in scenes], scenes, now=now)
    Whistle.objects.bulk_create([way.successor for way in ways])
    CaseDeadline.objects.bulk_create([way.clock for way in ways if way.clock is not None])
    for way in ways:
        # a case is found by the kinds of its whistles
        way.scene.words_changed = way.successor.kind_id != way.scene.whistle.kind_id
        way.scene.note("case.upgraded", reason=reason, to=way.successor.receiver.name, automatic=by.is_system)
    _tell_next_centres(ways, now=now)
    leave(scenes, Move.UPGRADE)


def _end(whistles: Sequence[Whistle], scenes: Sequence[Scene], *, now: datetime) -> None:
    """End the whistles with their clocks, duties, requests and holds."""
    clocks.end_all(*whistles, now=now, outcome=CaseDeadline.Outcome.CANCELLED)
    Assignment.objects.filter(whistle__in=whistles).counting().update(status=AssignmentStatus.RELEASED)
    set_statuses(scenes, WhistleStatus.UPGRADED, Move.UPGRADE)
    for whistle in whistles:
        whistle.ended_at = now
    values = {name: [getattr(whistle, name) for whistle in whistles] for name in ENDED}
    setwise.update(Whistle, [whistle.pk for whistle in whistles], values)


# What ending a whistle changes on its row
ENDED = ("status", "ended_at", "objections_open", "extension_by", "hold_asked_at")


def _tell_next_centres(ways: Sequence[Way], *, now: datetime) -> None:
    """Add the notices for the centres that are called now: the upgrade is the sign-off. Two queries."""
    right = telling.SIDE_PERMISSION[Party.RECEIVER]
    told = [(way, Side(right, division_codes=(way.successor.seat_of(Party.RECEIVER),))) for way in ways]
    known = ways[0].scene.known
    audience = get_audience((side for _way, side in told), at=now, hearers=known)
    for way, side in told:
        words = telling.message(
            way.scene, "whistle.approve", telling.SENTENCES[Move.APPROVE], whistle=way.successor
        )
        way.scene.messages += [(user, words) for user in audience[side]]
