"""Blowing, signing off, sending back."""

from datetime import datetime

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from whistle.guards import MoveRefused
from whistle.models import Whistle
from whistle.services import classing, clocks
from whistle.services.moving import Scene, moving, set_status
from whistle.workflow import Move, Step, WhistleStatus


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


def need_reason(reason: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise MoveRefused(_("Give a reason; the others read it."), code="reason")


def _may_sign_off(scene: Scene) -> bool:
    """Whether the person who blows may also sign off on the same side, in a role of their own (four eyes)."""
    code = scene.whistle.caller.division_id
    held = scene.by.appointment_in(Permission.WHISTLE_APPROVE, division_code=code)
    return held is not None and held.user_id == scene.by.pk
