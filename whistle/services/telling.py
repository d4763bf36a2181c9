"""Who hears of a move, and in which words. The table of the workflow says which side; here are the people."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.notifications.services import Message
from whistle.models import Assignment, Whistle
from whistle.services.audience import Side, get_audience
from whistle.workflow import MOVES, WORKING_ASSIGNMENT, Move, Party, WhistleStatus

if TYPE_CHECKING:
    from whistle.services.moving import Scene

SENTENCES: dict[Move, str] = {
    Move.BLOW: _("%(case)s was blown by %(caller)s."),
    Move.APPROVE: _("%(case)s was signed off by %(caller)s and waits for acceptance."),
    Move.SEND_BACK: _("%(case)s was sent back by the secretary."),
    Move.ACCEPT: _("%(receiver)s accepted %(case)s."),
    Move.DISPATCH: _("%(receiver)s dispatched %(case)s."),
    Move.REPORT_IN: _("%(unit)s reported in on %(case)s."),
    Move.FEED_BACK: _("%(unit)s fed back on %(case)s."),
    Move.VERIFY: _("%(caller)s verified %(case)s."),
    Move.EVALUATE: _("%(caller)s rated your work on %(case)s."),
    Move.REWORK: _("%(caller)s sent %(case)s back for rework."),
    Move.CLOSE: _("%(caller)s closed %(case)s."),
    Move.UPGRADE: _("%(case)s was upgraded to the next tier."),
    Move.OBJECT_TO: _("%(unit)s objects to the dispatch of %(case)s."),
    Move.DECIDE_OBJECTION: _("%(receiver)s decided the objection on %(case)s."),
    Move.CONSULT: _("The consultation on %(case)s decided who leads and who assists."),
    Move.EXTEND: _("%(unit)s asks for more time on %(case)s."),
    Move.DECIDE_EXTENSION: _("%(receiver)s decided on the extension of %(case)s."),
    Move.DECIDE_LATER_EXTENSION: _("The leader in charge decided on the extension of %(case)s."),
    Move.HOLD: _("%(unit)s asks to put %(case)s on hold."),
    Move.PROPOSE_HOLD: _("%(receiver)s proposes to put %(case)s on hold."),
    Move.DECIDE_HOLD: _("The leader in charge decided on the hold of %(case)s."),
    Move.REVIEW_HOLD: _("%(receiver)s reviewed the hold of %(case)s."),
    Move.RENEW_HOLD: _("The tier above renewed the hold of %(case)s."),
    Move.RESUME: _("%(case)s is handled again; its clocks run on."),
    Move.MERGE: _("%(receiver)s handles %(case)s together with an earlier case of the same matter."),
    Move.UNMERGE: _("%(receiver)s handles %(case)s by itself again."),
    Move.RETURN: _("%(receiver)s returned %(case)s for completion."),
    Move.COMPLETE: _("%(caller)s completed %(case)s and handed it in again."),
    Move.WITHDRAW: _("%(caller)s withdrew %(case)s; nothing more is to be done."),
    Move.ANSWER: _("%(receiver)s gave a final answer on %(case)s."),
    Move.LAPSE: _("%(case)s was closed without an answer of %(caller)s."),
    Move.REOPEN: _("%(caller)s reopened %(case)s."),
    Move.ASSESS: _("%(receiver)s said whether %(case)s was justified."),
}

# What the callers of merged cases hear of the case that stands for theirs
MERGED_SENTENCES: dict[Move, str] = {
    Move.DISPATCH: _("%(case)s: units were called on the case it is merged into, %(root)s."),
    Move.FEED_BACK: _("%(case)s: %(unit)s fed back on the case it is merged into, %(root)s."),
    Move.UPGRADE: _("%(case)s: the case it is merged into, %(root)s, was upgraded to the next tier."),
    Move.CLOSE: _("%(case)s: the case it is merged into, %(root)s, was closed."),
    Move.LAPSE: _("%(case)s: the case it is merged into, %(root)s, was closed without an answer."),
    Move.ANSWER: _("%(case)s: a final answer was given on the case it is merged into, %(root)s."),
    Move.REOPEN: _("%(case)s: the case it is merged into, %(root)s, was reopened."),
}

# On each side those hear who will have to act: at the caller whoever verifies or signs off, and so on.
ACTS: dict[Move, dict[Party, P]] = {
    Move.BLOW: {Party.CALLER: P.WHISTLE_APPROVE, Party.RECEIVER: P.WHISTLE_ACCEPT},
    Move.SEND_BACK: {Party.CALLER: P.CASE_OPEN},
    Move.HOLD: {Party.RECEIVER: P.CASE_DECIDE},
    Move.PROPOSE_HOLD: {Party.RECEIVER: P.CASE_DECIDE},
    Move.RETURN: {Party.CALLER: P.CASE_OPEN},
    Move.COMPLETE: {Party.RECEIVER: P.WHISTLE_ACCEPT},
}
SIDE_PERMISSION = {
    Party.ABOVE: P.WHISTLE_DISPATCH,
    Party.CALLER: P.WHISTLE_VERIFY,
    Party.RECEIVER: P.WHISTLE_DISPATCH,
    Party.ASSIGNEE: P.ASSIGNMENT_HANDLE,
}


def tell(scenes: "Sequence[Scene]", move: Move) -> None:
    """Add the notices of a move to its scenes: each person of the sides that hear, except who acted.

    A whistle that waits for sign-off is told to the secretary only, one that goes out to the centre only. Of an
    emergency whoever is on duty there hears too. A query for units, and one or two a right, however many scenes.
    """
    sentence = SENTENCES.get(move)
    if sentence is None:
        return
    hears = MOVES[move].hears
    units = _units_of(scenes) if Party.ASSIGNEE in hears else {}
    told = [
        (
            scene,
            [_side(scene, party, move, units=units) for party in hears if not _is_spared(scene, party, move)],
        )
        for scene in scenes
    ]
    audience = get_audience(
        (side for _scene, sides in told for side in sides), at=scenes[0].now, hearers=scenes[0].known
    )
    for scene, sides in told:
        words = message(scene, f"whistle.{move.value}", sentence)
        people = (user for side in sides for user in audience[side])
        scene.messages += [(user, words) for user in people if user.pk != scene.by.pk]


def tell_merged(scenes: "Sequence[Scene]", move: Move) -> None:
    """Add the notices for the callers of cases merged into these. No query where there are none, else two or three.

    They are led to their own case: the other one may lie outside their territory.
    """
    sentence = MERGED_SENTENCES.get(move)
    roots = {scene.case.pk: scene for scene in scenes if scene.case.merged_count}
    if sentence is None or not roots:
        return
    children = Whistle.objects.filter(case__parent__in=roots, status=WhistleStatus.MERGED)
    told = [
        (child, Side(P.WHISTLE_VERIFY, division_codes=(child.caller.division_id,)))
        for child in children.select_related("case", "caller", "kind").order_by("pk")
    ]
    audience = get_audience((side for _child, side in told), at=scenes[0].now, hearers=scenes[0].known)
    for child, side in told:
        scene = roots[child.case.parent_id or 0]
        words = _merged_message(scene, child, f"merged.{move.value}", sentence)
        people = audience[side]
        scene.messages += [(user, words) for user in people if user.pk != scene.by.pk]


def _merged_message(scene: "Scene", child: Whistle, kind: str, sentence: str) -> Message:
    return Message(
        kind=kind,
        sentence=sentence,
        values={
            "case": str(child.case),
            "root": scene.case.number,
            "unit": scene.assignment.unit.short_name if scene.assignment is not None else "",
        },
        link=child.case.get_absolute_url(),
        urgent=child.kind.is_emergency,
    )


def _is_spared(scene: "Scene", party: Party, move: Move) -> bool:
    """Whether this side hears nothing of this move although the table says it does."""
    if move is Move.BLOW:
        return (party is Party.CALLER) != (scene.whistle.status == WhistleStatus.AWAITING_APPROVAL)
    return move is Move.WITHDRAW and party is Party.RECEIVER and not _went_out(scene)


def _side(scene: "Scene", party: Party, move: Move, *, units: dict[int, list[int]]) -> Side:
    """Return whom this side of a scene means. While units work: those that do."""
    usual = ACTS.get(move, {}).get(party, SIDE_PERMISSION[party])
    permission = scene.hearers.get(party, usual)
    is_urgent = scene.whistle.kind.is_emergency
    if party is not Party.ASSIGNEE:
        return Side(permission, division_codes=(scene.whistle.seat_of(party),), is_urgent=is_urgent)
    called = [scene.assignment.unit_id] if scene.assignment is not None else units[scene.whistle.pk]
    return Side(permission, unit_ids=tuple(called), is_urgent=is_urgent)


def _units_of(scenes: "Sequence[Scene]") -> dict[int, list[int]]:
    """Return by whistle the units that hear of a move about all of them. No query about one unit's, else one."""
    found: dict[int, list[int]] = {scene.whistle.pk: [] for scene in scenes if scene.assignment is None}
    if not found:
        return found
    # sent back for rework: the others are done
    at_work = {scene.whistle.pk for scene in scenes if scene.whistle.status == WhistleStatus.HANDLING}
    rows = Assignment.objects.filter(whistle__in=found).values_list("whistle_id", "unit_id", "status")
    for whistle, unit, status in rows:
        if whistle not in at_work or status in WORKING_ASSIGNMENT:
            found[whistle].append(unit)
    return found


def _went_out(scene: "Scene") -> bool:
    """Whether the whistle reached the centre: no sign-off was needed, or it was given."""
    whistle = scene.whistle
    return not whistle.kind.needs_approval(whistle.tier) or whistle.approved_at is not None


def message(scene: "Scene", kind: str, sentence: str, *, whistle: Whistle | None = None) -> Message:
    """Return the notice's words, about the scene's whistle or another of its case.

    Title, number and units only: never the reporter.
    """
    whistle = whistle or scene.whistle
    return Message(
        kind=kind,
        sentence=sentence,
        values={
            "case": str(scene.case),
            "caller": whistle.caller.short_name,
            "receiver": whistle.receiver.short_name,
            "unit": scene.assignment.unit.short_name if scene.assignment is not None else "",
        },
        link=scene.link,
        urgent=whistle.kind.is_emergency,
    )


def tell_units(scene: "Scene", unit_ids: list[int], move: Move) -> None:
    """Add the notice that these units were called, in the words of this move. One query, none without units."""
    if not unit_ids:
        return
    words = message(scene, f"whistle.{move.value}", SENTENCES[move])
    people = get_people(permission=P.ASSIGNMENT_HANDLE, unit_ids=unit_ids)
    scene.messages += [(user, words) for user in people if user.pk != scene.by.pk]


def tell_above(scene: "Scene", kind: str, sentence: str) -> None:
    """Add a notice to the centre one tier above the receiver. One query."""
    words = message(scene, kind, sentence)
    above = scene.whistle.seat_of(Party.ABOVE)
    people = get_people(permission=SIDE_PERMISSION[Party.ABOVE], division_codes=[above])
    scene.messages += [(user, words) for user in people if user.pk != scene.by.pk]


def moment(at: datetime) -> str:
    """Return a moment as refusals and notices print it, in Kunming's time."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
