"""Schemes for community workers: a change makes a new version from a day on; nobody's grade moves with it.

Whoever may not see pay changes rules and grades; the pay bands then come over from the version before, unseen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities import grading
from communities.guards import CommunityRefused
from communities.models import (
    CommunityWorker,
    Grade,
    PayBand,
    PointRule,
    PopulationFigure,
    PostClass,
    WorkerScheme,
)
from communities.services.regrading import facts_of, schemes_for, with_facts, work_out
from communities.services.worker_rights import check_keeps_scheme, check_keeps_workers, sees_pay_at
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any

LONGEST_AHEAD = timedelta(days=366)
# (name of the grade, key of the post class) -> base, bonus
Bands = Mapping[tuple[str, int], tuple[int, int]]


@dataclass(frozen=True)
class Draft:
    """A version as somebody wants it. `bands` of None: as in the version before."""

    rules: Sequence[grading.Rule]
    grades: Sequence[tuple[str, Decimal]]
    name: str
    basis: str = ""
    staffing_target: Decimal = Decimal(18)
    staffing_source: str = ""
    insurances_included: bool = True
    bands: Bands | None = None


@dataclass(frozen=True)
class Effect:
    """What a draft would do if everybody were graded on its first day: from, to, how many; and how many stay."""

    moves: Sequence[tuple[str, str, int]] = field(default_factory=list)
    unchanged: int = 0

    @property
    def moved(self) -> int:
        """How many would change grade."""
        return sum(count for _before, _after, count in self.moves)


def get_scheme(code: str, *, on: date) -> WorkerScheme | None:
    """Return the scheme that holds at this place on a day, with rules and grades. Three queries."""
    rows = WorkerScheme.objects.over(code).filter(valid_from__lte=on)
    return rows.in_order().prefetch_related("rules", "grades").first()


def draft_of(scheme: WorkerScheme) -> Draft:
    """Return a scheme as a draft: what a form is filled with. No query once rules and grades are loaded."""
    rules = sorted(scheme.rules.all(), key=lambda rule: (rule.position, rule.pk))
    grades = sorted(scheme.grades.all(), key=lambda grade: grade.from_points)
    return Draft(
        rules=[grading.Rule(rule.source, rule.value, rule.points, rule.most) for rule in rules],
        grades=[(grade.name, grade.from_points) for grade in grades],
        name=scheme.name,
        basis=scheme.basis,
        staffing_target=scheme.staffing_target,
        staffing_source=scheme.staffing_source,
        insurances_included=scheme.insurances_included,
    )


def bands_of(scheme: WorkerScheme) -> dict[tuple[str, int], tuple[int, int]]:
    """Return the pay bands of a scheme by name of grade and post class. One query. For whom pay is shown to."""
    rows = PayBand.objects.filter(grade__scheme=scheme).values_list(
        "grade__name", "post_class", "base", "bonus"
    )
    return {(grade, post): (base, bonus) for grade, post, base, bonus in rows}


def change_scheme(
    *, division: Division, draft: Draft, valid_from: date, by: User, now: datetime
) -> WorkerScheme:
    """Make a new version for a county or the city from a day on; return it. Grades given stay as they are.

    Refuses as `check_keeps_scheme`, bands from who may not see pay, a day before today or more than a year ahead or
    not after the version before, grades that do not begin at zero, and a bonus below the lowest. Ten queries.
    """
    held = check_keeps_scheme(division.code, by=by)
    check_draft(draft, valid_from=valid_from, now=now)
    before = get_scheme(division.code, on=valid_from)
    if before is None:
        raise CommunityRefused(_("There is no scheme yet to start from."), code="valid_from")
    if before.division_id == division.code and before.valid_from >= valid_from:
        raise CommunityRefused(
            _("A version begins on this day already. Choose another day."), code="valid_from"
        )
    bands = draft.bands
    if bands is None:
        bands = bands_of(before)
    elif not sees_pay_at(division.code, by=by):
        raise CommunityRefused(_("You do not hold a role that may see pay."), code="role")
    else:
        _check_bands(bands, draft, lowest=before.lowest_bonus)
    with transaction.atomic():
        scheme = _write(division, draft, bands, before=before, valid_from=valid_from, by=by, now=now)
        trail.record(
            trail.Entry(
                stream=f"worker_scheme:{division.code}",
                event="worker.scheme_changed",
                subject=scheme,
                label=scheme.name,
                at=now,
                by=by,
                unit_name=held.unit.name,
                data=_told(scheme, draft, valid_from),
            )
        )
    return scheme


def check_draft(draft: Draft, *, valid_from: date, now: datetime) -> None:
    """Refuse a draft that cannot hold, with the name of what is wrong. No query."""
    today = timezone.localdate(now)
    if not today <= valid_from <= today + LONGEST_AHEAD:
        raise CommunityRefused(_("Choose a day between today and a year from now."), code="valid_from")
    if not draft.name.strip():
        raise CommunityRefused(_("Write the name."), code="name")
    names = [name.strip() for name, _points in draft.grades]
    points = sorted(points for _name, points in draft.grades)
    if not names or not all(names) or len(set(names)) != len(names):
        raise CommunityRefused(_("Each grade needs a name of its own."), code="grades")
    if len(set(points)) != len(points):
        raise CommunityRefused(_("Two grades begin at the same points."), code="grades")
    if points[0] != 0:
        raise CommunityRefused(
            _("The lowest grade begins at 0 points, so that everybody has one."), code="grades"
        )
    if any(rule.points < 0 or (rule.most is not None and rule.most < rule.points) for rule in draft.rules):
        raise CommunityRefused(_("The most must not be below the points of one."), code="rules")


def effect_of(*, division: Division, draft: Draft, valid_from: date, by: User) -> Effect:
    """Return how many workers would change grade under the draft, graded on its first day. Seven queries.

    Compared with the scheme that holds until then. Of the city's draft: counties with a scheme of their own stay out.
    Refuses as `check_keeps_scheme`.
    """
    check_keeps_scheme(division.code, by=by)
    scope = starts_with_any([division.code], field="community__code")
    workers = list(with_facts(CommunityWorker.objects.in_post().filter(scope)))
    present = schemes_for({worker.community_id for worker in workers}, on=valid_from)
    steps = [(points, place) for place, (_name, points) in enumerate(draft.grades)]
    moves: Counter[tuple[str, str]] = Counter()
    unchanged = 0
    for worker in workers:
        scheme = present.get(worker.community_id[:6])
        if scheme is not None and len(scheme.division_id or "") > len(division.code):
            continue
        old = work_out(worker, scheme=scheme, on=valid_from).grade if scheme is not None else None
        points = grading.total(grading.work_out(facts_of(worker), draft.rules, on=valid_from))
        key = grading.grade_of(points, steps)
        before, after = (old.name if old else ""), (draft.grades[key][0] if key is not None else "")
        if before == after:
            unchanged += 1
        else:
            moves[before, after] += 1
    return Effect([(before, after, count) for (before, after), count in moves.most_common()], unchanged)


def record_population(
    *, division: Division, year: int, residents: int, source: str, by: User, now: datetime
) -> PopulationFigure:
    """Record how many people live in a division as of a year, or correct the figure. Four queries.

    Refuses as `check_keeps_workers`, no people, no source, and a year to come.
    """
    held = check_keeps_workers(division.code, by=by)
    if residents < 1:
        raise CommunityRefused(_("Write a number above zero."), code="residents")
    if not source.strip():
        raise CommunityRefused(_("Say where the figure comes from."), code="source")
    if not 1990 <= year <= timezone.localdate(now).year:
        raise CommunityRefused(_("The year lies between 1990 and today."), code="year")
    with transaction.atomic():
        figure, _made = PopulationFigure.objects.update_or_create(
            division=division, year=year, defaults={"residents": residents, "source": source.strip()}
        )
        trail.record(
            trail.Entry(
                stream=f"population:{division.code}",
                event="worker.population_recorded",
                subject=figure,
                label=division.name,
                at=now,
                by=by,
                unit_name=held.unit.name,
                data={"year": year, "residents": residents, "source": source.strip()},
            )
        )
    return figure


def _check_bands(bands: Bands, draft: Draft, *, lowest: int) -> None:
    first = min(draft.grades, key=lambda grade: grade[1])[0]
    below = [bonus for (name, _post), (_base, bonus) in bands.items() if name == first and bonus < lowest]
    if below:
        raise CommunityRefused(
            _("The lowest grade has a bonus of at least %(lowest)d yuan.") % {"lowest": lowest}, code="bands"
        )


def _write(
    division: Division,
    draft: Draft,
    bands: Bands,
    *,
    before: WorkerScheme,
    valid_from: date,
    by: User,
    now: datetime,
) -> WorkerScheme:
    scheme = WorkerScheme.objects.create(
        division=division,
        name=draft.name.strip(),
        basis=draft.basis.strip(),
        valid_from=valid_from,
        insurances_included=draft.insurances_included,
        lowest_bonus=before.lowest_bonus,
        staffing_target=draft.staffing_target,
        staffing_source=draft.staffing_source.strip(),
        created_by=by,
        created_at=now,
    )
    PointRule.objects.bulk_create(
        PointRule(
            scheme=scheme,
            source=rule.source,
            value=rule.value,
            points=rule.points,
            most=rule.most,
            position=place,
        )
        for place, rule in enumerate(draft.rules)
    )
    grades = Grade.objects.bulk_create(
        Grade(scheme=scheme, name=name.strip(), from_points=points) for name, points in draft.grades
    )
    posts = set(PostClass.objects.values_list("pk", flat=True))
    PayBand.objects.bulk_create(
        PayBand(grade=grade, post_class_id=post, base=base, bonus=bonus)
        for grade in grades
        for (name, post), (base, bonus) in bands.items()
        if name == grade.name and post in posts
    )
    return scheme


def _told(scheme: WorkerScheme, draft: Draft, valid_from: date) -> dict[str, Any]:
    """Return what the trail keeps: the version and its numbers, never what is paid."""
    return {
        "scheme": scheme.pk,
        "from": valid_from.isoformat(),
        "rules": [[r.source, r.value, str(r.points), str(r.most or "")] for r in draft.rules],
        "grades": [[name, str(points)] for name, points in draft.grades],
        "pay_changed": draft.bands is not None,
    }
