"""Deadlines of undertakings: started from a day or from the sort's limit, ended by the report or with the matter."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Undertaking, UndertakingDeadline, UndertakingPolicy
from kunming_portal.deadlines import ladder
from kunming_portal.deadlines.ladder import LadderRule, Limit, LimitUnit
from kunming_portal.workdays.calendar import Calendar

LONGEST_DAYS = 730


def start(
    undertaking: Undertaking, *, due_on: date | None, now: datetime, calendar: Calendar
) -> UndertakingDeadline:
    """Return the unsaved deadline that starts now and ends with the closing time of `due_on`.

    Without a day: after the limit of the sort (`UndertakingPolicy`). It counts by the calendar of who must act.
    Refuses a day that is not after today, a rest day, and one more than two years away. One query.
    """
    own = calendar.at(_places(undertaking)) if calendar.local else calendar
    policy = UndertakingPolicy.objects.get(sort=undertaking.sort)
    limit = policy.limit if due_on is None else _limit_until(due_on, now=now, calendar=own)
    return clock(undertaking, limit=limit, rule=policy.ladder_rule, now=now, calendar=own)


def usual_day(sort: str, *, now: datetime, calendar: Calendar) -> date:
    """Return the day on which an undertaking of this sort is due when nobody sets one. One query."""
    policy = UndertakingPolicy.objects.get(sort=sort)
    return calendar.local_day(ladder.due_after(start=now, limit=policy.limit, calendar=calendar))


def clock(
    undertaking: Undertaking, *, limit: Limit, rule: LadderRule, now: datetime, calendar: Calendar
) -> UndertakingDeadline:
    """Return the unsaved deadline of this limit with its ladder planned. No query."""
    due = ladder.due_after(start=now, limit=limit, calendar=calendar)
    deadline = UndertakingDeadline(
        undertaking=undertaking,
        started_at=now,
        due_at=due,
        amount=limit.amount,
        unit=limit.unit.value,
        clock=limit.clock,
        provisional=calendar.is_provisional(now, due),
    )
    deadline.take(ladder.plan(start=now, due=due, limit=limit, rule=rule, calendar=calendar))
    return deadline


def end(undertaking: Undertaking, outcome: UndertakingDeadline.Outcome, *, now: datetime) -> None:
    """End the running deadline of an undertaking: from then on it is silent. One query."""
    UndertakingDeadline.objects.filter(undertaking=undertaking, ended_at=None).update(
        ended_at=now, outcome=outcome, wake_at=None, paused_at=None
    )


def _limit_until(day: date, *, now: datetime, calendar: Calendar) -> Limit:
    today = calendar.local_day(now)
    if day <= today:
        raise CommunityRefused(_("The day must lie after today."), code="due_on")
    if (day - today).days > LONGEST_DAYS:
        raise CommunityRefused(_("The day lies more than two years away."), code="due_on")
    if not calendar.is_working_day(day):
        raise CommunityRefused(_("This is a rest day. Choose a working day."), code="due_on")
    days = calendar.working_days_between(now, calendar.segments_on(day)[-1][1])
    return Limit(amount=days, unit=LimitUnit.WORKING_DAY)


def _places(undertaking: Undertaking) -> tuple[str, ...]:
    return (undertaking.unit or undertaking.issuer).places
