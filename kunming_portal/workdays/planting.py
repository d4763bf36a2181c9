"""Bringing the stored calendar to what the `holidays` package knows.

Apart from the other services: the package is large, and neither the web server nor a worker needs it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from kunming_portal.workdays import seeding
from kunming_portal.workdays.models import CalendarDay, CalendarYear
from kunming_portal.workdays.services import OFFICE, SEEDED


@dataclass(frozen=True)
class Seeded:
    """What a seeding did: days by change; years written as official, as provisional, or not at all."""

    new: int
    changed: int
    removed: int
    unchanged: int
    official: tuple[int, ...]
    provisional: tuple[int, ...]
    kept: tuple[int, ...]


@transaction.atomic
def seed(*, years: Iterable[int]) -> Seeded:
    """Bring the given years to what the `holidays` package knows; a second run changes nothing.

    What the office entered (`source` is "office") wins: such a day is left alone, and a year whose row
    is the office's is not touched at all. Seeded days that the package no longer has are removed: the
    statutory guess of a provisional year gives way to the notice.
    """
    wanted = sorted(set(years))
    stored = CalendarYear.objects.select_for_update().in_bulk(wanted)
    kept = tuple(year for year, row in stored.items() if row.source == OFFICE)
    seeded = [year for year in wanted if year not in kept]
    changes: Counter[str] = Counter()
    for year in seeded:
        status = (
            CalendarYear.Status.OFFICIAL if seeding.is_official(year) else CalendarYear.Status.PROVISIONAL
        )
        CalendarYear.objects.update_or_create(year=year, defaults={"status": status, "source": SEEDED})
        changes += _seed_days(year)
    return Seeded(
        new=changes["new"],
        changed=changes["changed"],
        removed=changes["removed"],
        unchanged=changes["unchanged"],
        official=tuple(year for year in seeded if seeding.is_official(year)),
        provisional=tuple(year for year in seeded if not seeding.is_official(year)),
        kept=kept,
    )


def _seed_days(year: int) -> Counter[str]:
    stored = {day.date: day for day in CalendarDay.objects.select_for_update().filter(date__year=year)}
    changes: Counter[str] = Counter()
    new: list[CalendarDay] = []
    for seed_day in seeding.get_days(year):
        day = stored.pop(seed_day.date, None)
        if day is None:
            new.append(
                CalendarDay(
                    date=seed_day.date, is_working=seed_day.is_working, name=seed_day.name, source=SEEDED
                )
            )
        elif day.source == OFFICE or (day.is_working, day.name) == (seed_day.is_working, seed_day.name):
            changes["unchanged"] += 1
        else:
            day.is_working, day.name = seed_day.is_working, seed_day.name
            day.segments = day.segments if day.is_working else None
            day.save(update_fields=["is_working", "name", "segments"])
            changes["changed"] += 1
    CalendarDay.objects.bulk_create(new)
    changes["new"] = len(new)
    stale = [date for date, day in stored.items() if day.source == SEEDED]
    changes["removed"] = len(stale)
    CalendarDay.objects.filter(date__in=stale).delete()
    return changes
