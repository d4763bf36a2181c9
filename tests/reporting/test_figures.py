"""Formulas on hand-made worlds (domain.md §1.6): numerators, denominators, exclusions, scope."""

from datetime import datetime, timedelta

import pytest

from kunming_portal.accounts.models import Scope
from kunming_portal.accounts.permissions import Permission
from kunming_portal.reporting import figures, overdue, periods, places, rows, sentences
from kunming_portal.reporting.figures import Measure
from kunming_portal.reporting.periods import Span, Window
from kunming_portal.reporting.rates import Rate
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import (
    COMMUNITY,
    COUNTY,
    NOW,
    STREET,
    World,
    at,
    blown,
    dispatched,
    fed_back,
    opened,
    worked,
)
from whistle import services
from whistle.models import Case, CaseDeadline, Whistle

HOUR = timedelta(hours=1)
CITY = Scope(prefixes=("5301",))


def rate(measure: Measure, *, now: datetime, scope: Scope = CITY) -> Rate:
    """Return one rate of the month at `now`."""
    found = figures.get_measures(scope, periods.current(Span.MONTH, now=now))
    return next(m.rate for m in found if m.measure is measure)


def verified(world: World, verdict: str, satisfaction: str = "", *, now: datetime = NOW) -> Whistle:
    """Walk to a whistle with a verdict."""
    whistle = fed_back(world, now=now)
    services.verify(
        whistle=whistle, verdict=verdict, satisfaction=satisfaction, by=world.community_worker, now=now
    )
    return whistle


def test_signing_counts_every_called_unit_once_its_moment_has_passed(world: World) -> None:
    lead, assist = dispatched(world)  # two working hours to sign: noon
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW + HOUR)
    assert rate(Measure.SIGNING, now=NOW + HOUR) == Rate(0, 0)  # nothing has fallen due
    assert rate(Measure.SIGNING, now=NOW + 3 * HOUR) == Rate(1, 2)  # the running one is late, not absent
    services.sign(assignment=assist, by=world.market_liaison, now=NOW + 4 * HOUR)
    assert rate(Measure.SIGNING, now=NOW + 5 * HOUR) == Rate(1, 2)  # signed late stays late


def test_signing_at_the_very_moment_is_on_time(world: World) -> None:
    lead, _assist = dispatched(world)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=at("2026-11-23 12:00"))
    assert rate(Measure.SIGNING, now=at("2026-11-23 12:01")) == Rate(1, 2)


def test_report_in_is_measured_by_when_they_came(world: World) -> None:
    for duty in dispatched(world):
        worked(world, duty)
    late = at("2026-11-27 09:00")  # three working days: 26 November 17:00
    assert rate(Measure.REPORT_IN, now=late) == Rate(2, 2)


def test_an_upgrade_does_not_wipe_a_delay_away(world: World) -> None:
    upgraded = dispatched(world)[0].whistle  # closing is due on 30 November
    CaseDeadline.objects.filter(step="close").update(due_at=at("2026-11-25 17:00"))
    services.upgrade(
        whistle=upgraded, reason="超出街道权限", by=world.street_secretary, now=at("2026-11-27 10:00")
    )
    assert rate(Measure.CLOSING, now=at("2026-11-27 11:00")) == Rate(0, 1)


def test_closing_counts_whistles_and_leaves_out_what_an_upgrade_took_back_in_time(world: World) -> None:
    fed_back(world)
    dispatched(world)  # nobody feeds back
    upgraded = dispatched(world)[0].whistle
    services.upgrade(whistle=upgraded, reason="超出街道权限", by=world.street_secretary, now=NOW + HOUR)
    end = at("2026-12-01 09:00")
    period = periods.between(
        NOW.date(), NOW.date() + timedelta(days=9), now=end
    )  # closing is due on 30 November
    closing = next(m for m in figures.get_measures(CITY, period) if m.measure is Measure.CLOSING)
    assert closing.rate == Rate(1, 2)
    assert rows.of_measure(CITY, Measure.CLOSING, period, part="missed").count() == closing.rate.missed
    assert rows.of_measure(CITY, Measure.CLOSING, period, part="all").count() == closing.rate.total


def test_a_promise_due_on_new_years_eve_belongs_to_the_old_year(world: World) -> None:
    dispatched(world)
    CaseDeadline.objects.filter(step="close").update(due_at=at("2026-12-31 23:30"))
    later = at("2027-01-01 00:30")
    january = figures.get_measures(CITY, periods.current(Span.MONTH, now=later))
    december = figures.get_measures(
        CITY, periods.between(at("2026-12-01 00:00").date(), at("2026-12-31 00:00").date(), now=later)
    )
    assert [m.rate for m in january if m.measure is Measure.CLOSING] == [Rate(0, 0)]
    assert [m.rate for m in december if m.measure is Measure.CLOSING] == [Rate(0, 1)]
    assert january[2].months[-2:] == (Rate(0, 1), Rate(0, 0))


def test_resolution_and_satisfaction_leave_out_what_is_not_evaluated(world: World) -> None:
    verified(world, "solved", "satisfied")
    verified(world, "partly", "mostly")
    verified(world, "not_solved", "dissatisfied")
    verified(world, "solved")  # no degree given
    fed_back(world)  # no verdict
    assert rate(Measure.RESOLUTION, now=NOW + HOUR) == Rate(2, 4)
    assert rate(Measure.SATISFACTION, now=NOW + HOUR) == Rate(2, 3)
    period = periods.current(Span.MONTH, now=NOW + HOUR)
    for measure, missed, total in ((Measure.RESOLUTION, 2, 4), (Measure.SATISFACTION, 1, 3)):
        assert rows.of_measure(CITY, measure, period, part="missed").count() == missed
        assert rows.of_measure(CITY, measure, period, part="all").count() == total


def test_whistles_closed_without_a_degree_are_told_apart(world: World) -> None:
    whistle = verified(world, "solved")
    services.close(whistle=whistle, by=world.community_worker, now=NOW)
    assert figures.count_unrated(CITY, periods.current(Span.MONTH, now=NOW + HOUR)) == 1


def test_tiers_count_blown_whistles_and_the_lights_of_those_in_handling(world: World) -> None:
    opened(world)  # a draft is no whistle
    blown(world)
    first = dispatched(world)[0].whistle
    services.upgrade(whistle=first, reason="超出街道权限", by=world.street_secretary, now=NOW)
    community, street, county = figures.get_tiers(CITY, now=NOW + 24 * HOUR)
    assert (community.total, community.open, community.over, community.upgraded) == (2, 1, 1, 1)
    assert (street.total, street.open, street.risen) == (1, 1, Rate(1, 2))
    assert (county.total, county.first_blown) == (0, None)


def test_volume_is_by_kunming_month(world: World) -> None:
    whistle = blown(world)
    Whistle.objects.filter(pk=whistle.pk).update(
        blown_at=at("2026-11-01 00:10")
    )  # still October in Greenwich
    volume = figures.get_volume(CITY, now=NOW)
    assert [v.count for v in volume[-2:]] == [0, 1]
    assert [v.year_before for v in figures.get_volume(CITY, now=at("2027-11-05 09:00"))][-1] == 1


def test_each_overdue_case_is_held_by_whose_turn_it_is(world: World) -> None:
    blown(world)  # the centre has not accepted
    lead, _assist = dispatched(world)
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW + HOUR)
    now = at("2026-11-24 12:00")  # two working hours to sign, four to dispatch
    held = {
        h.unit.code: (h.cases, h.steps) for h in overdue.get_holders(CITY, now=now, calendar=get_calendar())
    }
    assert held == {"street_centre": (1, ("dispatch",)), "market": (1, ("sign",))}
    market = world.units["market"]
    assert rows.overdue_of(CITY, now=now, unit_id=market.pk).count() == 1
    assert rows.overdue_of(CITY, now=now, unit_id=None).count() == 2


def test_what_is_returned_is_held_by_who_has_to_complete_it(world: World) -> None:
    services.return_whistle(whistle=blown(world), reason="缺门牌号", by=world.street_dispatcher, now=NOW)
    late = at("2026-11-26 09:00")
    holders = overdue.get_holders(CITY, now=late, calendar=get_calendar())
    assert [(h.unit.code, h.steps) for h in holders] == [("community", ("complete",))]


def test_a_late_closing_is_the_leads_and_the_longest_is_counted_in_working_days(world: World) -> None:
    dispatched(world, assists=0)
    now = at("2026-12-02 09:00")  # closing was due on Monday, 30 November
    holders = overdue.get_holders(CITY, now=now, calendar=get_calendar())
    assert [(h.unit.code, h.cases) for h in holders] == [("enforcement", 1)]
    assert "close" in holders[0].steps
    assert holders[0].days == 7  # since the signing of 23 November
    rated = overdue.with_rates(holders, CITY, periods.current(Span.QUARTER, now=now))
    assert rated[0].rate == Rate(0, 1)


def test_the_list_of_units_goes_on_after_its_key(world: World) -> None:
    blown(world)
    dispatched(world)
    holders = overdue.get_holders(CITY, now=at("2026-11-24 12:00"), calendar=get_calendar())
    assert len(holders) == 3
    assert overdue.after_key(holders, holders[0].key) == holders[1:]
    assert overdue.after_key(holders, holders[-1].key) == []
    assert overdue.after_key(holders, "nonsense") == holders


@pytest.mark.parametrize(
    ("person", "tops", "digits"),
    [("city_official", ["5301"], 6), ("county_secretary", [COUNTY], 9), ("street_secretary", [STREET], 12)],
)
def test_a_territory_is_compared_by_the_level_below(
    world: World, person: str, tops: list[str], digits: int
) -> None:
    scope = world.people[person].scope(Permission.FIGURES_VIEW)
    territory = places.get_territory(scope)
    assert ([top.code for top in territory.tops], territory.digits) == (tops, digits)
    assert all(len(row.code) == digits for row in territory.rows)


def test_several_territories_are_compared_with_each_other(world: World) -> None:
    territory = places.get_territory(Scope(prefixes=("530102", "530103")))
    assert territory.single is None
    assert [row.code for row in territory.rows] == ["530102", "530103"]


def test_matters_count_a_case_once_under_the_kind_it_stands_at(world: World) -> None:
    opened(world)
    first = dispatched(world)[0].whistle
    key = services.upgrade(whistle=first, reason="超出街道权限", by=world.street_secretary, now=NOW)
    key = services.upgrade(
        whistle=_handled(world, key), reason="需市级统筹", by=world.county_secretary, now=NOW
    )
    territory = places.get_territory(CITY)
    matters = places.get_matters(CITY, territory, periods.current(Span.MONTH, now=NOW + HOUR))
    assert matters.total == Case.objects.count() == 2
    assert {row.kind.code: row.count for row in matters.kinds} == {"general": 1, key.kind.code: 1}
    wuhua = next(row for row in matters.rows if row.division.code == COUNTY)
    assert (wuhua.total, max(cell.step for cell in wuhua.cells)) == (2, 6)


def _handled(world: World, whistle: Whistle) -> Whistle:
    services.accept(whistle=whistle, by=world.county_dispatcher, now=NOW)
    return whistle


def test_a_case_of_the_county_itself_has_a_row_of_its_own(world: World) -> None:
    Case.objects.filter(pk=opened(world).pk).update(division_id=COUNTY)
    scope = Scope(prefixes=(COUNTY,))
    matters = places.get_matters(
        scope, places.get_territory(scope), periods.current(Span.MONTH, now=NOW + HOUR)
    )
    assert [(row.division.code, row.total) for row in matters.rows if row.is_own] == [(COUNTY, 1)]


def test_zones_are_compared_with_their_own_last_quarter(world: World) -> None:
    verified(world, "solved", "satisfied")
    now = NOW + HOUR
    zones = places.get_zones(CITY, places.get_territory(CITY), periods.current(Span.QUARTER, now=now))
    assert [(z.zone.value, z.resolution, z.resolution_before) for z in zones] == [
        ("demonstration", Rate(1, 1), Rate())
    ]
    street = Scope(prefixes=(STREET,))
    assert (
        places.get_zones(street, places.get_territory(street), periods.current(Span.QUARTER, now=now)) == []
    )


def test_base_figures_count_only_what_the_scope_holds(world: World) -> None:
    base = places.get_base(Scope(prefixes=(STREET,)), today=NOW.date())
    assert (base.streets, base.communities, base.units, base.callable_units) == (1, 1, 7, 4)
    assert base.people == 10


def test_a_scope_sees_no_foreign_case(world: World) -> None:
    fed_back(world)
    foreign = Scope(prefixes=("530103",))
    assert all(tier.total == 0 for tier in figures.get_tiers(foreign, now=NOW))
    assert rate(Measure.SIGNING, now=NOW + 5 * HOUR, scope=foreign) == Rate(0, 0)
    assert overdue.get_holders(foreign, now=at("2026-12-24 12:00"), calendar=get_calendar()) == []


def test_what_falls_due_tomorrow_is_counted_by_county(world: World) -> None:
    dispatched(world)
    eve = at("2026-11-29 23:30")  # a Sunday; closing is due on Monday
    window = rows.tomorrow(eve)
    assert window == Window(at("2026-11-30 00:00"), at("2026-12-01 00:00"))
    assert figures.count_due(CITY, window) == [(COMMUNITY[:6], 1)]
    assert rows.due_tomorrow(CITY, now=eve).count() == 1


def test_sentences_are_left_out_when_there_is_nothing_to_say() -> None:
    period = periods.current(Span.MONTH, now=NOW)
    calm = figures.MeasureFigures(Measure.CLOSING, Rate(95, 100), Rate(95, 100), ())
    assert sentences.first_things(holders=[], measures=[calm], due=[], period=period) == []
    worse = figures.MeasureFigures(Measure.CLOSING, Rate(90, 100), Rate(95, 100), ())
    few = figures.MeasureFigures(Measure.SIGNING, Rate(1, 4), Rate(4, 4), ())
    found = sentences.first_things(holders=[], measures=[worse, few], due=[("五华区", 2)], period=period)
    assert [one.light or one.icon for one in found] == ["arrow-down-right", "soon"]
