"""What a calendar is made of: hours of a day, rules of single dates, rules of single places. Pure."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.utils.translation import gettext as _

from kunming_portal.errors import Refused

Segment = tuple[datetime.time, datetime.time]
Span = tuple[datetime.datetime, datetime.datetime]
Change = tuple[datetime.date, tuple[Segment, ...]]

OFFICE_HOURS: tuple[Segment, ...] = (
    (datetime.time(9), datetime.time(12)),
    (datetime.time(13), datetime.time(17)),
)


class NoOpenTime(Refused):
    """The calendar is never open, or not open enough within the horizon."""


class BadHours(Refused):
    """Hours that are no hours: unordered, overlapping, empty."""


@dataclass(frozen=True)
class DayRule:
    """What a date is, whatever its weekday. `segments`: hours of its own; None: the usual ones.

    `is_local`: it holds for one place only.
    """

    working: bool
    name: str = ""
    segments: tuple[Segment, ...] | None = None
    is_local: bool = False


@dataclass(frozen=True)
class LocalRules:
    """What is different at one place: its own dates, and from which day on it has hours of its own."""

    exceptions: Mapping[datetime.date, DayRule] = field(default_factory=lambda: MappingProxyType({}))
    changes: tuple[Change, ...] = ()


def check_segments(segments: tuple[Segment, ...]) -> None:
    """Refuse (`BadHours`) hours that are empty, end before they start, overlap or are out of order."""
    if not segments:
        raise BadHours(_("A working day needs at least one span of hours."))
    previous: datetime.time | None = None
    for start, end in segments:
        if start >= end:
            raise BadHours(_("Working hours must end after they start."))
        if previous is not None and start < previous:
            raise BadHours(_("Working hours must follow each other without overlapping."))
        previous = end


def check_rules(exceptions: Mapping[datetime.date, DayRule], changes: tuple[Change, ...]) -> None:
    """Refuse (`BadHours`) hours that are none, changes out of order, a rest day with hours."""
    for _first, hours in changes:
        check_segments(hours)
    days = [first for first, _hours in changes]
    if days != sorted(set(days)):
        raise BadHours(_("Changes of the working hours must be in the order of their first days."))
    for rule in exceptions.values():
        if rule.segments is None:
            continue
        if not rule.working:
            raise BadHours(_("A rest day has no working hours."))
        check_segments(rule.segments)
