"""Terms and part-time members that come in from a workbook: set operations, one entry in the trail an import.

A keeper imports recommendations. Steps that were taken elsewhere (approved, filed, in office, left) are entered by
those who answer for the filing: the county's Party committee, or the city's office (ADR 0036). Who approved is then
on paper, so the portal names nobody.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from communities.committee_selectors import get_seats
from communities.models import BigCommittee, CommitteePost, MemberStatus, PartTimeMember
from communities.services.committee_members import Proposal, search_text_of
from communities.services.committee_rights import STREET_DIGITS
from communities.services.committee_telling import KIND
from communities.services.committee_terms import Term
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people_by_place
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit

BATCH = 1000
IMPORTED = gettext_noop("%(number)s part-time members were recommended by an import: to approve.")


@dataclass(frozen=True)
class Steps:
    """The days of a chain that was gone elsewhere; the last one says where the member stands."""

    approved_on: date | None = None
    filed_on: date | None = None
    in_office_on: date | None = None
    ended_on: date | None = None
    end_reason: str = ""

    @property
    def status(self) -> MemberStatus:
        """Where a member with these days stands: ended before the filing is refused, after it left."""
        if self.ended_on is not None:
            return MemberStatus.LEFT if self.filed_on is not None else MemberStatus.REFUSED
        if self.in_office_on is not None:
            return MemberStatus.IN_OFFICE
        if self.filed_on is not None:
            return MemberStatus.FILED
        return MemberStatus.APPROVED if self.approved_on is not None else MemberStatus.RECOMMENDED


def enters_steps(user: User, community_code: str) -> bool:
    """Whether this person may enter steps of the chain by an import: who files for a county, or the city's office.

    No query once rights are loaded.
    """
    seats = [
        *get_seats(user, P.COMMITTEE_FILE, Unit.Kind.PARTY_COMMITTEE),
        *get_seats(user, P.COMMITTEE_FILE, Unit.Kind.LEADING_GROUP),
    ]
    return any(community_code.startswith(seat) for seat in seats)


def import_terms(
    *,
    new: Sequence[tuple[str, Term]],
    changed: Sequence[tuple[BigCommittee, Term]],
    by: User,
    now: datetime,
) -> None:
    """Write terms by the code of their community, and changed ones; the caller has checked them. Six statements.

    One entry in the trail, in the history of who imports.
    """
    with transaction.atomic():
        # changed ones first: a new term may begin where an old one now ends
        for committee, term in changed:
            for name, value in _fields(term).items():
                setattr(committee, name, value)
        old = [committee for committee, _term in changed]
        BigCommittee.objects.bulk_update(old, list(_fields_names()), batch_size=BATCH)
        CommitteePost.objects.filter(committee__in=old).delete()
        made = BigCommittee.objects.bulk_create(
            [BigCommittee(community_id=code, **_fields(term)) for code, term in new], batch_size=BATCH
        )
        terms = [*(term for _code, term in new), *(term for _committee, term in changed)]
        CommitteePost.objects.bulk_create(
            [
                CommitteePost(committee=committee, name=name, post=post)
                for committee, term in zip([*made, *old], terms, strict=True)
                for name, post in term.posts
            ],
            batch_size=BATCH,
        )
        _record("committees", new=len(new), changed=len(changed), by=by, now=now)


def import_members(
    *,
    new: Sequence[tuple[BigCommittee, Proposal, Steps]],
    changed: Sequence[tuple[PartTimeMember, Proposal, Steps]],
    by: User,
    now: datetime,
) -> None:
    """Write part-time members; the caller has checked them. Those who approve hear once a street. Seven statements."""
    with transaction.atomic():
        # changed ones first: somebody may leave whose place is taken in the same file
        old = [_filled(member, proposal, steps) for member, proposal, steps in changed]
        PartTimeMember.objects.bulk_update(old, MEMBER_FIELDS, batch_size=BATCH)
        rows = [_filled(PartTimeMember(committee=one), proposal, steps) for one, proposal, steps in new]
        PartTimeMember.objects.bulk_create(rows, batch_size=BATCH)
        _record("committee-members", new=len(new), changed=len(changed), by=by, now=now)
        _tell(rows, but=by, now=now)


MEMBER_FIELDS = [
    "unit_name",
    "unit",
    "unit_post",
    "post",
    "duties",
    "compound",
    "approved_on",
    "filed_on",
    "in_office_on",
    "ended_on",
    "end_reason",
    "status",
    "search_text",
]


def _filled(member: PartTimeMember, proposal: Proposal, steps: Steps) -> PartTimeMember:
    assert proposal.recommended_on is not None
    member.name, member.unit_name, member.unit = proposal.name, proposal.unit_name, proposal.unit
    member.unit_post, member.post, member.duties = proposal.unit_post, proposal.post, proposal.duties
    member.compound, member.recommended_on = proposal.compound, proposal.recommended_on
    member.approved_on, member.filed_on = steps.approved_on, steps.filed_on
    member.in_office_on, member.ended_on = steps.in_office_on, steps.ended_on
    member.end_reason, member.status = steps.end_reason, steps.status
    member.search_text = search_text_of(proposal.name, proposal.unit_name)
    return member


def _fields(term: Term) -> dict[str, date | int]:
    return {name: getattr(term, name) for name in _fields_names()}


def _fields_names() -> tuple[str, ...]:
    return ("number", "starts_on", "ends_on", "full_time_places", "part_time_places")


def _record(register: str, *, new: int, changed: int, by: User, now: datetime) -> None:
    trail.record(
        trail.Entry(
            stream=f"user:{by.pk}",
            event="committee.imported",
            subject=by,
            label=str(by),
            at=now,
            by=by,
            data={"register": register, "new": new, "changed": changed},
        )
    )


def _tell(rows: Iterable[PartTimeMember], *, but: User, now: datetime) -> None:
    """Tell those who approve, once a street, however many rows. Two queries, and those of the notices."""
    waiting = Counter(
        row.committee.community_id[:STREET_DIGITS] for row in rows if row.status == MemberStatus.RECOMMENDED
    )
    people = get_people_by_place(permission=P.COMMITTEE_APPROVE, division_codes=waiting)
    link = reverse("committee-approvals")
    pairs = [
        (user, Message(kind=KIND, sentence=IMPORTED, values={"number": str(number)}, link=link))
        for street, number in waiting.items()
        for user in people.get(street, [])
        if user.pk != but.pk
    ]
    notifications.write(pairs, now=now)
