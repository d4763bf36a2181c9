"""The city page put together: every figure of one territory and period, with the address each leads to."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext

from kunming_portal.accounts.models import Scope
from kunming_portal.divisions.models import Division
from kunming_portal.reporting import (
    beside,
    drawing,
    figures,
    links,
    overdue,
    periods,
    places,
    rows,
    sentences,
)
from kunming_portal.reporting.drawing import Spark
from kunming_portal.reporting.figures import MeasureFigures, MonthVolume, TierFigures
from kunming_portal.reporting.overdue import Holder
from kunming_portal.reporting.periods import Period, Span
from kunming_portal.reporting.places import HeatRow, KindCount, Matters, Territory, ZoneFigures
from kunming_portal.reporting.rates import Rate, change
from kunming_portal.reporting.sentences import Sentence
from kunming_portal.workdays.calendar import Calendar

HOLDERS_SHOWN = 10
RATE_FLOOR = 85


@dataclass(frozen=True)
class Shown:
    """One rate as the page prints it."""

    name: str
    figures: MeasureFigures
    spark: Spark | None
    url: str
    all_url: str


@dataclass(frozen=True)
class HolderRow:
    """One unit of the overdue table."""

    holder: Holder
    spark: Spark | None
    url: str


@dataclass(frozen=True)
class City:
    """Everything on the page. `rest` are the units and cases of the table that are not shown."""

    territory: Territory
    title: str
    period: Period
    tiers: tuple[TierFigures, ...]
    first: tuple[Sentence, ...]
    measures: tuple[Shown, ...]
    unrated: int
    outside: figures.Outside
    beside: beside.Beside
    volume: tuple[MonthVolume, ...]
    closing: tuple[tuple[dt.date, Rate], ...]
    overdue: int
    holders: tuple[HolderRow, ...]
    holders_count: int
    matters: Matters
    zones: tuple[ZoneFigures, ...]
    base: places.BaseFigures

    @property
    def since(self) -> dt.datetime | None:
        """When the first whistle was blown."""
        return min((t.first_blown for t in self.tiers if t.first_blown), default=None)

    @property
    def holders_rest(self) -> int:
        """Units with overdue cases that are not in the table."""
        return self.holders_count - len(self.holders)


def build(scope: Scope, period: Period, *, calendar: Calendar) -> City:
    """Return the page of this scope. The number of queries does not grow with the data (about thirty)."""
    now = period.cutoff
    territory = places.get_territory(scope)
    tiers = figures.get_tiers(scope, now=now)
    measures = figures.get_measures(scope, period)
    volume = figures.get_volume(scope, now=now)
    holders = overdue.get_holders(scope, now=now, calendar=calendar)
    shown = overdue.with_rates(holders[:HOLDERS_SHOWN], scope, period)
    due = _due_by_place(scope, rows.tomorrow(now))
    closing = next(m for m in measures if m.measure is figures.Measure.CLOSING)
    months = tuple(zip((v.month for v in volume), closing.months, strict=True))
    return City(
        territory=territory,
        title=title_of(territory),
        period=period,
        tiers=tuple(tiers),
        first=tuple(sentences.first_things(holders=holders, measures=measures, due=due, period=period)),
        measures=tuple(_shown(m, period) for m in measures),
        unrated=figures.count_unrated(scope, period),
        outside=figures.count_outside(scope, period),
        beside=beside.get_beside(scope, period),
        volume=tuple(volume),
        closing=months,
        overdue=sum(tier.over for tier in tiers),
        holders=tuple(holder_row(holder) for holder in shown),
        holders_count=len(holders),
        matters=places.get_matters(scope, territory, period),
        zones=tuple(places.get_zones(scope, territory, periods.current(Span.QUARTER, now=now))),
        base=places.get_base(scope, today=periods.local_day(now)),
    )


def holder_row(holder: Holder) -> HolderRow:
    """Return one unit as a row of a table."""
    return HolderRow(holder=holder, spark=drawing.spark(holder.months), url=links.holder(holder.unit.pk))


def title_of(territory: Territory) -> str:
    """Return the heading: the whole city, one place by name, or how many places."""
    single = territory.single
    if single is None:
        count = len(territory.tops)
        return ngettext("%(count)d place at a glance", "%(count)d places at a glance", count) % {
            "count": count
        }
    if single.level == Division.Level.CITY:
        return gettext("The city at a glance")
    return gettext("%(place)s at a glance") % {"place": single.name}


def volume_chart(volume: Sequence[MonthVolume]) -> dict[str, Any]:
    """Return the columns of whistles by month for static/js/charts.js: numbers and words, no colour."""
    last = volume[-1]
    text = gettext(
        "Whistles by month. This month so far %(now)d, same month last year %(before)d; "
        "most in 13 months: %(most)d."
    )
    return {
        "labels": [f"{v.month.month}" for v in volume],
        "text": text % {"now": last.count, "before": last.year_before, "most": max(v.count for v in volume)},
        "now": {"name": gettext("Whistles"), "values": [v.count for v in volume]},
        "before": {"name": gettext("Same month last year"), "values": [v.year_before for v in volume]},
        "running": True,
    }


def closing_chart(months: Sequence[tuple[dt.date, Rate]]) -> dict[str, Any]:
    """Return the line of closing on time for static/js/charts.js; a month without a rate is a gap.

    The scale begins at 85, or at a lower multiple of five where a month lies lower (interface.md §3.6).
    """
    values = [float(rate.percent) if rate.percent is not None else None for _month, rate in months]
    lowest = min([RATE_FLOOR, *(value for value in values if value is not None)])
    return {
        "labels": [f"{month.month}" for month, _rate in months],
        "text": gettext("Closed on time in the last 13 months, this month %(rate)s.")
        % {"rate": sentences.percent_text(months[-1][1])},
        "name": sentences.measure_name(figures.Measure.CLOSING),
        "values": values,
        "from": int(lowest // 5 * 5),
    }


def days_text(period: Period) -> str:
    """Return the days in words: 1 Nov to 25 Nov; the year only where it is another one."""
    year = periods.local_day(period.cutoff).year
    words = {"first": _date(period.first, year), "last": _date(period.last_shown, year)}
    return pgettext("days", "%(first)s to %(last)s") % words


def compared_text(period: Period) -> str:
    """Return with what the period is compared."""
    names = {
        Span.MONTH: (gettext("the same days of last month"), gettext("last month")),
        Span.QUARTER: (gettext("the same days of last quarter"), gettext("last quarter")),
        Span.YEAR: (gettext("the same days of last year"), gettext("last year")),
        Span.CUSTOM: (gettext("as many days before"), gettext("as many days before")),
    }
    return names[period.span][0 if period.is_running else 1]


def zone_changes(zone: ZoneFigures) -> dict[str, Any]:
    """Return the changes of a zone class in percentage points."""
    return {
        "closing": change(zone.closing, zone.closing_before),
        "resolution": change(zone.resolution, zone.resolution_before),
    }


def kind_links(kinds: Sequence[KindCount], period: Period) -> list[tuple[KindCount, str]]:
    """Return each kind with the address of its cases."""
    return [(row, links.cases_written(period, kind=row.kind.code)) for row in kinds]


def heat_links(table: Sequence[HeatRow], period: Period) -> list[dict[str, Any]]:
    """Return the rows of the table with the address of every cell that can be listed."""
    found = []
    for row in table:
        code = row.division.code
        cells = [
            {
                "cell": cell,
                "url": links.cases_written(period, division=code, kind=cell.kind.code)
                if cell.kind is not None and cell.count and not row.is_own
                else "",
            }
            for cell in row.cells
        ]
        url = links.cases_written(period, division=code) if row.total and not row.is_own else ""
        found.append({"row": row, "cells": cells, "url": url})
    return found


def _shown(measure: MeasureFigures, period: Period) -> Shown:
    return Shown(
        name=sentences.measure_name(measure.measure),
        figures=measure,
        spark=drawing.spark(measure.months[-figures.SPARK_MONTHS :]),
        url=links.measure(measure.measure, period),
        all_url=links.measure(measure.measure, period, part=rows.ALL),
    )


def _due_by_place(scope: Scope, window: periods.Window) -> list[tuple[str, int]]:
    counts = figures.count_due(scope, window)
    names = dict(
        Division.objects.filter(code__in=[code for code, _n in counts]).values_list("code", "short_name")
    )
    return [(names.get(code, code), count) for code, count in counts]


def _date(day: dt.date, year: int) -> str:
    same = day.year == year
    return formats.date_format(
        day, pgettext("date format", "j M") if same else pgettext("date format", "j M Y")
    )
