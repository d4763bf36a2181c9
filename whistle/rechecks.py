"""What the nightly check of deadlines found: for the operators' pages. Reads only."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from whistle.models import DeadlineDifference, Recheck

Sort = DeadlineDifference.Sort


@dataclass(frozen=True)
class Health:
    """The last finished run, the one under way, and how many differences are open, by sort."""

    last: Recheck | None
    running: Recheck | None
    wrong: int
    outdated: int


def get_health() -> Health:
    """Return how the check stands. Three queries."""
    counts = dict(
        DeadlineDifference.objects.filter(resolved_at=None)
        .values_list("sort")
        .annotate(number=Count("id"))
        .order_by("sort")
    )
    return Health(
        last=Recheck.objects.filter(finished_at__isnull=False).order_by("-id").first(),
        running=Recheck.objects.filter(finished_at=None).first(),
        wrong=counts.get(Sort.WRONG, 0) + counts.get(Sort.BROKEN, 0),
        outdated=counts.get(Sort.OUTDATED, 0),
    )


def get_differences(show: str) -> QuerySet[DeadlineDifference]:
    """Return the open differences of one sort, or all that were closed, with what a row shows; pages by id."""
    rows = DeadlineDifference.objects.select_related(
        "deadline__case",
        "deadline__whistle__kind",
        "deadline__whistle__caller",
        "deadline__whistle__receiver",
        "deadline__assignment__unit",
        "task_deadline__task__case",
        "task_deadline__task__unit",
        "task_deadline__task__issuer",
    )
    if show == "resolved":
        return rows.filter(resolved_at__isnull=False)
    rows = rows.filter(resolved_at=None)
    return rows.filter(sort=Sort.OUTDATED) if show == Sort.OUTDATED else rows.exclude(sort=Sort.OUTDATED)
