"""Answers about big Party committees. Every function that lists takes the user and goes through `visible_to`."""

import datetime as dt

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from communities.models import BigCommittee, CommitteeMeeting, PartTimeMember
from communities.querysets import BigCommitteeQuerySet, CommitteeMeetingQuerySet, PartTimeMemberQuerySet
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.organisations.models import Unit


def get_committees(*, user: User, permission: P = P.COMMUNITY_VIEW) -> BigCommitteeQuerySet:
    """Return the big Party committees this right of the person reaches."""
    return BigCommittee.objects.visible_to(user, permission)


def get_part_time_members(*, user: User, permission: P = P.COMMUNITY_VIEW) -> PartTimeMemberQuerySet:
    """Return the part-time members this right of the person reaches."""
    return PartTimeMember.objects.visible_to(user, permission)


def get_meetings(*, user: User) -> CommitteeMeetingQuerySet:
    """Return the meetings the person sees: of the territory, and of committees on which the person's unit sits."""
    seen = CommitteeMeeting.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | CommitteeMeeting.objects.visible_to(user, P.UNDERTAKING_HANDLE)


def get_current_committee(community_code: str, *, on: dt.date) -> BigCommittee | None:
    """Return the committee of the latest term that has begun; before the first: the one to come. One query."""
    found = BigCommittee.objects.filter(community=community_code).order_by("starts_on")
    begun = [one for one in found if one.starts_on <= on]
    return begun[-1] if begun else next(iter(found), None)


def get_committee_places(*, user: User, on: dt.date) -> QuerySet[Division]:
    """Return the real communities the person sees, each with `committee_id`: as `get_current_committee` says, or None.

    Ordered by nobody; two subqueries a row, each one step into the index of terms.
    """
    scope = user.scope(P.COMMUNITY_VIEW)
    where = starts_with_any(scope.prefixes)
    if scope.unit_ids:
        seats = Unit.objects.filter(pk__in=scope.unit_ids, kind="branch").values("division_id")
        where |= Q(pk__in=seats)
    terms = BigCommittee.objects.filter(community=OuterRef("pk"))
    begun = terms.filter(starts_on__lte=on).order_by("-starts_on").values("pk")[:1]
    places = Division.objects.level(Division.Level.COMMUNITY).real().valid_on(on).filter(where)
    return places.annotate(
        committee_id=Coalesce(Subquery(begun), Subquery(terms.order_by("starts_on").values("pk")[:1]))
    )


def get_seats(user: User, permission: P, kind: Unit.Kind) -> dict[str, Appointment]:
    """Return the divisions in which the person holds the right at a unit of this kind, with the appointment.

    For what one office alone decides, however far the right reaches. No query once rights are loaded.
    """
    return {
        held.unit.division_id: held
        for held in user.acting_appointments
        if permission in held.role_definition.allows and held.unit.kind == kind
    }


def get_members_to_sign(*, user: User) -> PartTimeMemberQuerySet:
    """Return the part-time members that wait for this person's approval (street) or filing (county)."""
    streets = get_seats(user, P.COMMITTEE_APPROVE, Unit.Kind.STREET_OFFICE)
    counties = get_seats(user, P.COMMITTEE_FILE, Unit.Kind.PARTY_COMMITTEE)
    place = "committee__community__code"
    waits = Q(status="recommended") & starts_with_any(streets, field=place)
    waits |= Q(status="approved") & starts_with_any(counties, field=place)
    return PartTimeMember.objects.filter(waits)
