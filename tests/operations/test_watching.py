"""A worker that lives and takes no task is ended; what cannot be known ends nobody."""

import signal
from collections.abc import Iterator
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import OperationalError

from kunming_portal.deadlines.timers import database_now
from kunming_portal.heartbeats import tasks
from kunming_portal.operations import watching


def test_three_misses_in_a_row_and_not_two() -> None:
    missing = watching.Missing()
    assert [missing.note(answer) for answer in (False, False, True, False, False, None, False)] == [
        *[False] * 6,
        True,
    ]


@pytest.mark.django_db
def test_a_canary_that_landed_is_a_sign_of_life() -> None:
    with mock.patch.object(tasks.land_canary, "apply_async") as sent:
        moment = watching.send()
    assert sent.call_args.kwargs["queue"] == watching.canary_queue()
    assert watching.arrived(moment) is False
    tasks.land_canary(**sent.call_args.kwargs["kwargs"])
    assert watching.arrived(moment) is True


@pytest.mark.django_db
def test_a_broker_or_database_that_is_away_is_not_the_workers_fault() -> None:
    with mock.patch.object(tasks.land_canary, "apply_async", side_effect=ConnectionError):
        assert watching.send() is None
    assert watching.arrived(None) is None
    with mock.patch.object(watching, "has_lived_since", side_effect=OperationalError):
        assert watching.arrived(database_now()) is None


@pytest.fixture
def quick() -> Iterator[None]:
    """Rounds without rest, the signals of the test process left alone, no parent to die with."""
    with (
        mock.patch.object(watching, "EVERY", 0.01),
        mock.patch("time.sleep"),
        mock.patch.object(watching, "dying_with", return_value=None),
        mock.patch("signal.signal") as taken,
    ):
        yield
        assert {call.args[0] for call in taken.call_args_list} == {signal.SIGTERM, signal.SIGINT}


def test_a_worker_that_hangs_is_killed_and_its_watcher_asks_to_be_started_again(quick: None) -> None:
    with (
        mock.patch("subprocess.Popen") as started,
        mock.patch.object(watching, "send", return_value=object()),
        mock.patch.object(watching, "arrived", return_value=False),
    ):
        started.return_value.poll.return_value = None
        assert watching.watch(["--concurrency", "1"]) == watching.STUCK
    assert started.return_value.kill.called
    assert "--concurrency" in started.call_args.args[0]


def test_a_worker_that_ends_by_itself_ends_its_watcher_with_its_code(quick: None) -> None:
    with mock.patch("subprocess.Popen") as started:
        started.return_value.poll.return_value = 3
        with pytest.raises(SystemExit) as ended:
            call_command("watch_worker", "--", "--concurrency", "1")
    assert ended.value.code == 3
