"""Every setting of a kind's rule changes what the portal does: one probe a field, before and after a change."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.whistle.people import NOW, World, at, dispatched, fed_back, objected
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Assignment, CaseDeadline, KindRule
from whistle.services.holding import last_day
from whistle.services.ruling import RuleTerms


def extensions(world: World) -> list[str]:
    """Who grants three extensions of two days, one after the other; the code of a refusal ends the list."""
    lead = dispatched(world)[0]
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    decides = {"centre": world.street_dispatcher, "leader": world.street_secretary}
    told: list[str] = []
    for _time in range(3):
        try:
            asked = services.extend(
                assignment=lead, days=2, reason="管线未迁。", by=world.enforcement_liaison, now=NOW
            )
        except MoveRefused as refused:
            return [*told, refused.code]
        told.append(asked.by)
        services.decide_extension(whistle=lead.whistle, is_granted=True, by=decides[asked.by], now=NOW)
    return told


def objection_next_day(world: World) -> str:
    """Whether an objection is heard a day and an hour after the call."""
    try:
        return objected(world, dispatched(world)[0], now=at("2026-11-25 11:00")).answer
    except MoveRefused as refused:
        return refused.code


def rework(world: World) -> int:
    """The working days a rework has."""
    whistle = fed_back(world)
    lead = Assignment.objects.get(whistle=whistle, is_lead=True)
    services.rework(whistle=whistle, units=[lead], reason="还漏水", by=world.community_worker, now=NOW)
    return CaseDeadline.objects.running().get(whistle=whistle, step="close").amount


def lapse(world: World) -> datetime:
    """When a result nobody answers ends as not evaluated."""
    clock = CaseDeadline.objects.running().get(whistle=fed_back(world), step="verify")
    return next(step.at for step in clock.steps if step.rung == "lapse")


def longest_hold(world: World) -> date:
    """The last day a hold may have."""
    return last_day(dispatched(world)[0].whistle, now=NOW)


def reopening(world: World) -> str:
    """What becomes of a reopening three weeks after the end."""
    whistle = services.verify(whistle=fed_back(world), verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=whistle, by=world.community_worker, now=NOW)
    later = NOW + timedelta(weeks=3)
    try:
        return services.reopen(whistle=whistle, reason="又坏", by=world.community_worker, now=later).status
    except MoveRefused as refused:
        return refused.code


EFFECTS: dict[str, tuple[Any, Callable[[World], object], object, object]] = {
    "extension_count": (1, extensions, ["centre", "leader", "number"], ["centre", "number"]),
    "extension_days": (1, extensions, ["centre", "leader", "number"], ["days"]),
    "extension_first_by": (
        "leader",
        extensions,
        ["centre", "leader", "number"],
        ["leader", "leader", "number"],
    ),
    "extension_later_by": (
        "centre",
        extensions,
        ["centre", "leader", "number"],
        ["centre", "centre", "number"],
    ),
    "objection_days": (2, objection_next_day, "late", "pending"),
    "rework_share_percent": (80, rework, 2, 4),
    "verification_lapse_days": (8, lapse, at("2026-11-30 17:00"), at("2026-12-03 17:00")),
    "hold_max_days": (90, longest_hold, date(2027, 5, 22), date(2027, 2, 21)),
    "reopening_days": (14, reopening, "handling", "late"),
}


def test_every_field_is_probed() -> None:
    assert set(EFFECTS) == set(RuleTerms.__dataclass_fields__)
    kept = {"id", "kind", "tier", "version", "valid_from"}
    assert {field.name for field in KindRule._meta.get_fields()} == set(EFFECTS) | kept


@pytest.mark.parametrize("name", EFFECTS)
def test_a_changed_setting_changes_what_happens(world: World, name: str) -> None:
    value, probe, before, after = EFFECTS[name]
    assert probe(world) == before
    rule = KindRule.objects.get(kind__code="general", tier=1)
    services.set_rule(
        kind=rule.kind, tier=1, terms=RuleTerms(**{name: value}), by=world.system_admin, now=NOW
    )
    assert probe(world) == after
