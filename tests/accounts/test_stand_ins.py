"""Who is absent is stood in for: at seats the stand-in shares, one step, never for administrators; for days."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kunming_portal.accounts.models import Absence, Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_leaders, get_people
from tests.whistle.people import NOW, START, World, dispatched, person
from whistle.models import Case

DAY = timedelta(days=1)


def away(user: User, stand_in: User, first: int = 0, last: int = 0) -> Absence:
    """Make somebody absent from so many days after today to so many."""
    today = timezone.localdate()
    return Absence.objects.create(
        user=user,
        stand_in=stand_in,
        starts_on=today + first * DAY,
        ends_on=today + last * DAY,
        reason="leave",
        recorded_by=user,
        recorded_at=NOW,
    )


def fresh(user: User) -> User:
    """Return the user as the next request would load it."""
    return User.objects.get(pk=user.pk)


def told(world: World, unit: str = "enforcement") -> set[str]:
    """Return who is told about a unit's duty."""
    ids = [world.units[unit].pk]
    return {user.username for user in get_people(permission=P.ASSIGNMENT_HANDLE, unit_ids=ids)}


def test_the_stand_in_acts_in_the_absent_persons_appointment(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    acting = fresh(world.market_liaison)
    assert [(a.unit.code, a.absent_holder(acting)) for a in acting.appointments_in_force] == [
        ("market", ""),
        ("enforcement", "enforcement_liaison"),
    ]
    case = dispatched(world, assists=0)[0].whistle.case
    assert Case.objects.visible_to(acting, P.CASE_VIEW).filter(pk=case.pk).exists()
    assert acting.appointment_for(P.ASSIGNMENT_HANDLE, unit=world.units["enforcement"]) is not None


@pytest.mark.parametrize(
    ("first", "last", "holds"), [(-1, -1, 1), (-1, 0, 2), (0, 0, 2), (0, 3, 2), (1, 3, 1)]
)
def test_from_the_first_to_the_last_day(world: World, first: int, last: int, holds: int) -> None:
    away(world.enforcement_liaison, world.market_liaison, first, last)
    assert len(fresh(world.market_liaison).appointments_in_force) == holds


def test_an_absence_ended_early_ends_at_once(world: World) -> None:
    absence = away(world.enforcement_liaison, world.market_liaison)
    absence.ended_at, absence.ended_by = NOW, world.enforcement_liaison
    absence.save()
    assert len(fresh(world.market_liaison).appointments_in_force) == 1
    assert told(world) == {"enforcement_liaison", "enforcement_leader"}


def test_no_right_at_a_seat_where_the_stand_in_is_not_appointed(world: World) -> None:
    away(world.enforcement_liaison, world.water_liaison)
    assert [a.unit.code for a in fresh(world.water_liaison).appointments_in_force] == ["water_bureau"]
    assert "enforcement_liaison" in told(world), "nobody is there instead, so the absent person is told"


def test_the_right_goes_with_the_stand_ins_own_appointment(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    Appointment.objects.filter(user=world.market_liaison).update(ends_on=date(2021, 1, 1))
    assert fresh(world.market_liaison).appointments_in_force == []
    assert "enforcement_liaison" in told(world)


def test_and_with_the_absent_persons_appointment_and_account(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    Appointment.objects.filter(user=world.enforcement_liaison).update(ends_on=date(2021, 1, 1))
    assert len(fresh(world.market_liaison).appointments_in_force) == 1
    Appointment.objects.filter(user=world.enforcement_liaison).update(ends_on=None)
    assert len(fresh(world.market_liaison).appointments_in_force) == 2
    User.objects.filter(pk=world.enforcement_liaison.pk).update(is_active=False)
    assert len(fresh(world.market_liaison).appointments_in_force) == 1


@pytest.mark.parametrize("name", ["system_admin", "security_admin", "audit_admin", "integrator"])
def test_nobody_stands_in_for_an_administrator_or_a_service(world: World, name: str) -> None:
    away(world.people[name], world.city_official)
    official = fresh(world.city_official)
    assert len(official.appointments_in_force) == 1
    assert not any(official.can(p) for p in (P.CONFIGURE, P.APPOINT, P.AUDIT_VIEW, P.API_USE))


def test_what_one_stands_in_for_is_not_passed_on(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    with pytest.raises(IntegrityError, match="absence_does_not_chain"), transaction.atomic():
        away(world.market_liaison, world.construction_liaison)
    with pytest.raises(IntegrityError, match="absence_does_not_chain"), transaction.atomic():
        away(world.construction_liaison, world.enforcement_liaison)
    away(world.market_liaison, world.construction_liaison, 1, 2)
    assert len(fresh(world.construction_liaison).appointments_in_force) == 1


def test_absences_of_one_person_do_not_overlap(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison, 0, 2)
    with pytest.raises(IntegrityError, match="absences_of_a_person_are_apart"), transaction.atomic():
        away(world.enforcement_liaison, world.construction_liaison, 2, 4)
    away(world.enforcement_liaison, world.construction_liaison, 3, 4)


def test_the_stand_in_is_told_instead_and_so_for_leaders(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    assert told(world) == {"market_liaison", "enforcement_leader"}
    assert told(world, "market") == {"market_liaison"}
    second = person("deputy", "liaison", world.units["enforcement"])
    away(world.enforcement_leader, second)
    leaders = get_leaders(unit_ids=[world.units["enforcement"].pk])
    assert [user.username for user in leaders] == ["deputy"]


def test_rights_are_one_query_two_for_a_stand_in_and_people_one(
    world: World, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    user, other = fresh(world.market_liaison), fresh(world.enforcement_leader)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert [a.absent_holder(other) for a in other.appointments_in_force] == [""]
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert [a.absent_holder(user) for a in user.appointments_in_force] == ["", "enforcement_liaison"]
    with django_assert_num_queries(1):  # type: ignore[operator]
        told(world)
    assert timezone.localdate() > START
