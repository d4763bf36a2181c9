"""The duty roster: who keeps it, what it refuses, copying a week, handing over, and what duty changes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from kunming_portal.accounts.models import Absence, Appointment, User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.duty.models import DutyShift
from kunming_portal.duty.selectors import get_ids_on_duty, get_people_on_duty
from kunming_portal.notifications.models import Notice
from kunming_portal.staffing import services
from kunming_portal.staffing.services import Shift, StaffingRefused
from tests.whistle.people import NOW, World, at, person

EVENING, MORNING = at("2026-11-24 17:30"), at("2026-11-25 08:30")
MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


@pytest.fixture
def second(world: World) -> User:
    """A second dispatcher of the street's centre."""
    return person("second_dispatcher", "dispatcher", world.units["street_centre"])


def put(
    world: World,
    user: User,
    *,
    by: User | None = None,
    first: datetime = EVENING,
    last: datetime = MORNING,
    **more: str,
) -> DutyShift:
    return services.add_shift(
        unit=world.units["street_centre"],
        shift=Shift(user=user, starts_at=first, ends_at=last, **more),
        by=by or world.street_dispatcher,
        now=NOW,
    )


def refusal(world: World, user: User, **more: object) -> str:
    before = DutyShift.objects.count()
    with pytest.raises(StaffingRefused) as refused:
        put(world, user, **more)  # type: ignore[arg-type]
    assert DutyShift.objects.count() == before
    return refused.value.sentence


def test_a_shift_is_entered_and_recorded(world: World) -> None:
    put(world, world.street_dispatcher)
    event = AuditEvent.objects.get(event="duty.shift_added")
    assert event.stream == f"duty:{world.units['street_centre'].pk}"
    assert event.data["person"] == "street_dispatcher"


@pytest.mark.parametrize(
    "name", ["street_secretary", "county_dispatcher", "market_liaison", "security_admin"]
)
def test_a_roster_is_kept_by_the_units_own(world: World, name: str) -> None:
    assert "kept by its own" in refusal(world, world.street_dispatcher, by=world.people[name])


def test_strangers_the_absent_and_those_who_left_are_refused(world: World, second: User) -> None:
    assert "not appointed at" in refusal(world, world.market_liaison)
    Absence.objects.create(
        user=second,
        stand_in=world.street_dispatcher,
        starts_on=date(2026, 11, 25),
        ends_on=date(2026, 11, 26),
        reason="leave",
        recorded_by=second,
        recorded_at=NOW,
    )
    assert "is away" in refusal(world, second)
    Appointment.objects.filter(user=second).update(ends_on=date(2021, 1, 1))
    assert "not appointed at" in refusal(
        world, second, first=at("2026-12-01 17:30"), last=at("2026-12-02 08:30")
    )


def test_hours_of_a_shift(world: World) -> None:
    who = world.street_dispatcher
    assert "over already" in refusal(world, who, first=at("2026-11-22 08:00"), last=NOW)
    assert "at most 24 hours" in refusal(world, who, last=EVENING + timedelta(hours=24, minutes=1))
    assert "ends after it begins" in refusal(world, who, last=EVENING)
    put(world, who, last=EVENING + timedelta(hours=24))


def test_one_post_is_filled_once_and_shifts_may_touch(world: World, second: User) -> None:
    put(world, world.street_dispatcher)
    sentence = refusal(world, second, first=MORNING - timedelta(minutes=1), last=MORNING + timedelta(hours=2))
    assert "street_dispatcher" in sentence
    assert "2026-11-25 08:30" in sentence
    put(world, second, first=MORNING, last=MORNING + timedelta(hours=9))
    put(world, second, post="leader")
    with pytest.raises(IntegrityError, match="duty_shifts_of_a_post_are_apart"), transaction.atomic():
        DutyShift.objects.create(
            unit=world.units["street_centre"],
            user=second,
            starts_at=EVENING,
            ends_at=MORNING,
            entered_by=second,
        )


def test_on_duty_from_the_first_moment_up_to_the_last(world: World, second: User) -> None:
    put(world, world.street_dispatcher)
    put(world, second, first=MORNING, last=MORNING + timedelta(hours=9))
    seat = ["530102003"]

    def names(moment: datetime) -> list[str]:
        return [u.username for u in get_people_on_duty(at=moment, division_codes=seat)]

    assert names(EVENING - timedelta(seconds=1)) == []
    assert names(EVENING) == ["street_dispatcher"]
    assert names(MORNING) == ["second_dispatcher"]
    Appointment.objects.filter(user=second).update(ends_on=date(2021, 1, 1))
    assert names(MORNING) == [], "who left is not on duty"
    assert get_ids_on_duty(user_ids=[world.street_dispatcher.pk, second.pk], at=EVENING) == {
        world.street_dispatcher.pk
    }


def test_a_coming_shift_is_taken_off_and_a_running_one_ends(world: World) -> None:
    coming, by = put(world, world.street_dispatcher), world.street_dispatcher
    services.end_shift(shift=coming, by=by, now=NOW)
    assert not DutyShift.objects.exists()
    running = put(world, world.street_dispatcher)
    services.end_shift(shift=running, by=by, now=EVENING + timedelta(hours=1))
    assert DutyShift.objects.get().ends_at == EVENING + timedelta(hours=1)
    with pytest.raises(StaffingRefused, match="stays on record"):
        services.end_shift(shift=running, by=by, now=MORNING)
    assert AuditEvent.objects.filter(event="duty.shift_ended").count() == 2


def test_last_week_is_entered_once_more_and_what_cannot_be_is_said(world: World, second: User) -> None:
    put(world, world.street_dispatcher)
    put(world, second, first=MORNING, last=MORNING + timedelta(hours=9))
    Appointment.objects.filter(user=second).update(ends_on=date(2021, 1, 1))
    again = {
        "unit": world.units["street_centre"],
        "monday": MONDAY + timedelta(days=7),
        "by": world.street_dispatcher,
    }
    copied = services.copy_week(**again, now=NOW)  # type: ignore[arg-type]
    assert [row.starts_at for row in copied.shifts] == [EVENING + timedelta(days=7)]
    assert len(copied.left_out) == 1
    assert "second_dispatcher is not appointed" in copied.left_out[0]
    twice = services.copy_week(**again, now=NOW)  # type: ignore[arg-type]
    assert (twice.shifts, len(twice.left_out)) == ((), 2)
    with pytest.raises(StaffingRefused, match="no shifts that could be copied"):
        services.copy_week(
            unit=world.units["street_centre"], monday=MONDAY, by=world.street_dispatcher, now=NOW
        )


def test_handing_over_and_taking_over(world: World, second: User) -> None:
    shift = put(world, world.street_dispatcher)
    put(world, second, first=MORNING, last=MORNING + timedelta(hours=9))
    who = world.street_dispatcher
    with pytest.raises(StaffingRefused, match="Nothing has been handed over"):
        services.take_over(shift=shift, by=second, now=MORNING)
    for words, by, moment, sentence in (
        ("x", second, MORNING, "whoever stands on it"),
        (" ", who, MORNING, "Say what is open"),
        ("x", who, EVENING - timedelta(seconds=1), "from the beginning"),
        ("x", who, MORNING + timedelta(days=1), "until a day after"),
    ):
        with pytest.raises(StaffingRefused, match=sentence):
            services.hand_over(shift=shift, left_open=words, by=by, now=moment)
    services.hand_over(shift=shift, left_open="西坝路渗水未了。", by=who, now=MORNING)
    assert [n.recipient for n in Notice.objects.filter(kind="duty.handed_over")] == [second]
    with pytest.raises(StaffingRefused, match="on duty next"):
        services.take_over(shift=shift, by=who, now=MORNING)
    services.take_over(shift=shift, by=second, now=MORNING)
    services.take_over(shift=shift, by=second, now=MORNING + timedelta(hours=1))
    shift.refresh_from_db()
    assert (shift.taken_over_at, shift.taken_over_by) == (MORNING, second)
    with pytest.raises(StaffingRefused, match="taken it over already"):
        services.hand_over(shift=shift, left_open="y", by=who, now=MORNING)
    events = AuditEvent.objects.filter(stream=f"duty:{shift.unit_id}").order_by("seq")
    assert [e.event for e in events][-2:] == ["duty.handed_over", "duty.taken_over"]
