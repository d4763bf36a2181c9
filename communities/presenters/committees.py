"""What the pages of big Party committees show: rows of the lists, a committee, a member, what waits for a signature."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.committee_selectors import get_committees, get_members_to_sign, get_part_time_members
from communities.models import (
    CHAIN,
    BigCommittee,
    CommitteeMeeting,
    CommitteePost,
    DutyReport,
    MemberStatus,
    PartTimeMember,
)
from communities.services import committee_rights as rights
from communities.services.committee_terms import posts_of
from communities.services.committee_years import years_of
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.divisions.selectors import get_ancestors
from kunming_portal.ui import parts


# -- lists -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class PlaceRow:
    """One community of the list: its committee or None, members by where they stand, the next meeting."""

    place: Division
    committee: BigCommittee | None
    secretary: str = ""
    in_office: int = 0
    waiting: int = 0
    to_appoint: int = 0
    meeting: CommitteeMeeting | None = None
    is_over: bool = False


def place_rows(places: Iterable[Division], *, today: dt.date) -> list[PlaceRow]:
    """Return the rows of these communities (with `committee_id`), in their order. Four queries, however many."""
    places = list(places)
    keys = [vars(place)["committee_id"] for place in places if vars(place)["committee_id"] is not None]
    committees = {one.pk: one for one in BigCommittee.objects.filter(pk__in=keys)}
    secretaries = dict(
        CommitteePost.objects.filter(committee__in=keys, post="secretary").values_list("committee", "name")
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    numbers = PartTimeMember.objects.filter(committee__in=keys).values_list("committee", "status")
    for key, status, number in numbers.annotate(number=Count("pk")):
        counts[key][status] = number
    coming = CommitteeMeeting.objects.to_come().filter(committee__in=keys).order_by("-planned_at")
    meetings = {meeting.committee_id: meeting for meeting in coming}  # the soonest is written last
    rows = []
    for place in places:
        committee = committees.get(vars(place)["committee_id"])
        found = counts[committee.pk] if committee is not None else {}
        rows.append(
            PlaceRow(
                place=place,
                committee=committee,
                secretary=secretaries.get(committee.pk, "") if committee is not None else "",
                in_office=found.get(MemberStatus.IN_OFFICE, 0),
                waiting=found.get(MemberStatus.RECOMMENDED, 0) + found.get(MemberStatus.APPROVED, 0),
                to_appoint=found.get(MemberStatus.FILED, 0),
                meeting=meetings.get(committee.pk) if committee is not None else None,
                is_over=committee is not None and committee.ends_on < today,
            )
        )
    return rows


@dataclass(frozen=True)
class Figures:
    """How many committees and part-time members in office a territory has, and where their rows are."""

    committees: int
    members: int
    committees_url: str
    members_url: str


def get_figures(*, user: User, division: str, today: dt.date) -> Figures:
    """Return the figures of what the person sees, of one division if it is given. Two queries."""
    where = f"division={division}" if division.isdigit() else ""
    committees = get_committees(user=user).filter(starts_on__lte=today, ends_on__gte=today)
    members = get_part_time_members(user=user).in_office()
    if where:
        committees = committees.filter(starts_with_any([division], field="community__code"))
        members = members.filter(starts_with_any([division], field="committee__community__code"))
    return Figures(
        committees.count(),
        members.count(),
        f"{reverse('committees')}?{where}",
        f"{reverse('committee-members')}?status=in_office&{where}".rstrip("&"),
    )


def waiting(user: User) -> tuple[str, str, int] | None:
    """Return label, address and number of the part-time members that wait for this person's signature, or None.

    For the start page. One query, none for whoever signs nothing.
    """
    if not (user.can(P.COMMITTEE_APPROVE) or user.can(P.COMMITTEE_FILE)):
        return None
    number = get_members_to_sign(user=user).count()
    if not number:
        return None
    return _("Part-time members to approve or file"), reverse("committee-approvals"), number


# -- a member ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ChainStep:
    """One step of the chain: its word, its day, and whether it is done or comes now."""

    label: str
    day: dt.date | None
    state: str


def chain_of(member: PartTimeMember) -> list[ChainStep]:
    """Return where a member stands on the chain, step by step. No query."""
    days = [member.recommended_on, member.approved_on, member.filed_on, member.in_office_on]
    words = [
        pgettext("chain", "Recommend"),
        pgettext("chain", "Approve"),
        pgettext("chain", "File"),
        pgettext("chain", "In office"),
    ]
    steps = [
        ChainStep(word, day, "done" if day is not None else "") for word, day in zip(words, days, strict=True)
    ]
    done = sum(day is not None for day in days)
    if member.ended_on is not None:
        last = ChainStep(str(member.get_status_display()), member.ended_on, "now")
        return [*steps[:done], last]
    at = min(done, len(steps) - 1)
    return [*steps[:at], ChainStep(steps[at].label, steps[at].day, "now"), *steps[at + 1 :]]


@dataclass(frozen=True)
class MemberRow:
    """A member in the list of a committee: the chain, and how the last year was appraised."""

    member: PartTimeMember
    chain: list[ChainStep]
    last: DutyReport | None


def member_rows(members: Iterable[PartTimeMember]) -> list[MemberRow]:
    """Return the rows of these members, in their order. One query."""
    members = list(members)
    reports = DutyReport.objects.filter(member__in=members).select_related("appraisal").order_by("year")
    newest = {report.member_id: report for report in reports}
    return [MemberRow(member, chain_of(member), newest.get(member.pk)) for member in members]


@dataclass(frozen=True)
class SignRow:
    """A member that waits for this person: what signing means for it."""

    member: PartTimeMember
    verb: str
    since: dt.date


def members_to_sign(user: User) -> list[SignRow]:
    """Return who waits for this person's signature, the longest first, at most 200. One query."""
    rows = get_members_to_sign(user=user).select_related("committee__community", "compound")
    return [
        SignRow(one, move_words("file"), one.approved_on)
        if one.approved_on is not None
        else SignRow(one, move_words("approve"), one.recommended_on)
        for one in rows.order_by("recommended_on", "pk")[:200]
    ]


MOVE_ICONS = {
    "approve": "check2",
    "file": "check2",
    "appoint": "person-check",
    "leave": "box-arrow-right",
    "refuse": "x-lg",
    "report": "journal-text",
    "appraise": "award",
    "amend": "pen",
}


def move_words(move: str) -> str:
    """Return what a button of a member's page says."""
    return {
        "approve": pgettext("part-time member verb", "Approve"),
        "file": pgettext("part-time member verb", "File"),
        "appoint": _("Take into office"),
        "leave": _("Record that the member left"),
        "refuse": pgettext("part-time member verb", "Refuse"),
        "report": _("Record the duty report"),
        "appraise": pgettext("part-time member verb", "Appraise"),
        "amend": _("Change posts and work"),
    }[move]


def years_to_report(member: PartTimeMember, *, today: dt.date) -> list[int]:
    """Return the years that wait for a duty report, the newest first. One query."""
    known = set(member.reports.values_list("year", flat=True))
    return [year for year in years_of(member, today=today) if year not in known]


def years_to_appraise(member: PartTimeMember) -> list[int]:
    """Return the years that were reported and not appraised, the newest first. One query."""
    return list(member.reports.filter(appraisal=None).order_by("-year").values_list("year", flat=True))


def member_moves(member: PartTimeMember, *, user: User, today: dt.date) -> parts.Moves:
    """Return what this person may do with a member now. Two queries."""
    open_moves = [
        move for move in CHAIN if rights.may(partial(rights.check_member_move, move, member, by=user))
    ]
    if rights.may(partial(rights.check_reviews, member, by=user)):
        if years_to_appraise(member):
            open_moves.append("appraise")
        if years_to_report(member, today=today):
            open_moves.append("report")
    if rights.may(partial(rights.check_amends, member, by=user)):
        open_moves.append("amend")
    red = next(
        (move for move in ("approve", "file", "appoint", "appraise", "report") if move in open_moves), ""
    )
    allowed = [
        parts.Move(
            label=move_words(move),
            url=reverse("committee-member-move", args=[member.pk, move]),
            icon=MOVE_ICONS[move],
            primary=move == red,
        )
        for move in sorted(open_moves, key=lambda one: one != red)
    ]
    return parts.Moves(allowed=allowed)


# -- a committee ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class CommitteePage:
    """A committee with all that belongs to it. `tasks` are the rows of its open tasks."""

    committee: BigCommittee
    crumbs: list[parts.Crumb]
    posts: list[tuple[str, str]]
    members: list[MemberRow]
    former: list[MemberRow]
    taken: int
    meetings: Sequence[CommitteeMeeting]
    next_meeting: CommitteeMeeting | None
    terms: Sequence[BigCommittee]
    moves: parts.Moves = field(default_factory=parts.Moves)
    is_over: bool = False

    @property
    def secretary(self) -> str:
        """The secretary's name, or nothing."""
        return next((name for name, post in self.posts if post == "secretary"), "")


def committee_page(committee: BigCommittee, *, user: User, now: dt.datetime) -> CommitteePage:
    """Return what the page of a committee shows. Eight queries."""
    today = timezone.localdate(now)
    found = member_rows(committee.members.select_related("compound").order_by("pk"))
    sitting = [row for row in found if row.member.ended_on is None]
    meetings = list(committee.meetings.annotate(decided=Count("decisions")).order_by("-number")[:12])
    coming = [one for one in meetings if not one.is_over]
    return CommitteePage(
        committee=committee,
        crumbs=crumbs_of(committee.community_id, "committees"),
        posts=posts_of(committee),
        members=sitting,
        former=[row for row in found if row.member.ended_on is not None],
        taken=len(sitting),
        meetings=meetings,
        next_meeting=min(coming, key=lambda one: one.planned_at, default=None),
        terms=list(
            BigCommittee.objects.filter(community=committee.community_id)
            .exclude(pk=committee.pk)
            .order_by("-number")
        ),
        moves=committee_moves(committee, user=user, today=today),
        is_over=committee.ends_on < today,
    )


def committee_moves(committee: BigCommittee, *, user: User, today: dt.date) -> parts.Moves:
    """Return what this person may do with a committee. At most one query."""
    if not rights.may(partial(rights.check_meets, committee, by=user)):
        return parts.Moves()
    last = BigCommittee.objects.filter(community=committee.community_id).aggregate(last=Max("number"))["last"]
    is_over = committee.ends_on < today
    move = partial(_committee_move, committee)
    found = []
    if not is_over:
        found.append(move("committee-meeting-new", _("Plan a meeting"), "calendar-event", primary=True))
        found.append(move("committee-recommend", _("Recommend a member"), "person-plus"))
    found.append(move("committee-change", _("Change the composition"), "pen"))
    if last == committee.number:
        address = f"{reverse('committee-new')}?community={committee.community_id}"
        found.append(parts.Move(label=_("Enter the next term"), url=address, icon="plus-lg", primary=is_over))
    return parts.Moves(allowed=found)


def crumbs_of(code: str, route: str) -> list[parts.Crumb]:
    """Return the divisions from the city down to here, each leading to the list of that division. One query."""
    above = get_ancestors(code)
    return [
        parts.Crumb(one.name if one.level != "community" else one.short_name, _list_of(route, one))
        for one in above
    ]


def _list_of(route: str, division: Division) -> str:
    return f"{reverse(route)}?division={division.pk}"


def _committee_move(
    committee: BigCommittee, route: str, label: str, icon: str, *, primary: bool = False
) -> parts.Move:
    return parts.Move(label=label, url=reverse(route, args=[committee.pk]), icon=icon, primary=primary)
