"""Answers about communities. Every function that lists takes the user and goes through `visible_to`."""

from datetime import date, datetime

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from communities.models import (
    Activity,
    AdmissionRequest,
    Ask,
    CheckIn,
    CommunityNeed,
    Compound,
    CompoundBranch,
    CrossPost,
    Grid,
    ListStep,
    PowerRecord,
    ServiceRecord,
    Undertaking,
    UndertakingDeadline,
    VolunteerPlace,
    WorkItem,
    WorkKind,
    YearlyOpinion,
)
from communities.querysets import (
    ActivityQuerySet,
    AdmissionQuerySet,
    AskQuerySet,
    BranchQuerySet,
    CheckInQuerySet,
    CompoundQuerySet,
    CrossPostQuerySet,
    GridQuerySet,
    NeedQuerySet,
    OpinionQuerySet,
    PowerQuerySet,
    ServiceRecordQuerySet,
    UndertakingQuerySet,
    VolunteerPlaceQuerySet,
    WorkItemQuerySet,
)
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.roles import roles_allowing
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet, starts_with_any
from kunming_portal.organisations.models import Unit


def get_compounds(*, user: User, permission: P = P.COMMUNITY_VIEW) -> CompoundQuerySet:
    """Return the compounds this right of the person reaches: lists, pages, exports, choices."""
    return Compound.objects.visible_to(user, permission)


def get_grids(*, user: User, permission: P = P.COMMUNITY_VIEW) -> GridQuerySet:
    """Return the grids this right of the person reaches."""
    return Grid.objects.visible_to(user, permission)


def get_undertakings(*, user: User) -> UndertakingQuerySet:
    """Return the undertakings the person sees: of the territory, of the unit that owes or issued them."""
    seen = Undertaking.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | Undertaking.objects.visible_to(user, P.UNDERTAKING_HANDLE)


def get_branches(*, user: User, permission: P = P.COMMUNITY_VIEW) -> BranchQuerySet:
    """Return the compound branches this right of the person reaches."""
    return CompoundBranch.objects.visible_to(user, permission)


def get_cross_posts(*, user: User, permission: P = P.COMMUNITY_VIEW) -> CrossPostQuerySet:
    """Return the cross-posts of the branches this right of the person reaches."""
    return CrossPost.objects.visible_to(user, permission)


def get_communities(*, user: User, permission: P = P.COMMUNITY_VIEW) -> DivisionQuerySet:
    """Return the communities of the person's territory, and the one a branch in which the person acts lies in."""
    scope = user.scope(permission)
    where = starts_with_any(scope.prefixes)
    if scope.unit_ids:
        where |= Q(units__in=list(scope.unit_ids), units__kind="branch")
    found = Division.objects.filter(where, level=Division.Level.COMMUNITY, valid_to=None).real()
    return found.distinct() if scope.unit_ids else found


def sees_undertaking(user: User, pk: int) -> bool:
    """Whether the person sees this undertaking today: asked before a notice about it is sent. One query."""
    return get_undertakings(user=user).filter(pk=pk).exists()


def get_waiting(*, user: User, now: datetime) -> UndertakingQuerySet:
    """Return the undertakings that wait for this person's units: to report on, and reports to judge.

    What a body outside the portal owes is the issuer's to keep after; it counts from its yellow light on.
    """
    units = units_of(user)
    if not units:
        return Undertaking.objects.none()
    near = UndertakingDeadline.objects.filter(undertaking=OuterRef("pk"), ended_at=None, yellow_at__lte=now)
    return Undertaking.objects.filter(
        Q(unit_id__in=units, status="open")
        | Q(issuer_id__in=units, status="reported")
        | Q(Exists(near), issuer_id__in=units, unit=None, status="open")
    )


def units_of(user: User) -> list[int]:
    """Return the units for which the person reports and judges, by the appointments that count now. No query."""
    held = (a for a in user.acting_appointments if P.UNDERTAKING_HANDLE in a.role_definition.allows)
    return sorted({a.unit_id for a in held})


def get_powers(*, user: User, permission: P = P.COMMUNITY_VIEW) -> PowerQuerySet:
    """Return the records of the five powers the person sees: of the territory, or of the own branch."""
    return PowerRecord.objects.visible_to(user, permission)


def get_addressees(compound: Compound, *, day: date) -> QuerySet[Unit]:
    """Return the units a branch may ask: those of the community, the street and the county above the compound.

    Branches are left out, and units without people: an undertaking there would ring for nobody. One query, when run.
    """
    code = compound.community_id
    roles = [role.key for role in roles_allowing(P.UNDERTAKING_HANDLE)]
    manned = Appointment.objects.in_force().holding(*roles).values("unit_id")
    units = Unit.objects.active(day).filter(division_id__in=[code, code[:9], code[:6]], pk__in=manned)
    return units.exclude(kind=Unit.Kind.BRANCH).order_by("-division_id", "kind", "name", "id")


def get_work_items(*, user: User) -> WorkItemQuerySet:
    """Return the items of the lists that hold somewhere in the person's territory, or where the person's unit sits."""
    seen = WorkItem.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | WorkItem.objects.visible_to(user, P.BURDEN_APPLY)


def get_admissions(*, user: User) -> AdmissionQuerySet:
    """Return the admission requests for communities of the person's territory, and those of the person's unit."""
    seen = AdmissionRequest.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | AdmissionRequest.objects.visible_to(user, P.BURDEN_APPLY)


def get_asks(*, user: User) -> AskQuerySet:
    """Return what communities of the person's territory were asked for, and what the person's unit asked for."""
    seen = Ask.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | Ask.objects.visible_to(user, P.BURDEN_APPLY)


def sees_admission(user: User, pk: int) -> bool:
    """Whether the person sees this request today: asked before a notice about it is sent. One query."""
    return get_admissions(user=user).filter(pk=pk).exists()


def sees_ask(user: User, pk: int) -> bool:
    """Whether the person sees this ask today: asked before a notice about it is sent. One query."""
    return get_asks(user=user).filter(pk=pk).exists()


def count_lists(day: date) -> dict[str, int]:
    """Return how many `items` and `stamps` the city's lists hold on a day. One query."""
    city = WorkItem.objects.in_force(day).filter(scope__level="city")
    return city.aggregate(
        items=Count("pk", filter=~Q(kind=WorkKind.STAMP)), stamps=Count("pk", filter=Q(kind=WorkKind.STAMP))
    )


def get_list_steps() -> QuerySet[ListStep]:
    """Return the steps of the lists by day, each with the `items` and `stamps` in force on its day. One query."""
    there = WorkItem.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=OuterRef("day")),
        scope__level="city",
        valid_from__lte=OuterRef("day"),
    )

    def counted(rows: QuerySet[WorkItem]) -> Coalesce:
        alone = rows.order_by().annotate(one=F("scope__level")).values("one").annotate(n=Count("pk"))
        return Coalesce(Subquery(alone.values("n"), output_field=IntegerField()), 0)

    return ListStep.objects.annotate(
        items=counted(there.exclude(kind=WorkKind.STAMP)), stamps=counted(there.filter(kind=WorkKind.STAMP))
    ).order_by("day")


def get_check_ins(*, user: User) -> CheckInQuerySet:
    """Return the check-ins the person sees: of the territory, or of the unit."""
    seen = CheckIn.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | CheckIn.objects.visible_to(user, P.CHECK_IN)


def get_service_records(*, user: User) -> ServiceRecordQuerySet:
    """Return the service records the person sees: of the territory, or of the unit and its members."""
    seen = ServiceRecord.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | ServiceRecord.objects.visible_to(user, P.CHECK_IN)


def get_needs(*, user: User) -> NeedQuerySet:
    """Return the needs the person sees: of the territory, or of communities to which the unit checked in."""
    seen = CommunityNeed.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | CommunityNeed.objects.visible_to(user, P.CHECK_IN)


def get_opinions(*, user: User) -> OpinionQuerySet:
    """Return the yearly opinions the person sees: of the territory, or issued on the unit."""
    seen = YearlyOpinion.objects.visible_to(user, P.COMMUNITY_VIEW)
    return seen | YearlyOpinion.objects.visible_to(user, P.CHECK_IN)


def get_activities(*, user: User) -> ActivityQuerySet:
    """Return the volunteer activities of the person's territory."""
    return Activity.objects.visible_to(user, P.COMMUNITY_VIEW)


def get_volunteer_places(*, user: User) -> VolunteerPlaceQuerySet:
    """Return the volunteer service points of the person's territory."""
    return VolunteerPlace.objects.visible_to(user, P.COMMUNITY_VIEW)
