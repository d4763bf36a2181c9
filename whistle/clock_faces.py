"""A deadline as a list shows it: the light, the rest in its own kind of time, the share that is used."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from kunming_portal.deadlines.models import Deadline
from kunming_portal.ui import moments, parts
from kunming_portal.ui.spans import WORKING_DAY_MINUTES, Tense
from kunming_portal.workdays.calendar import Calendar
from whistle import hours
from whistle.models import Case
from whistle.workflow import Ending

UNJUDGED = (Ending.NOT_EVALUATED, Ending.WITHDRAWN)
MINUTE = timedelta(minutes=1)


def running(deadline: Deadline, *, now: datetime, calendar: Calendar) -> parts.Due:
    """Return the face of a running deadline; of a paused one, as it stood when it was stopped.

    The rest is counted in working time, or by the clock on the wall where the limit is natural; a rest that ends
    outside working time is never nought. No query after `hours.load`.
    """
    natural = deadline.limit.unit.is_natural
    calendar = hours.of_deadline(deadline, calendar)
    light = deadline.light(now)
    rest = minutes_between(deadline.paused_at or now, deadline.due_at, natural=natural, calendar=calendar)
    whole = minutes_between(deadline.started_at, deadline.due_at, natural=natural, calendar=calendar)
    if light == "over":
        rest = min(rest, -1)
    return parts.Due(
        light=light,  # type: ignore[arg-type]  # the model's words are the lights' words
        minutes=rest,
        at=deadline.due_at,
        unit="natural" if natural else "working",
        per_day=minutes_of_a_day(calendar, deadline.due_at),
        tense=Tense.OVER if light == "over" else Tense.LEFT,
        used=100.0 if rest < 0 else _share(whole - rest, whole),
        provisional=deadline.provisional,
    )


def without_limit() -> parts.Due:
    """Return the face of an open matter whose clock has not begun or has stopped."""
    return parts.Due(light="wait", word=_("No limit runs"))


def merged() -> parts.Due:
    """Return the face of a matter handled together with another: its own limits stand still and never ring."""
    return parts.Due(light="wait", word=_("Merged"))


def on_hold(case: Case, *, now: datetime) -> parts.Due:
    """Return the face of a matter on hold: until which day. No query."""
    assert case.hold_until is not None
    last = moments.day(case.hold_until - MINUTE, now)
    return parts.Due(light="hold", word=_("On hold until %(day)s") % {"day": last})


def ended_light(case: Case) -> parts.Light:
    """Return the light of a closed case: a tick where somebody said how it came out, else an empty ring."""
    return "wait" if case.ending in UNJUDGED else "closed"


def ended_word(case: Case) -> str:
    """Return the word beside that light where "closed" would say too little."""
    return "" if case.ending in (Ending.SOLVED, Ending.PARTLY) else str(case.get_ending_display())


def closed(case: Case, *, calendar: Calendar) -> parts.Due:
    """Return the face of a closed case: how long it took, and when it was closed. No query."""
    assert case.closed_at is not None
    return parts.Due(
        light=ended_light(case),
        word=ended_word(case),
        minutes=minutes_between(case.opened_at, case.closed_at, natural=False, calendar=calendar),
        at=case.closed_at,
        per_day=minutes_of_a_day(calendar, case.closed_at),
        tense=Tense.TOOK,
    )


def minutes_between(start: datetime, end: datetime, *, natural: bool, calendar: Calendar) -> int:
    """Return the signed minutes from one moment to another: by the clock on the wall, or of working time."""
    if natural:
        return int((end - start) / MINUTE)
    return calendar.working_minutes_between(start, end)


def minutes_of_a_day(calendar: Calendar, at: datetime) -> int:
    """Return the working minutes of the day, or of a usual one when it is a day of rest."""
    spans = calendar.segments_on(calendar.local_day(at))
    return int(sum(((end - start) for start, end in spans), timedelta()) / MINUTE) or WORKING_DAY_MINUTES


def _share(used: int, whole: int) -> float:
    return 100.0 * used / whole if whole else 100.0
