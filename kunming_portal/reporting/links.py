"""Where the numbers of the reporting pages lead: the list of cases, or the promises behind a rate.

The list's parameters (`cases`): tier, kind, status, light, division, unit, source, opened_after,
opened_before (days in Kunming, both included), q.
"""

from django.urls import reverse
from django.utils.http import urlencode

from kunming_portal.reporting.figures import Measure
from kunming_portal.reporting.periods import Period, Span


def cases(**filters: str | int) -> str:
    """Return the address of the list of cases under these filters; empty ones are left out."""
    given = {name: str(value) for name, value in filters.items() if value != ""}
    return reverse("cases") + (f"?{urlencode(given)}" if given else "")


def cases_written(period: Period, **filters: str | int) -> str:
    """Return the address of the cases written in what has passed of the period."""
    days = {"opened_after": period.first.isoformat(), "opened_before": period.last_shown.isoformat()}
    return cases(**filters, **days)


def measure(which: Measure, period: Period, *, part: str = "missed") -> str:
    """Return the address of the rows behind a rate; `part` is missed or all."""
    return reverse("city-rows", args=[which.value]) + f"?{urlencode({'part': part} | period_query(period))}"


def whistles(tier: int, *, part: str) -> str:
    """Return the address of the whistles blown at a tier; `part` is all or open."""
    return reverse("city-rows", args=["whistles"]) + f"?{urlencode({'tier': str(tier), 'part': part})}"


def holder(unit_id: int) -> str:
    """Return the address of what a unit holds overdue."""
    return reverse("city-rows", args=["overdue"]) + f"?{urlencode({'unit': unit_id})}"


def due_tomorrow() -> str:
    """Return the address of what falls due tomorrow."""
    return reverse("city-rows", args=["due-tomorrow"])


def period_query(period: Period) -> dict[str, str]:
    """Return the parameters that choose the same period again."""
    chosen = {"period": period.span.value}
    if period.span is Span.CUSTOM:
        chosen |= {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return chosen


def at_period(span: Span) -> str:
    """Return the address of the page in another period."""
    return f"{reverse('city')}?{urlencode({'period': span.value})}"
