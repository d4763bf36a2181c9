"""A sweep is recorded whatever becomes of it, and its silence is noticed."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, transaction

from kunming_portal.celery import app
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.rhythms import RHYTHMS
from kunming_portal.heartbeats.selectors import get_pulses
from kunming_portal.heartbeats.services import beating
from kunming_portal.heartbeats.states import LONGEST_RUN, State, state_of
from tests.whistle.people import NOW

NAME = "ring due deadlines"
LATE = RHYTHMS[NAME].late_after
SECOND = timedelta(seconds=1)


def beat_of(**fields: object) -> Heartbeat:
    values = {"started_at": NOW - SECOND, "finished_at": NOW, "last_ok_at": NOW, **fields}
    return Heartbeat(name=NAME, **values)


def fail_in_a_transaction() -> None:
    with beating(NAME) as beat, transaction.atomic():
        beat.done = 7
        Heartbeat.objects.filter(pk=NAME).update(process="rolled back with the body")
        raise LookupError("lost\nDETAIL: a quoted row")


@pytest.mark.django_db
def test_a_run_is_recorded_with_what_it_did() -> None:
    for _ in range(2):
        with beating(NAME) as beat:
            assert Heartbeat.objects.get().started_at is not None, "the start is there while it runs"
            beat.done, beat.failed, beat.facts = 3, 1, {"lag": 4}
    row = Heartbeat.objects.get()
    assert (row.done, row.failed, row.facts, row.error, row.runs) == (3, 1, {"lag": 4}, "", 2)
    assert row.last_ok_at == row.finished_at
    assert row.finished_at is not None
    assert row.finished_at >= row.started_at
    assert ":" in row.process


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_body_that_fails_is_recorded_and_its_error_raised_again() -> None:
    with beating(NAME):
        pass
    before = Heartbeat.objects.get()
    with pytest.raises(LookupError, match="lost"):
        fail_in_a_transaction()
    row = Heartbeat.objects.get()
    assert row.error == "LookupError: lost", "what stands below the first line may quote a row"
    assert (row.last_ok_at, row.done) == (before.last_ok_at, 7)
    assert row.process != "rolled back with the body"
    with beating(NAME):
        pass
    assert Heartbeat.objects.get().error == ""


@pytest.mark.django_db
def test_a_record_the_database_refuses_hides_nothing() -> None:
    refusal = mock.patch.object(Heartbeat.objects, "filter", side_effect=DatabaseError("read-only"))
    with refusal, pytest.raises(LookupError, match="own"), beating(NAME):
        raise LookupError("own")
    ran = []
    with refusal, beating(NAME):
        ran.append(True)
    assert ran
    assert not Heartbeat.objects.exists()


def test_a_name_without_rhythm_would_never_be_missed_and_is_refused() -> None:
    with pytest.raises(ValueError, match="no rhythm"), beating("unheard of"):
        pass


def test_every_entry_of_the_beat_has_its_rhythm() -> None:
    assert {*app.conf.beat_schedule, "canary"} == set(RHYTHMS)
    for name, entry in app.conf.beat_schedule.items():
        schedule = entry["schedule"]
        if isinstance(schedule, int | float):
            assert timedelta(seconds=schedule) == RHYTHMS[name].every
        assert RHYTHMS[name].late_after >= 2 * RHYTHMS[name].every or not isinstance(schedule, int | float)


@pytest.mark.parametrize(
    ("fields", "after", "state"),
    [
        ({}, LATE, State.OK),
        ({}, LATE + SECOND, State.LATE),
        ({"error": "X", "last_ok_at": NOW - SECOND}, SECOND, State.FAILING),
        ({"error": "X", "last_ok_at": NOW - SECOND}, LATE + SECOND, State.LATE),
        ({"error": "X", "last_ok_at": None}, SECOND, State.FAILING),
        # under way: a long drain is no alarm, a run that never ends is
        ({"started_at": NOW + SECOND}, LONGEST_RUN, State.OK),
        ({"started_at": NOW + SECOND}, LONGEST_RUN + SECOND, State.LATE),
        ({"finished_at": None, "last_ok_at": None}, SECOND, State.OK),
        ({"finished_at": None, "last_ok_at": None}, LONGEST_RUN, State.NEVER),
    ],
)
def test_what_a_beat_means(fields: dict[str, object], after: timedelta, state: State) -> None:
    assert state_of(beat_of(**fields), NOW + after) == state


@pytest.mark.django_db
def test_all_that_should_beat_is_listed_also_what_never_did() -> None:
    with beating(NAME):
        pass
    pulses = get_pulses(now=Heartbeat.objects.get().started_at)
    assert [pulse.name for pulse in pulses] == list(RHYTHMS)
    assert {pulse.name: pulse.state for pulse in pulses}[NAME] == State.OK
    assert {pulse.state for pulse in pulses if pulse.name != NAME} == {State.NEVER}
