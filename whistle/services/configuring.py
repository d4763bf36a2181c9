"""Deadline policies: a change is a new version, and a running deadline keeps the version it began with."""

from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.deadlines.ladder import LimitUnit
from kunming_portal.errors import Refused
from whistle.models import DeadlinePolicy, Kind, SubClass
from whistle.workflow import Step, Tier

POLICY_EVENT = "config.policy"


class PolicyRefused(Refused):
    """Terms that make no sense, or a version that is no longer the newest. `code` names the field."""


@dataclass(frozen=True)
class Terms:
    """What a version says: the limit, the yellow light, and working days after due for the later rungs."""

    amount: int
    unit: str
    clock: time | None = None
    yellow_percent: int = 75
    supervision_after: int | None = None
    leaders_after: int | None = None
    upgrade_after: int | None = None


@dataclass(frozen=True)
class Place:
    """What a policy is for. Without a zone class: everywhere; without a sub-class: for the whole kind."""

    kind: Kind
    tier: int
    step: str
    zone_class: str = ""
    sub_class: SubClass | None = None


# The steps of an emergency that run round the clock; full closing and verification may take working days
# (domain.md §10: control 24 h, full close 3 working days).
ROUND_THE_CLOCK = frozenset({Step.DISPATCH, Step.SIGN, Step.REPORT_IN, Step.FEED_BACK})


def add_policy(*, place: Place, terms: Terms, by: User, now: datetime) -> DeadlinePolicy:
    """Add the first version for a place, in force from `now`; refuse one that exists, and bad terms.

    Recorded as `config.policy.added`. Who may do this is asked by the edge (Permission.CONFIGURE).
    """
    check_terms(place=place, terms=terms)
    with transaction.atomic():
        Kind.objects.select_for_update().get(pk=place.kind.pk)
        check_is_new(place)
        policy = DeadlinePolicy.objects.create(**vars(place), **asdict(terms), version=1, valid_from=now)
        _record(policy, "added", {name: [None, value] for name, value in _plain(terms).items()}, by, now)
    return policy


def change_policy(*, policy: DeadlinePolicy, terms: Terms, by: User, now: datetime) -> DeadlinePolicy:
    """Return the next version with these terms, in force from `now`; the same policy when nothing differs.

    Deadlines that run are not touched: they keep the moment that was promised, and the version they point
    at stays as it is. Refuses a version that is not the newest. Recorded as `config.policy.changed`.
    """
    place = place_of(policy)
    check_terms(place=place, terms=terms)
    before, after = _plain(terms_of(policy)), _plain(terms)
    if before == after:
        return policy
    with transaction.atomic():
        Kind.objects.select_for_update().get(pk=policy.kind_id)
        newest = _versions(place).order_by("-version")[0]
        if newest.pk != policy.pk:
            raise PolicyRefused(_("Somebody has changed this policy meanwhile. Open its newest version."))
        changed = DeadlinePolicy.objects.create(
            **vars(place), **asdict(terms), version=policy.version + 1, valid_from=now
        )
        differs = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        _record(changed, "changed", differs, by, now)
    return changed


def check_terms(*, place: Place, terms: Terms) -> None:
    """Refuse, at the field, a policy for a tier or sub-class its kind does not know, bad limits, rungs out of order."""
    check_place(place)
    check_limit(place=place, terms=terms)
    if not 1 <= terms.yellow_percent <= 99:
        raise PolicyRefused(_("The yellow light comes between 1 and 99 percent."), code="yellow_percent")
    if terms.upgrade_after is not None and place.tier == Tier.COUNTY:
        raise PolicyRefused(_("There is no tier above the city to upgrade to."), code="upgrade_after")
    if terms.upgrade_after is not None and place.step != Step.CLOSE:
        raise PolicyRefused(_("Only the limit for closing upgrades a case by itself."), code="upgrade_after")
    _check_rungs(terms)


def check_place(place: Place) -> None:
    """Refuse a tier at which the kind is not blown, and a sub-class of another kind or tier."""
    if place.tier not in place.kind.tiers:
        raise PolicyRefused(_("This kind of whistle is not blown at this tier."), code="tier")
    narrow = place.sub_class
    if narrow is not None and (narrow.kind_id != place.kind.pk or place.tier not in narrow.tiers):
        raise PolicyRefused(_("This sub-class does not belong to this kind and tier."), code="sub_class")


def check_limit(*, place: Place, terms: Terms) -> None:
    """Refuse an empty limit, a fixed time without its clock, working time where an emergency runs round the clock."""
    if terms.amount < 1:
        raise PolicyRefused(_("A limit is at least 1."), code="amount")
    unit = LimitUnit(terms.unit)
    if unit is LimitUnit.FIXED_TIME and terms.clock is None:
        raise PolicyRefused(_("A fixed time needs its time of day, for example 17:00."), code="clock")
    if unit is not LimitUnit.FIXED_TIME and terms.clock is not None:
        raise PolicyRefused(_("Only a fixed time has a time of day. Leave it empty."), code="clock")
    if place.kind.is_emergency and place.step in ROUND_THE_CLOCK and not unit.is_natural:
        raise PolicyRefused(
            _(
                "This step of an emergency runs round the clock: choose minutes, hours or days, day and night."
            ),
            code="unit",
        )


def _check_rungs(terms: Terms) -> None:
    reached = 0
    for name in ("supervision_after", "leaders_after", "upgrade_after"):
        days = getattr(terms, name)
        if days is not None and days < reached:
            raise PolicyRefused(_("This rung must not come before the one below it."), code=name)
        reached = days if days is not None else reached


def check_is_new(place: Place) -> None:
    """Refuse a place that has a policy already. One query."""
    if _versions(place).exists():
        raise PolicyRefused(_("This policy exists already. Change it instead of adding it again."))


def place_of(policy: DeadlinePolicy) -> Place:
    """Return what the policy is for."""
    return Place(**{name: getattr(policy, name) for name in Place.__dataclass_fields__})


def terms_of(policy: DeadlinePolicy) -> Terms:
    """Return what the version says."""
    return Terms(**{name: getattr(policy, name) for name in Terms.__dataclass_fields__})


def policy_stream(policy: DeadlinePolicy) -> str:
    """Return the name of the policy's history in the trail: one for all its versions."""
    return f"{POLICY_EVENT}:{policy.kind_id}:{policy.tier}:{policy.step}:{policy.zone_class}" + (
        f":{policy.sub_class_id}" if policy.sub_class_id is not None else ""
    )


def _plain(terms: Terms) -> dict[str, Any]:
    clock = terms.clock.isoformat("minutes") if terms.clock is not None else None
    return asdict(terms) | {"clock": clock}


def _versions(place: Place) -> Any:
    return DeadlinePolicy.objects.filter(**vars(place))


def _record(policy: DeadlinePolicy, what: str, differs: dict[str, Any], by: User, now: datetime) -> None:
    trail.record(
        trail.Entry(
            stream=policy_stream(policy),
            event=f"{POLICY_EVENT}.{what}",
            subject=policy,
            label=str(policy),
            at=now,
            by=by,
            data={"version": policy.version, "fields": differs},
        )
    )
