"""What is told of rungs: each at once, but what an outage kept back as one digest a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.models import User
from kunming_portal.deadlines.models import LateReason
from kunming_portal.deadlines.outages import outage_of
from kunming_portal.notifications import digests, services
from kunming_portal.notifications.services import Message

AWAY = _("While the portal was away, %(count)s reminders fell due. The first ones: %(first)s.")


class Told(NamedTuple):
    """Who is told what, of a rung planned for this moment; `late` is the reason when it comes late."""

    user: User
    message: Message
    planned: datetime
    late: str


def write(told: Sequence[Told], *, link: str, now: datetime) -> None:
    """Write the notices; of what is late because of an outage one digest a person and outage where it is much.

    `link` is the list that a digest leads to.
    """
    missed = [one for one in told if one.late == LateReason.OUTAGE]
    services.write([(t.user, t.message) for t in told if t.late != LateReason.OUTAGE], now=now)
    if not missed:
        return
    outage = outage_of(since=min(one.planned for one in missed), now=now)
    words = Message(kind="deadline.digest", sentence=AWAY, link=link)
    pairs = [(one.user, one.message) for one in missed]
    digests.write_late(pairs, occasion=f"outage:{outage.pk}", words=words, now=now)


def lateness(planned: datetime, reason: str, *, now: datetime) -> dict[str, object]:
    """Return what the trail says of a rung that comes late: by how much and why; nothing else."""
    if not reason:
        return {}
    return {"late_minutes": int((now - planned).total_seconds() // 60), "late_reason": reason}
