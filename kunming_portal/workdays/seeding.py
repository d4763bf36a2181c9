"""The calendar that the `holidays` package knows, as rows for our tables. Pure.

The package invents plausible statutory days for years without a State Council notice, without saying
so. A year is official only if the package holds that year's notice (its table of exchanged days).
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from holidays.countries.china import China, ChinaStaticHolidays

_DAY = datetime.timedelta(days=1)
# The package marks the days it derives: "国庆节（补假）" and "休息日（由 2026-10-10 调休）", the date being
# the weekend day worked in exchange
_OBSERVED = "（补假）"
_EXCHANGED = re.compile(r"休息日（由 (\d{4}-\d{2}-\d{2}) 调休）")


@dataclass(frozen=True)
class SeedDay:
    """A day that is not what its weekday says, or a holiday falling on a weekend."""

    date: datetime.date
    is_working: bool
    name: str


def is_official(year: int) -> bool:
    """Say whether the State Council notice for `year` is in the package."""
    return year in ChinaStaticHolidays.special_public_holidays


def get_days(year: int) -> list[SeedDay]:
    """Return the holidays and make-up days (调休) of `year`, in order, with Chinese names."""
    # Neighbouring years too: days around New Year are exchanged across it
    china = China(years=(year - 1, year, year + 1), language="zh_CN")  # type: ignore[no-untyped-call]
    names = _holiday_names(china)
    rests = {day: name for day, name in names.items() if day.year == year}
    rests |= {day: name for day, name in _enclosed_weekends(names) if day.year == year}
    make_up = {day for day in china.weekend_workdays if day.year == year}
    days = [SeedDay(day, False, name) for day, name in rests.items() if day not in make_up]
    occasions = {worked: names[rest] for rest, worked in _exchanges(china).items()}
    days += [SeedDay(day, True, f"{occasions.get(day) or _nearest(names, day)}调休上班") for day in make_up]
    return sorted(days, key=lambda seed: seed.date)


def _holiday_names(china: China) -> dict[datetime.date, str]:
    """Every day off with the name of its holiday; exchanged days take the name of the nearest."""
    exchanged = _exchanges(china)
    statutory = {
        day: name.removesuffix(_OBSERVED).replace("; ", "、")
        for day, name in china.items()
        if day not in exchanged
    }
    return {day: statutory.get(day) or _nearest(statutory, day) for day in sorted(china)}


def _exchanges(china: China) -> dict[datetime.date, datetime.date]:
    """Weekdays off and the weekend days worked for them."""
    found = ((day, _EXCHANGED.fullmatch(name)) for day, name in china.items())
    return {day: datetime.date.fromisoformat(match[1]) for day, match in found if match}


def _enclosed_weekends(names: dict[datetime.date, str]) -> Iterator[tuple[datetime.date, str]]:
    """Weekend days between two days of one holiday, which belong to it (4 October in 2026)."""
    for day, name in names.items():
        for gap in (1, 2):
            after = day + _DAY * (gap + 1)
            between = [day + _DAY * step for step in range(1, gap + 1)]
            if names.get(after) == name and all(d.weekday() >= 5 and d not in names for d in between):
                yield from ((d, name) for d in between)


def _nearest(names: dict[datetime.date, str], day: datetime.date) -> str:
    return names[min(names, key=lambda other: (abs(other - day), other))]
