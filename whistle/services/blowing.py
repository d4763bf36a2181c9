"""Blowing, signing off, sending back; upgrading an unsolved case to the next tier."""

from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit
from whistle.guards import MoveRefused
from whistle.models import Assignment, CaseDeadline, Kind, SubClass, Whistle
from whistle.selectors import get_kinds
from whistle.services import classing, clocks, telling
from whistle.services.cases import receiver_of, tier_of
from whistle.services.moving import Scene, moving, set_status
from whistle.workflow import AssignmentStatus, Move, Party, Step, WhistleStatus


def blow(*, whistle: Whistle, by: User, now: datetime, expected: int | None = None) -> Whistle:
    """Blow a draft. Where the kind asks for the secretary's sign-off it waits for that, else it goes out at once.

    A secretary who blows signs off in the same breath. Starts the clock of the sign-off, or of acceptance
    and dispatch (domain.md §10).
    """
    with moving(Move.BLOW, whistle=whistle, by=by, now=now, expected=expected) as scene:
        whistle.blown_at, whistle.blown_by = now, by
        classing.remember_versions(whistle)
        signs_off = _may_sign_off(scene)
        if whistle.kind.needs_approval(whistle.tier) and not signs_off:
            set_status(scene, WhistleStatus.AWAITING_APPROVAL, Move.BLOW)
            clocks.start(Step.APPROVE, whistle=whistle, now=now, calendar=scene.calendar)
        else:
            if whistle.kind.needs_approval(whistle.tier):
                whistle.approved_at, whistle.approved_by = now, by
            set_status(scene, WhistleStatus.AWAITING_ACCEPTANCE, Move.BLOW)
            clocks.start(Step.DISPATCH, whistle=whistle, now=now, calendar=scene.calendar)
        whistle.save()
        scene.note("whistle.blown", reason=whistle.reason, kind=whistle.kind.code, to=whistle.receiver.name)
    return whistle


def approve(*, whistle: Whistle, by: User, now: datetime, expected: int | None = None) -> Whistle:
    """Sign off: the whistle goes out to the centre above, whose clock starts."""
    with moving(Move.APPROVE, whistle=whistle, by=by, now=now, expected=expected) as scene:
        whistle.approved_at, whistle.approved_by = now, by
        set_status(scene, WhistleStatus.AWAITING_ACCEPTANCE, Move.APPROVE)
        whistle.save()
        clocks.end(Step.APPROVE, whistle=whistle, now=now)
        clocks.start(Step.DISPATCH, whistle=whistle, now=now, calendar=scene.calendar)
        scene.note("whistle.approved", to=whistle.receiver.name)
    return whistle


def send_back(
    *, whistle: Whistle, reason: str, by: User, now: datetime, expected: int | None = None
) -> Whistle:
    """Give a whistle that waits for sign-off back to its writer, with a reason. It is a draft again."""
    need_reason(reason)
    with moving(Move.SEND_BACK, whistle=whistle, by=by, now=now, expected=expected) as scene:
        whistle.blown_at, whistle.blown_by = None, None
        set_status(scene, WhistleStatus.DRAFT, Move.SEND_BACK)
        whistle.save()
        clocks.end(Step.APPROVE, whistle=whistle, now=now)
        scene.note("whistle.sent_back", reason=reason)
    return whistle


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
    need_reason(reason)
    with moving(Move.UPGRADE, whistle=whistle, by=by, now=now, expected=expected) as scene:
        caller = whistle.receiver
        receiver = receiver_of(caller, now=now)
        clocks.end_all(whistle=whistle, now=now, outcome=CaseDeadline.Outcome.CANCELLED)
        Assignment.objects.filter(whistle=whistle).counting().update(status=AssignmentStatus.RELEASED)
        set_status(scene, WhistleStatus.UPGRADED, Move.UPGRADE)
        whistle.ended_at = now
        whistle.save()
        successor = _successor(scene, kind=kind, caller=caller, receiver=receiver, reason=reason)
        successor.case = scene.case
        scene.words_changed = True
        clocks.start(Step.DISPATCH, whistle=successor, now=now, calendar=scene.calendar)
        scene.note("case.upgraded", reason=reason, to=receiver.name, automatic=by.is_system)
        _tell_next_centre(scene, successor)
    return successor


def _successor(scene: Scene, *, kind: Kind | None, caller: Unit, receiver: Unit, reason: str) -> Whistle:
    """Write the next tier's whistle: blown and signed off by whoever upgrades."""
    tier, here = tier_of(caller), scene.whistle
    goes_on_as = kind or next_kind(here.kind, tier=tier)
    successor = Whistle(
        case=scene.case,
        tier=tier,
        kind=goes_on_as,
        sub_class=next_sub_class(here, kind=goes_on_as, tier=tier),
        caller=caller,
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
    successor.save()
    return successor


def next_kind(kind: Kind, *, tier: int) -> Kind:
    """Return the kind with which a case goes on at the next tier: the same if it exists there, else the first."""
    fitting = get_kinds(tier=tier)
    if not fitting:
        raise MoveRefused(_("No kind of whistle is in use at the next tier."), code="kind")
    return next(
        (k for k in fitting if k.pk == kind.pk), next((k for k in fitting if not k.is_emergency), fitting[0])
    )


def next_sub_class(whistle: Whistle, *, kind: Kind, tier: int) -> SubClass | None:
    """Return the sub-class with which a whistle goes on: its own where kind and tier know it, else none."""
    own = whistle.sub_class
    fits = own is not None and own.kind_id == kind.pk and tier in own.tiers and own.is_active
    return own if fits else None


def need_reason(reason: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise MoveRefused(_("Give a reason; the others read it."), code="reason")


def _may_sign_off(scene: Scene) -> bool:
    """Whether the person who blows may also sign off on the same side, in a role of their own (four eyes)."""
    code = scene.whistle.caller.division_id
    held = scene.by.appointment_in(Permission.WHISTLE_APPROVE, division_code=code)
    return held is not None and held.user_id == scene.by.pk


def _tell_next_centre(scene: Scene, successor: Whistle) -> None:
    here = scene.whistle
    scene.whistle = successor
    words: Message = telling.message(scene, "whistle.approve", telling.SENTENCES[Move.APPROVE])
    for user in telling.people_of(scene, Party.RECEIVER, telling.SIDE_PERMISSION[Party.RECEIVER]):
        scene.messages.append((user, words))
    scene.whistle = here
