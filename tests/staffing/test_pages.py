"""The pages: what is typed comes back with its sentence, one tap confirms, queries stay constant."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kunming_portal.accounts.models import Absence, Appointment
from kunming_portal.duty.models import DutyShift
from kunming_portal.notifications.models import ChannelPreference
from tests.whistle.people import World, dispatched, person

TODAY = timezone.localdate()
MONDAY = TODAY - timedelta(days=TODAY.weekday())


def shift(world: World, hours: int = 0, **more: Any) -> DutyShift:
    """A shift of the street's centre, so many hours from now, of eight hours."""
    start = timezone.now() + timedelta(hours=hours)
    fields = {"user": world.street_dispatcher, "unit": world.units["street_centre"]} | more
    return DutyShift.objects.create(
        starts_at=start, ends_at=start + timedelta(hours=8), entered_by=world.street_dispatcher, **fields
    )


def test_an_absence_is_recorded_and_a_refusal_keeps_what_was_typed(world: World, client: Client) -> None:
    client.force_login(world.enforcement_liaison)
    typed: dict[str, Any] = {
        "starts_on": (TODAY - timedelta(days=1)).isoformat(),
        "ends_on": TODAY.isoformat(),
        "reason": "travel",
        "stand_in": world.market_liaison.pk,
    }
    refused = client.post(reverse("absences"), typed)
    assert refused.status_code == 422
    html = refused.content.decode()
    assert 'id="id_starts_on_error"' in html
    assert typed["starts_on"] in html
    done = client.post(reverse("absences"), typed | {"starts_on": TODAY.isoformat()}, follow=True)
    assert done.status_code == 200
    absence = Absence.objects.get()
    assert absence.stand_in == world.market_liaison
    client.post(reverse("absence-end", args=[absence.pk]))
    absence.refresh_from_db()
    assert absence.ended_by == world.enforcement_liaison


def test_a_leader_records_for_the_unit_and_for_nobody_else(world: World, client: Client) -> None:
    client.force_login(world.enforcement_leader)
    typed = {
        "starts_on": TODAY.isoformat(),
        "ends_on": TODAY.isoformat(),
        "reason": "leave",
        "stand_in": world.market_liaison.pk,
    }
    own, foreign = (
        f"{reverse('absences')}?person={user.pk}" for user in (world.enforcement_liaison, world.stranger)
    )
    assert client.get(foreign).status_code == 404
    assert client.post(foreign, typed).status_code == 404
    assert client.post(own, typed).status_code == 302
    assert Absence.objects.get().recorded_by == world.enforcement_leader


def test_a_shift_is_entered_over_midnight_and_a_clash_keeps_what_was_typed(
    world: World, client: Client
) -> None:
    client.force_login(world.street_dispatcher)
    day = TODAY + timedelta(days=3)
    typed = {
        "user": world.street_dispatcher.pk,
        "post": "officer",
        "day": day.isoformat(),
        "starts": "17:30",
        "ends": "08:30",
        "phone": "0871-6000",
    }
    assert client.post(reverse("roster-new"), typed).status_code == 302
    row = DutyShift.objects.get()
    assert row.ends_at - row.starts_at == timedelta(hours=15)
    again = client.post(reverse("roster-new"), typed | {"starts": "20:00"})
    assert again.status_code == 422
    assert 'id="id_starts_error"' in again.content.decode()
    assert "0871-6000" in again.content.decode()
    assert DutyShift.objects.count() == 1
    far = client.post(reverse("roster-new"), typed | {"day": "9999-12-31"})
    assert far.status_code == 422
    client.post(reverse("shift-end", args=[row.pk]))
    assert not DutyShift.objects.exists()


def test_a_roster_of_another_place_is_not_there(world: World, client: Client) -> None:
    client.force_login(world.stranger)
    address = reverse("roster")
    assert client.get(address, {"unit": world.units["street_centre"].pk}).status_code == 404
    client.force_login(world.county_dispatcher)
    page = client.get(address, {"unit": world.units["street_centre"].pk})
    assert page.status_code == 200
    assert page.context["keeps"] is False
    assert client.post(f"{reverse('roster-copy')}?unit={world.units['street_centre'].pk}").status_code == 403


@pytest.mark.parametrize("week", ["", "nonsense", "0001-01-01", "9999-12-31"])
def test_a_week_that_is_none_is_answered(world: World, client: Client, week: str) -> None:
    client.force_login(world.street_dispatcher)
    assert client.get(reverse("roster"), {"week": week}).status_code == 200


def test_handing_over_begins_with_what_is_late_and_is_taken_with_one_tap(
    world: World, client: Client
) -> None:
    dispatched(world, kind="emergency", now=timezone.now())
    second = person("second", "dispatcher", world.units["street_centre"])
    mine = shift(world, hours=-7)
    shift(world, hours=1, user=second)
    client.force_login(world.street_dispatcher)
    address = reverse("shift-hand-over", args=[mine.pk])
    assert client.get(address).context["form"]["left_open"].value()
    assert client.post(address, {"left_open": ""}).status_code == 422
    assert client.post(address, {"left_open": "无"}).status_code == 302
    client.force_login(second)
    assert [row.pk for row in client.get(reverse("roster")).context["to_take_over"]] == [mine.pk]
    client.post(reverse("shift-take-over", args=[mine.pk]))
    mine.refresh_from_db()
    assert mine.taken_over_by == second
    client.force_login(world.county_dispatcher)
    assert client.get(address).status_code == 404


def test_the_week_costs_the_same_however_full_it_is(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    people = [person(f"p{n}", "dispatcher", world.units["street_centre"]) for n in range(5)]
    begin = timezone.now().replace(hour=0, minute=0) - timedelta(days=TODAY.weekday())
    client.force_login(world.street_dispatcher)

    def queries() -> int:
        with django_assert_max_num_queries(40) as seen:
            client.get(reverse("roster"))
        return len(seen)

    def fill(first: int, last: int) -> None:
        for n in range(first, last):
            start = begin + timedelta(hours=8 * n)
            DutyShift.objects.create(
                unit=world.units["street_centre"],
                user=people[n % 5],
                starts_at=start,
                ends_at=start + timedelta(hours=8),
                entered_by=world.street_dispatcher,
            )

    fill(19, 21)
    few = queries()
    fill(0, 19)
    assert queries() == few
    Appointment.objects.filter(user=people[0]).update(ends_on=TODAY - timedelta(days=1))
    assert queries() == few
    assert MONDAY <= TODAY


def test_quiet_hours_are_chosen_on_their_page(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    address = reverse("notice-channels")
    assert client.get(address).context["form"]["quiet_from"].value().hour == 22
    wrong = client.post(address, {"wanted": "on", "quiet_from": "21:00", "quiet_to": ""})
    assert wrong.status_code == 422
    assert 'value="21:00"' in wrong.content.decode()
    assert (
        client.post(address, {"wanted": "on", "quiet_from": "21:00", "quiet_to": "06:30"}).status_code == 302
    )
    row = ChannelPreference.objects.get()
    assert (row.quiet_from.hour, row.quiet_rest_days) == (21, False)  # type: ignore[union-attr]
