"""Status x move x role, total: what the table allows passes, everything else is refused with a sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.whistle.people import (
    NOW,
    World,
    blown,
    dispatched,
    fed_back,
    on_hold,
    opened,
    whistle_of,
    worked,
)
from whistle import services
from whistle.guards import MoveRefused, can_move, get_options
from whistle.models import Assignment, Whistle
from whistle.workflow import MOVES, AssignmentStatus, Move, Party, WhistleStatus

W = WhistleStatus
A = AssignmentStatus


def awaiting_approval(world: World) -> Whistle:
    whistle = whistle_of(opened(world))
    return services.blow(whistle=whistle, by=world.community_worker, now=NOW)


def awaiting_dispatch(world: World) -> Whistle:
    return services.accept(whistle=blown(world), by=world.street_dispatcher, now=NOW)


def awaiting_evaluation(world: World) -> Whistle:
    return services.verify(whistle=fed_back(world), verdict="solved", by=world.community_worker, now=NOW)


def upgraded(world: World) -> Whistle:
    whistle = awaiting_dispatch(world)
    services.upgrade(whistle=whistle, reason="超出权限", by=world.street_secretary, now=NOW)
    return Whistle.objects.get(pk=whistle.pk)


def merged(world: World) -> Whistle:
    child, root = blown(world), blown(world)
    services.merge(whistle=child, into=root.case, reason="同一处", by=world.street_dispatcher, now=NOW)
    return child


def returned(world: World) -> Whistle:
    return services.return_whistle(
        whistle=blown(world), reason="请补充门牌号", by=world.street_dispatcher, now=NOW
    )


def answered(world: World) -> Whistle:
    whistle = dispatched(world)[0].whistle
    services.answer(
        whistle=whistle,
        text="不属于公共维修范围。",
        legal_basis="物业管理条例",
        by=world.street_secretary,
        now=NOW,
    )
    return whistle


def withdrawn(world: World) -> Whistle:
    whistle = dispatched(world)[0].whistle
    return services.withdraw(whistle=whistle, reason="现场已解决", by=world.community_worker, now=NOW)


WALKS: dict[WhistleStatus, Callable[[World], Whistle]] = {
    W.DRAFT: lambda world: whistle_of(opened(world)),
    W.AWAITING_APPROVAL: awaiting_approval,
    W.AWAITING_ACCEPTANCE: blown,
    W.RETURNED: returned,
    W.AWAITING_DISPATCH: awaiting_dispatch,
    W.HANDLING: lambda world: dispatched(world)[0].whistle,
    W.ON_HOLD: lambda world: on_hold(world),
    W.AWAITING_VERIFICATION: fed_back,
    W.AWAITING_EVALUATION: awaiting_evaluation,
    W.CLOSED: lambda world: services.close(
        whistle=awaiting_evaluation(world), by=world.community_worker, now=NOW
    ),
    W.UPGRADED: upgraded,
    W.MERGED: merged,
    W.ANSWERED: answered,
    W.WITHDRAWN: withdrawn,
}

# Who of the world may make which move on the community's whistle: written by hand, not read from the roles.
MAY: dict[Move, set[str]] = {
    Move.BLOW: {"community_worker", "community_secretary"},
    Move.APPROVE: {"community_secretary"},
    Move.SEND_BACK: {"community_secretary"},
    Move.ACCEPT: {"street_dispatcher"},
    Move.DISPATCH: {"street_dispatcher"},
    Move.SIGN: {"enforcement_liaison", "enforcement_leader"},
    Move.REPORT_IN: {"enforcement_liaison", "enforcement_leader"},
    Move.FEED_BACK: {"enforcement_liaison", "enforcement_leader"},
    Move.VERIFY: {"community_worker", "community_secretary"},
    Move.EVALUATE: {"community_worker", "community_secretary"},
    Move.REWORK: {"community_worker", "community_secretary"},
    Move.CLOSE: {"community_worker", "community_secretary"},
    Move.UPGRADE: {"street_secretary"},
    Move.OBJECT_TO: {"enforcement_liaison", "enforcement_leader"},
    Move.DECIDE_OBJECTION: {"street_dispatcher"},
    Move.CONSULT: {"county_dispatcher"},
    Move.EXTEND: {"enforcement_liaison", "enforcement_leader"},
    Move.DECIDE_EXTENSION: {"street_dispatcher"},
    Move.DECIDE_LATER_EXTENSION: {"street_secretary"},
    Move.HOLD: {"enforcement_liaison", "enforcement_leader"},
    Move.PROPOSE_HOLD: {"street_dispatcher"},
    Move.DECIDE_HOLD: {"street_secretary"},
    Move.REVIEW_HOLD: {"street_dispatcher"},
    Move.RENEW_HOLD: {"county_dispatcher"},
    Move.RESUME: {"street_dispatcher", "community_worker", "community_secretary"},
    Move.MERGE: {"street_dispatcher"},
    Move.UNMERGE: {"street_dispatcher"},
    Move.RETURN: {"street_dispatcher"},
    Move.COMPLETE: {"community_worker", "community_secretary"},
    Move.WITHDRAW: {"community_worker", "community_secretary"},
    Move.ANSWER: {"street_secretary"},
    Move.LAPSE: set(),
    Move.REOPEN: {"community_worker", "community_secretary"},
    Move.ASSESS: {"street_dispatcher"},
    Move.DELEGATE: {"enforcement_liaison", "enforcement_leader"},
}
# What stands in the way on these walks, whatever the status: nobody has asked for anything
NOTHING_ASKED = {Move.CONSULT, Move.DECIDE_EXTENSION, Move.DECIDE_LATER_EXTENSION, Move.DECIDE_HOLD}

# In which status of the lead's duty a move on it starts; the walks leave it there.
DUTY_AT: dict[WhistleStatus, AssignmentStatus] = {
    W.HANDLING: A.AWAITING_SIGNATURE,
    W.ON_HOLD: A.AWAITING_REPORT_IN,
    W.AWAITING_VERIFICATION: A.FED_BACK,
    W.AWAITING_EVALUATION: A.FED_BACK,
    W.CLOSED: A.FED_BACK,
}


def lead_of(whistle: Whistle) -> Assignment | None:
    return Assignment.objects.select_related("unit").filter(whistle=whistle, is_lead=True).first()


def expected(move: Move, status: WhistleStatus, name: str) -> bool:
    rule = MOVES[move]
    if name not in MAY[move] or status not in rule.sources or move in NOTHING_ASKED:
        return False
    return not rule.assignment_sources or DUTY_AT.get(status) in rule.assignment_sources


@pytest.mark.parametrize("status", list(WhistleStatus))
def test_every_move_of_everybody_in_this_status(world: World, status: WhistleStatus) -> None:
    whistle = Whistle.objects.select_related("case", "caller__division", "receiver__division", "kind").get(
        pk=WALKS[status](world).pk
    )
    assert whistle.status == status
    duty = lead_of(whistle)
    wrong = []
    for move, rule in MOVES.items():
        about = duty if rule.is_about_assignment else None
        for name, user in world.people.items():
            allowed = can_move(move, whistle=whistle, assignment=about, user=user)
            if rule.is_about_assignment and about is None:
                allowed = False
            if allowed != expected(move, status, name):
                wrong.append((move.value, name, allowed))
    assert wrong == []


@pytest.mark.parametrize("status", list(WhistleStatus))
def test_options_agree_with_the_moves_and_every_refusal_has_a_sentence(
    world: World, status: WhistleStatus
) -> None:
    whistle = Whistle.objects.select_related("case", "caller__division", "receiver__division", "kind").get(
        pk=WALKS[status](world).pk
    )
    duties = list(Assignment.objects.select_related("unit").filter(whistle=whistle))
    for user in world.people.values():
        for option in get_options(whistle=whistle, assignments=duties, user=user):
            assert option.is_allowed == can_move(
                option.move, whistle=whistle, assignment=option.assignment, user=user
            )
            assert option.is_allowed or len(option.refusal) > 5


CALLS: dict[Move, Callable[[World, Whistle, Assignment | None, Any], object]] = {
    Move.BLOW: lambda w, whistle, duty, by: services.blow(whistle=whistle, by=by, now=NOW),
    Move.APPROVE: lambda w, whistle, duty, by: services.approve(whistle=whistle, by=by, now=NOW),
    Move.SEND_BACK: lambda w, whistle, duty, by: services.send_back(
        whistle=whistle, reason="补充地点", by=by, now=NOW
    ),
    Move.ACCEPT: lambda w, whistle, duty, by: services.accept(whistle=whistle, by=by, now=NOW),
    Move.DISPATCH: lambda w, whistle, duty, by: services.dispatch(
        whistle=whistle, lead=w.units["enforcement"], by=by, now=NOW
    ),
    Move.VERIFY: lambda w, whistle, duty, by: services.verify(
        whistle=whistle, verdict="solved", by=by, now=NOW
    ),
    Move.CLOSE: lambda w, whistle, duty, by: services.close(whistle=whistle, by=by, now=NOW),
    Move.UPGRADE: lambda w, whistle, duty, by: services.upgrade(
        whistle=whistle, reason="超出权限", by=by, now=NOW
    ),
    Move.MERGE: lambda w, whistle, duty, by: services.merge(
        whistle=whistle, into=blown(w).case, reason="同一处", by=by, now=NOW
    ),
    Move.UNMERGE: lambda w, whistle, duty, by: services.unmerge(
        whistle=whistle, reason="不是一处", by=by, now=NOW
    ),
    Move.RETURN: lambda w, whistle, duty, by: services.return_whistle(
        whistle=whistle, reason="补充门牌号", by=by, now=NOW
    ),
    Move.COMPLETE: lambda w, whistle, duty, by: services.complete(
        whistle=whistle, text="已补充门牌号", by=by, now=NOW
    ),
    Move.WITHDRAW: lambda w, whistle, duty, by: services.withdraw(
        whistle=whistle, reason="已解决", by=by, now=NOW
    ),
    Move.ANSWER: lambda w, whistle, duty, by: services.answer(
        whistle=whistle, text="无法办理", legal_basis="条例", by=by, now=NOW
    ),
    Move.REOPEN: lambda w, whistle, duty, by: services.reopen(
        whistle=whistle, reason="又坏了", by=by, now=NOW
    ),
    Move.ASSESS: lambda w, whistle, duty, by: services.assess(
        whistle=whistle, opinion="justified", by=by, now=NOW
    ),
    Move.DELEGATE: lambda w, whistle, duty, by: services.delegate(
        assignment=duty,  # type: ignore[arg-type]
        to=w.enforcement_liaison,
        by=by,
        now=NOW,
    ),
    Move.SIGN: lambda w, whistle, duty, by: services.sign(assignment=duty, by=by, now=NOW),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("status", list(WhistleStatus))
@pytest.mark.parametrize("move", list(CALLS))
def test_a_refused_service_changes_nothing(world: World, move: Move, status: WhistleStatus) -> None:
    whistle = Whistle.objects.get(pk=WALKS[status](world).pk)
    duty = lead_of(whistle)
    if MOVES[move].is_about_assignment and duty is None:
        return
    name = sorted(MAY[move])[0]
    version = whistle.case.version
    if expected(move, status, name):
        CALLS[move](world, whistle, duty, world.people[name])
        whistle.case.refresh_from_db()
        assert whistle.case.version == version + 1
        return
    with pytest.raises(MoveRefused):
        CALLS[move](world, whistle, duty, world.people[name])
    again = Whistle.objects.get(pk=whistle.pk)
    assert (again.status, again.case.version) == (status, version)


def test_the_last_feedback_hands_the_whistle_to_its_caller_and_not_the_first(world: World) -> None:
    lead, assist = dispatched(world)
    worked(world, lead)
    assert Whistle.objects.get(pk=lead.whistle_id).status == W.HANDLING
    worked(world, assist)
    assert Whistle.objects.get(pk=lead.whistle_id).status == W.AWAITING_VERIFICATION


def test_parties_of_the_table_are_all_used() -> None:
    assert {rule.party for rule in MOVES.values()} == set(Party)
