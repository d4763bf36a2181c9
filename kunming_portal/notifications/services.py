"""Writing notices and marking them as read. How they leave: `delivering`."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext

from kunming_portal import setwise
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.duty.selectors import get_ids_on_duty
from kunming_portal.errors import Refused
from kunming_portal.notifications.models import ChannelPreference, Delivery, Notice
from kunming_portal.notifications.quiet import DEFAULT, Quiet, leaves_at
from kunming_portal.notifications.selectors import get_quiet
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar


@dataclass(frozen=True)
class Message:
    """What somebody is to be told: an English msgid with its values (strings and numbers, no reporter's data).

    `about` names the thing where a digest stands for many such sentences.
    """

    kind: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    link: str = ""
    urgent: bool = False
    about: str = ""


def translatable(label: str | Promise) -> dict[str, str]:
    """Return the form in which a value of a message is kept when it is a word of the portal, not of the data."""
    with translation.override(None):
        return {"msgid": str(label)}


def write(
    pairs: Iterable[tuple[User, Message]], *, now: datetime, leave: datetime | None = None
) -> list[int]:
    """Write notices and their deliveries, in the transaction of what they tell of; return the notices' keys.

    Each person is told the same sentence about the same thing once (`unique`). People without an address or without
    the wish for e-mail get none; the others get it when their quiet hours end, at once if it is urgent, and not
    before `leave`. Two queries, however many, and one to five for quiet hours.
    """
    told = unique(pairs)
    texts = {id(message): setwise.as_json(message.values) for _user, message in told}
    keys: list[int] = setwise.insert(
        Notice,
        {
            "recipient": [user.pk for user, _message in told],
            "kind": [message.kind for _user, message in told],
            "sentence": [message.sentence for _user, message in told],
            "values": [texts[id(message)] for _user, message in told],
            "link": [message.link for _user, message in told],
            "urgent": [message.urgent for _user, message in told],
        },
        same={"created_at": now},
    )
    mailed = [
        (key, user.pk, message.urgent)
        for key, (user, message) in zip(keys, told, strict=True)
        if user.email and user.wants_email
    ]
    who = [(pk, urgent) for _key, pk, urgent in mailed]
    setwise.insert(
        Delivery,
        {
            "id": [uuid.uuid4() for _ in mailed],
            "notice": [key for key, _pk, _urgent in mailed],
            "due_at": _moments(who, channel=Delivery.Channel.EMAIL, now=leave or now),
        },
        same={"channel": Delivery.Channel.EMAIL},
    )
    return keys


def unique(pairs: Iterable[tuple[User, Message]]) -> list[tuple[User, Message]]:
    """Return who is really told what: each person the same sentence, with the same values, about the same thing once.

    The system actor and people whose account is off are never told. No query.
    """
    hearing = [(user, message) for user, message in pairs if user.is_active and not user.is_system]
    values = {id(message): setwise.as_json(message.values) for _user, message in hearing}
    found = {(user.pk, m.kind, m.link, m.sentence, values[id(m)]): (user, m) for user, m in hearing}
    return list(found.values())


def moments_of(notices: Sequence[Notice], *, channel: str, now: datetime) -> list[datetime]:
    """Return when each notice may leave through the channel: now, or when the recipient's quiet time ends.

    Urgent ones leave at once, and so do all to somebody who is on duty. No query when all are urgent, else one;
    one more when it is quiet for somebody, and the calendar's three when somebody is quiet on rest days.
    """
    return _moments([(n.recipient_id, n.urgent) for n in notices], channel=channel, now=now)


def _moments(who: Sequence[tuple[int, bool]], *, channel: str, now: datetime) -> list[datetime]:
    calm = {pk for pk, urgent in who if not urgent}
    chosen = get_quiet(user_ids=calm, channel=channel) if calm else {}
    rests = any(quiet.rest_days for quiet in chosen.values())
    calendar = get_calendar() if rests else Calendar(zone=ZoneInfo(settings.TIME_ZONE))
    kinds = {DEFAULT, *chosen.values()}
    ends = {quiet: leaves_at(now, quiet=quiet, calendar=calendar) for quiet in kinds}
    by_default = ends[DEFAULT]
    later = {pk: ends[chosen[pk]] if pk in chosen else by_default for pk in calm}
    waiting = [pk for pk, moment in later.items() if moment > now]
    awake = get_ids_on_duty(user_ids=waiting, at=now) if waiting else set()
    return [now if urgent or pk in awake else later[pk] for pk, urgent in who]


def mark_read(*, notices: Sequence[Notice], by: User, now: datetime) -> int:
    """Mark the person's own notices as read; return how many were unread. One query."""
    ids = [notice.pk for notice in notices]
    return Notice.objects.filter(pk__in=ids, recipient=by, read_at=None).update(read_at=now)


def mark_all_read(*, by: User, now: datetime) -> int:
    """Mark all of the person's notices as read; return how many were unread. One query."""
    return Notice.objects.filter(recipient=by, read_at=None).update(read_at=now)


@transaction.atomic
def choose_channel(*, channel: str, wanted: bool, quiet: Quiet, by: User, now: datetime) -> None:
    """Keep whether and when the person wants notices through a channel; in the portal all of them are written.

    Refuses quiet hours that begin when they end: that would be a whole day. On the trail, because it explains why
    somebody heard of something late.
    """
    if (quiet.start is None) != (quiet.end is None) or (quiet.start is not None and quiet.start == quiet.end):
        raise Refused(
            gettext("Quiet hours need a beginning and another end; leave both empty for none."), code="quiet"
        )
    User.objects.filter(pk=by.pk).update(wants_email=wanted)
    row, _new = ChannelPreference.objects.update_or_create(
        user=by,
        channel=channel,
        defaults={
            "quiet_from": quiet.start,
            "quiet_to": quiet.end,
            "quiet_rest_days": quiet.rest_days,
        },
    )
    hours = [f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}"] if quiet.start and quiet.end else []
    trail.record(
        trail.Entry(
            stream=f"account:{by.pk}",
            event="account.channel_chosen",
            subject=row,
            label=str(by),
            at=now,
            by=by,
            data={"channel": channel, "wanted": wanted, "quiet": hours, "rest_days": quiet.rest_days},
        )
    )
