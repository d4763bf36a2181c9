"""Answers about cases. Every function that lists takes the user and goes through `visible_to`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.models import Compound
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_places
from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    DeadlinePolicy,
    Exclusion,
    Extension,
    Hold,
    Kind,
    KindRule,
    Objection,
    SubClass,
    Whistle,
    Wording,
)
from whistle.querysets import CaseQuerySet, HoldQuerySet
from whistle.workflow import MOVES, OPEN_WHISTLE, WORKING_ASSIGNMENT, Move, Step, Tier, WhistleStatus

HANDED_OVER = 20


@dataclass(frozen=True)
class Handler:
    """Who of a unit has a duty in hand. Who has left has it no more: the whole unit has it again."""

    name: str
    has_left: bool = False
    is_away: bool = False


def get_cases(*, user: User, permission: Permission = Permission.CASE_VIEW) -> CaseQuerySet:
    """Return the cases this right of the user reaches: lists, details, exports, API."""
    return Case.objects.visible_to(user, permission)


def sees_case(user: User, pk: int) -> bool:
    """Whether the person sees this case today: asked before a notice about it is sent (NOTICE_PAGES). One query."""
    return get_cases(user=user).filter(pk=pk).exists()


def get_open_matters(*, unit: Unit, now: datetime) -> list[str]:
    """Return what the unit has late or urgent, a line each, the most pressing first: what a hand-over of duty begins
    with (DUTY_MATTERS). One query; at most `HANDED_OVER` lines.
    """
    called = Q(
        status=WhistleStatus.HANDLING, assignments__unit=unit, assignments__status__in=WORKING_ASSIGNMENT
    )
    seat = Q(caller__division=unit.division_id) | Q(receiver__division=unit.division_id)
    theirs = called if unit.kind in ("department", "force", "company") else seat
    found = (
        Whistle.objects.open()
        .filter(theirs, Q(case__due_at__lt=now) | Q(kind__is_emergency=True))
        .exclude(status=WhistleStatus.DRAFT)
        .select_related("case", "kind")
        .distinct()
    )
    late, urgent = _("%(case)s: overdue since %(due)s"), _("%(case)s: emergency")
    lines = []
    for whistle in found.order_by("case__due_at", "pk")[:HANDED_OVER]:
        due = whistle.case.due_at
        sentence = late if due is not None and due < now else urgent
        moment = f"{timezone.localtime(due):%Y-%m-%d %H:%M}" if due is not None else ""
        lines.append(sentence % {"case": whistle.case, "due": moment})
    return lines


def get_kinds(*, tier: int) -> list[Kind]:
    """Return the kinds that may be blown at this tier, in their order. One query."""
    return list(Kind.objects.filter(is_active=True, tiers__contains=[tier]).order_by("position", "code"))


def get_sub_classes(*, tier: int) -> list[SubClass]:
    """Return the sub-classes that may be chosen at this tier, by kind and place in its list. One query."""
    found = SubClass.objects.filter(is_active=True, tiers__contains=[tier], kind__is_active=True)
    return list(found.select_related("kind").order_by("kind__position", "position", "code"))


def get_compounds_of(caller: Unit) -> list[Compound]:
    """Return the compounds a community chooses from; those of a street or county are too many. At most one query."""
    if caller.division.level != Division.Level.COMMUNITY:
        return []
    return list(Compound.objects.in_use().filter(community=caller.division_id).order_by("name", "pk"))


def get_wordings(whistle: Whistle) -> dict[str, Wording]:
    """Return what the whistle's `kind` and `sub_class` said in the versions it was blown under. One query."""
    of_kind = Q(kind=whistle.kind_id, version=whistle.kind_version)
    of_sub_class = Q(sub_class=whistle.sub_class_id, version=whistle.sub_class_version or 0)
    found = Wording.objects.filter(of_kind | of_sub_class if whistle.sub_class_id else of_kind)
    return {"kind" if row.kind_id is not None else "sub_class": row for row in found}


def places_of(*, sub_class_id: int | None, zone_class: str) -> list[tuple[int | None, str]]:
    """Return for which (sub-class, zone class) a policy may be written that applies here, the narrowest first.

    The precedence, once for all: sub-class and zone class of the county; sub-class; zone class; neither.
    """
    sub_classes = [sub_class_id, None] if sub_class_id is not None else [None]
    zones = [zone_class, ""] if zone_class else [""]
    return [(sub_class, zone) for sub_class in sub_classes for zone in zones]


def get_policies(
    *, kind: Kind, tier: int, division: Division, at: datetime, sub_class: SubClass | None = None
) -> dict[str, DeadlinePolicy]:
    """Return the policy in force of every step: the newest version of the narrowest that applies (`places_of`).

    One query, and one for the county when the division lies below it.
    """
    county = division if len(division.code) <= 6 else Division.objects.get(code=division.code[:6])
    rows = DeadlinePolicy.objects.filter(kind=kind, tier=tier, valid_from__lte=at).order_by("version", "id")
    return _narrowest(rows, sub_class_id=sub_class.pk if sub_class is not None else None, county=county)


def get_policies_of(whistles: Sequence[Whistle], *, at: datetime) -> list[dict[str, DeadlinePolicy]]:
    """Return for each whistle, saved or not, what `get_policies` returns for it. Two queries, however many."""
    seats = {whistle.case.division_id[:6] for whistle in whistles}
    counties = Division.objects.in_bulk(seats)
    written = DeadlinePolicy.objects.filter(
        kind__in={whistle.kind_id for whistle in whistles},
        tier__in={whistle.tier for whistle in whistles},
        valid_from__lte=at,
    )
    rows: dict[tuple[int, int], list[DeadlinePolicy]] = defaultdict(list)
    for row in written.order_by("version", "id"):
        rows[row.kind_id, row.tier].append(row)
    found: dict[tuple[object, ...], dict[str, DeadlinePolicy]] = {}
    answers = []
    for whistle in whistles:
        county = counties[whistle.case.division_id[:6]]
        place = (whistle.kind_id, whistle.tier, whistle.sub_class_id, county.zone_class)
        if place not in found:
            of_kind = rows[whistle.kind_id, whistle.tier]
            found[place] = _narrowest(of_kind, sub_class_id=whistle.sub_class_id, county=county)
        answers.append(found[place])
    return answers


def _narrowest(
    rows: Iterable[DeadlinePolicy], *, sub_class_id: int | None, county: Division
) -> dict[str, DeadlinePolicy]:
    """Return of these rows, the oldest version first, the newest of the narrowest place for every step."""
    newest = {((row.sub_class_id, row.zone_class), row.step): row for row in rows}
    wide_to_narrow = places_of(sub_class_id=sub_class_id, zone_class=county.zone_class)[::-1]
    return {step: row for place in wide_to_narrow for (where, step), row in newest.items() if where == place}


def get_rule(*, kind: Kind, tier: int, at: datetime) -> KindRule:
    """Return the side paths of a kind at a tier in force at `at`: ask with the moment the whistle was blown.

    Where nobody has written one: an unsaved rule with the defaults of domain.md §10. One query.
    """
    found = KindRule.objects.filter(kind=kind, tier=tier, valid_from__lte=at).order_by("-version").first()
    if found is not None:
        return found
    never = {"extension_count": 0, "extension_days": 0} if kind.is_emergency else {}
    return KindRule(kind=kind, tier=tier, version=0, valid_from=at, **never)


def rule_of(whistle: Whistle) -> KindRule:
    """Return the side paths of this whistle: its kind's at its tier as they were when it was blown. One query."""
    return get_rule(kind=whistle.kind, tier=whistle.tier, at=whistle.blown_at or whistle.created_at)


def get_pending_objection(assignment: Assignment) -> Objection:
    """Return the objection of a unit that waits for its decision. One query."""
    rows = Objection.objects.select_related("unit", "suggested", "asked_by")
    return rows.get(assignment=assignment, answer=Objection.Answer.PENDING)


def get_pending_extension(whistle: Whistle) -> Extension:
    """Return the extension that waits for its decision. One query."""
    rows = Extension.objects.select_related("assignment__unit", "asked_by")
    return rows.get(whistle=whistle, answer=Extension.Answer.PENDING)


def get_pending_hold(whistle: Whistle) -> Hold:
    """Return the request for a hold that waits for its decision, with its plan. Two queries."""
    rows = Hold.objects.select_related("unit", "asked_by").prefetch_related("milestones")
    return rows.get(whistle=whistle, answer=Hold.Answer.PENDING)


def get_lasting_hold(whistle: Whistle) -> Hold:
    """Return the hold that lasts, with its plan and its reviews. Three queries."""
    rows = Hold.objects.select_related("unit", "decided_by").prefetch_related("milestones", "reviews__by")
    return rows.get(whistle=whistle, answer=Hold.Answer.GRANTED, ended_at=None)


def get_lasting_holds(*, user: User) -> HoldQuerySet:
    """Return the holds that last on cases this person may see: the open list and its export."""
    return Hold.objects.visible_to(user, Permission.CASE_VIEW).lasting()


def get_newest_rules() -> QuerySet[KindRule]:
    """Return the newest version of every kind's rule, as a query."""
    newest = KindRule.objects.order_by("kind", "tier", "-version").distinct("kind", "tier")
    return KindRule.objects.filter(pk__in=newest.values("pk"))


def get_open_whistle(case: Case) -> Whistle | None:
    """Return the whistle that is being worked on, with its units and kind; None when the case is closed. One query."""
    return (
        Whistle.objects.filter(case=case, status__in=OPEN_WHISTLE)
        .select_related("case__division", "kind", "sub_class", "caller__division", "receiver__division")
        .first()
    )


def get_whistles(case: Case) -> list[Whistle]:
    """Return the case's whistles from the lowest tier up, with units and kinds, tied to the case. One query."""
    rows = Whistle.objects.filter(case=case).select_related(
        "kind",
        "sub_class",
        "caller__division",
        "receiver__division",
        "approved_by",
        "blown_by",
        "final_answer__signed_by",
        "assessment",
    )
    found = list(rows.order_by("tier"))
    for whistle in found:
        whistle.case = case
    return found


def get_assignments(case: Case) -> list[Assignment]:
    """Return all duties of the case, lead first within each whistle, with units. One query."""
    rows = Assignment.objects.filter(whistle__case=case).select_related("unit", "signed_by", "handler")
    return list(rows.order_by("whistle__tier", "-is_lead", "id"))


def get_handlers(duties: Sequence[Assignment]) -> dict[int, Handler]:
    """Return by duty who has it in hand, and whether they are still there. The duties come with their handlers.

    One query, none when nobody is named. Whoever left stays named and is marked, so that nothing is lost silently.
    """
    named = [duty for duty in duties if duty.handler is not None]
    places = get_places(
        permission=Permission.ASSIGNMENT_HANDLE,
        pairs=[(duty.handler.pk, duty.unit_id) for duty in named if duty.handler is not None],
    )
    return {
        duty.pk: Handler(
            name=duty.handler.name,
            has_left=(duty.handler.pk, duty.unit_id) not in places,
            is_away=places.get((duty.handler.pk, duty.unit_id), False),
        )
        for duty in named
        if duty.handler is not None
    }


def get_deadlines(
    case: Case, *, chain: tuple[Sequence[Whistle], Sequence[Assignment]] | None = None
) -> list[CaseDeadline]:
    """Return every promise of the case in the order they began, with policies, rungs and pauses. Three queries.

    Whoever has the case's whistles and duties at hand gives them as `chain`, and they are not joined again.
    """
    joined = () if chain is not None else ("assignment__unit", "whistle")
    rows = CaseDeadline.objects.filter(case=case).select_related("policy__kind", "policy__sub_class", *joined)
    found = list(rows.prefetch_related("rungs", "pauses").order_by("started_at", "id"))
    by_pk = {row.pk: row for row in found}
    whistles = {whistle.pk: whistle for whistle in chain[0]} if chain is not None else {}
    duties = {duty.pk: duty for duty in chain[1]} if chain is not None else {}
    for row in found:
        if row.predecessor_id is not None:
            row.predecessor = by_pk[row.predecessor_id]
        if chain is not None:
            row.whistle = whistles[row.whistle_id]
            row.assignment = duties[row.assignment_id] if row.assignment_id is not None else None
    return found


def get_send_back_reason(whistle: Whistle) -> str:
    """Return why the secretary sent this draft back, or nothing. One query, none for what is blown."""
    if whistle.status != WhistleStatus.DRAFT:
        return ""
    events = AuditEvent.objects.filter(stream=whistle.case.stream, event=MOVES[Move.SEND_BACK].audit)
    return events.order_by("-seq").values_list("reason", flat=True).first() or ""


def get_exclusions(case: Case) -> list[Exclusion]:
    """Return the requests to leave something of this case out of the figures, newest first. One query."""
    rows = Exclusion.objects.filter(whistle__case=case).select_related("assignment__unit", "unit", "whistle")
    return list(rows.order_by("-id"))


REASONED = {
    WhistleStatus.RETURNED: Move.RETURN,
    WhistleStatus.WITHDRAWN: Move.WITHDRAW,
}


def get_last_reason(whistle: Whistle) -> str:
    """Return why the whistle was returned, withdrawn or reopened, or nothing. One query, none for another whistle."""
    move = REASONED.get(WhistleStatus(whistle.status))
    if move is None and whistle.reopenings and whistle.is_open:
        move = Move.REOPEN
    if move is None:
        return ""
    events = AuditEvent.objects.filter(stream=whistle.case.stream, event=MOVES[move].audit)
    return events.order_by("-seq").values_list("reason", flat=True).first() or ""


def get_newest_policies() -> QuerySet[DeadlinePolicy]:
    """Return the newest version of every policy, as a query: what new deadlines follow."""
    place = ("kind", "tier", "step", "zone_class", "sub_class")
    newest = DeadlinePolicy.objects.order_by(*place, "-version").distinct(*place)
    return DeadlinePolicy.objects.filter(pk__in=newest.values("pk"))


def get_uncovered_steps() -> list[tuple[Kind, Tier, Step]]:
    """Return the steps of kinds in use for which no policy holds everywhere: there a move would be refused.

    Two queries. A policy for one class of zones or one sub-class only does not cover a step.
    """
    everywhere = DeadlinePolicy.objects.filter(zone_class="", sub_class=None)
    covered = set(everywhere.values_list("kind_id", "tier", "step"))
    return [
        (kind, Tier(tier), step)
        for kind in Kind.objects.filter(is_active=True).order_by("position", "code")
        for tier in sorted(kind.tiers)
        for step in kind.steps(tier)
        if (kind.pk, tier, step.value) not in covered
    ]
