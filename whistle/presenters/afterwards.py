"""What happens after a whistle is blown, and by when: told beforehand from the real policies."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kunming_portal.deadlines import ladder
from kunming_portal.organisations.models import Unit
from kunming_portal.ui import moments
from whistle import selectors
from whistle.limits import text_of
from whistle.models import DeadlinePolicy, Kind
from whistle.presenters.clocks import Watch
from whistle.workflow import Step


@dataclass(frozen=True)
class Afterwards:
    """One thing that will happen: what, within which limit, at the latest when."""

    what: str
    when: str


def get_afterwards(
    *, kind: Kind, tier: int, caller: Unit, receiver: Unit, signs_off: bool, watch: Watch
) -> list[Afterwards]:
    """Return the steps after blowing in their order. Each moment is the latest: every step takes its whole limit.

    `signs_off`: whoever blows may sign off, so nobody is waited for. Steps without a policy are left out. Two
    queries.
    """
    rules = selectors.get_policies(kind=kind, tier=tier, division=caller.division, at=watch.now)
    approval = kind.needs_approval(tier) and not signs_off
    steps = [
        (Step.APPROVE, _("The secretary of %(unit)s signs off") % {"unit": caller.short_name}),
        (Step.DISPATCH, _("%(unit)s accepts and dispatches") % {"unit": receiver.short_name}),
        (Step.REPORT_IN, _("The units called report in")),
        (Step.CLOSE, _("It is handled and fed back")),
        (Step.VERIFY, _("You verify, rate and close it")),
    ]
    told: list[Afterwards] = []
    start = watch.now
    dispatched = start
    for step, what in steps:
        policy = rules.get(step)
        if policy is None or (step is Step.APPROVE and not approval):
            continue
        # signing, reporting in and handling all run from the dispatch
        begin = dispatched if step in (Step.REPORT_IN, Step.CLOSE) else start
        due = _due(policy, begin, watch)
        told.append(Afterwards(what=what, when=_when(policy, due, watch)))
        start = due
        if step is Step.DISPATCH:
            dispatched = due
    return told


def _due(policy: DeadlinePolicy, start: dt.datetime, watch: Watch) -> dt.datetime:
    return ladder.due_after(start=start, limit=policy.limit, calendar=watch.calendar)


def _when(policy: DeadlinePolicy, due: dt.datetime, watch: Watch) -> str:
    if policy.limit.clock is not None:
        return _("by %(moment)s at the latest") % {"moment": moments.moment(due, watch.now)}
    return _("within %(limit)s, by %(moment)s at the latest") % {
        "limit": text_of(policy.limit),
        "moment": moments.moment(due, watch.now),
    }
