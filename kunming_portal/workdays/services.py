"""Changes to the stored calendar."""

import dataclasses
import datetime

from kunming_portal.workdays import calendar, selectors
from kunming_portal.workdays.models import CalendarDay, CalendarVersion

OFFICE = "office"  # a day entered by hand
NOTICE = "notice"  # a day of a notice that was entered
SEEDED = "holidays"


def keep_version(*, now: datetime.datetime) -> CalendarVersion:
    """Keep what the calendar is made of from now on, when it is not what the newest version says. Four queries.

    Every page and command that changes days, years or hours calls this in its transaction: by the versions a
    running deadline is told apart that was counted right and is outdated from one that is wrong.
    """
    rows = selectors.get_rows()
    stamp = selectors.stamp_of(rows)
    newest = CalendarVersion.objects.order_by("-since", "-id").first()
    if newest is not None and newest.stamp == stamp:
        return newest
    return CalendarVersion.objects.create(since=now, stamp=stamp, rows=rows)


def check_still_open(*, day: CalendarDay, now: datetime.datetime) -> None:
    """Refuse (`calendar.NoOpenTime`) a day, stored or not, that would leave the calendar without open time.

    Looks from `now` as far as the calendar does. Three queries.
    """
    stored = selectors.get_calendar()
    check_open(
        dataclasses.replace(stored, exceptions={**stored.exceptions, day.date: day.as_rule()}), now=now
    )


def check_open(offices: calendar.Calendar, *, now: datetime.datetime) -> None:
    """Refuse (`calendar.NoOpenTime`) a calendar that is never open from `now` on, anywhere it differs. No query."""
    offices.next_working_moment(now)
    for place in offices.local:
        offices.at([place]).next_working_moment(now)
