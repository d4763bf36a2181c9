"""Moments as people read them: today 17:00, Fri 17:00, 1 Dec 17:00 (interface.md §3.5). Pure.

Every function takes aware datetimes and shows them in the current time zone.
"""

import datetime as dt

from django.utils import formats, timezone
from django.utils.translation import gettext, pgettext

WEEK_AHEAD = 6


def moment(value: dt.datetime, now: dt.datetime) -> str:
    """Return the day and the clock: relative for yesterday to six days ahead, else the date."""
    local, today = timezone.localtime(value), timezone.localtime(now).date()
    near = _near(local.date(), today)
    if near:
        return pgettext("near day and clock", "%(day)s %(clock)s") % {"day": near, "clock": clock(value)}
    date = _date(local.date(), today)
    return pgettext("date and clock", "%(date)s %(clock)s") % {"date": date, "clock": clock(value)}


def brief(value: dt.datetime, now: dt.datetime) -> str:
    """Return the shortest form that is not ambiguous: today as a clock, this month without the month."""
    local, today = timezone.localtime(value), timezone.localtime(now).date()
    if local.date() == today:
        return clock(value)
    if (local.year, local.month) == (today.year, today.month):
        return formats.date_format(local, pgettext("date format", "jS, H:i"))
    return moment(value, now)


def day(value: dt.datetime | dt.date, now: dt.datetime) -> str:
    """Return the date with its weekday, and "today" in front when it is: the heads of a timeline."""
    date = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    today = timezone.localtime(now).date()
    text = gettext("%(date)s, %(weekday)s") % {"date": _date(date, today), "weekday": weekday(date)}
    if date == today:
        return gettext("Today, %(date)s") % {"date": text}
    return text


def clock(value: dt.datetime) -> str:
    """Return hours and minutes."""
    return timezone.localtime(value).strftime("%H:%M")


def weekday(date: dt.date) -> str:
    """Return the short name of the weekday: Fri, 周五."""
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[date.weekday()]


def _near(date: dt.date, today: dt.date) -> str:
    """Return the relative name of a near day, or nothing. Past weekdays would be ambiguous: only ahead."""
    ahead = (date - today).days
    names = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    if 1 < ahead <= WEEK_AHEAD:
        return weekday(date)
    return names.get(ahead, "")


def _date(date: dt.date, today: dt.date) -> str:
    """Return day and month, and the year when it is another one."""
    if date.year == today.year:
        return formats.date_format(date, pgettext("date format", "j M"))
    return formats.date_format(date, pgettext("date format", "j M Y"))
