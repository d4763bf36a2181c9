"""A channel in trouble: what its server refuses, one mailbox that hangs, a server that is away."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest import mock

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.errors import Refused
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.notifications import delivering, resending, services
from kunming_portal.notifications.models import Delivery, Notice
from kunming_portal.notifications.services import Message
from kunming_portal.notifications.tasks import deliver_due
from tests.whistle.people import NOW, World

LETTERS = 6


@pytest.fixture
def letters(world: World) -> list[Delivery]:
    """Six letters to two people, the first three to one of them."""
    for place in range(LETTERS):
        person = world.community_worker if place < 3 else world.street_dispatcher
        words = Message(kind="t", sentence="%(n)s was closed.", values={"n": place}, link="/notices/")
        services.write([(person, words)], now=NOW + timedelta(seconds=place))
    return list(Delivery.objects.order_by("due_at"))


@contextmanager
def refusing(error: Exception, *, to: str = "") -> Iterator[None]:
    """Let sending to an address (or to all) fail."""
    real = mail.EmailMessage.send

    def send(self: mail.EmailMessage, fail_silently: bool = False) -> int:
        if to in self.to[0]:
            raise error
        return real(self, fail_silently)

    with mock.patch("django.core.mail.EmailMessage.send", send):
        yield


def deliver(now: datetime = NOW + timedelta(minutes=1), *, seconds: float = 40) -> delivering.Round:
    return delivering.deliver_due(now=now, seconds=seconds)


def test_a_server_that_is_away_costs_nobody_an_attempt(letters: list[Delivery]) -> None:
    with mock.patch.object(EmailBackend, "open", side_effect=ConnectionRefusedError("nobody there")):
        done = deliver()
    assert (done.sent, done.failed, "nobody there" in done.broken) == (0, 0, True)
    kept = list(Delivery.objects.order_by("due_at").values_list("pk", "due_at", "attempts"))
    assert kept == [(letter.pk, letter.due_at, 0) for letter in letters], "each waits at its old place"
    assert deliver().sent == LETTERS


def test_a_connection_that_breaks_for_all_ends_the_round_uncounted(letters: list[Delivery]) -> None:
    with refusing(TimeoutError("silent")):
        done = deliver()
    assert (done.failed, bool(done.broken)) == (delivering.BREAK_AFTER, True)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}
    assert not Delivery.objects.filter(given_up_at__isnull=False).exists()


def test_mailboxes_that_hang_hold_the_others_for_one_round(letters: list[Delivery]) -> None:
    late = NOW + timedelta(minutes=1)
    with refusing(TimeoutError("silent"), to="community_worker"):
        deliver(late)
        assert deliver(late).sent == 3, "those who hung wait behind the others"
    assert {m.to[0].split("@")[0] for m in mail.outbox} == {"street_dispatcher"}


def test_an_answer_about_one_letter_is_that_letters_alone(letters: list[Delivery]) -> None:
    with refusing(smtplib.SMTPRecipientsRefused({}), to="community_worker"):
        done = deliver()
    assert (done.sent, done.failed, done.broken) == (3, 3, "")
    assert set(Delivery.objects.filter(sent_at=None).values_list("attempts", flat=True)) == {1}


def test_a_round_ends_with_its_time_and_gives_back_what_it_did_not_try(letters: list[Delivery]) -> None:
    with mock.patch("time.monotonic", side_effect=[0, 0, 0, 100, 100, 100]):
        assert deliver(seconds=10).sent == 1
    assert Delivery.objects.filter(attempts=0, due_at__lte=NOW + timedelta(seconds=59)).count() == LETTERS - 1


def test_all_letters_of_a_round_use_one_connection_and_batches_go_on(letters: list[Delivery]) -> None:
    with (
        mock.patch.object(delivering, "BATCH", 2),
        mock.patch.object(delivering, "get_connection", wraps=mail.get_connection) as opened,
    ):
        assert deliver().sent == LETTERS
    assert opened.call_count == 1


def test_a_worker_that_slept_beyond_its_lease_does_not_send(letters: list[Delivery]) -> None:
    late = NOW + timedelta(minutes=1)
    batch = delivering._lease("email", now=late, size=10)
    Delivery.objects.update(due_at=late + timedelta(hours=1))  # another took them over
    round_ = delivering.Round()
    delivering._deliver(batch, mail.get_connection(), round_, now=late, ends=float("inf"))
    assert (round_.sent, mail.outbox) == (0, [])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_round_of_a_channel_at_a_time() -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('outbox'), hashtext('email'))")
        with delivering._alone("email") as alone:
            assert not alone
        with delivering._alone("another") as alone:
            assert alone
        cursor.execute("select pg_advisory_unlock_all()")
    other.close()
    with delivering._alone("email") as alone:
        assert alone


def test_a_dead_channel_rests_longer_and_longer_and_is_remembered(letters: list[Delivery]) -> None:
    broken, rests = delivering.Round(broken="away"), []
    before: dict[str, object] = {}
    for _ in range(6):
        before = delivering.rest_after(broken, before=before, now=NOW)
        rests.append(datetime.fromisoformat(str(before["until"])) - NOW)
    assert rests == sorted(rests)
    assert rests[-1] == delivering.LONGEST_REST
    assert delivering.rests(before, now=NOW)
    assert not delivering.rests(before, now=NOW + delivering.LONGEST_REST)
    assert delivering.rest_after(delivering.Round(sent=1), before=before, now=NOW) == {}


def test_the_task_leaves_a_resting_channel_alone_and_says_so(letters: list[Delivery]) -> None:
    Notice.objects.update(urgent=True)  # the task asks the database's clock: it may be night
    with mock.patch.object(EmailBackend, "open", side_effect=OSError("away")) as opened:
        deliver_due()
        deliver_due()
    assert opened.call_count == 1
    assert "away" in Heartbeat.objects.get(pk="deliver notices").facts["email"]["reason"]


# -- given up ------------------------------------------------------------------------------------------------------
@pytest.fixture
def given_up(letters: list[Delivery]) -> list[Delivery]:
    Delivery.objects.update(due_at=None, given_up_at=NOW, attempts=8, failure="SMTPRecipientsRefused: full")
    return letters


def test_given_up_ones_are_sent_again_on_the_record(world: World, given_up: list[Delivery]) -> None:
    admin = world.people["system_admin"]
    done = resending.send_again(Delivery.objects.all(), by=admin, now=NOW)
    assert (done.again, done.refused) == (LETTERS, {})
    event = AuditEvent.objects.filter(event="delivery.sent_again").latest("pk")
    assert (event.actor_id, event.data["attempts"]) == (admin.pk, 8)
    assert deliver().sent == LETTERS
    ids = {m.extra_headers["Message-ID"] for m in mail.outbox}
    assert ids == {f"<{letter.pk}@kunming-portal>" for letter in given_up}, "with the same ids"


def test_who_left_or_has_no_address_is_not_sent_again(world: World, given_up: list[Delivery]) -> None:
    User.objects.filter(username="community_worker").update(is_active=False)
    User.objects.filter(username="street_dispatcher").update(email="")
    done = resending.send_again(Delivery.objects.all(), by=world.people["system_admin"], now=NOW)
    assert done.again == 0
    assert sorted(done.refused.values()) == [3, 3]
    assert not Delivery.objects.filter(due_at__isnull=False).exists()


def test_only_the_system_administrator_sends_again(world: World, given_up: list[Delivery]) -> None:
    with pytest.raises(Refused):
        resending.send_again(Delivery.objects.all(), by=world.street_dispatcher, now=NOW)


def test_what_is_on_its_way_is_not_sent_twice(world: World, letters: list[Delivery]) -> None:
    admin = world.people["system_admin"]
    assert resending.send_again(Delivery.objects.all(), by=admin, now=NOW).again == 0


def test_the_page_lists_filters_masks_and_sends(world: World, given_up: list[Delivery]) -> None:
    client = Client()
    client.force_login(world.people["system_admin"])
    text = client.get("/operations/messages/").content.decode()
    assert "co***@kunming.example" in text
    assert "community_worker@kunming.example" not in text
    name = world.community_worker.name
    assert client.get("/operations/messages/", {"q": "no such"}).content.decode().count(name) == 0
    one = str(given_up[0].pk)
    client.post("/operations/messages/send/", {"row": [one, "nonsense"], "tab": "refused"})
    assert Delivery.objects.filter(due_at__isnull=False).count() == 1
    client.post("/operations/messages/send/", {"all": "true", "q": name, "tab": "refused"})
    assert Delivery.objects.filter(due_at__isnull=False).count() == 3
    answer = client.post("/operations/messages/send/", {"tab": "refused"}, follow=True)
    assert "未选择任何消息" in answer.content.decode()


def test_the_list_pages_by_key(world: World, given_up: list[Delivery]) -> None:
    client = Client()
    client.force_login(world.people["system_admin"])
    with mock.patch("kunming_portal.operations.messages.keypages.SIZE", 2):
        assert client.get("/operations/messages/", {"tab": "all"}).status_code == 200
    assert (
        client.get("/operations/messages/", {"after": "broken", "tab": "odd", "q": "\0"}).status_code == 200
    )


def test_a_server_that_dawdles_is_cut_off_by_the_clock() -> None:
    """It says a byte within every timeout: only the clock ends that."""
    ours, theirs = socket.socketpair()
    with ours, theirs, delivering._bounded(SimpleNamespace(connection=SimpleNamespace(sock=ours)), 0.01):
        ours.settimeout(30)
        assert ours.recv(1) == b"", "the wait ended without a byte and without a timeout"
