"""Writing notices, delivering the outbox, marking as read."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise

from kunming_portal.accounts.models import User
from kunming_portal.notifications.models import Delivery, Notice

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
FIRST_RETRY = timedelta(seconds=30)


@dataclass(frozen=True)
class Message:
    """What somebody is to be told: an English msgid with its values (strings and numbers, no reporter's data)."""

    kind: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    link: str = ""
    urgent: bool = False


def translatable(label: str | Promise) -> dict[str, str]:
    """Return the form in which a value of a message is kept when it is a word of the portal, not of the data."""
    with translation.override(None):
        return {"msgid": str(label)}


def write(pairs: Iterable[tuple[User, Message]], *, now: datetime) -> list[Notice]:
    """Write notices and their deliveries, in the transaction of what they tell of. Two queries, however many.

    Each person is told the same sentence about the same thing once. People without an address, without the
    wish for e-mail, or no longer active get no e-mail; the system actor is never told.
    """
    unique = {(user.pk, m.kind, m.link, m.sentence): (user, m) for user, m in pairs if not user.is_system}
    notices = Notice.objects.bulk_create(
        [
            Notice(
                recipient=user,
                kind=message.kind,
                sentence=message.sentence,
                values=message.values,
                link=message.link,
                urgent=message.urgent,
                created_at=now,
            )
            for user, message in unique.values()
        ],
        batch_size=1000,
    )
    Delivery.objects.bulk_create(
        [
            Delivery(notice=notice, channel=Delivery.Channel.EMAIL, due_at=now)
            for notice in notices
            if notice.recipient.email and notice.recipient.wants_email and notice.recipient.is_active
        ],
        batch_size=1000,
    )
    return notices


def mark_read(*, notices: Sequence[Notice], by: User, now: datetime) -> int:
    """Mark the person's own notices as read; return how many were unread. One query."""
    ids = [notice.pk for notice in notices]
    return Notice.objects.filter(pk__in=ids, recipient=by, read_at=None).update(read_at=now)


def mark_all_read(*, by: User, now: datetime) -> int:
    """Mark all of the person's notices as read; return how many were unread. One query."""
    return Notice.objects.filter(recipient=by, read_at=None).update(read_at=now)


def deliver_due(*, now: datetime, limit: int = 100) -> int:
    """Send what waits in the outbox; return how many left. A failing delivery delays nobody else.

    Each delivery is leased in a transaction of its own before it is sent, and marked afterwards: a crash in
    between sends it again with the same id. After `Delivery.MAX_ATTEMPTS`, or when the recipient has left, it is
    given up and stays listed.
    """
    sent = 0
    for _ in range(limit):
        delivery = _lease(now)
        if delivery is None:
            return sent
        if not delivery.notice.recipient.is_active:
            _give_up(delivery, now=now, reason="The recipient's account was switched off meanwhile.")
            continue
        try:
            _send(delivery)
        except Exception as error:  # any channel error is this delivery's alone
            logger.warning("Delivery %s failed: %s", delivery.pk, type(error).__name__)
            _fail(delivery, now=now, reason=f"{type(error).__name__}: {error}")
        else:
            Delivery.objects.filter(pk=delivery.pk).update(sent_at=now, due_at=None, failure="")
            sent += 1
    return sent


def _lease(now: datetime) -> Delivery | None:
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("notice__recipient")
            .filter(due_at__lte=now)
            .order_by("due_at", "pk")
            .first()
        )
        if delivery is not None:
            delivery.attempts += 1
            delivery.due_at = now + LEASE
            delivery.save(update_fields=["attempts", "due_at"])
        return delivery


def _send(delivery: Delivery) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        text = delivery.notice.text
    EmailMessage(
        subject=text[:120],
        body=text,
        to=[delivery.notice.recipient.email],
        headers={"Message-ID": f"<{delivery.pk}@kunming-portal>"},
    ).send()


def _give_up(delivery: Delivery, *, now: datetime, reason: str) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(failure=reason, due_at=None, given_up_at=now)


def _fail(delivery: Delivery, *, now: datetime, reason: str) -> None:
    last = delivery.attempts >= Delivery.MAX_ATTEMPTS
    Delivery.objects.filter(pk=delivery.pk).update(
        failure=reason[:300],
        due_at=None if last else now + FIRST_RETRY * 2**delivery.attempts,
        given_up_at=now if last else None,
    )
