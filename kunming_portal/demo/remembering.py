"""The working-day calendar for very many questions: it remembers the open spans of each day."""

import datetime
from dataclasses import dataclass, field, fields

from kunming_portal.workdays.calendar import Calendar, Span


@dataclass(frozen=True)
class RememberingCalendar(Calendar):
    """The same calendar with the same answers; a day's spans are worked out once."""

    known: dict[datetime.date, tuple[Span, ...]] = field(default_factory=dict, compare=False, repr=False)

    def segments_on(self, day: datetime.date) -> tuple[Span, ...]:
        """Return the open spans of `day` as the calendar does."""
        found = self.known.get(day)
        if found is None:
            found = self.known[day] = super().segments_on(day)
        return found


def remember(calendar: Calendar) -> RememberingCalendar:
    """Return the same calendar with a memory."""
    return RememberingCalendar(**{f.name: getattr(calendar, f.name) for f in fields(Calendar)})
