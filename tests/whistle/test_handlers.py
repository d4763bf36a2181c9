"""The named handler: who may name whom, who is told, what happens when they leave; the unit goes on answering."""

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from kunming_portal.accounts.models import Absence, Appointment, User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from tests.whistle.people import NOW, World, build_world, dispatched, fed_back, person
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Assignment
from whistle.selectors import get_handlers

GONE = date(2021, 1, 1)


@pytest.fixture
def colleague(world: World) -> User:
    """A second liaison of enforcement."""
    return person("colleague", "liaison", world.units["enforcement"])


@pytest.fixture
def duty(world: World, colleague: User) -> Assignment:
    """Enforcement's duty as the lead."""
    return dispatched(world)[0]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


def refusal(duty: Assignment, to: User | None, by: User) -> str:
    before = Assignment.objects.get(pk=duty.pk).handler_id
    with pytest.raises(MoveRefused) as refused:
        services.delegate(assignment=duty, to=to, by=by, now=NOW)
    assert Assignment.objects.get(pk=duty.pk).handler_id == before
    return refused.value.sentence


def test_the_unit_names_its_handler_and_changes_it(world: World, duty: Assignment, colleague: User) -> None:
    Notice.objects.all().delete()
    version = duty.whistle.case.version
    services.delegate(assignment=duty, to=colleague, words="先去现场", by=world.enforcement_leader, now=NOW)
    duty.whistle.case.refresh_from_db()
    assert duty.whistle.case.version == version + 1
    assert [n.recipient for n in Notice.objects.all()] == [colleague]
    event = AuditEvent.objects.get(event="assignment.delegated")
    assert (event.data["to_person"], event.reason) == ("colleague", "先去现场")
    assert duty.status == "awaiting_signature"
    services.delegate(assignment=duty, to=world.enforcement_liaison, by=colleague, now=NOW)
    services.delegate(assignment=duty, to=None, by=world.enforcement_leader, now=NOW)
    assert Assignment.objects.get(pk=duty.pk).handler is None
    assert Notice.objects.filter(recipient=world.enforcement_liaison).count() == 2


def test_only_the_units_own_name_and_only_the_units_own_are_named(
    world: World, duty: Assignment, colleague: User
) -> None:
    for name in ("market_liaison", "street_dispatcher", "community_worker", "street_secretary"):
        assert "do not hold a role" in refusal(duty, colleague, world.people[name])
    leader = world.enforcement_leader
    for name in ("market_liaison", "street_dispatcher"):
        assert "appointed at" in refusal(duty, world.people[name], leader)
    assert "whole unit" in refusal(duty, None, leader)
    services.delegate(assignment=duty, to=colleague, by=leader, now=NOW)
    assert "already" in refusal(duty, colleague, leader)


def test_who_left_or_is_away_is_not_named(world: World, duty: Assignment, colleague: User) -> None:
    make_absent(colleague, world.market_liaison)
    assert "not away" in refusal(duty, colleague, world.enforcement_leader)
    Absence.objects.all().delete()
    Appointment.objects.filter(user=colleague).update(ends_on=GONE)
    assert "appointed at" in refusal(duty, colleague, world.enforcement_leader)


def make_absent(user: User, stand_in: User) -> None:
    today = timezone.localdate()
    Absence.objects.create(
        user=user,
        stand_in=stand_in,
        starts_on=today,
        ends_on=today,
        reason="leave",
        recorded_by=user,
        recorded_at=NOW,
    )


def test_it_is_settled_only_while_the_unit_works(world: World, colleague: User) -> None:
    whistle = fed_back(world)
    lead = Assignment.objects.get(whistle=whistle, is_lead=True)
    assert "awaiting" not in refusal(lead, colleague, world.enforcement_leader)


def test_who_leaves_has_it_no_more_and_it_shows(
    world: World, client: Client, duty: Assignment, colleague: User, django_assert_num_queries: Any
) -> None:
    services.delegate(assignment=duty, to=colleague, by=world.enforcement_leader, now=NOW)
    with django_assert_num_queries(1):
        assert [(h.name, h.has_left, h.is_away) for h in get_handlers([duty]).values()] == [
            ("colleague", False, False)
        ]
    make_absent(colleague, world.market_liaison)
    assert get_handlers([duty])[duty.pk].is_away
    Appointment.objects.filter(user=colleague).update(ends_on=GONE)
    assert get_handlers([duty])[duty.pk].has_left
    client.force_login(world.enforcement_liaison)
    client.cookies["django_language"] = "en"
    for address in (reverse("duties"), duty.whistle.case.get_absolute_url()):
        assert "colleague left; the unit has it" in client.get(address).content.decode()
    Appointment.objects.filter(user=colleague).update(ends_on=None)
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    assert get_handlers([duty])[duty.pk].has_left


def test_nobody_named_costs_no_query(duty: Assignment, django_assert_num_queries: Any) -> None:
    assert duty.handler is None
    with django_assert_num_queries(0):
        assert get_handlers([duty]) == {}


def test_ones_own_and_all_of_the_unit(
    world: World, client: Client, duty: Assignment, colleague: User
) -> None:
    other = dispatched(world)[0]
    services.delegate(assignment=duty, to=colleague, by=world.enforcement_leader, now=NOW)

    def listed(user: User, whose: str) -> set[int]:
        client.force_login(user)
        rows = client.get(reverse("duties"), {"whose": whose}).context["rows"]
        return {row.duty.pk for row in rows}

    assert listed(colleague, "mine") == {duty.pk}
    assert listed(colleague, "all") == {duty.pk, other.pk}
    assert listed(world.enforcement_liaison, "mine") == set()


def test_from_the_page(world: World, client: Client, duty: Assignment, colleague: User) -> None:
    client.force_login(world.enforcement_leader)
    address = reverse("assignment-move", args=[duty.pk, "delegate"])
    assert "colleague" in client.get(address).content.decode()
    wrong = client.post(address, {"to": world.market_liaison.pk, "words": "看看"})
    assert wrong.status_code == 422
    assert "看看" in wrong.content.decode()
    done = client.post(address, {"to": colleague.pk, "words": ""})
    assert done.status_code == 302
    log = client.get(duty.whistle.case.get_absolute_url()).content.decode()
    assert "colleague" in log
    client.force_login(world.market_liaison)
    assert client.post(address, {"to": colleague.pk}).status_code == 409


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_name_at_once_and_one_is_told_so() -> None:
    world = build_world()
    colleague = person("colleague", "liaison", world.units["enforcement"])
    duty = dispatched(world)[0]
    version, results = duty.whistle.case.version, []
    start = threading.Barrier(2)

    def name(to: User) -> None:
        own = Assignment.objects.select_related("whistle", "unit").get(pk=duty.pk)
        by = User.objects.get(pk=world.enforcement_leader.pk)
        start.wait()
        try:
            services.delegate(assignment=own, to=to, by=by, now=NOW, expected=version)
            results.append("done")
        except services.Stale:
            results.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=name, args=[to]) for to in (colleague, world.enforcement_liaison)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "stale"]
    assert AuditEvent.objects.filter(event="assignment.delegated").count() == 1
