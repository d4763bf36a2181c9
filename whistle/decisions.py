"""What a leader should decide now: upgrades of what is long late or was reworked twice, exclusions asked for."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kunming_portal.accounts.models import User
from kunming_portal.ui import parts
from kunming_portal.ui.spans import WORKING_DAY_MINUTES
from kunming_portal.workdays.calendar import Calendar
from whistle import addresses, clock_faces, exclusions, hours, rows, turns
from whistle.facts import MANY_REWORKS
from whistle.models import CaseDeadline, Exclusion, Whistle
from whistle.todo import SHOWN, Item, word
from whistle.workflow import MOVES, Move, Step, Tier

LONG_OVERDUE_DAYS = 3  # from here on a notice has gone to the leaders (domain.md §10)


def get_decisions(*, user: User, now: datetime, calendar: Calendar) -> list[Item]:
    """Return what this leader should decide: exclusions that wait, then upgrades to think of, one item a case.

    An upgrade waits for nobody's move, so no count of what waits includes it. At most five queries.
    """
    seats = turns.seats_of(user).upgrades
    found = _asked(user)
    if seats:
        found += [*_late(seats, now, calendar), *_reworked(seats, now, calendar)]
    once = {item.key: item for item in reversed(found)}
    return [item for item in found if once[item.key] is item]


def _late(seats: tuple[str, ...], now: datetime, calendar: Calendar) -> list[Item]:
    """Return matters that are late for so long that the secretary should decide whether to upgrade them."""
    long_ago = calendar.subtract_working_minutes(now, LONG_OVERDUE_DAYS * WORKING_DAY_MINUTES)
    late = CaseDeadline.objects.running().filter(
        step=Step.CLOSE,
        due_at__lt=long_ago,
        whistle__status__in=MOVES[Move.UPGRADE].sources,
        whistle__tier__lt=Tier.COUNTY,
        whistle__receiver__division_id__in=seats,
    )
    related = late.select_related("case", "whistle__receiver", "policy").order_by("due_at", "id")
    found, clocks = [], list(related[:SHOWN])
    hours.load(clocks, calendar)
    for clock in clocks:
        due = clock_faces.running(clock, now=now, calendar=calendar)
        say = _("Not solved at this tier for a long time. Upgrading it is your decision.")
        found.append(_upgrade(clock.whistle, due, say, word(pgettext("what is due", "Closing"), due)))
    return found


def _reworked(seats: tuple[str, ...], now: datetime, calendar: Calendar) -> list[Item]:
    """Return matters that were sent back twice: the second rework suggests an upgrade (domain.md §10)."""
    whistles = list(
        Whistle.objects.filter(
            reworks__gte=MANY_REWORKS,
            status__in=MOVES[Move.UPGRADE].sources,
            tier__lt=Tier.COUNTY,
            receiver__division_id__in=seats,
        )
        .select_related("case", "receiver")
        .order_by("case__due_at", "id")[:SHOWN]
    )
    if not whistles:
        return []
    clocks = rows.running_clocks(whistles)
    hours.load([clock for running in clocks.values() for clock in running], calendar)
    found = []
    for whistle in whistles:
        mine = clocks[whistle.case_id]
        due = (
            clock_faces.running(mine[0], now=now, calendar=calendar) if mine else clock_faces.without_limit()
        )
        say = _("Sent back for rework %(number)d times. Upgrading it is your decision.") % {
            "number": whistle.reworks
        }
        what = ngettext("rework %(number)s", "rework %(number)s", whistle.reworks)
        found.append(_upgrade(whistle, due, say, what % {"number": whistle.reworks}))
    return found


def _upgrade(whistle: Whistle, due: parts.Due, say: str, what: str) -> Item:
    return Item(
        case=whistle.case,
        due=due,
        word=what,
        url=whistle.case.get_absolute_url(),
        say=say,
        answers=[addresses.case_button(whistle.case_id, Move.UPGRADE)],
        version=whistle.case.version,
        presses=True,
    )


def _asked(user: User) -> list[Item]:
    """Return the exclusions that wait for this person's decision, oldest first."""
    waiting = exclusions.get_waiting(user).select_related("whistle__case", "assignment__unit", "unit")
    return [_exclusion(asked) for asked in waiting.order_by("asked_at", "id")[:SHOWN]]


def _exclusion(asked: Exclusion) -> Item:
    url = exclusions.url_of(asked)
    return Item(
        case=asked.whistle.case,
        due=parts.Due(light="wait"),
        word=_("Exclusion asked for"),
        url=url,
        say=_("%(unit)s: %(reason)s") % {"unit": asked.unit.short_name, "reason": asked.reason},
        answers=[parts.Move(label=_("Look and decide"), url=url)],
        version=asked.whistle.case.version,
        presses=True,
    )
