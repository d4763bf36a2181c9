"""What else is kept of a community, a number each, with the way to its list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from communities.models import CommunityWorker
from communities.selectors import get_activities, get_asks, get_check_ins
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P


@dataclass(frozen=True)
class Held:
    """A register: its name, how many rows of it count today, where they are."""

    label: str
    number: int
    url: str


def get_registers(community_code: str, *, user: User, now: datetime) -> list[Held]:
    """Return the registers of a community as this person may see them. Five queries."""
    return list(_registers(community_code, user, now))


def _registers(code: str, user: User, now: datetime) -> Iterator[Held]:
    today = timezone.localdate(now)
    running = get_check_ins(user=user).running().filter(community=code)
    yield Held(_("Units checked in"), running.units().count(), _list("check-ins", code))
    yield Held(_("Members checked in"), running.members().count(), _list("member-check-ins", code))
    workers = CommunityWorker.objects.visible_to(user, P.COMMUNITY_VIEW).in_post(today)
    yield Held(_("Community workers"), workers.filter(community=code).count(), _list("workers", code))
    coming = get_activities(user=user).filter(community=code, state__in=["planned", "open"])
    yield Held(_("Activities to come"), coming.count(), _list("volunteers", code))
    asked = get_asks(user=user).filter(community=code, asked_on__gte=today.replace(month=1, day=1))
    yield Held(_("Asks this year"), asked.count(), reverse("asks"))


def _list(route: str, code: str) -> str:
    return f"{reverse(route)}?{urlencode({'division': code})}"
