"""Who may do what on a big Party committee. `check_*` refuses with a sentence; edges ask them for their buttons too."""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from communities.committee_selectors import get_seats
from communities.guards import CommunityRefused, check_keeps
from communities.models import (
    CHAIN,
    ENDED,
    MEETING_MOVES,
    BigCommittee,
    CommitteeMeeting,
    MemberStatus,
    PartTimeMember,
)
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit

STREET_DIGITS, COUNTY_DIGITS = 9, 6


def check_approves(community_code: str, *, by: User) -> Appointment:
    """Return the appointment in which `by` approves for the street of this community: at its street office.

    Refuses everybody else, leaders of other streets and of counties too (domain.md §3: 街道党工委审批). No query once
    rights are loaded.
    """
    return _check_seat(
        P.COMMITTEE_APPROVE,
        Unit.Kind.STREET_OFFICE,
        community_code[:STREET_DIGITS],
        by=by,
        sentence=_(
            "Part-time members are approved by the leaders of the street in which the community lies."
        ),
    )


def check_files(community_code: str, *, by: User) -> Appointment:
    """Return the appointment in which `by` files for the county of this community: at its Party committee.

    Refuses everybody else (domain.md §3: 组织部备案). No query once rights are loaded.
    """
    return _check_seat(
        P.COMMITTEE_FILE,
        Unit.Kind.PARTY_COMMITTEE,
        community_code[:COUNTY_DIGITS],
        by=by,
        sentence=_("Part-time members are filed by the organisation department of the county."),
    )


def check_term(community: Division, *, by: User) -> Appointment:
    """Return the appointment in which `by` keeps the committees of this community. At most two queries."""
    if community.level != Division.Level.COMMUNITY:
        raise CommunityRefused(_("A big Party committee belongs to a community."), code="community")
    return check_keeps(community.pk, by=by)


def check_recommends(committee: BigCommittee, *, by: User, on: date) -> Appointment:
    """Return the appointment in which `by` recommends for this committee. Refuses a term that is over."""
    held = check_keeps(committee.community_id, by=by)
    if committee.ends_on < on:
        raise CommunityRefused(_("The term is over. Enter the new term first."), code="term")
    return held


def check_member_move(move: str, member: PartTimeMember, *, by: User) -> Appointment:
    """Return the appointment in which `by` makes this move of the chain (`CHAIN`) with this member.

    Refuses a step out of turn, and whoever has not the right at the right seat. At most two queries.
    """
    allowed, _target = CHAIN[move]
    if member.status not in allowed:
        raise CommunityRefused(
            _("Now: %(status)s. This step is not possible.") % {"status": member.get_status_display()},
            code="status",
        )
    code = member.committee.community_id
    if move == "approve" or (move == "refuse" and member.status == MemberStatus.RECOMMENDED):
        return check_approves(code, by=by)
    if move in ("file", "refuse"):
        return check_files(code, by=by)
    return check_keeps(code, by=by)


def check_amends(member: PartTimeMember, *, by: User) -> Appointment:
    """Return the appointment in which `by` changes posts and work of a member. Refuses one who left or was refused."""
    held = check_keeps(member.committee.community_id, by=by)
    if member.status in ENDED:
        raise CommunityRefused(
            _("Now: %(status)s. This step is not possible.") % {"status": member.get_status_display()},
            code="status",
        )
    return held


def check_reviews(member: PartTimeMember, *, by: User) -> Appointment:
    """Return the appointment in which `by` records the member's duty reports and appraisals.

    Refuses a member who never was in office: there is nothing to report on.
    """
    held = check_keeps(member.committee.community_id, by=by)
    if not member.has_served:
        raise CommunityRefused(
            _("%(name)s is not in office yet. Report and appraisal come after that.") % {"name": member.name},
            code="status",
        )
    return held


def check_meets(committee: BigCommittee, *, by: User) -> Appointment:
    """Return the appointment in which `by` plans meetings of this committee."""
    return check_keeps(committee.community_id, by=by)


def check_meeting_move(move: str, meeting: CommitteeMeeting, *, by: User) -> Appointment:
    """Return the appointment in which `by` makes this move (`MEETING_MOVES`). Refuses a move out of turn."""
    held = check_keeps(meeting.committee.community_id, by=by)
    allowed, _target = MEETING_MOVES[move]
    if meeting.state not in allowed:
        raise CommunityRefused(
            _("Now: %(status)s. This step is not possible.") % {"status": meeting.get_state_display()},
            code="state",
        )
    return held


def may(check: Callable[[], object]) -> bool:
    """Say whether the check lets somebody through: for buttons."""
    try:
        check()
    except CommunityRefused:
        return False
    return True


def _check_seat(permission: P, kind: Unit.Kind, seat: str, *, by: User, sentence: str) -> Appointment:
    held = get_seats(by, permission, kind).get(seat)
    if held is None:
        raise CommunityRefused(sentence, code="role")
    return held
