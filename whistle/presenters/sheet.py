"""The worksheet page: one promise from its start over every day to its end, its rule and its ladder."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kunming_portal.deadlines.models import RungChoices
from kunming_portal.ui import moments, parts
from whistle import hours
from whistle.models import CaseDeadline
from whistle.presenters import clocks
from whistle.presenters.clocks import Watch


@dataclass(frozen=True)
class RungRow:
    """One rung of the ladder: planned, climbed when, how late."""

    label: str
    light: parts.Light
    planned: dt.datetime
    climbed: dt.datetime | None
    late_minutes: int


@dataclass(frozen=True)
class DeadlineRow:
    """One promise in the list of all promises of a case."""

    pk: int
    step: str
    who: str
    due: parts.Due
    is_current: bool


@dataclass(frozen=True)
class Sheet:
    """The worksheet page of one deadline."""

    deadline: CaseDeadline
    who: str
    light: parts.Light
    state: str
    rule: str
    extension: str
    clock: str
    ruler: parts.Ruler
    lines: Sequence[parts.WorksheetLine]
    used: str
    rungs: Sequence[RungRow]
    others: Sequence[DeadlineRow]


def get_sheet(*, deadline: CaseDeadline, all_of_case: list[CaseDeadline], watch: Watch) -> Sheet:
    """Return the page of one deadline; `all_of_case` is `selectors.get_deadlines`. No query.

    At most five while a place has days of its own.
    """
    hours.load([deadline, *all_of_case], watch.calendar)
    light, state = state_of(deadline, watch)
    return Sheet(
        deadline=deadline,
        who=owner(deadline),
        light=light,
        state=state,
        rule=clocks.rule_text(deadline),
        extension=extension_text(deadline, watch),
        clock=clocks.clock_note(deadline, watch),
        ruler=clocks.ruler(deadline, watch),
        lines=clocks.worksheet(deadline, watch, until=deadline.due_at),
        used=clocks.hours_text(watch.took(deadline)),
        rungs=get_rungs(deadline),
        others=[
            DeadlineRow(
                pk=other.pk,
                step=other.get_step_display(),
                who=owner(other),
                due=due_of(other, watch),
                is_current=other.pk == deadline.pk,
            )
            for other in all_of_case
        ],
    )


def extension_text(deadline: CaseDeadline, watch: Watch) -> str:
    """Return by how much and when a limit was extended, and when it fell due before."""
    before = deadline.predecessor
    if before is None or before.ended_at is None:
        return ""
    return _("Extended by %(days)s working days on %(moment)s; before, it fell due %(due)s.") % {
        "days": deadline.extended_days - before.extended_days,
        "moment": moments.moment(before.ended_at, watch.now),
        "due": moments.moment(before.due_at, watch.now),
    }


def owner(deadline: CaseDeadline) -> str:
    """Return whose promise it is: the unit's, or the whole whistle's."""
    if deadline.assignment is not None:
        return deadline.assignment.unit.short_name
    return deadline.whistle.get_tier_display()


def state_of(deadline: CaseDeadline, watch: Watch) -> tuple[parts.Light, str]:
    """Return light and sentence of a deadline, running or ended."""
    if deadline.is_running:
        return deadline.light(watch.now), watch.left_text(deadline)  # type: ignore[return-value]
    if deadline.outcome != CaseDeadline.Outcome.MET:
        return "wait", deadline.get_outcome_display()
    if deadline.was_late():
        return "over", watch.took_text(deadline)
    return "closed", _("Done, took %(span)s") % {"span": watch.took_text(deadline)}


def due_of(deadline: CaseDeadline, watch: Watch) -> parts.Due:
    """Return a deadline as a list shows it."""
    light, state = state_of(deadline, watch)
    return parts.Due(light=light, at=deadline.due_at, word=state, provisional=deadline.provisional)


def get_rungs(deadline: CaseDeadline) -> list[RungRow]:
    """Return the ladder: what was planned for when, and when it happened. Rungs of an ended promise stay open."""
    climbed = {rung.rung: rung for rung in deadline.rungs.all()}
    rows = []
    for step in deadline.steps:
        done = climbed.get(step.rung.value)
        light: parts.Light = "wait"
        if done is not None:
            light = "soon" if step.rung.value == "yellow" else "over"
        rows.append(
            RungRow(
                label=str(RungChoices(step.rung.value).label),
                light=light,
                planned=step.at,
                climbed=done.climbed_at if done is not None else None,
                late_minutes=done.lateness_seconds // 60 if done is not None else 0,
            )
        )
    return rows
