"""The limits in force as one sentence: 4 working hours; enforcement 1 working hour, emergency 15 minutes."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kunming_portal.deadlines.ladder import Limit, LimitUnit
from whistle.models import DeadlinePolicy
from whistle.workflow import Step


def text_of(limit: Limit) -> str:
    """Return a limit as people say it."""
    n = limit.amount
    return {
        LimitUnit.NATURAL_MINUTE: ngettext("%(n)s minute", "%(n)s minutes", n),
        LimitUnit.NATURAL_HOUR: ngettext("%(n)s hour, day and night", "%(n)s hours, day and night", n),
        LimitUnit.NATURAL_DAY: ngettext("%(n)s day", "%(n)s days", n),
        LimitUnit.WORKING_HOUR: ngettext("%(n)s working hour", "%(n)s working hours", n),
        LimitUnit.WORKING_DAY: ngettext("%(n)s working day", "%(n)s working days", n),
        LimitUnit.FIXED_TIME: pgettext("limit", "%(clock)s of working day %(n)s"),
    }[limit.unit] % {"n": n, "clock": f"{limit.clock:%H:%M}" if limit.clock is not None else ""}


def within(limit: Limit) -> str:
    """Return a limit as the end of a sentence: "within 4 working hours", "by 17:00 of working day 2"."""
    if limit.unit is LimitUnit.FIXED_TIME:
        return _("By %(limit)s") % {"limit": text_of(limit)}
    return _("Within %(limit)s") % {"limit": text_of(limit)}


def sentences(*, tiers: Iterable[int], steps: Iterable[Step], at: datetime) -> dict[Step, str]:
    """Return for each step the usual limit of these tiers and the kinds that have another. One query.

    The usual limit is the one most kinds have; rules for one class of zones or one sub-class are left out.
    """
    found = DeadlinePolicy.objects.filter(
        tier__in=list(tiers), step__in=list(steps), valid_from__lte=at, kind__is_active=True
    )
    found = found.filter(zone_class="", sub_class=None).select_related("kind")
    newest = {(p.step, p.kind_id): p for p in found.order_by("version", "id")}
    told: dict[Step, str] = {}
    for step in {Step(step) for step, _kind in newest}:
        told[step] = _sentence([p for (s, _kind), p in newest.items() if s == step])
    return told


def _sentence(policies: list[DeadlinePolicy]) -> str:
    usual = Counter(policy.limit for policy in policies).most_common(1)[0][0]
    others: dict[Limit, list[DeadlinePolicy]] = {}
    for policy in sorted(policies, key=lambda p: p.kind.position):
        if policy.limit != usual:
            others.setdefault(policy.limit, []).append(policy)
    exceptions = [
        pgettext("exception", "%(kinds)s %(limit)s")
        % {"kinds": pgettext("between names", ", ").join(p.kind.label for p in rows), "limit": text_of(limit)}
        for limit, rows in others.items()
    ]
    text = within(usual)
    return (
        pgettext("usual limit and exceptions", "%(usual)s, %(others)s")
        % {"usual": text, "others": pgettext("between names", ", ").join(exceptions)}
        if exceptions
        else text
    )
