"""Notices are rows first; the outbox sends at least once, and a dead channel delays nobody."""

from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest
from django.core import mail

from kunming_portal.accounts.models import User
from kunming_portal.notifications import delivering, services
from kunming_portal.notifications.models import Delivery, Notice
from kunming_portal.notifications.services import Message
from tests.whistle.people import NOW, World

WORDS = Message(kind="test", sentence="%(case)s was closed.", values={"case": "大观1"}, link="/notices/")


@pytest.fixture
def letter(world: World) -> Delivery:
    services.write([(world.community_worker, WORDS)], now=NOW)
    return Delivery.objects.get()


@pytest.fixture
def dead_channel() -> Iterator[None]:
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=OSError("no route")):
        yield


def test_everybody_is_told_once_and_the_system_never(world: World) -> None:
    system = type(world.community_worker).objects.get(username="system")
    pairs = [(world.community_worker, WORDS), (world.community_worker, WORDS), (system, WORDS)]
    services.write(pairs, now=NOW)
    assert list(Notice.objects.values_list("recipient__username", flat=True)) == ["community_worker"]


def test_who_wants_no_mail_or_has_no_address_reads_it_in_the_portal_only(world: World) -> None:
    world.community_worker.wants_email = False
    world.community_secretary.email = ""
    services.write([(world.community_worker, WORDS), (world.community_secretary, WORDS)], now=NOW)
    assert Notice.objects.count() == 2
    assert not Delivery.objects.exists()


def test_a_delivery_leaves_once_with_its_stable_id(letter: Delivery) -> None:
    assert delivering.deliver_due(now=NOW).sent == 1
    assert delivering.deliver_due(now=NOW).sent == 0
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{letter.pk}@kunming-portal>"
    letter.refresh_from_db()
    assert letter.sent_at == NOW


def test_nothing_leaves_before_its_moment(letter: Delivery) -> None:
    assert delivering.deliver_due(now=NOW - timedelta(seconds=1)).sent == 0


def test_a_dead_channel_is_tried_again_later_and_later_then_given_up(
    letter: Delivery, dead_channel: None
) -> None:
    moment, waits = NOW, []
    for _ in range(Delivery.MAX_ATTEMPTS):
        assert delivering.deliver_due(now=moment, limit=1).sent == 0
        letter.refresh_from_db()
        if letter.due_at is not None:
            waits.append(letter.due_at - moment)
            moment = letter.due_at
    assert waits == sorted(set(waits))
    assert letter.given_up_at == moment
    assert letter.due_at is None
    assert "no route" in letter.failure


def test_a_failing_delivery_delays_nobody_else(world: World) -> None:
    services.write([(world.community_worker, WORDS), (world.street_dispatcher, WORDS)], now=NOW)
    real = mail.EmailMessage.send

    def refuse_the_worker(self: mail.EmailMessage, fail_silently: bool = False) -> int:
        if "community_worker@kunming.example" in self.to:
            raise OSError("mailbox full")
        return real(self, fail_silently)

    with mock.patch("django.core.mail.EmailMessage.send", refuse_the_worker):
        assert delivering.deliver_due(now=NOW).sent == 1
    assert [m.to for m in mail.outbox] == [["street_dispatcher@kunming.example"]]


def test_a_worker_that_died_while_sending_is_followed_by_another(letter: Delivery) -> None:
    with (
        mock.patch("django.core.mail.EmailMessage.send", side_effect=SystemExit),
        pytest.raises(SystemExit),
    ):
        delivering.deliver_due(now=NOW)
    assert delivering.deliver_due(now=NOW).sent == 0, "the lease still holds"
    assert delivering.deliver_due(now=NOW + delivering.LEASE).sent == 1


def test_only_ones_own_notices_can_be_marked_as_read(world: World, letter: Delivery) -> None:
    notices = list(Notice.objects.all())
    assert services.mark_read(notices=notices, by=world.stranger, now=NOW) == 0
    assert services.mark_read(notices=notices, by=world.community_worker, now=NOW) == 1
    assert services.mark_read(notices=notices, by=world.community_worker, now=NOW) == 0


def test_nothing_leaves_to_somebody_who_left_meanwhile(letter: Delivery) -> None:
    User.objects.filter(pk=letter.notice.recipient_id).update(is_active=False)
    assert delivering.deliver_due(now=NOW).sent == 0
    assert mail.outbox == []
    letter.refresh_from_db()
    assert letter.given_up_at == NOW
    assert letter.due_at is None
