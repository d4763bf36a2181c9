"""Part-time members (兼职委员) on their chain: recommended, approved by the street, filed by the county, in office.

What each step needs stands in `models.CHAIN`; who may make it in `committee_rights`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused
from communities.models import (
    CHAIN,
    BigCommittee,
    Compound,
    MemberStatus,
    PartTimeMember,
    Post,
)
from communities.services import committee_telling as telling
from communities.services.committee_rights import check_amends, check_member_move, check_recommends
from kunming_portal.accounts.models import User
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.organisations.models import Unit

RECOMMENDED = gettext_noop("%(community)s recommends %(name)s (%(unit)s) as a part-time member: to approve.")
APPROVED = gettext_noop("The street approved %(name)s (%(unit)s) of %(community)s: to file.")
FILED = gettext_noop("%(name)s (%(unit)s) was filed as a part-time member. Now take the member into office.")
REFUSED = gettext_noop("%(name)s (%(unit)s) was refused as a part-time member: %(reason)s")


@dataclass(frozen=True)
class Proposal:
    """Who is recommended, of which unit, for what. `unit` where the unit is in the portal."""

    name: str
    unit_name: str
    unit: Unit | None = None
    unit_post: str = ""
    post: str = Post.MEMBER
    duties: str = ""
    compound: Compound | None = None
    recommended_on: date | None = None


def search_text_of(name: str, unit_name: str) -> str:
    """Return what a member is found by: name and unit, their pinyin and initials."""
    return f"{get_search_text(name, name)} {get_search_text(unit_name, unit_name)}"


def recommend(*, committee: BigCommittee, proposal: Proposal, by: User, now: datetime) -> PartTimeMember:
    """Recommend somebody for the committee; return the member. Those who approve for the street are told.

    Refuses as `check_recommends`, a day to come, somebody who is on the committee already (for whichever unit), a
    compound of another community, and more than the committee's places. About eight queries.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        locked = lock_committee(committee)
        held = check_recommends(locked, by=by, on=today)
        check_proposal(locked, proposal, today=today)
        member = PartTimeMember.objects.create(
            committee=locked,
            name=proposal.name,
            unit_name=proposal.unit_name,
            unit=proposal.unit,
            unit_post=proposal.unit_post,
            post=proposal.post,
            duties=proposal.duties,
            compound=proposal.compound,
            recommended_on=proposal.recommended_on or today,
            search_text=search_text_of(proposal.name, proposal.unit_name),
        )
        telling.record(
            locked, "member_recommended", subject=member, by=by, now=now, unit=held.unit, data=_of(member)
        )
        telling.tell_street(
            locked, RECOMMENDED, _words(member), link=member.get_absolute_url(), but=by, now=now
        )
    return member


def check_proposal(committee: BigCommittee, proposal: Proposal, *, today: date) -> None:
    """Refuse a recommendation that breaks a rule of the committee, each with a sentence at its field. Three queries."""
    if proposal.recommended_on is not None and proposal.recommended_on > today:
        raise CommunityRefused(_("The day must not lie after today."), code="recommended_on")
    if proposal.compound is not None and proposal.compound.community_id != committee.community_id:
        raise CommunityRefused(_("This compound lies in another community."), code="compound")
    sitting = list(committee.members.sitting())
    for other in sitting:
        if other.name == proposal.name:
            raise CommunityRefused(same_person(other, proposal.unit_name), code="name")
    if committee.posts.filter(name=proposal.name).exists():
        raise CommunityRefused(
            _("%(name)s is a full-time member of this committee.") % {"name": proposal.name}, code="name"
        )
    if len(sitting) >= committee.part_time_places:
        raise CommunityRefused(
            _("All %(number)d places of part-time members are taken. Change the composition first.")
            % {"number": committee.part_time_places},
            code="places",
        )


def same_person(other: PartTimeMember, unit_name: str) -> str:
    """Return why somebody cannot be a member twice: for the same unit, or for two."""
    if other.unit_name == unit_name:
        return _("%(name)s of %(unit)s is on this committee already.") % {
            "name": other.name,
            "unit": other.unit_name,
        }
    return _(
        "%(name)s is on this committee for %(unit)s already. One person is a part-time member for one unit."
    ) % {"name": other.name, "unit": other.unit_name}


def approve(*, member: PartTimeMember, by: User, now: datetime) -> PartTimeMember:
    """Approve for the street. Those who file for the county are told. Refuses as `check_member_move`."""
    with transaction.atomic():
        locked, unit = _begin("approve", member, by=by)
        locked.approved_on, locked.approved_by = timezone.localdate(now), by
        _finish("approve", locked, unit=unit, by=by, now=now)
        telling.tell_county(
            locked.committee, APPROVED, _words(locked), link=locked.get_absolute_url(), but=by, now=now
        )
    return locked


def file(*, member: PartTimeMember, by: User, now: datetime) -> PartTimeMember:
    """File with the county's organisation department. The community is told. Refuses as `check_member_move`."""
    with transaction.atomic():
        locked, unit = _begin("file", member, by=by)
        locked.filed_on, locked.filed_by = timezone.localdate(now), by
        _finish("file", locked, unit=unit, by=by, now=now)
        telling.tell_community(
            locked.committee, FILED, _words(locked), link=locked.get_absolute_url(), but=by, now=now
        )
    return locked


def refuse(*, member: PartTimeMember, reason: str, by: User, now: datetime) -> PartTimeMember:
    """Refuse at the step where the member stands, with a reason; the community is told.

    Refuses as `check_member_move`, and no reason.
    """
    with transaction.atomic():
        locked, unit = _begin("refuse", member, by=by)
        if not reason.strip():
            raise CommunityRefused(_("Say why."), code="reason")
        locked.ended_on, locked.end_reason = timezone.localdate(now), reason
        _finish("refuse", locked, unit=unit, by=by, now=now, reason=reason)
        telling.tell_community(
            locked.committee,
            REFUSED,
            _words(locked) | {"reason": reason},
            link=locked.get_absolute_url(),
            but=by,
            now=now,
        )
    return locked


def appoint(*, member: PartTimeMember, on: date, by: User, now: datetime) -> PartTimeMember:
    """Take a filed member into office from a day on (聘用). Refuses a day before the filing or after today."""
    with transaction.atomic():
        locked, unit = _begin("appoint", member, by=by)
        _check_day(on, not_before=locked.filed_on, today=timezone.localdate(now))
        locked.in_office_on = on
        _finish("appoint", locked, unit=unit, by=by, now=now, data={"on": on.isoformat()})
    return locked


def leave(*, member: PartTimeMember, on: date, reason: str, by: User, now: datetime) -> PartTimeMember:
    """Record that a member left on a day, and why. Refuses a day before taking office or after today, no reason."""
    with transaction.atomic():
        locked, unit = _begin("leave", member, by=by)
        if not reason.strip():
            raise CommunityRefused(_("Say why."), code="reason")
        _check_day(on, not_before=locked.in_office_on or locked.filed_on, today=timezone.localdate(now))
        locked.ended_on, locked.end_reason = on, reason
        _finish("leave", locked, unit=unit, by=by, now=now, reason=reason, data={"on": on.isoformat()})
    return locked


def amend(
    *,
    member: PartTimeMember,
    unit_post: str,
    post: str,
    duties: str,
    compound: Compound | None,
    by: User,
    now: datetime,
) -> PartTimeMember:
    """Change posts, division of work and contact compound of a member; name and unit stay what was signed.

    Refuses who keeps no records here, a member who left or was refused, and a compound of another community.
    """
    with transaction.atomic():
        locked = lock_member(member)
        held = check_amends(locked, by=by)
        if compound is not None and compound.community_id != locked.committee.community_id:
            raise CommunityRefused(_("This compound lies in another community."), code="compound")
        locked.unit_post, locked.post = unit_post, post
        locked.duties, locked.compound = duties, compound
        locked.save()
        telling.record(
            locked.committee,
            "member_changed",
            subject=locked,
            by=by,
            now=now,
            unit=held.unit,
            data=_of(locked) | {"duties": duties, "compound": compound.name if compound is not None else ""},
        )
    return locked


EVENTS = {
    "approve": "member_approved",
    "file": "member_filed",
    "refuse": "member_refused",
    "appoint": "member_in_office",
    "leave": "member_left",
}


def lock_committee(committee: BigCommittee) -> BigCommittee:
    """Return the committee as it stands, locked: whoever counts places or numbers locks it. One query."""
    rows = BigCommittee.objects.select_for_update(of=("self",)).select_related("community")
    return rows.get(pk=committee.pk)


def lock_member(member: PartTimeMember) -> PartTimeMember:
    """Return the member as it stands, locked, with committee and community. One query."""
    rows = PartTimeMember.objects.select_for_update(of=("self",))
    return rows.select_related("committee__community", "unit", "compound").get(pk=member.pk)


def _begin(move: str, member: PartTimeMember, *, by: User) -> tuple[PartTimeMember, Unit]:
    locked = lock_member(member)
    return locked, check_member_move(move, locked, by=by).unit


def _finish(
    move: str,
    member: PartTimeMember,
    *,
    unit: Unit,
    by: User,
    now: datetime,
    reason: str = "",
    data: dict[str, str] | None = None,
) -> None:
    member.status = CHAIN[move][1]
    member.save()
    telling.record(
        member.committee,
        EVENTS[move],
        subject=member,
        by=by,
        now=now,
        unit=unit,
        reason=reason,
        data=_of(member) | (data or {}),
    )


def _check_day(on: date, *, not_before: date | None, today: date) -> None:
    if on > today:
        raise CommunityRefused(_("The day must not lie after today."), code="on")
    if not_before is not None and on < not_before:
        raise CommunityRefused(
            _("The day must not lie before %(day)s.") % {"day": not_before.isoformat()}, code="on"
        )


def _of(member: PartTimeMember) -> dict[str, str]:
    return {"unit": member.unit_name, "status": MemberStatus(member.status).value}


def _words(member: PartTimeMember) -> dict[str, str]:
    return {
        "name": member.name,
        "unit": member.unit_name,
        "community": member.committee.community.short_name,
    }
