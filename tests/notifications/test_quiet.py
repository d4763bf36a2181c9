"""Quiet hours: every edge of the clock and the calendar, and what overrides them."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.utils import translation

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.duty.models import DutyShift
from kunming_portal.errors import Refused
from kunming_portal.notifications import delivering, services
from kunming_portal.notifications.models import ChannelPreference, Delivery, Notice
from kunming_portal.notifications.quiet import Quiet, leaves_at
from kunming_portal.notifications.services import Message
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import World, at

NIGHT = Quiet(time(22, 0), time(7, 0))
NOON = Quiet(time(12, 0), time(14, 0))
RESTS = Quiet(time(22, 0), time(7, 0), rest_days=True)
ONLY_RESTS = Quiet(None, None, rest_days=True)
EMAIL = Delivery.Channel.EMAIL


@pytest.mark.parametrize(
    ("quiet", "moment", "leaves"),
    [
        (NIGHT, "2026-11-24 21:59", "2026-11-24 21:59"),
        (NIGHT, "2026-11-24 22:00", "2026-11-25 07:00"),
        (NIGHT, "2026-11-24 23:59", "2026-11-25 07:00"),
        (NIGHT, "2026-11-25 00:00", "2026-11-25 07:00"),
        (NIGHT, "2026-11-25 06:59", "2026-11-25 07:00"),
        (NIGHT, "2026-11-25 07:00", "2026-11-25 07:00"),
        (NIGHT, "2026-12-31 23:00", "2027-01-01 07:00"),
        (NOON, "2026-11-24 11:59", "2026-11-24 11:59"),
        (NOON, "2026-11-24 12:00", "2026-11-24 14:00"),
        (NOON, "2026-11-24 14:00", "2026-11-24 14:00"),
        (NIGHT, "2026-11-28 12:00", "2026-11-28 12:00"),  # a Saturday, not asked for
        (RESTS, "2026-11-27 21:59", "2026-11-27 21:59"),  # Friday
        (RESTS, "2026-11-27 22:00", "2026-11-30 07:00"),  # over the weekend into Monday's morning
        (RESTS, "2026-11-28 12:00", "2026-11-30 07:00"),
        (RESTS, "2026-11-30 00:00", "2026-11-30 07:00"),
        (RESTS, "2026-10-01 12:00", "2026-10-08 07:00"),  # National Day; the 8th is a Thursday
        (RESTS, "2026-10-10 12:00", "2026-10-10 12:00"),  # a Saturday on which offices work (调休)
        (ONLY_RESTS, "2026-11-28 12:00", "2026-11-30 00:00"),
        (ONLY_RESTS, "2026-11-27 23:59", "2026-11-27 23:59"),
        (Quiet(None, None), "2026-11-28 03:00", "2026-11-28 03:00"),
    ],
)
def test_when_something_may_leave(world: World, quiet: Quiet, moment: str, leaves: str) -> None:
    assert leaves_at(at(moment), quiet=quiet, calendar=get_calendar()) == at(leaves)


def test_the_clock_is_kunmings_whatever_the_moment_is_written_in() -> None:
    utc = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 22:00 in Kunming
    assert leaves_at(utc, quiet=NIGHT, calendar=Calendar()) == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


LATE = at("2026-11-24 23:30")
MORNING = at("2026-11-25 07:00")


def tell(user: User, *, now: datetime = LATE, urgent: bool = False) -> Delivery:
    """Write one notice and return its delivery."""
    services.write([(user, Message(kind="test", sentence="x", urgent=urgent))], now=now)
    return Delivery.objects.select_related("notice").latest("notice_id")


def test_at_night_the_notice_is_written_and_the_mail_waits_for_the_morning(world: World) -> None:
    waiting = tell(world.community_worker)
    assert (waiting.notice.created_at, waiting.due_at) == (LATE, MORNING)
    assert delivering.deliver_due(now=MORNING - timedelta(seconds=1)).sent == 0
    assert delivering.deliver_due(now=MORNING).sent == 1


def test_what_is_urgent_wakes(world: World) -> None:
    assert tell(world.community_worker, urgent=True).due_at == LATE
    assert delivering.deliver_due(now=LATE).sent == 1


def test_who_is_on_duty_has_no_quiet_hours(world: World) -> None:
    DutyShift.objects.create(
        unit=world.units["street_centre"],
        user=world.street_dispatcher,
        starts_at=LATE - timedelta(hours=1),
        ends_at=LATE + timedelta(hours=1),
        entered_by=world.street_dispatcher,
    )
    assert tell(world.street_dispatcher).due_at == LATE
    assert tell(world.county_dispatcher).due_at == MORNING
    assert tell(world.street_dispatcher, now=LATE + timedelta(hours=1)).due_at == MORNING, "the shift is over"


def test_everybody_chooses_for_themselves_and_it_is_on_the_trail(world: World) -> None:
    worker = world.community_worker
    quiet = Quiet(time(12, 0), time(14, 0), rest_days=True)
    services.choose_channel(channel=EMAIL, wanted=True, quiet=quiet, by=worker, now=LATE)
    assert tell(worker).due_at == LATE
    assert tell(worker, now=at("2026-11-28 09:00")).due_at == at("2026-11-30 00:00")
    assert tell(world.community_secretary).due_at == MORNING
    event = AuditEvent.objects.get(event="account.channel_chosen")
    assert event.data["quiet"] == ["12:00", "14:00"]
    services.choose_channel(channel=EMAIL, wanted=False, quiet=quiet, by=worker, now=LATE)
    worker.refresh_from_db()
    services.write([(worker, Message(kind="t", sentence="y"))], now=LATE)
    assert not Delivery.objects.filter(notice__recipient=worker, notice__sentence="y").exists()
    assert ChannelPreference.objects.get().quiet == quiet


@pytest.mark.parametrize(("start", "end"), [(time(22), time(22)), (time(22), None), (None, time(7))])
def test_quiet_hours_have_a_beginning_and_another_end(
    world: World, start: time | None, end: time | None
) -> None:
    with translation.override("en"), pytest.raises(Refused, match="leave both empty"):
        services.choose_channel(
            channel=EMAIL, wanted=True, quiet=Quiet(start, end), by=world.community_worker, now=LATE
        )
    assert not ChannelPreference.objects.exists()


def test_a_second_attempt_does_not_ring_in_the_night(world: World) -> None:
    before = at("2026-11-24 21:59")
    waiting = tell(world.community_worker, now=before)
    Delivery.objects.filter(pk=waiting.pk).update(attempts=1)
    assert delivering.deliver_due(now=at("2026-11-24 22:00")).sent == 0
    waiting.refresh_from_db()
    assert (waiting.due_at, waiting.attempts) == (MORNING, 1)
    assert mail.outbox == []


def test_quiet_hours_cost_few_queries_however_many_are_told(
    world: World, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    def pairs(number: int, urgent: bool = False) -> list[tuple[User, Message]]:
        words = [Message(kind="t", sentence=str(n), urgent=urgent) for n in range(number)]
        return [(user, word) for user in world.people.values() for word in words]

    with django_assert_num_queries(2):  # type: ignore[operator]  # notices, deliveries
        services.write(pairs(3, urgent=True), now=LATE)
    with django_assert_num_queries(3):  # type: ignore[operator]  # and who chose what
        services.write(pairs(3), now=at("2026-11-24 10:00"))
    with django_assert_num_queries(4):  # type: ignore[operator]  # and who is on duty
        services.write(pairs(3), now=LATE)
    assert Notice.objects.exists()
