"""Two people supervise at one moment: numbers without gaps, one press an hour."""

import threading

import pytest
from django.db import connection

from tests.whistle.people import NOW, build_world, dispatched
from tests.whistle.test_supervision import noticed
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Assignment, Whistle


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_notices_at_once_get_two_numbers_in_a_row() -> None:
    world = build_world()
    duties = [dispatched(world)[0] for _ in range(2)]
    gate = threading.Barrier(2)
    numbers: list[int] = []

    def issue(duty: Assignment) -> None:
        try:
            gate.wait(5)
            numbers.append(noticed(world, duty).serial or 0)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=[duty]) for duty in duties]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(numbers) == [1, 2]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_presses_at_once_one_is_refused() -> None:
    world = build_world()
    whistle = Whistle.objects.get(pk=dispatched(world)[0].whistle_id)
    gate = threading.Barrier(2)
    outcomes: list[str] = []

    def press() -> None:
        try:
            gate.wait(5)
            services.press(whistle=Whistle.objects.get(pk=whistle.pk), by=world.community_worker, now=NOW)
            outcomes.append("pressed")
        except MoveRefused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["pause", "pressed"]
