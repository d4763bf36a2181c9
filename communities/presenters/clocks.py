"""The deadline of an undertaking as pages show it: the light, the rest in working time, the share that is used."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import Undertaking, UndertakingDeadline
from kunming_portal.ui import parts
from kunming_portal.ui.spans import WORKING_DAY_MINUTES, Tense, left_text
from kunming_portal.workdays.calendar import Calendar

MINUTE = timedelta(minutes=1)


def newest(undertakings: Iterable[Undertaking], *, calendar: Calendar) -> dict[int, UndertakingDeadline]:
    """Return the newest deadline of each of these undertakings, by the key of the undertaking.

    One query; two more when places have days of their own.
    """
    keys = [undertaking.pk for undertaking in undertakings]
    if not keys:
        return {}
    found = list(UndertakingDeadline.objects.filter(undertaking__in=keys).order_by("id"))
    if calendar.local:
        prefetch_related_objects(found, "undertaking__unit", "undertaking__issuer")
    return {clock.undertaking_id: clock for clock in found}


def face(
    undertaking: Undertaking, clock: UndertakingDeadline | None, *, now: datetime, calendar: Calendar
) -> parts.Due:
    """Return light and time left for the report; once reported, that it came in time or late. No query."""
    if clock is None:
        return parts.Due(light="wait", word=_("No limit runs"))
    if clock.is_running:
        return running(undertaking, clock, now=now, calendar=calendar)
    if undertaking.answered_at is None:
        return parts.Due(light="closed", at=undertaking.ended_at, word=pgettext("undertaking", "Dropped"))
    late = pgettext("undertaking", "Reported late")
    word = late if clock.was_late() else pgettext("undertaking", "Reported")
    return parts.Due(light="closed", at=undertaking.answered_at, word=word)


def running(
    undertaking: Undertaking, clock: UndertakingDeadline, *, now: datetime, calendar: Calendar
) -> parts.Due:
    """Return the face of a running deadline, by the calendar of who must act. No query after `newest`."""
    natural = clock.limit.unit.is_natural
    if calendar.local:
        calendar = calendar.at((undertaking.unit or undertaking.issuer).places)
    light = clock.light(now)
    rest = _minutes(now, clock.due_at, natural=natural, calendar=calendar)
    whole = _minutes(clock.started_at, clock.due_at, natural=natural, calendar=calendar)
    if light == "over":
        rest = min(rest, -1)
    return parts.Due(
        light=light,  # type: ignore[arg-type]  # the model's words are the lights' words
        minutes=rest,
        at=clock.due_at,
        unit="natural" if natural else "working",
        per_day=_minutes_of_a_day(calendar, clock.due_at),
        tense=Tense.OVER if light == "over" else Tense.LEFT,
        used=100.0 if rest < 0 or not whole else 100.0 * (whole - rest) / whole,
        provisional=clock.provisional,
    )


def in_words(due: parts.Due, what: str) -> str:
    """Return what is due with its rest in one line without figures set apart: "Reply 1 d 5 h left"."""
    if due.minutes is None:
        return due.word
    return _("%(what)s %(left)s") % {"what": what, "left": left_text(due.minutes, due.unit)}


def _minutes(start: datetime, end: datetime, *, natural: bool, calendar: Calendar) -> int:
    return int((end - start) / MINUTE) if natural else calendar.working_minutes_between(start, end)


def _minutes_of_a_day(calendar: Calendar, at: datetime) -> int:
    spans = calendar.segments_on(calendar.local_day(at))
    return int(sum(((end - start) for start, end in spans), timedelta()) / MINUTE) or WORKING_DAY_MINUTES
