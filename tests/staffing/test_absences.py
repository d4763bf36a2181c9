"""Recording an absence: who may, for which days, with whom; told and recorded; no chain, also under two hands."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from kunming_portal.accounts.models import Absence, Appointment, User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from kunming_portal.staffing import services
from kunming_portal.staffing.selectors import get_absences, get_colleagues
from kunming_portal.staffing.services import StaffingRefused
from tests.whistle.people import World, person

NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


def away(who: User, stand_in: User, *, by: User | None = None, first: int = 0, last: int = 2) -> Absence:
    return services.record_absence(
        person=who,
        stand_in=stand_in,
        starts_on=TODAY + timedelta(days=first),
        ends_on=TODAY + timedelta(days=last),
        reason="leave",
        by=by or who,
        now=NOW,
    )


def refusal(who: User, stand_in: User, **more: object) -> str:
    with pytest.raises(StaffingRefused) as refused:
        away(who, stand_in, **more)  # type: ignore[arg-type]
    assert not Absence.objects.filter(user=who, recorded_at=NOW).exclude(ended_at=None).exists()
    return refused.value.sentence


def test_one_records_ones_own_absence_and_the_stand_in_is_told(world: World) -> None:
    absence = away(world.enforcement_liaison, world.market_liaison)
    notice = Notice.objects.get()
    assert notice.recipient == world.market_liaison
    assert "enforcement_liaison" in notice.text
    event = AuditEvent.objects.get(event="absence.recorded")
    assert event.stream == f"account:{world.enforcement_liaison.pk}"
    assert event.data["stand_in"] == "market_liaison"
    services.end_absence(absence=absence, by=world.enforcement_liaison, now=NOW)
    assert AuditEvent.objects.filter(event="absence.ended").exists()
    assert Notice.objects.filter(recipient=world.market_liaison).count() == 2


def test_the_leader_records_it_for_people_of_the_unit_only(world: World) -> None:
    leader = world.enforcement_leader
    away(world.enforcement_liaison, world.market_liaison, by=leader)
    assert {n.recipient for n in Notice.objects.all()} == {world.market_liaison, world.enforcement_liaison}
    assert AuditEvent.objects.get(event="absence.recorded").unit_name == "城管执法中队"
    assert "whoever arranges" in refusal(world.market_liaison, world.construction_liaison, by=leader)
    assert "whoever arranges" in refusal(
        world.enforcement_leader, world.market_liaison, by=world.enforcement_liaison
    )
    assert [u.username for u in get_colleagues(user=leader)] == ["enforcement_liaison"]


def test_days_gone_by_the_wrong_order_and_half_a_year_are_refused(world: World) -> None:
    who, other = world.enforcement_liaison, world.market_liaison
    assert "today at the earliest" in refusal(who, other, first=-1)
    assert "before the first day" in refusal(who, other, first=3, last=2)
    assert "At most 180 days" in refusal(who, other, first=0, last=180)
    away(who, other, first=0, last=179)


def test_the_stand_in_is_of_the_same_place(world: World) -> None:
    assert "not appointed where" in refusal(world.enforcement_liaison, world.water_liaison)
    Appointment.objects.filter(user=world.market_liaison).update(ends_on=date(2021, 1, 1))
    assert "not appointed where" in refusal(world.enforcement_liaison, world.market_liaison)
    assert "not appointed where" in refusal(world.enforcement_liaison, world.enforcement_liaison)


@pytest.mark.parametrize("name", ["security_admin", "integrator"])
def test_administrators_and_services_have_no_stand_in(world: World, name: str) -> None:
    assert "Nobody stands in" in refusal(world.people[name], world.city_official)


def test_no_two_absences_and_no_chain(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison, first=2, last=4)
    assert "recorded already" in refusal(
        world.enforcement_liaison, world.construction_liaison, first=4, last=5
    )
    assert "is away too" in refusal(world.construction_liaison, world.enforcement_liaison, first=0, last=2)
    assert "stands in for somebody" in refusal(
        world.market_liaison, world.construction_liaison, first=4, last=6
    )
    away(world.market_liaison, world.construction_liaison, first=5, last=6)


def test_an_ended_absence_makes_room(world: World) -> None:
    absence = away(world.enforcement_liaison, world.market_liaison)
    services.end_absence(absence=absence, by=world.enforcement_liaison, now=NOW)
    with pytest.raises(StaffingRefused, match="over already"):
        services.end_absence(absence=absence, by=world.enforcement_liaison, now=NOW)
    away(world.enforcement_liaison, world.market_liaison)


def test_the_stand_in_does_not_end_it(world: World) -> None:
    absence = away(world.enforcement_liaison, world.market_liaison)
    with pytest.raises(StaffingRefused):
        services.end_absence(absence=absence, by=world.market_liaison, now=NOW)


def test_a_stand_in_does_not_collect_the_rights_of_more_people(world: World) -> None:
    """In the absent leader's place they arrange for the unit, but not themselves."""
    away(world.enforcement_leader, world.market_liaison)
    assert "somebody else than yourself" in refusal(
        world.enforcement_liaison, world.market_liaison, by=world.market_liaison
    )
    away(world.enforcement_liaison, world.construction_liaison, by=world.market_liaison)


def test_who_sees_an_absence(world: World) -> None:
    away(world.enforcement_liaison, world.market_liaison)
    seeing = {name for name, user in world.people.items() if get_absences(user=user).exists()}
    assert seeing == {"enforcement_liaison", "market_liaison", "enforcement_leader"}


def test_a_second_person_of_the_unit_may_stand_in(world: World) -> None:
    second = person("second", "liaison", world.units["enforcement"])
    away(world.enforcement_liaison, second)
    assert len(second.appointments_in_force) == 2
