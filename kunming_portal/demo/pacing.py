"""When and where matters turn up over two years: seasons, weekdays, hours, the weight of each place."""

import datetime
from random import Random

from kunming_portal.demo.directory import Directory
from kunming_portal.organisations.models import Unit

YEARS = 2
# Cases a month as the article's scale gives them, January first; the year before has a little less
MONTHS = (598, 431, 702, 741, 768, 803, 846, 792, 731, 688, 612, 655)
GROWTH = 0.95
RECENT_DAYS, RECENT = 21, 0.55
WEEKDAYS = (1.25, 1.12, 1.08, 1.05, 1.0, 0.5, 0.42)
REST_DAY = 0.35
HOURS = {8: 3, 9: 12, 10: 14, 11: 10, 12: 3, 13: 7, 14: 12, 15: 12, 16: 10, 17: 6, 18: 3, 19: 3, 20: 2, 21: 1}
COUNTIES = {
    "530102": 105, "530103": 100, "530111": 150, "530112": 78, "530114": 58, "530181": 30, "530115": 22, "530113": 12,
    "530127": 18, "530125": 15, "530126": 7, "530124": 6, "530129": 10, "530128": 9,
}  # fmt: skip
DAGUAN = "530102003"  # the street a visitor signs in at has a lively desk


def moments(
    rng: Random, directory: Directory, *, now: datetime.datetime, count: int
) -> list[datetime.datetime]:
    """Return `count` moments (UTC, in order) of the two years before `now` at which matters turn up."""
    calendar = directory.calendar
    today = calendar.local_day(now)
    days = [today - datetime.timedelta(days=back) for back in range(1, 365 * YEARS + 1)]
    weights = [_weight(day, today, working=calendar.is_working_day(day)) for day in days]
    drawn = rng.choices(days, weights, k=count)
    hours = rng.choices(list(HOURS), list(HOURS.values()), k=count)
    found = []
    for day, hour in zip(drawn, hours, strict=True):
        clock = datetime.time(hour, rng.randrange(60), rng.randrange(60), tzinfo=calendar.zone)
        found.append(datetime.datetime.combine(day, clock).astimezone(datetime.UTC))
    return sorted(found)


def places(rng: Random, directory: Directory, *, count: int) -> list[Unit]:
    """Return `count` communities, the heavier ones more often."""
    by_street: dict[str, float] = {}
    weights = []
    for unit in directory.communities:
        street = unit.division_id[:9]
        if street not in by_street:
            by_street[street] = rng.lognormvariate(0, 0.35) * (2.2 if street == DAGUAN else 1)
        weights.append(by_street[street] * rng.lognormvariate(0, 0.5))
    weights = _by_county(directory.communities, weights)
    return rng.choices(directory.communities, weights, k=count)


def _by_county(communities: list[Unit], weights: list[float]) -> list[float]:
    """Scale the weights so that each county has its share."""
    sums: dict[str, float] = {}
    for unit, weight in zip(communities, weights, strict=True):
        sums[unit.division_id[:6]] = sums.get(unit.division_id[:6], 0) + weight
    return [
        weight * COUNTIES.get(unit.division_id[:6], 5) / sums[unit.division_id[:6]]
        for unit, weight in zip(communities, weights, strict=True)
    ]


def _weight(day: datetime.date, today: datetime.date, *, working: bool) -> float:
    weight = MONTHS[day.month - 1] * WEEKDAYS[day.weekday()]
    if not working:
        weight *= REST_DAY if day.weekday() < 5 else 1
    elif day.weekday() >= 5:
        weight = MONTHS[day.month - 1] * WEEKDAYS[0]
    if (today - day).days <= RECENT_DAYS:  # the open histories, written one by one, come on top
        weight *= RECENT
    return weight * (GROWTH if (today - day).days > 365 else 1)
