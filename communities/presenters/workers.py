"""What the pages about community workers show: lines that explain points, posts, grades, what one may do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from communities.grading import HIGHEST_ONLY, Line, Source, line_of
from communities.models import (
    CommunityWorker,
    Education,
    PointRule,
    Qualification,
    WorkerGrade,
    WorkerScheme,
    YearlyAppraisal,
)
from communities.services.regrading import Worked, grade_held, work_out
from communities.services.worker_rights import is_own, keeper_of_workers, sees_pay_of
from kunming_portal.accounts.models import User
from kunming_portal.ui import parts


@dataclass(frozen=True)
class PointLine:
    """One line of 怎么算的: where points come from, on which facts, by which rule, how many."""

    source: str
    fact: str
    rule: str
    points: str


@dataclass(frozen=True)
class GradeRow:
    """A grade that was given, with its computation as it stood."""

    given: WorkerGrade
    points: str
    lines: Sequence[PointLine]


@dataclass(frozen=True)
class Standing:
    """What a worker comes to today: lines, sum, the grade that would be given, and what is worn now."""

    lines: Sequence[PointLine]
    points: str
    worked: Worked | None
    scheme: WorkerScheme | None
    current: WorkerGrade | None

    @property
    def would_move(self) -> bool:
        """Whether grading today would give another grade than the one held."""
        grade = self.worked.grade if self.worked is not None else None
        held = self.current.grade if self.current is not None else None
        return grade is not None and grade != held


def plain(number: Decimal) -> str:
    """Return points without needless zeros: 12, 1.5."""
    return f"{number.normalize():f}"


def point_lines(lines: Iterable[Line]) -> list[PointLine]:
    """Return the lines of a computation in the reader's language. No query."""
    return [
        PointLine(str(PointRule.From(line.source).label), _fact(line), _rule(line), plain(line.points))
        for line in lines
    ]


def value_label(source: str, value: str) -> str:
    """Return what a value of a rule is called: 本科, 市级, 优秀."""
    match source:
        case Source.EDUCATION:
            return str(Education(value).label)
        case Source.TITLE | Source.HONOUR:
            return str(Qualification.Level(value).label)
        case Source.APPRAISAL:
            return str(YearlyAppraisal.Result(value).label)
        case _:
            return _("each full year")


def standing_of(worker: CommunityWorker, *, scheme: WorkerScheme | None, today: date) -> Standing:
    """Return what a worker comes to today. No query when facts, grades and scheme are loaded."""
    worked = work_out(worker, scheme=scheme, on=today) if scheme is not None else None
    lines = point_lines(worked.lines) if worked is not None else []
    points = plain(worked.points) if worked is not None else ""
    return Standing(lines, points, worked, scheme, grade_held(worker, on=today))


def grade_rows(worker: CommunityWorker) -> list[GradeRow]:
    """Return the grades given, the newest first, with their frozen lines. No query when grades are loaded."""
    return [
        GradeRow(row, plain(row.points), point_lines(map(line_of, row.lines))) for row in worker.grades.all()
    ]


def moves_of(worker: CommunityWorker, *, by: User) -> parts.Moves:
    """Return what this person may do with the file. At most two queries."""
    allowed: list[parts.Move] = []
    keeps = keeper_of_workers(worker.community_id, by=by) is not None

    def move(label: str, route: str, icon: str, *, primary: bool = False) -> parts.Move:
        return parts.Move(label, reverse(route, args=[worker.pk]), icon=icon, primary=primary)

    if keeps and worker.left_on is None:
        allowed += [
            move(_("Record an appraisal"), "worker-appraisal", "clipboard-check", primary=True),
            move(_("Record a title or an honour"), "worker-award", "award"),
            move(_("Change the post"), "worker-post", "arrow-left-right"),
            move(_("Move to another community"), "worker-move", "houses"),
            move(_("Leaves community work"), "worker-leave", "box-arrow-right"),
        ]
    if keeps:
        allowed.append(move(_("Correct the file"), "worker-correct", "pen"))
    if sees_pay_of(worker, by=by):
        own = is_own(worker, by=by)
        allowed.append(move(_("My pay") if own else _("See the pay"), "worker-pay", "cash-coin"))
    return parts.Moves(allowed=allowed)


def _fact(line: Line) -> str:
    if line.source == Source.SERVICE:
        since = "、".join(line.words)
        return _("%(count)d full years since %(day)s") % {"count": line.count, "day": since}
    label = value_label(line.source, line.value)
    words = "、".join(line.words)
    return f"{label}：{words}" if words and words != label else label


def _rule(line: Line) -> str:
    each = plain(line.each)
    said = each if line.source in HIGHEST_ONLY else f"{each} × {line.count}"
    if line.most is None:
        return said
    return _("%(said)s, at most %(most)s") % {"said": said, "most": plain(line.most)}


def keeps(worker: CommunityWorker, *, by: User) -> bool:
    """Whether this person keeps the file. At most two queries, kept on the person."""
    return keeper_of_workers(worker.community_id, by=by) is not None
