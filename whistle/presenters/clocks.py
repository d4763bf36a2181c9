"""A deadline as people read it: time left, the ruler of its days, the worksheet that explains it. No query."""

import datetime as dt
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.ui import moments, parts, spans
from kunming_portal.workdays.calendar import Calendar, DayLine, TimeUnit
from whistle import clock_faces, hours
from whistle.limits import text_of
from whistle.models import CaseDeadline
from whistle.workflow import Step

ONE_DAY = dt.timedelta(days=1)
MOST_CELLS = 60
LABELLED = 7  # more days than this and the ruler says start, now and due below itself instead
HOURS_ONLY = 10**6  # minutes in a "day" no length reaches: lengths then read in hours


@dataclass(frozen=True)
class Watch:
    """The calendar and the moment by which a page measures everything."""

    calendar: Calendar
    now: dt.datetime

    def of(self, deadline: CaseDeadline) -> Calendar:
        """Return the calendar this deadline runs by. No query while no place has days of its own."""
        return hours.of_deadline(deadline, self.calendar)

    def minutes(self, deadline: CaseDeadline, start: dt.datetime, end: dt.datetime) -> int:
        """Return the signed minutes between two moments on the clock this deadline runs by."""
        natural = deadline.limit.unit.is_natural
        return clock_faces.minutes_between(start, end, natural=natural, calendar=self.of(deadline))

    def left(self, deadline: CaseDeadline) -> int:
        """Return the minutes that are left, negative when overdue by at least a minute."""
        return self.minutes(deadline, deadline.paused_at or self.now, deadline.due_at)

    def took(self, deadline: CaseDeadline) -> int:
        """Return the minutes it ran for, or has been running; pauses are left out."""
        end = deadline.ended_at or self.now
        return sum(self.minutes(deadline, *span) for span in running_spans(deadline, until=end))

    def per_day(self, deadline: CaseDeadline) -> int:
        """Return the working minutes of the day it falls due on; what one "day" of its length means."""
        return clock_faces.minutes_of_a_day(self.of(deadline), deadline.due_at)

    def left_text(self, deadline: CaseDeadline) -> str:
        """Return "2 d 5 h left" or "19 min overdue"; overdue by seconds is overdue."""
        unit, per_day = unit_of(deadline), self.per_day(deadline)
        minutes = self.left(deadline)
        if deadline.due_at < self.now:
            return spans.sentence(spans.Tense.OVER) % {
                "span": spans.span_text(minutes, unit, per_day=per_day)
            }
        return spans.left_text(minutes, unit, per_day=per_day)

    def took_text(self, deadline: CaseDeadline) -> str:
        """Return the length of an ended clock: 25 min; where it was late, by how much: 45 min late."""
        unit, per_day = unit_of(deadline), self.per_day(deadline)
        if deadline.ended_at is not None and deadline.was_late():
            late = self.minutes(deadline, deadline.due_at, deadline.ended_at)
            return spans.sentence(spans.Tense.LATE) % {"span": spans.span_text(late, unit, per_day=per_day)}
        return spans.span_text(self.took(deadline), unit, per_day=per_day)


def running_spans(deadline: CaseDeadline, *, until: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return when the clock ran, from its start to `until`, without its pauses. No query once they are loaded."""
    spans_, start = [], deadline.started_at
    for pause in sorted(deadline.pauses.all(), key=lambda pause: pause.started_at):
        if pause.started_at >= until:
            break
        spans_.append((start, max(pause.started_at, start)))
        start = pause.ended_at or until
    if start < until:
        spans_.append((start, until))
    return spans_


def unit_of(deadline: CaseDeadline) -> spans.Unit:
    """Return in which days its length reads."""
    return "natural" if deadline.limit.unit.is_natural else "working"


def clock_note(deadline: CaseDeadline, watch: Watch) -> str:
    """Return by which hours the clock runs: emergencies day and night."""
    if deadline.limit.unit.is_natural:
        return _("Runs day and night")
    hours = watch.per_day(deadline) / 60
    return _("Working time, %(hours)s hours a day") % {"hours": f"{hours:g}"}


def rule_text(deadline: CaseDeadline) -> str:
    """Return the rule a limit was computed by, with its version."""
    policy = deadline.policy
    is_rework = policy.amount != deadline.amount and deadline.step in (Step.CLOSE, Step.FEED_BACK)
    share = " " + _("(shortened for rework)") if is_rework else ""
    return _("Rule: %(tier)s, %(kind)s, %(step)s within %(limit)s%(share)s, version %(version)s.") % {
        "tier": policy.get_tier_display(),
        "kind": policy.kind.label
        if policy.sub_class is None
        else f"{policy.kind.label}·{policy.sub_class.name}",
        "step": deadline.get_step_display(),
        "limit": limit_text(deadline),
        "share": share,
        "version": policy.version,
    }


def limit_text(deadline: CaseDeadline) -> str:
    """Return the limit as people say it, with what was granted on top."""
    limit = text_of(deadline.limit)
    if not deadline.extended_days:
        return limit
    return _("%(limit)s, extended by %(days)s working days") % {
        "limit": limit,
        "days": deadline.extended_days,
    }


def main_deadline(deadlines: list[CaseDeadline]) -> CaseDeadline | None:
    """Return the promise the case as a whole waits for: closing, else the whistle's own, else the earliest.

    When nothing runs any more: the last closing that was promised.
    """
    running = sorted((d for d in deadlines if d.is_running), key=lambda d: (d.due_at, d.pk))
    order = (
        [d for d in running if d.step == Step.CLOSE],
        [d for d in running if d.assignment_id is None],
        running,
        [d for d in reversed(deadlines) if d.step == Step.CLOSE],
        list(reversed(deadlines)),
    )
    return next((found[0] for found in order if found), None)


# -- the worksheet --------------------------------------------------------------------------------------
def worksheet(deadline: CaseDeadline, watch: Watch, *, until: dt.datetime) -> list[parts.WorksheetLine]:
    """Return line by line what counted from the start to `until`, and the sum."""
    limit = deadline.limit
    rows: list[parts.WorksheetLine] = []
    total, stopped = 0, None
    for start, end in running_spans(deadline, until=max(until, deadline.started_at)):
        counted_in = limit.unit.counted_in
        if stopped is not None:
            rows.append(_pause_line(stopped, start, watch))
            # only the day of receipt is not counted; the day on which the clock goes on is
            counted_in = TimeUnit.NATURAL if limit.unit.is_natural else TimeUnit.HOURS
        lines = watch.of(deadline).explain(start, end, counted_in)
        rows += [_line(line, deadline, watch, until=end) for line in lines]
        total += sum(line.minutes for line in lines)
        stopped = end
    done = until >= deadline.due_at
    return [
        *rows,
        parts.WorksheetLine(
            date=_("Whole limit") if done else _("Used"),
            note=limit_text(deadline) if done else _("of %(limit)s") % {"limit": limit_text(deadline)},
            counted=hours_text(total),
            is_sum=True,
        ),
    ]


def hours_text(minutes: int) -> str:
    """Return a length in hours and minutes, a bare nought when nothing counts."""
    return spans.span_text(minutes, per_day=HOURS_ONLY) if minutes else "0"


def _pause_line(start: dt.datetime, end: dt.datetime, watch: Watch) -> parts.WorksheetLine:
    words = {"start": moments.moment(start, watch.now), "end": moments.moment(end, watch.now)}
    return parts.WorksheetLine(
        date=pgettext("light", "On hold"), note=_("%(start)s to %(end)s") % words, counted="0"
    )


def _line(line: DayLine, deadline: CaseDeadline, watch: Watch, *, until: dt.datetime) -> parts.WorksheetLine:
    note = line.reason.label
    if line.name:
        note = _("%(reason)s, %(name)s") % {"reason": note, "name": line.name}
    last = watch.calendar.local_day(until)
    if line.minutes and line.first == last and until < deadline.due_at:
        note = _("until %(clock)s") % {"clock": moments.clock(until)}
    if line.provisional:
        note = _("%(note)s, provisional") % {"note": note}
    return parts.WorksheetLine(date=_days(line, watch), note=note, counted=hours_text(line.minutes))


def _days(line: DayLine, watch: Watch) -> str:
    if line.first == line.last:
        words = {"day": _day(line.first, watch), "weekday": moments.weekday(line.first)}
        return pgettext("day and weekday", "%(day)s %(weekday)s") % words
    return pgettext("run of days", "%(first)s to %(last)s") % {
        "first": _day(line.first, watch),
        "last": _day(line.last, watch),
    }


def _day(date: dt.date, watch: Watch) -> str:
    """Return the day alone in the month we are in, else with its month."""
    today = watch.calendar.local_day(watch.now)
    if (date.year, date.month) == (today.year, today.month):
        return pgettext("day of this month", "%(day)d") % {"day": date.day}
    return formats.date_format(date, pgettext("date format", "j M"))


# -- the ruler --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Day:
    """One day of the ruler: its date and which part of the limit lies in it."""

    date: dt.date
    spans: tuple[tuple[dt.datetime, dt.datetime], ...]

    def share(self, moment: dt.datetime) -> float:
        """Return how many percent of this day's part lie before the moment."""
        whole = sum((end - start for start, end in self.spans), dt.timedelta())
        before = sum(
            (max(min(end, moment) - start, dt.timedelta()) for start, end in self.spans), dt.timedelta()
        )
        return round(100 * (before / whole), 1) if whole else 0.0


def ruler(deadline: CaseDeadline, watch: Watch) -> parts.Ruler:
    """Return one cell a day from the start to the due moment; rest days and the day of receipt are thin."""
    days = _days_of(deadline, watch)
    many = sum(1 for day in days if day.spans) > LABELLED
    cells = [_cell(day, deadline, watch, quiet=many) for day in days]
    light = deadline.light(watch.now)
    started = moments.brief(deadline.started_at, watch.now)
    due = moments.moment(deadline.due_at, watch.now)
    sentence = _("%(step)s: %(limit)s, %(left)s, due %(due)s.") % {
        "step": deadline.get_step_display(),
        "limit": limit_text(deadline),
        "left": watch.left_text(deadline) if deadline.is_running else _("ended"),
        "due": due,
    }
    return parts.Ruler(
        cells=cells,
        sentence=sentence,
        light=light,  # type: ignore[arg-type]  # one of the words of parts.Light
        start=_("from %(moment)s") % {"moment": started},
        now=moments.moment(watch.now, watch.now)
        if deadline.is_running and watch.now < deadline.due_at
        else "",
        due=_("%(moment)s due") % {"moment": due},
        is_long=many,
    )


def _days_of(deadline: CaseDeadline, watch: Watch) -> list[_Day]:
    unit, calendar = deadline.limit.unit, watch.of(deadline)
    first, last = calendar.local_day(deadline.started_at), calendar.local_day(deadline.due_at)
    days: list[_Day] = []
    date = first
    while date <= last and len(days) < MOST_CELLS:
        if unit.is_natural:
            midnight = dt.datetime.combine(date, dt.time(), tzinfo=calendar.zone)
            open_spans: tuple[tuple[dt.datetime, dt.datetime], ...] = ((midnight, midnight + ONE_DAY),)
        else:
            open_spans = () if unit.counts_days and date == first else calendar.segments_on(date)
        clipped = tuple(
            (max(start, deadline.started_at), min(end, deadline.due_at))
            for start, end in open_spans
            if end > deadline.started_at and start < deadline.due_at
        )
        days.append(_Day(date=date, spans=clipped))
        date += ONE_DAY
    return days


def _cell(day: _Day, deadline: CaseDeadline, watch: Watch, *, quiet: bool) -> parts.RulerCell:
    today = watch.calendar.local_day(watch.now)
    if not day.spans:
        return parts.RulerCell(kind="rest")
    ended = deadline.ended_at or watch.now
    used = day.share(min(ended, deadline.due_at))
    yellow = deadline.yellow_at
    has_tick = (
        yellow is not None
        and watch.calendar.local_day(yellow) == day.date
        and deadline.light(watch.now) != "closed"
    )
    is_now = deadline.is_running and day.date == today and watch.now < deadline.due_at
    return parts.RulerCell(
        kind="day",
        label="" if quiet else _label(day.date, deadline, watch, has_tick=has_tick),
        used=used or None,
        now=used if is_now else None,
        tick=day.share(yellow) if has_tick and yellow is not None else None,
        is_today=is_now,
    )


def _label(date: dt.date, deadline: CaseDeadline, watch: Watch, *, has_tick: bool) -> str:
    day = {"day": date.day}
    if deadline.is_running and date == watch.calendar.local_day(watch.now):
        return _("today %(clock)s") % {"clock": moments.clock(watch.now)}
    if date == watch.calendar.local_day(deadline.due_at):
        return _("%(day)s due %(clock)s") % (day | {"clock": moments.clock(deadline.due_at)})
    if has_tick and deadline.yellow_at is not None:
        return _("%(day)s yellow %(clock)s") % (day | {"clock": moments.clock(deadline.yellow_at)})
    return pgettext("day and weekday on the ruler", "%(day)s %(weekday)s") % (
        day | {"weekday": moments.weekday(date)}
    )
