"""Giving grades: worked out for all workers of a street or community on a day, shown first, then confirmed.

A grade moves here and nowhere else. What was worked out is frozen with it line by line.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities import grading
from communities.grading import Fact, Line, Rule, Source
from communities.guards import CommunityRefused
from communities.models import CommunityWorker, Grade, WorkerGrade, WorkerScheme
from communities.querysets import WorkerQuerySet
from communities.services.worker_rights import check_keeps_workers
from communities.services.workers import entry_of
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message

GRADED = gettext_noop(
    "%(unit)s gave you the grade %(grade)s from %(day)s on. Your page shows how it was worked out."
)
LONGEST_BACK, LONGEST_AHEAD = timedelta(days=366), timedelta(days=92)


@dataclass(frozen=True)
class Worked:
    """What a worker comes to on a day under a scheme."""

    lines: Sequence[Line]
    points: Decimal
    grade: Grade | None


@dataclass(frozen=True)
class Regrading:
    """One worker whose grade would move: from what (None: none yet) to what, with the computation."""

    worker: CommunityWorker
    before: WorkerGrade | None
    after: Grade
    points: Decimal
    lines: Sequence[Line]

    @property
    def is_other_version(self) -> bool:
        """Whether only the version of the scheme is another: the grade has the same name."""
        return self.before is not None and self.before.grade.name == self.after.name


@dataclass(frozen=True)
class Preview:
    """What grading again would do; `token` stands for exactly that and is asked for at the confirmation."""

    changes: Sequence[Regrading]
    unchanged: int
    later: Sequence[CommunityWorker]  # graded from this day or a later one already: left as they are
    token: str


def facts_of(worker: CommunityWorker) -> list[Fact]:
    """Return what may give points. No query when qualifications and appraisals are prefetched, else two."""
    facts = [
        Fact(Source.SERVICE, "", worker.started_on),
        Fact(Source.EDUCATION, worker.education, date.min),
    ]
    facts += [Fact(row.kind, row.level, row.on, row.name) for row in worker.qualifications.all()]
    facts += [
        Fact(Source.APPRAISAL, row.result, grading.appraised_from(row.year), str(row.year))
        for row in worker.appraisals.all()
    ]
    return sorted(facts, key=lambda fact: (fact.since, fact.words))


def with_facts(workers: WorkerQuerySet) -> WorkerQuerySet:
    """Load what `work_out` and the last grade need. Three more queries, however many workers."""
    grades = WorkerGrade.objects.select_related("grade__scheme").order_by("-valid_from")
    return workers.prefetch_related("qualifications", "appraisals", Prefetch("grades", queryset=grades))


def schemes_for(codes: Iterable[str], *, on: date) -> dict[str, WorkerScheme]:
    """Return for each county code the scheme that holds there on a day, with rules and grades. Three queries."""
    wanted = {code[:6] for code in codes}
    rows = list(
        WorkerScheme.objects.filter(valid_from__lte=on).in_order().prefetch_related("rules", "grades")
    )
    found: dict[str, WorkerScheme] = {}
    for code in wanted:
        place = next(
            (row for row in rows if row.division_id is None or code.startswith(row.division_id)), None
        )
        if place is not None:
            found[code] = place
    return found


def work_out(worker: CommunityWorker, *, scheme: WorkerScheme, on: date) -> Worked:
    """Return the points and the grade of a worker on a day under a scheme. No query once both are loaded."""
    rules = sorted(scheme.rules.all(), key=lambda rule: (rule.position, rule.pk or 0))
    lines = grading.work_out(
        facts_of(worker), [Rule(rule.source, rule.value, rule.points, rule.most) for rule in rules], on=on
    )
    points = grading.total(lines)
    grades = dict(enumerate(scheme.grades.all()))
    key = grading.grade_of(points, [(grade.from_points, place) for place, grade in grades.items()])
    return Worked(lines, points, grades[key] if key is not None else None)


def preview(*, division: Division, on: date, by: User, now: datetime) -> Preview:
    """Return what grading everybody of a street or community again on a day would change. Seven queries.

    Refuses as `check_keeps_workers`, a county or city, and a day more than a year back or three months ahead.
    """
    check_keeps_workers(division.code, by=by)
    if division.level not in (Division.Level.STREET, Division.Level.COMMUNITY):
        raise CommunityRefused(_("Choose a street or a community."), code="division")
    today = timezone.localdate(now)
    if not today - LONGEST_BACK <= on <= today + LONGEST_AHEAD:
        raise CommunityRefused(_("Choose a day within the last year or the next three months."), code="on")
    return _preview(workers_of(division.code, on=on), on=on)


def workers_of(code: str, *, on: date) -> WorkerQuerySet:
    """Return who works below this division on a day, community by community."""
    rows = CommunityWorker.objects.in_post(on).filter(starts_with_any([code], field="community__code"))
    return rows.order_by("community_id", "id")


def regrade(*, division: Division, on: date, token: str, by: User, now: datetime) -> int:
    """Give the grades that `preview` showed; return how many moved. Each with its computation and a trail entry.

    Whoever has an account is told. Refuses as `preview`, and when the outcome is another by now (`token`). A constant
    number of queries.
    """
    held = check_keeps_workers(division.code, by=by)
    with transaction.atomic():
        list(workers_of(division.code, on=on).select_for_update(of=("self",)).values_list("pk"))
        shown = preview(division=division, on=on, by=by, now=now)
        if shown.token != token:
            raise CommunityRefused(
                _("Something changed since this was shown. Look at the changes again."), code="token"
            )
        give(shown.changes, on=on, by=by, now=now)
        trail.record_many(
            [
                entry_of(
                    change.worker,
                    "graded",
                    unit=held.unit,
                    by=by,
                    now=now,
                    data={
                        "from": change.before.grade.name if change.before else "",
                        "to": change.after.name,
                        "points": str(change.points),
                        "on": on.isoformat(),
                    },
                )
                for change in shown.changes
            ]
        )
        told = [(change, change.worker.account) for change in shown.changes if change.worker.account]
        notifications.write(
            [(user, _message(change, unit=held.unit.name, on=on)) for change, user in told if user], now=now
        )
    return len(shown.changes)


def give(changes: Sequence[Regrading], *, on: date, by: User, now: datetime) -> None:
    """Write the grades of these changes. One query. The caller has checked, and records them."""
    WorkerGrade.objects.bulk_create(
        (
            WorkerGrade(
                worker=change.worker,
                grade=change.after,
                valid_from=on,
                points=change.points,
                lines=[line.as_data() for line in change.lines],
                set_by=by,
                set_at=now,
            )
            for change in changes
        ),
        batch_size=1000,
    )


def _preview(workers: WorkerQuerySet, *, on: date) -> Preview:
    rows = list(with_facts(workers.select_related("community", "account")))
    return compare(rows, schemes_for({row.community_id for row in rows}, on=on), on=on)


def compare(workers: Sequence[CommunityWorker], schemes: Mapping[str, WorkerScheme], *, on: date) -> Preview:
    """Return what these workers would come to on a day under these schemes, beside what they have. No query."""
    changes, later, unchanged = [], [], 0
    for worker in workers:
        scheme = schemes.get(worker.community_id[:6])
        before = next(iter(worker.grades.all()), None)
        if before is not None and before.valid_from >= on:
            later.append(worker)
            continue
        worked = work_out(worker, scheme=scheme, on=on) if scheme is not None else None
        if worked is None or worked.grade is None or before is not None and before.grade == worked.grade:
            unchanged += 1
        else:
            changes.append(Regrading(worker, before, worked.grade, worked.points, worked.lines))
    return Preview(changes, unchanged, later, _token(changes, on))


def _token(changes: Sequence[Regrading], on: date) -> str:
    said = [f"{c.worker.pk}:{c.before.pk if c.before else 0}:{c.after.pk}:{c.points}" for c in changes]
    return hashlib.sha256("|".join([on.isoformat(), *said]).encode()).hexdigest()[:24]


def _message(change: Regrading, *, unit: str, on: date) -> Message:
    return Message(
        kind="worker",
        sentence=GRADED,
        values={"unit": unit, "grade": change.after.name, "day": on.isoformat()},
        link=change.worker.get_absolute_url(),
        about=change.worker.name,
    )


def grade_held(worker: CommunityWorker, *, on: date) -> WorkerGrade | None:
    """Return the grade a worker holds on a day. No query when grades are loaded, the newest first (`with_facts`)."""
    return next((row for row in worker.grades.all() if row.valid_from <= on), None)
