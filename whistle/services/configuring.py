"""Deadline policies: a change is a new version, and a running deadline keeps the version it began with."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.errors import Refused
from whistle.models import DeadlinePolicy, Kind
from whistle.workflow import Step, Tier

POLICY_EVENT = "config.policy"


class PolicyRefused(Refused):
    """Terms that make no sense, or a version that is no longer the newest. `code` names the field."""


@dataclass(frozen=True)
class Terms:
    """What a version says: the limit, the yellow light, and working days after due for the later rungs."""

    amount: int
    unit: str
    yellow_percent: int = 75
    supervision_after: int | None = None
    leaders_after: int | None = None
    upgrade_after: int | None = None


@dataclass(frozen=True)
class Place:
    """What a policy is for. Without a zone class: everywhere."""

    kind: Kind
    tier: int
    step: str
    zone_class: str = ""


def add_policy(*, place: Place, terms: Terms, by: User, now: datetime) -> DeadlinePolicy:
    """Add the first version for a place, in force from `now`; refuse one that exists, and bad terms.

    Recorded as `config.policy.added`. Who may do this is asked by the edge (Permission.CONFIGURE).
    """
    check_terms(place=place, terms=terms)
    with transaction.atomic():
        Kind.objects.select_for_update().get(pk=place.kind.pk)
        check_is_new(place)
        policy = DeadlinePolicy.objects.create(**vars(place), **asdict(terms), version=1, valid_from=now)
        _record(policy, "added", {name: [None, value] for name, value in asdict(terms).items()}, by, now)
    return policy


def change_policy(*, policy: DeadlinePolicy, terms: Terms, by: User, now: datetime) -> DeadlinePolicy:
    """Return the next version with these terms, in force from `now`; the same policy when nothing differs.

    Deadlines that run are not touched: they keep the moment that was promised, and the version they point
    at stays as it is. Refuses a version that is not the newest. Recorded as `config.policy.changed`.
    """
    place = place_of(policy)
    check_terms(place=place, terms=terms)
    before, after = asdict(terms_of(policy)), asdict(terms)
    if before == after:
        return policy
    with transaction.atomic():
        Kind.objects.select_for_update().get(pk=policy.kind_id)
        newest = _versions(place).order_by("-version")[0]
        if newest.pk != policy.pk:
            raise PolicyRefused(_("Somebody has changed this policy meanwhile. Open its newest version."))
        changed = DeadlinePolicy.objects.create(
            **vars(place), **after, version=policy.version + 1, valid_from=now
        )
        differs = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        _record(changed, "changed", differs, by, now)
    return changed


def check_terms(*, place: Place, terms: Terms) -> None:
    """Refuse, at the field, a policy for a tier its kind does not know, empty limits, rungs out of order."""
    if place.tier not in place.kind.tiers:
        raise PolicyRefused(_("This kind of whistle is not blown at this tier."), code="tier")
    if terms.amount < 1:
        raise PolicyRefused(_("A limit is at least 1."), code="amount")
    if not 1 <= terms.yellow_percent <= 99:
        raise PolicyRefused(_("The yellow light comes between 1 and 99 percent."), code="yellow_percent")
    if terms.upgrade_after is not None and place.tier == Tier.COUNTY:
        raise PolicyRefused(_("There is no tier above the city to upgrade to."), code="upgrade_after")
    if terms.upgrade_after is not None and place.step != Step.CLOSE:
        raise PolicyRefused(_("Only the limit for closing upgrades a case by itself."), code="upgrade_after")
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
    return Place(kind=policy.kind, tier=policy.tier, step=policy.step, zone_class=policy.zone_class)


def terms_of(policy: DeadlinePolicy) -> Terms:
    """Return what the version says."""
    return Terms(**{name: getattr(policy, name) for name in Terms.__dataclass_fields__})


def policy_stream(policy: DeadlinePolicy) -> str:
    """Return the name of the policy's history in the trail: one for all its versions."""
    return f"{POLICY_EVENT}:{policy.kind_id}:{policy.tier}:{policy.step}:{policy.zone_class}"


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
