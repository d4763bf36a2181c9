"""Answers about communities. Every function that lists takes the user and goes through `visible_to`."""

from communities.models import (
    Activity,
    CheckIn,
    CommunityNeed,
    Compound,
    Grid,
    ServiceRecord,
    Undertaking,
    VolunteerPlace,
    YearlyOpinion,
)
from communities.querysets import (
    ActivityQuerySet,
    CheckInQuerySet,
    CompoundQuerySet,
    GridQuerySet,
    NeedQuerySet,
    OpinionQuerySet,
    ServiceRecordQuerySet,
    UndertakingQuerySet,
    VolunteerPlaceQuerySet,
)
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P


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


# -- check-ins, service, volunteers ------------------------------------------------------------------------
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
