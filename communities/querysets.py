"""Scope: what a right of a person reaches among the records of communities. The one choke point."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When

from kunming_portal.accounts.models import Scope, User
from kunming_portal.divisions.models import Division, codes_above
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.grams import needed, words_of
from kunming_portal.organisations.models import Unit

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        Activity,
        AdmissionRequest,
        Ask,
        BigCommittee,
        Building,
        CheckIn,
        CommitteeMeeting,
        CommunityNeed,
        CommunityWorker,
        Compound,
        CompoundBranch,
        CompoundGrant,
        CrossPost,
        Grid,
        GridPost,
        MeetingDecision,
        PartTimeMember,
        PowerRecord,
        ServiceRecord,
        Undertaking,
        VolunteerPlace,
        WorkerScheme,
        WorkItem,
        YearlyOpinion,
    )


def within(scope: Scope, *, community: str = "community", units: tuple[str, ...] = ()) -> Q:
    """Return the condition that a record lies in this scope.

    `community` is the path from the row to its community: territory is a prefix of that code. `units` are paths to
    units whose own record it is (the branch that leads it, the unit that owes it): a right with the reach UNIT sees
    exactly those. Without either nothing is seen.
    """
    where = starts_with_any(scope.prefixes, field=f"{community}__code")
    if scope.unit_ids:
        for path in units:
            where |= Q(**{f"{path}__in": list(scope.unit_ids)})
    return where


class CompoundQuerySet(models.QuerySet["Compound"]):
    """Filters over compounds."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Compounds of the person's territory, or of the branch in which the person acts."""
        return self.filter(within(user.scope(permission), units=("branch__unit",)))

    def in_use(self) -> Self:
        """Compounds that have not ended."""
        return self.filter(ended_on=None)

    def search(self, text: str) -> Self:
        """Compounds in whose name, address or property firm every word occurs: characters, pinyin, initials.

        The index of grams narrows; the text itself decides.
        """
        found = self
        for word in words_of(text):
            grams = needed(word)
            if grams:
                found = found.filter(grams__contains=sorted(grams))
            found = found.filter(search_text__contains=word)
        return found


class BuildingQuerySet(models.QuerySet["Building"]):
    """Filters over buildings."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Buildings of compounds this right reaches."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="compound__community", units=("compound__branch__unit",)))


class BranchQuerySet(models.QuerySet["CompoundBranch"]):
    """Filters over compound branches."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Branches of the person's territory, or the branch in which the person acts."""
        return self.filter(within(user.scope(permission), units=("unit",)))


class GridQuerySet(models.QuerySet["Grid"]):
    """Filters over grids."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Grids of the person's territory. A branch sees the grids of its community: they are its neighbours' too."""
        scope = user.scope(permission)
        where = within(scope)
        if scope.unit_ids:
            # no join: a compound secretary of two branches sees each grid once
            seats = Unit.objects.filter(pk__in=scope.unit_ids, kind="branch")
            where |= Q(community__in=seats.values("division"))
        return self.filter(where)


class UndertakingQuerySet(models.QuerySet["Undertaking"]):
    """Filters over undertakings."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Undertakings of the person's territory, of the branch that issued them, and of the unit that owes them."""
        return self.filter(within(user.scope(permission), units=("unit", "issuer")))

    def running(self) -> Self:
        """What somebody still has to report on or to judge."""
        return self.filter(ended_at=None)

    def owed_by(self, unit_ids: list[int]) -> Self:
        """What one of these units has to report on."""
        return self.filter(unit_id__in=unit_ids, status="open")

    def to_judge(self, unit_ids: list[int]) -> Self:
        """Reports that one of these issuing units accepts or sends back."""
        return self.filter(issuer_id__in=unit_ids, status="reported")


class WorkerQuerySet(models.QuerySet["CommunityWorker"]):
    """Filters over community workers."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Workers of the person's territory. A right with the reach UNIT sees nobody."""
        return self.filter(within(user.scope(permission)))

    def seen_by(self, user: User, permission: str) -> Self:
        """Workers this right reaches, and the person's own file."""
        return self.filter(within(user.scope(permission)) | Q(account=user.pk))

    def in_post(self, on: date | None = None) -> Self:
        """Who has not left; given a day, who worked on it."""
        if on is None:
            return self.filter(left_on=None)
        return self.filter(Q(left_on=None) | Q(left_on__gte=on), started_on__lte=on)

    def with_standing(self, on: date) -> Self:
        """Add `post_name` (the open or last post) and `grade_name` (the last given by that day). No further query."""
        same = self.model._default_manager.filter(pk=OuterRef("pk"))
        post = same.order_by("-posts__started_on")
        grade = same.filter(grades__valid_from__lte=on).order_by("-grades__valid_from")
        return self.annotate(
            post_code=Subquery(post.values("posts__post_class__code")[:1]),
            post_name=Subquery(post.values("posts__post_class__name")[:1]),
            post_since=Subquery(post.values("posts__started_on")[:1]),
            grade_name=Subquery(grade.values("grades__grade__name")[:1]),
        )


class SchemeQuerySet(models.QuerySet["WorkerScheme"]):
    """Filters over schemes for community workers."""

    def over(self, code: str) -> Self:
        """Schemes that may hold at this place: its own, those of the divisions above it, the default."""
        return self.filter(Q(division=None) | Q(division__in=[code[:4], code[:6]]))

    def in_order(self) -> Self:
        """The nearest division's first, of each the newest version first."""
        return self.order_by(F("division").desc(nulls_last=True), "-valid_from")


class PowerQuerySet(models.QuerySet["PowerRecord"]):
    """Filters over the records of the five powers."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Records of compounds of the person's territory, or of the branch in which the person acts."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="compound__community", units=("branch__unit",)))

    def open(self) -> Self:
        """Records in which something is still to be done."""
        return self.filter(closed_at=None)

    def with_details(self) -> Self:
        """Load with each record what its step is read from: its power's own row and its undertaking."""
        return self.select_related(
            "compound__branch__unit__division",
            "branch",
            "decision",
            "nomination",
            "finding",
            "appraisal",
            "undertaking__unit",
            "undertaking__issuer",
        )


class GridPostQuerySet(models.QuerySet["GridPost"]):
    """Filters over the people of grids."""

    def visible_to(self, user: User, permission: str) -> Self:
        """People of the grids this right reaches: of the territory; a branch sees those of its community."""
        scope = user.scope(permission)
        where = within(scope, community="grid__community")
        if scope.unit_ids:
            seats = Unit.objects.filter(pk__in=scope.unit_ids, kind="branch")
            where |= Q(grid__community__in=seats.values("division"))
        return self.filter(where)

    def in_force(self) -> Self:
        """Who serves now."""
        return self.filter(ended_on=None)


class GrantQuerySet(models.QuerySet["CompoundGrant"]):
    """Filters over funds and services given to compounds."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Those of compounds this right reaches."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="compound__community", units=("compound__branch__unit",)))


class CrossPostQuerySet(models.QuerySet["CrossPost"]):
    """Filters over cross-posts."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Cross-posts of branches this right reaches."""
        scope = user.scope(permission)
        return self.filter(within(scope, community="branch__community", units=("branch__unit",)))

    def held(self) -> Self:
        """Posts that somebody still holds."""
        return self.filter(ends_on=None)


class BigCommitteeQuerySet(models.QuerySet["BigCommittee"]):
    """Filters over big Party committees."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Committees of the person's territory. A branch sees the committee of its community."""
        scope = user.scope(permission)
        where = within(scope)
        if scope.unit_ids:
            seated = Q(community__units__in=list(scope.unit_ids), community__units__kind="branch")
            where |= Q(pk__in=self.model._base_manager.filter(seated).values("pk"))
        return self.filter(where)


class PartTimeMemberQuerySet(models.QuerySet["PartTimeMember"]):
    """Filters over part-time members."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Members of committees in the person's territory; a branch sees those of its community's committee."""
        scope = user.scope(permission)
        where = within(scope, community="committee__community")
        if scope.unit_ids:
            seated = Q(
                committee__community__units__in=list(scope.unit_ids),
                committee__community__units__kind="branch",
            )
            where |= Q(pk__in=self.model._base_manager.filter(seated).values("pk"))
        return self.filter(where)

    def sitting(self) -> Self:
        """Who takes a place: everybody but those who left or were refused."""
        return self.exclude(status__in=["left", "refused"])

    def in_office(self) -> Self:
        """Who is on the committee."""
        return self.filter(status="in_office")


def _of_meetings(model: type[models.Model], scope: Scope, committee: str) -> Q:
    """Return the condition that a meeting of this committee (a path) is in scope; subqueries keep each row once."""
    where = within(scope, community=f"{committee}__community")
    if scope.unit_ids:
        units = list(scope.unit_ids)
        sitting = {f"{committee}__members__unit__in": units, f"{committee}__members__status": "in_office"}
        seated = {
            f"{committee}__community__units__in": units,
            f"{committee}__community__units__kind": "branch",
        }
        found = model._base_manager.filter(Q(**sitting) | Q(**seated))
        where |= Q(pk__in=found.values("pk"))
    return where


class MeetingDecisionQuerySet(models.QuerySet["MeetingDecision"]):
    """Filters over decisions of meetings."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Decisions of the meetings this right reaches."""
        return self.filter(_of_meetings(self.model, user.scope(permission), "meeting__committee"))


class CommitteeMeetingQuerySet(models.QuerySet["CommitteeMeeting"]):
    """Filters over meetings of big Party committees."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Meetings of the person's territory, of the branch's community, and of committees on which the unit sits."""
        return self.filter(_of_meetings(self.model, user.scope(permission), "committee"))

    def to_come(self) -> Self:
        """Meetings that were not held yet."""
        return self.filter(held_at=None)


def touching(scope: Scope, seats: list[str], *, place: str = "scope") -> Q:
    """Return the condition that a rule made for a place holds somewhere in this scope: inside it, or all around it.

    `seats` are the codes of the units in which somebody acts: a department sees what holds where it sits. Without
    either nothing is seen.
    """
    codes = [*scope.prefixes, *seats]
    around = {above for code in codes for above in codes_above(code)}
    return starts_with_any(codes, field=f"{place}__code") | Q(**{f"{place}__in": sorted(around)})


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    """Filters over the lists of community work."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Items that hold somewhere in the person's territory or where the person's unit sits, and the unit's own."""
        scope = user.scope(permission)
        if scope.is_empty:
            return self.none()
        seats = [a.unit.division_id for a in user.acting_appointments if a.unit_id in scope.unit_ids]
        return self.filter(touching(scope, seats) | Q(unit__in=list(scope.unit_ids)))

    def in_force(self, day: date) -> Self:
        """What is on the lists on this day: the last day still counts."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def covering(self, code: str) -> Self:
        """What holds for all of this place."""
        return self.filter(scope__in=codes_above(code))


class AdmissionQuerySet(models.QuerySet["AdmissionRequest"]):
    """Filters over admission requests."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Requests that would hold somewhere in the person's territory, and those of the unit in which one acts."""
        scope = user.scope(permission)
        if scope.is_empty:
            return self.none()
        return self.filter(touching(scope, []) | Q(applicant__in=list(scope.unit_ids)))

    def with_state(self) -> Self:
        """Read with each row where it stands, as `AdmissionRequest.state` says it."""
        return self.annotate(
            state_now=Case(
                When(~Q(outcome=""), then=F("outcome")),
                When(undertaking__status="dropped", then=Value("withdrawn")),
                default=Value("submitted"),
                output_field=models.CharField(),
            )
        )

    def waiting_for(self, unit_ids: list[int]) -> Self:
        """What one of these offices has to decide."""
        return self.filter(outcome="", undertaking__unit__in=unit_ids, undertaking__status="open")


class AskQuerySet(models.QuerySet["Ask"]):
    """Filters over what communities were asked for."""

    def visible_to(self, user: User, permission: str) -> Self:
        """What communities of the person's territory were asked for, and what the person's unit asked for."""
        return self.filter(within(user.scope(permission), units=("unit",)))


COMMON = 2000  # so many rows are fetched by key in a few milliseconds; of a commoner word a page is soon full


class HoldingWords(models.QuerySet[Any]):
    """Rows with a search text (`models.findable`): found through the index of grams."""

    def holding(self, text: str) -> Self:
        """Keep the rows in which every word occurs: Chinese, pinyin, initials. At most one query at once.

        A rare word is asked of the index first, because the database cannot know how rare several grams are together
        and would walk the whole list for it; a common one is met on the way through the list.
        """
        words = words_of(text)
        grams = sorted(set[int]().union(*map(needed, words)))
        found = self
        for word in words:
            found = found.filter(search_text__contains=word)
        if grams:
            keys = list(
                found.filter(grams__contains=grams).order_by().values_list("pk", flat=True)[: COMMON + 1]
            )
            if len(keys) <= COMMON:
                return self.filter(pk__in=keys)
        return found


class CheckInQuerySet(HoldingWords, models.QuerySet["CheckIn"]):
    """Filters over check-ins."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Check-ins of the person's territory, or of the unit in which the person acts."""
        return self.filter(within(user.scope(permission), units=("unit",)))

    def running(self) -> Self:
        """Those without a last day."""
        return self.filter(ends_on=None)

    def units(self) -> Self:
        """Units that checked in."""
        return self.filter(kind="unit")

    def members(self) -> Self:
        """Members who checked in."""
        return self.filter(kind="member")


class ServiceRecordQuerySet(HoldingWords, models.QuerySet["ServiceRecord"]):
    """Filters over service records."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Records of the person's territory, or of the unit in which the person acts."""
        return self.filter(within(user.scope(permission), units=("check_in__unit",)))

    def of_year(self, year: int) -> Self:
        """Services of a calendar year."""
        return self.filter(on__year=year)


class NeedQuerySet(HoldingWords, models.QuerySet["CommunityNeed"]):
    """Filters over needs."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Needs of the person's territory, and of communities to which the person's unit or its members checked in."""
        scope = user.scope(permission)
        where = within(scope)
        if scope.unit_ids:
            served = Division.objects.filter(
                check_ins__unit__in=list(scope.unit_ids), check_ins__ends_on=None
            )
            where |= Q(community__in=served)
        return self.filter(where)


class OpinionQuerySet(models.QuerySet["YearlyOpinion"]):
    """Filters over yearly opinions."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Opinions of communities of the person's territory; a unit sees the issued ones on itself."""
        scope = user.scope(permission)
        where = within(scope, community="check_in__community")
        if scope.unit_ids:
            where |= Q(check_in__unit__in=list(scope.unit_ids), status="issued")
        return self.filter(where)


class ActivityQuerySet(HoldingWords, models.QuerySet["Activity"]):
    """Filters over volunteer activities."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Activities of the person's territory."""
        return self.filter(within(user.scope(permission)))


class VolunteerPlaceQuerySet(models.QuerySet["VolunteerPlace"]):
    """Filters over volunteer service points."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Service points of the person's territory."""
        return self.filter(within(user.scope(permission)))
