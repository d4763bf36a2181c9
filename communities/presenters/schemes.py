"""What the page of a scheme shows: rules in words, and the table of pay for who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from communities.models import PayBand, PointRule, PostClass, WorkerScheme
from communities.presenters.workers import plain, value_label


@dataclass(frozen=True)
class RuleRow:
    """One rule in words; `head` is empty where the source is the one of the line above."""

    head: str
    what: str
    points: str
    most: str


@dataclass(frozen=True)
class PayTable:
    """What is paid a month: post classes across, grades down."""

    posts: Sequence[PostClass]
    rows: Sequence[tuple[str, Sequence[PayBand | None]]]
    highest: int


def rule_rows(scheme: WorkerScheme) -> list[RuleRow]:
    """Return the rules of a scheme in their order. No query once they are loaded."""
    rows: list[RuleRow] = []
    last = ""
    for rule in sorted(scheme.rules.all(), key=lambda one: (one.position, one.pk)):
        head = str(PointRule.From(rule.source).label)
        rows.append(
            RuleRow(
                head if head != last else "",
                value_label(rule.source, rule.value),
                plain(rule.points),
                plain(rule.most) if rule.most is not None else "",
            )
        )
        last = head
    return rows


def pay_table(scheme: WorkerScheme) -> PayTable:
    """Return what a scheme pays. Two queries. For who may see pay."""
    posts = list(PostClass.objects.order_by("position", "pk"))
    bands = {
        (band.grade_id, band.post_class_id): band for band in PayBand.objects.filter(grade__scheme=scheme)
    }
    grades = sorted(scheme.grades.all(), key=lambda grade: grade.from_points)
    rows = [(grade.name, [bands.get((grade.pk, post.pk)) for post in posts]) for grade in grades]
    return PayTable(posts, rows, max((band.amount for band in bands.values()), default=0))
