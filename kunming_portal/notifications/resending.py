"""Giving messages that were given up another try."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.errors import Refused
from kunming_portal.notifications.delivering import why_not
from kunming_portal.notifications.models import Delivery

AT_ONCE = 2000


@dataclass(frozen=True)
class Resent:
    """How many wait in the outbox again, and how many do not for which reason (English msgids)."""

    again: int
    refused: dict[str, int]


@transaction.atomic
def send_again(deliveries: "QuerySet[Delivery]", *, by: User, now: datetime) -> Resent:
    """Put given-up deliveries back into the outbox, with their ids and all their attempts before them.

    Refuses without the right, and more than `AT_ONCE` at a time. One whose recipient left, or has no address, stays
    given up. Each that waits again is on the trail. Rows that another request has are left to it. Two queries a
    recipient, and a few.
    """
    if not by.can(Permission.OPERATIONS_WATCH):
        raise Refused(gettext("Operations belong to the system administrator."), code="not_allowed")
    rows = list(
        deliveries.filter(given_up_at__isnull=False)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("notice__recipient")
        .order_by("pk")[: AT_ONCE + 1]
    )
    if len(rows) > AT_ONCE:
        sentence = gettext("At most %(number)s messages can be sent again at a time; narrow the filter.")
        raise Refused(sentence % {"number": AT_ONCE}, code="too_many")
    people: dict[int, User] = {}
    known: dict[tuple[int, str], bool] = {}
    again, refused = [], Counter[str]()
    for row in rows:
        row.notice.recipient = people.setdefault(row.notice.recipient_id, row.notice.recipient)
        reason = why_not(row.notice, known=known)
        if reason:
            refused[reason] += 1
        else:
            again.append(row)
    Delivery.objects.filter(pk__in=[row.pk for row in again]).update(due_at=now, given_up_at=None, attempts=0)
    trail.record_many([_entry(row, by=by, now=now) for row in again])
    return Resent(again=len(again), refused=dict(refused))


def _entry(row: Delivery, *, by: User, now: datetime) -> trail.Entry:
    return trail.Entry(
        stream="outbox",
        event="delivery.sent_again",
        subject=row,
        label=row.notice.recipient.name,
        at=now,
        by=by,
        data={"channel": row.channel, "attempts": row.attempts, "failure": row.failure},
    )
