"""What communities are asked for: recorded in one go, refused with one click where it is not on the list.

Refusing needs no reason: that nobody admitted it is the reason (domain.md §3.2, S89).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused, check_keeps
from communities.models import Ask, WorkItem
from communities.services.admission_checks import find_decider
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit

LONGEST_AGO = timedelta(days=366)
REFUSED = gettext_noop("%(community)s refused what %(asker)s asked for: %(title)s. It is not on the list.")
AGAIN = gettext_noop("%(asker)s asks %(community)s again for what was refused on %(day)s: %(title)s.")
TAKEN_BACK = gettext_noop("%(community)s took back that it refused: %(title)s.")


@dataclass(frozen=True)
class Asked:
    """What a community was asked for: by a unit of the portal, or by somebody else by name."""

    title: str
    means: str
    asked_on: date
    unit: Unit | None = None
    asker: str = ""
    item: WorkItem | None = None
    hours: Decimal = Decimal(1)


def record_ask(*, asked: Asked, community: Division, by: User, now: datetime, at_once: bool = False) -> Ask:
    """Record what the community is asked for; return it. With `at_once` it is refused in the same breath.

    Linked to the item in force there that has the same title when none is named, and to the earlier refusal of the same
    ask by the same asker; then both sides are told that it is asked again. Refuses as `check_keeps`, nobody asking, no
    title, a day ahead or more than a year ago; and with `at_once` as `refuse`.
    """
    with transaction.atomic():
        held = check_keeps(community.code, by=by)
        _check(asked, now=now)
        ask = Ask(
            community=community,
            asked_on=asked.asked_on,
            asker=asked.asker.strip() or (asked.unit.name if asked.unit is not None else ""),
            unit=asked.unit,
            title=asked.title.strip(),
            means=asked.means,
            item=asked.item or _listed(asked, community),
            hours=asked.hours,
            recorded_by=by,
            recorded_at=now,
        )
        ask.repeats = earlier_refusal(ask)
        ask.save()
        _record(ask, "recorded", by=by, now=now, unit=held.unit)
        if at_once:
            ask = refuse(ask=ask, by=by, now=now)
        elif ask.repeats is not None:
            _tell(ask, AGAIN, by=by, now=now)
    return ask


def check_refuses(ask: Ask, *, by: User) -> Appointment:
    """Return the appointment in which `by` refuses: of the community's keepers; refuse with a sentence otherwise.

    What is on the list and in force in the community on the day it was asked is not refused; the sentence names its
    number. Refused already: said so. At most one query once rights are loaded.
    """
    held = check_keeps(ask.community_id, by=by)
    if ask.refused_at is not None:
        raise CommunityRefused(_("It is refused already."), code="status")
    item = standing_item(ask)
    if item is not None:
        raise CommunityRefused(
            _("It is on the list as %(number)s and in force here; it cannot be refused.")
            % {"number": item.number},
            code="item",
        )
    return held


def can_refuse(ask: Ask, *, by: User) -> bool:
    """Whether `check_refuses` lets `by` refuse."""
    try:
        check_refuses(ask, by=by)
    except CommunityRefused:
        return False
    return True


def refuse(*, ask: Ask, by: User, now: datetime) -> Ask:
    """Refuse what was asked; the asking unit and the office that decides on admissions are told. Refuses as above."""
    with transaction.atomic():
        row = lock(ask)
        held = check_refuses(row, by=by)
        row.refused_at, row.refused_by = now, by
        row.save(update_fields=["refused_at", "refused_by"])
        _record(row, "refused", by=by, now=now, unit=held.unit)
        _tell(row, REFUSED, by=by, now=now)
    return row


def take_back(*, ask: Ask, by: User, now: datetime) -> Ask:
    """Take a refusal back: it was a slip, or the work is done after all. The same sides are told.

    Refuses as `check_keeps`, and what is not refused.
    """
    with transaction.atomic():
        row = lock(ask)
        held = check_keeps(row.community_id, by=by)
        if row.refused_at is None:
            raise CommunityRefused(_("It is not refused."), code="status")
        row.refused_at, row.refused_by = None, None
        row.save(update_fields=["refused_at", "refused_by"])
        _record(row, "taken_back", by=by, now=now, unit=held.unit)
        _tell(row, TAKEN_BACK, by=by, now=now)
    return row


def standing_item(ask: Ask) -> WorkItem | None:
    """Return the item that makes the ask binding: in force in the community on the day. None: it may be refused.

    No query when the ask's item answers it, else one.
    """
    if ask.item is not None and ask.item.is_in_force(ask.asked_on) and ask.item.covers(ask.community_id):
        return ask.item
    same = WorkItem.objects.in_force(ask.asked_on).covering(ask.community_id)
    return same.filter(title__iexact=ask.title).order_by("pk").first()


def earlier_refusal(ask: Ask) -> Ask | None:
    """Return the latest refusal of the same thing by this community to the same asker, before this ask. One query."""
    same = Ask.objects.filter(
        community_id=ask.community_id, title__iexact=ask.title, refused_at__isnull=False
    )
    same = same.filter(unit_id=ask.unit_id) if ask.unit_id is not None else same.filter(asker=ask.asker)
    if ask.pk is not None:
        same = same.filter(pk__lt=ask.pk)
    return same.order_by("-pk").first()


def lock(ask: Ask) -> Ask:
    """Return the row as it stands, locked until the transaction ends. One query."""
    rows = Ask.objects.select_for_update(of=("self",))
    return rows.select_related("community", "unit", "item", "repeats").get(pk=ask.pk)


def _check(asked: Asked, *, now: datetime) -> None:
    if asked.unit is None and not asked.asker.strip():
        raise CommunityRefused(_("Say who asks."), code="asker")
    if not asked.title.strip():
        raise CommunityRefused(_("Say what for."), code="title")
    today = timezone.localdate(now)
    if not today - LONGEST_AGO <= asked.asked_on <= today:
        raise CommunityRefused(_("The day lies ahead, or more than a year ago."), code="asked_on")


def _listed(asked: Asked, community: Division) -> WorkItem | None:
    same = WorkItem.objects.in_force(asked.asked_on).covering(community.code)
    return same.filter(title__iexact=asked.title.strip()).order_by("pk").first()


def _tell(ask: Ask, sentence: str, *, by: User, now: datetime) -> None:
    """Tell the asking unit, where the portal knows it, and the office that decides on admissions. About six queries."""
    day = ask.repeats.refused_at if ask.repeats is not None else None
    message = Message(
        kind="ask",
        sentence=sentence,
        values={
            "community": ask.community.short_name,
            "asker": ask.asker,
            "title": ask.title,
            "day": f"{timezone.localtime(day):%Y-%m-%d}" if day is not None else "",
        },
        link=ask.get_absolute_url(),
        about=ask.title,
    )
    office = find_decider(ask.community_id, applicant=None, now=now)
    people = get_people(permission=P.BURDEN_DECIDE, unit_ids=[office.pk]) if office is not None else []
    if ask.unit_id is not None:
        people += get_people(permission=P.BURDEN_APPLY, unit_ids=[ask.unit_id])
    told = {user.pk: user for user in people if user.pk != by.pk}
    notifications.write([(user, message) for user in told.values()], now=now)


def _record(ask: Ask, what: str, *, by: User, now: datetime, unit: Unit) -> None:
    trail.record(
        trail.Entry(
            stream=ask.stream,
            event=f"ask.{what}",
            subject=ask,
            label=str(ask),
            at=now,
            by=by,
            unit_name=unit.name,
            data={"asker": ask.asker, "item": ask.item.number if ask.item is not None else ""},
        )
    )
