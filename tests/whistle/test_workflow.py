"""The tables are total, and the database knows the same pairs."""

import pytest
from django.db import Error, transaction

from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.roles import roles_allowing
from tests.whistle.people import World, blown, dispatched
from whistle.models import Assignment, StatusTransition, Whistle
from whistle.services import telling
from whistle.workflow import (
    DUTY_PROGRESS,
    ENDED_WHISTLE,
    MOVES,
    NEXT_ASSIGNMENT_MOVE,
    NEXT_MOVE,
    OPEN_WHISTLE,
    PROGRESS,
    TURN,
    AssignmentStatus,
    Move,
    Party,
    WhistleStatus,
    assignment_transitions,
    whistle_transitions,
)


def test_every_status_has_an_owner_and_a_next_move() -> None:
    assert set(TURN) == set(NEXT_MOVE) == set(PROGRESS) == set(WhistleStatus)
    assert set(NEXT_ASSIGNMENT_MOVE) == set(DUTY_PROGRESS) == set(AssignmentStatus)
    assert set(OPEN_WHISTLE) | set(ENDED_WHISTLE) == set(WhistleStatus)
    assert not set(OPEN_WHISTLE) & set(ENDED_WHISTLE)


def test_every_move_has_a_row_a_holder_and_words() -> None:
    assert set(MOVES) == set(Move)
    for move, rule in MOVES.items():
        assert roles_allowing(rule.permission), move
        assert rule.sources, move
        assert str(rule.label), move
        assert str(rule.when), move
        assert rule.assignment_sources or not rule.assignment_targets, move
        assert not rule.hears or move in telling.SENTENCES, move


def test_every_permission_is_carried_by_some_role() -> None:
    assert not [p for p in Permission if not roles_allowing(p)]


def test_every_open_status_can_be_left_and_every_status_be_reached() -> None:
    sources = {source for source, _ in whistle_transitions()}
    targets = {target for _, target in whistle_transitions()}
    reopened = {WhistleStatus.CLOSED.value}
    assert sources == {status.value for status in OPEN_WHISTLE} | reopened
    assert targets == {status.value for status in WhistleStatus}


def test_the_next_move_starts_from_its_status_on_the_side_whose_turn_it_is() -> None:
    for status, move in NEXT_MOVE.items():
        if move is not None:
            assert status in MOVES[move].sources
            assert MOVES[move].party is TURN[status]
    for duty, move in NEXT_ASSIGNMENT_MOVE.items():
        if move is not None:
            assert duty in MOVES[move].assignment_sources
            assert MOVES[move].party is Party.ASSIGNEE


@pytest.mark.django_db
def test_the_database_lists_exactly_the_pairs_of_the_table() -> None:
    for model, expected in (("whistle", whistle_transitions()), ("assignment", assignment_transitions())):
        listed = set(StatusTransition.objects.filter(model=model).values_list("source", "target"))
        assert listed == expected


@pytest.mark.parametrize("status", ["draft", "handling", "closed", "nonsense"])
def test_the_database_refuses_a_jump_of_a_whistle(world: World, status: str) -> None:
    whistle = blown(world)
    with pytest.raises(Error, match="no move of a whistle"), transaction.atomic():
        Whistle.objects.filter(pk=whistle.pk).update(status=status)


def test_the_database_refuses_a_jump_of_an_assignment(world: World) -> None:
    duty = dispatched(world)[0]
    with pytest.raises(Error, match="no move of a assignment"), transaction.atomic():
        Assignment.objects.filter(pk=duty.pk).update(status="fed_back")
