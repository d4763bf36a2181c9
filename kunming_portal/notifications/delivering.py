"""The way out: what waits in the outbox leaves through its channel, at least once, each with its stable id.

A channel that is dead holds nothing but itself: one round of it runs at a time, for a bounded time, and stops when its
server does not answer. Within it somebody whose mailbox hangs holds the others for one timeout at most.
"""

import logging
import smtplib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.models import User
from kunming_portal.notifications.models import Delivery, Notice
from kunming_portal.notifications.selectors import may_open
from kunming_portal.notifications.services import moments_of

logger = logging.getLogger(__name__)

EMAIL = Delivery.Channel.EMAIL
BATCH = 50
LEASE = timedelta(minutes=2)
# A round and one timeout end before its leases and the worker's own limit do
ROUND_SECONDS = 40.0
# A server that says a byte within every timeout would hold one message for ever: by the clock, so long
MESSAGE_SECONDS, FAREWELL_SECONDS = 20.0, 5.0
FIRST_RETRY = timedelta(seconds=30)
# So many failures of the connection in a row: the channel is the trouble, not the recipients
BREAK_AFTER = 3
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=5)
# Answers of the server about itself, not about one recipient
OF_THE_CHANNEL = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)


@dataclass
class Round:
    """What one round did. `broken`: why the channel was left alone, nothing while it answers."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    put_off: int = 0
    broken: str = ""
    streak: list[Delivery] = field(default_factory=list)


def deliver_due(
    *, now: datetime, channel: str = EMAIL, limit: int = 1_000_000, seconds: float = ROUND_SECONDS
) -> Round:
    """Send what is due on one channel, batch after batch over one connection, until none is left or time is over.

    Each is leased before it is sent and marked afterwards: a crash in between sends it again with the same id. After
    `Delivery.MAX_ATTEMPTS`, or when the recipient has left or lost the right to what it is about, it is given up and
    stays listed. While the server does not answer at all nobody's attempts are counted. A second round of the same
    channel does nothing meanwhile. Some eight queries a batch, and two for each that leaves.
    """
    round_ = Round()
    ends = time.monotonic() + seconds
    with _alone(channel) as alone:
        if not alone:
            return round_
        line = get_connection()
        try:
            while limit > 0 and not round_.broken and time.monotonic() < ends:
                batch = _lease(channel, now=now, size=min(BATCH, limit))
                if not batch:
                    break
                limit -= len(batch)
                _deliver(batch, line, round_, now=now, ends=ends)
        finally:
            _hang_up(line)
    return round_


def why_not(notice: Notice, *, known: dict[tuple[int, str], bool] | None = None) -> str:
    """Return why a notice must not be sent to its recipient any more, or nothing. Two queries, and the page's.

    `known` remembers who may open what within a batch.
    """
    person, known = notice.recipient, {} if known is None else known
    if not person.is_active:
        return _("The recipient's account was switched off meanwhile.")
    if not person.email:
        return _("The recipient has no e-mail address any more.")
    if not person.appointments_in_force:
        return _("The recipient holds no appointment any more.")
    page = (person.pk, notice.link)
    if page not in known:
        known[page] = may_open(user=person, link=notice.link)
    return "" if known[page] else _("The recipient may not see any more what this is about.")


def rest_after(round_: Round, *, before: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return what to remember of a channel after a round: nothing while it works, else until when it rests.

    `before` is what was remembered last. Each failing round doubles the rest, up to `LONGEST_REST`.
    """
    if not round_.broken:
        return {}
    times = min(int(before.get("times", 0)) + 1, 10)
    rest = min(FIRST_REST * 2 ** (times - 1), LONGEST_REST)
    return {"times": times, "until": (now + rest).isoformat(), "reason": round_.broken}


def rests(remembered: dict[str, Any], *, now: datetime) -> bool:
    """Whether the channel is left alone at `now`, by what `rest_after` remembered."""
    until = remembered.get("until")
    return until is not None and now < datetime.fromisoformat(until)


@contextmanager
def _alone(channel: str) -> Iterator[bool]:
    """Hold the channel for one round: a hanging server then occupies one worker process and no second."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtext('outbox'), hashtext(%s))", [channel])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(hashtext('outbox'), hashtext(%s))", [channel])


def _lease(channel: str, *, now: datetime, size: int) -> list[Delivery]:
    """Take a batch, oldest first; rows that another process holds are skipped. Two queries."""
    with transaction.atomic():
        waiting = Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        batch = list(
            waiting.select_related("notice__recipient")
            .filter(channel=channel, due_at__lte=now)
            .order_by("due_at", "pk")[:size]
        )
        Delivery.objects.filter(pk__in=[one.pk for one in batch]).update(due_at=now + LEASE)
    people: dict[int, User] = {}
    for one in batch:
        one.notice.recipient = people.setdefault(one.notice.recipient_id, one.notice.recipient)
    return batch


def _deliver(batch: list[Delivery], line: Any, round_: Round, *, now: datetime, ends: float) -> None:
    """Send a leased batch. What is not tried goes back to the place where it waited."""
    leaving = _sort_out(batch, round_, now=now)
    for place, delivery in enumerate(leaving):
        if time.monotonic() > ends or round_.broken or not _answers(line, round_):
            _put_back(leaving[place:])
            return
        _try(delivery, line, round_, now=now)


def _sort_out(batch: list[Delivery], round_: Round, *, now: datetime) -> list[Delivery]:
    """Give up what must not leave any more, put off what is quiet now, return the rest."""
    known: dict[tuple[int, str], bool] = {}
    moments = moments_of([one.notice for one in batch], channel=batch[0].channel, now=now)
    leaving = []
    for delivery, moment in zip(batch, moments, strict=True):
        reason = why_not(delivery.notice, known=known)
        if reason:
            Delivery.objects.filter(pk=delivery.pk).update(failure=reason, due_at=None, given_up_at=now)
            round_.given_up += 1
        elif moment > now:
            Delivery.objects.filter(pk=delivery.pk).update(due_at=moment)
            round_.put_off += 1
        else:
            leaving.append(delivery)
    return leaving


def _answers(line: Any, round_: Round) -> bool:
    """Open the connection if it is not open. A server that cannot be reached ends the round."""
    try:
        line.open()
    except Exception as error:  # whatever the backend raises: nobody in particular is to blame
        round_.broken = _in_words(error)
        logger.warning("The channel does not answer: %s", type(error).__name__)
        return False
    return True


def _try(delivery: Delivery, line: Any, round_: Round, *, now: datetime) -> None:
    """Send one. Counting the attempt first, and only under our own lease, fences a worker that slept too long."""
    ours = Delivery.objects.filter(pk=delivery.pk, due_at=now + LEASE)
    if not ours.update(attempts=F("attempts") + 1):
        return
    delivery.attempts += 1
    try:
        with _bounded(line, MESSAGE_SECONDS):
            _send(delivery, line)
    except Exception as error:  # any channel error is this delivery's alone
        logger.warning("Delivery %s failed: %s", delivery.pk, type(error).__name__)
        _fail(delivery, round_, now=now, error=error)
        if _of_the_channel(error):
            _hang_up(line)
            _count_break(delivery, round_, now=now, error=error)
        else:
            round_.streak.clear()
    else:
        Delivery.objects.filter(pk=delivery.pk).update(sent_at=now, due_at=None, failure="")
        round_.sent += 1
        round_.streak.clear()


def _send(delivery: Delivery, line: Any) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        text = delivery.notice.text
    EmailMessage(
        subject=text[:120],
        body=text,
        to=[delivery.notice.recipient.email],
        headers={"Message-ID": f"<{delivery.pk}@kunming-portal>"},
        connection=line,
    ).send()


def _fail(delivery: Delivery, round_: Round, *, now: datetime, error: Exception) -> None:
    last = delivery.attempts >= Delivery.MAX_ATTEMPTS
    Delivery.objects.filter(pk=delivery.pk).update(
        failure=_in_words(error),
        due_at=None if last else now + FIRST_RETRY * 2**delivery.attempts,
        given_up_at=now if last else None,
    )
    round_.failed += 1


def _count_break(delivery: Delivery, round_: Round, *, now: datetime, error: Exception) -> None:
    """Count a failure of the connection; too many in a row end the round, and when nothing left at all, uncounted."""
    round_.streak.append(delivery)
    if len(round_.streak) < BREAK_AFTER:
        return
    round_.broken = _in_words(error)
    if not round_.sent:
        ids = [one.pk for one in round_.streak]
        Delivery.objects.filter(pk__in=ids, attempts__gt=0).update(
            attempts=F("attempts") - 1, due_at=now + FIRST_RETRY, given_up_at=None
        )


def _of_the_channel(error: Exception) -> bool:
    """Whether an error is about the connection. smtplib's answers about one letter are OSErrors too."""
    if isinstance(error, smtplib.SMTPException):
        return isinstance(error, OF_THE_CHANNEL)
    return isinstance(error, OSError)


@contextmanager
def _bounded(line: Any, seconds: float) -> Iterator[None]:
    """Cut the connection when what is done over it takes longer; whoever waits for it gets an error."""
    alarm = threading.Timer(seconds, _cut, [line])
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _cut(line: Any) -> None:
    wire = getattr(getattr(line, "connection", None), "sock", None)
    if wire is not None:
        with suppress(OSError):  # it is gone already
            wire.shutdown(socket.SHUT_RDWR)


def _hang_up(line: Any) -> None:
    """Close the connection, whatever state it is in; a server that dawdles over its farewell is cut off."""
    try:
        with _bounded(line, FAREWELL_SECONDS):
            line.close()
    except Exception as error:  # a connection that is gone cannot be closed politely
        logger.info("The channel could not be closed: %s", type(error).__name__)


def _put_back(deliveries: Sequence[Delivery]) -> None:
    """Let deliveries wait where they waited before the lease. One query."""
    Delivery.objects.bulk_update(deliveries, ["due_at"])


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
