"""Quiet hours (免打扰) as a value: when a person wants nothing through a channel, and when it may leave. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kunming_portal.workdays.calendar import Calendar

# Two working weeks of rest days in a row are more than any calendar of ours has
LONGEST_REST = 16


@dataclass(frozen=True)
class Quiet:
    """From a time of day up to, not including, another one, across midnight if need be; perhaps on rest days too.

    `start` and `end` are both None for a person who has no quiet hours at night.
    """

    start: time | None = time(22, 0)
    end: time | None = time(7, 0)
    rest_days: bool = False

    def covers(self, clock: time) -> bool:
        """Whether this time of day is quiet: the start is, the end is not."""
        if self.start is None or self.end is None:
            return False
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


DEFAULT = Quiet()


def leaves_at(at: datetime, *, quiet: Quiet, calendar: Calendar) -> datetime:
    """Return the first moment from `at` on that is not quiet: `at` itself, or the end of the quiet time.

    Times of day are the calendar's zone's; a rest day is a day on which its office does not work.
    """
    moment = at
    for _step in range(2 * LONGEST_REST):
        local = moment.astimezone(calendar.zone)
        if quiet.rest_days and not calendar.is_working_day(local.date()):
            moment = _at(local.date() + timedelta(days=1), time.min, calendar)
        elif quiet.covers(local.time()):
            assert quiet.end is not None
            after = local.time() >= quiet.end
            moment = _at(local.date() + timedelta(days=int(after)), quiet.end, calendar)
        else:
            return moment
    return moment


def _at(day: date, clock: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, clock, tzinfo=calendar.zone)
