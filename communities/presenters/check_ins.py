"""What the lists and pages of double report show, and the buttons a person has there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.models import CheckIn, CommunityNeed, ServiceRecord, YearlyOpinion
from communities.selectors import get_check_ins, get_opinions, get_service_records
from communities.services import checking_in, opinions
from kunming_portal.accounts.models import User
from kunming_portal.errors import Refused
from kunming_portal.ui import parts

SHOWN_RECORDS = 10
SHOWN_MEMBERS = 60


@dataclass(frozen=True)
class CheckInRow:
    """A line of a list: the check-in, how many members of a unit, services this year, whether I may record one."""

    check_in: CheckIn
    members: int
    services: int
    may_record: bool


@dataclass(frozen=True)
class CheckInPage:
    """The page of a check-in."""

    facts: Sequence[tuple[str, str]]
    members: Sequence[CheckIn]
    records: Sequence[ServiceRecord]
    has_more: bool
    opinions: Sequence[YearlyOpinion]
    claims: Sequence[CommunityNeed]
    moves: parts.Moves
    drafts: Sequence[tuple[int, str]]
    may_write: bool


def rows_of(found: list[CheckIn], *, user: User) -> list[CheckInRow]:
    """Return the lines of a page of check-ins. Two queries: members of the units, services of this year."""
    year = timezone.localdate().year
    members = _members_of([row for row in found if row.is_unit])
    counted = ServiceRecord.objects.filter(check_in__in=found).of_year(year).values_list("check_in")
    services = dict(counted.annotate(n=Count("pk")).order_by())
    return [
        CheckInRow(
            check_in=row,
            members=members.get((row.community_id, row.unit_name), 0),
            services=services.get(row.pk, 0),
            may_record=row.is_active
            and checking_in.standing(row.community_id, row.unit, by=user) is not None,
        )
        for row in found
    ]


def page_of(row: CheckIn, *, user: User, now: datetime) -> CheckInPage:
    """Return what the page of a check-in shows. About six queries, however many records."""
    may_write = checking_in.standing(row.community_id, row.unit, by=user) is not None
    same = get_check_ins(user=user).filter(community_id=row.community_id, unit_name=row.unit_name)
    members = same.members().running().select_related("service_class").order_by("name", "pk")
    records = get_service_records(user=user).filter(check_in__in=same if row.is_unit else [row])
    shown = list(
        records.select_related("check_in", "compound", "need").order_by("-on", "-pk")[: SHOWN_RECORDS + 1]
    )
    given = get_opinions(user=user).filter(check_in=row).order_by("-year") if row.is_unit else []
    drafts = _drafts(row, {one.year for one in given}, user=user, today=timezone.localdate(now))
    return CheckInPage(
        facts=_facts(row, user),
        members=list(members[:SHOWN_MEMBERS]) if row.is_unit else [],
        records=shown[:SHOWN_RECORDS],
        has_more=len(shown) > SHOWN_RECORDS,
        opinions=list(given),
        claims=list(CommunityNeed.objects.filter(claims__check_in=row).order_by("-pk")[:SHOWN_RECORDS]),
        moves=_moves(row, may_write=may_write),
        drafts=drafts,
        may_write=may_write,
    )


def sees_phone(row: CheckIn, user: User) -> bool:
    """Whether the person sees a member's own number: people of the community itself and of the member's unit."""
    held = checking_in.standing(row.community_id, row.unit, by=user)
    return held is not None and (held.unit.division_id == row.community_id or held.unit_id == row.unit_id)


def refusal_of(check: Callable[[], object]) -> str:
    """Return the sentence with which a check refuses, or nothing."""
    try:
        check()
    except Refused as refused:
        return refused.sentence
    return ""


def _facts(row: CheckIn, user: User) -> list[tuple[str, str]]:
    period = row.starts_on.isoformat()
    if row.ends_on is not None:
        period = _("%(first)s to %(last)s") % {"first": period, "last": row.ends_on.isoformat()}
    pairs: list[tuple[str, Any]] = [(_("Community"), row.community.place_name), (_("Unit"), row.unit_name)]
    if row.is_unit:
        pairs += [(_("Liaison"), row.liaison), (_("Work phone"), row.liaison_phone)]
    else:
        phone = row.phone if sees_phone(row, user) else row.masked_phone
        pairs += [
            (_("Service class"), row.service_class),
            (_("Skills"), row.skills),
            (_("Grid"), row.grid),
            (_("Contact phone"), phone),
        ]
    pairs.append((_("Checked in"), period))
    return [(label, str(value)) for label, value in pairs if value]


def _moves(row: CheckIn, *, may_write: bool) -> parts.Moves:
    if not may_write:
        return parts.Moves()
    if not row.is_active:
        return parts.Moves(
            refused=[parts.Refusal(_("Record a service"), _("This check-in has ended. Check in again."))]
        )
    moves = [
        parts.Move(
            _("Record a service"), reverse("service-record-new", args=[row.pk]), icon="pen", primary=True
        ),
    ]
    if row.is_unit:
        moves.append(
            parts.Move(
                _("Check a member in"),
                f"{reverse('check-in-new', args=['member'])}?like={row.pk}",
                icon="person-plus",
            )
        )
    moves += [
        parts.Move(_("Change"), reverse("check-in-change", args=[row.pk]), icon="pen"),
        parts.Move(
            _("End the check-in"), reverse("check-in-end", args=[row.pk]), icon="x-circle", method="post"
        ),
    ]
    return parts.Moves(allowed=moves)


def _drafts(row: CheckIn, given: set[int], *, user: User, today: date) -> list[tuple[int, str]]:
    """Return the years on which an opinion can be drafted with one click, with the address of each. No query."""
    if not row.is_unit or refusal_of(lambda: opinions.check_draft(row, by=user)):
        return []
    years = [
        year for year in (today.year - 1, today.year) if year >= row.starts_on.year and year not in given
    ]
    return [(year, reverse("opinion-draft", args=[row.pk, year])) for year in years]


def _members_of(units: list[CheckIn]) -> dict[tuple[str, str], int]:
    """Return how many active members of each unit checked in to the same community. One query, none for no unit."""
    if not units:
        return {}
    where = Q(pk__in=[])
    for row in units:
        where |= Q(community=row.community_id, unit_name=row.unit_name)
    found = CheckIn.objects.members().running().filter(where).values_list("community", "unit_name")
    return {(place, name): n for place, name, n in found.annotate(n=Count("pk")).order_by()}
