"""The pages of a deadline change: sums, progress, and the deadlines that move. Numbers only, no case's matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kunming_portal.ui import parts
from whistle import hours
from whistle.models import CaseDeadline, Kind, RecalculatedDeadline, Recalculation
from whistle.workflow import Step, Tier

MOST_GROUPS = 12
State = Recalculation.State
Outcome = RecalculatedDeadline.Outcome
LIGHTS: dict[str, parts.Light] = {
    State.COUNTING: "wait",
    State.PREVIEWED: "soon",
    State.CONFIRMED: "normal",
    State.RUNNING: "normal",
    State.DONE: "closed",
    State.CANCELLED: "closed",
    State.FAILED: "over",
}


@dataclass(frozen=True)
class Progress:
    """How far a job got: step of how many, percent, and a sentence with the seconds left, when they can be told."""

    title: str
    step: str
    percent: int
    note: str


@dataclass(frozen=True)
class Group:
    """One line of the sums: how many of a kind or of a unit move earlier, later, or change their lights."""

    label: str
    earlier: int
    later: int
    same: int


def get_results(job: Recalculation) -> QuerySet[RecalculatedDeadline]:
    """Return the deadlines that change or changed, with what a row shows, as a query. Read it in pages by `id`."""
    return job.results.select_related(
        "deadline__case",
        "deadline__whistle__kind",
        "deadline__whistle__caller",
        "deadline__whistle__receiver",
        "deadline__assignment__unit",
    )


def who(deadline: CaseDeadline) -> str:
    """Return whose promise it is: the called unit's, the caller's for what it has to do, else the receiver's."""
    acts = hours.who_acts(deadline.step, whistle=deadline.whistle, assignment=deadline.assignment)
    return acts.short_name


def get_progress(job: Recalculation, *, now: datetime) -> Progress:
    """Return how far the job got. No query."""
    if job.state == State.COUNTING:
        done, total, since, title, step = job.seen, job.total, job.asked_at, _("Previewing"), 1
    else:
        done, total = job.moved + job.skipped, job.to_move + job.skipped
        since, title, step = job.started_at or now, _("Moving deadlines"), 2
    percent = min(100 * done // total, 100) if total else 0
    note = _("%(done)s of %(total)s") % {"done": done, "total": total}
    left = _seconds_left(done=done, total=total, passed=(now - since).total_seconds())
    if left is not None:
        note = pgettext("progress", "%(note)s, %(left)s") % {"note": note, "left": left}
    return Progress(title=title, step=_("Step %(step)s of 2") % {"step": step}, percent=percent, note=note)


def describe(job: Recalculation) -> list[tuple[str, str]]:
    """Return what the job looks at, in words: pairs of a term and its text. One query."""
    kinds = Kind.objects.filter(pk__in=job.kinds).order_by("position", "code")
    comma = pgettext("between names", ", ")
    facts = [(_("What changed"), job.get_cause_display())]
    if job.first_day is not None:
        facts.append((_("Changed days"), _days(job)))
    facts += [
        (_("Kinds"), comma.join(kind.label for kind in kinds) or pgettext("kinds", "all")),
        (_("Tiers"), comma.join(str(Tier(tier).label) for tier in job.tiers) or pgettext("tiers", "all")),
        (_("Steps"), comma.join(str(Step(step).label) for step in job.steps) or pgettext("steps", "all")),
        (_("Reason"), job.reason),
        (_("Asked by"), job.asked_by.name),
    ]
    if job.confirmed_by is not None:
        facts.append((_("Confirmed by"), job.confirmed_by.name))
    return facts


def get_groups(job: Recalculation) -> dict[str, Sequence[Group]]:
    """Return the sums by kind and by unit, largest first. Two queries over the job's results."""
    kinds = _sums(job, "deadline__whistle__kind__name", "deadline__step")
    units = _sums(job, "deadline__assignment__unit__short_name", "deadline__whistle__receiver__short_name")
    return {
        "kinds": [
            _group(f"{row['deadline__whistle__kind__name']} · {Step(row['deadline__step']).label}", row)
            for row in kinds
        ],
        "units": [
            _group(
                row["deadline__assignment__unit__short_name"]
                or row["deadline__whistle__receiver__short_name"],
                row,
            )
            for row in units
        ],
    }


def _sums(job: Recalculation, *fields: str) -> list[dict[str, Any]]:
    rows = job.results.exclude(outcome=Outcome.SKIPPED).order_by().values(*fields)
    counted = rows.annotate(
        number=Count("id"),
        **{f"to_{shift}": Count("id", filter=Q(shift=shift)) for shift in ("earlier", "later", "same")},
    )
    return list(counted.order_by("-number", *fields)[:MOST_GROUPS])


def _group(label: str, row: dict[str, Any]) -> Group:
    return Group(label=label, earlier=row["to_earlier"], later=row["to_later"], same=row["to_same"])


def _days(job: Recalculation) -> str:
    if job.last_day is None:
        return _("from %(first)s on") % {"first": job.first_day}
    if job.last_day == job.first_day:
        return str(job.first_day)
    return _("%(first)s to %(last)s") % {"first": job.first_day, "last": job.last_day}


def _seconds_left(*, done: int, total: int, passed: float) -> str | None:
    if not done or passed < 1:
        return None
    seconds = max(int(passed * (total - done) / done), 1)
    return ngettext("about %(n)s second", "about %(n)s seconds", seconds) % {"n": seconds}
