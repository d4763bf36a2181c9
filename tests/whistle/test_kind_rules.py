"""The side paths of a kind: defaults of the field, versions that never change, sentences on nonsense."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kunming_portal.audit.models import AuditEvent
from tests.config.forms import errors_of, shown
from tests.whistle.people import NOW, World
from whistle import services
from whistle.models import Kind, KindRule
from whistle.selectors import get_newest_rules, get_rule
from whistle.services.ruling import RuleTerms, terms_of_rule

HOUR = timedelta(hours=1)


def kind_of(code: str) -> Kind:
    return Kind.objects.get(code=code)


@pytest.mark.parametrize(
    ("code", "tier", "count", "days", "first_by"),
    [
        ("emergency", 1, 0, 0, None),
        ("enforcement", 1, 1, 5, "centre"),
        ("general", 2, 2, 3, "centre"),
        ("service", 1, 2, 5, "centre"),
        ("coordination", 3, 1, 5, "centre"),
        ("key", 3, 1, 15, "leader"),
    ],
)
@pytest.mark.django_db
def test_the_defaults_are_those_of_the_field(
    code: str, tier: int, count: int, days: int, first_by: str | None
) -> None:
    rule = get_rule(kind=kind_of(code), tier=tier, at=NOW)
    assert (rule.extension_count, rule.extension_days, rule.extension_by(1)) == (count, days, first_by)
    assert rule.extension_by(count + 1) is None
    assert (rule.rework_share_percent, rule.objection_days, rule.hold_max_days) == (50, 1, 180)


@pytest.mark.django_db
def test_every_kind_has_a_rule_at_every_tier() -> None:
    wanted = {(kind.pk, tier) for kind in Kind.objects.all() for tier in kind.tiers}
    assert set(get_newest_rules().values_list("kind_id", "tier")) == wanted


def test_a_change_is_a_version_and_an_older_whistle_keeps_its_own(world: World) -> None:
    kind = kind_of("general")
    old = get_rule(kind=kind, tier=1, at=NOW)
    terms = replace(terms_of_rule(old), extension_count=1)
    new = services.set_rule(kind=kind, tier=1, terms=terms, by=world.system_admin, now=NOW)
    assert (new.version, new.extension_count) == (old.version + 1, 1)
    assert get_rule(kind=kind, tier=1, at=NOW - HOUR) == old
    assert get_rule(kind=kind, tier=1, at=NOW + HOUR) == new
    event = AuditEvent.objects.get(event="config.rule.changed")
    assert event.data == {"version": 2, "fields": {"extension_count": [2, 1]}}
    again = services.set_rule(kind=kind, tier=1, terms=terms, by=world.system_admin, now=NOW)
    assert again == new, "nothing differs, so no version"


def test_two_who_change_one_rule_one_is_told(world: World) -> None:
    kind = kind_of("general")
    first = RuleTerms(extension_count=1)
    services.set_rule(kind=kind, tier=1, terms=first, by=world.system_admin, now=NOW, expected=1)
    with pytest.raises(services.PolicyRefused) as refused:
        services.set_rule(kind=kind, tier=1, terms=RuleTerms(), by=world.system_admin, now=NOW, expected=1)
    assert refused.value.code == "stale"


@pytest.mark.parametrize(
    ("kind", "tier", "terms"),
    [
        ("sanitation", 3, {}),
        ("emergency", 1, {}),
        ("general", 1, {"extension_count": 0}),
        ("general", 1, {"extension_days": 0}),
        ("general", 1, {"rework_share_percent": 0}),
        ("general", 1, {"rework_share_percent": 101}),
        ("general", 1, {"objection_days": 0}),
    ],
)
def test_nonsense_is_refused_with_a_sentence(world: World, kind: str, tier: int, terms: Any) -> None:
    before = KindRule.objects.count()
    with pytest.raises(services.PolicyRefused):
        services.set_rule(
            kind=kind_of(kind), tier=tier, terms=RuleTerms(**terms), by=world.system_admin, now=NOW
        )
    assert KindRule.objects.count() == before


def test_a_kind_without_a_rule_has_the_defaults(world: World) -> None:
    night = Kind.objects.create(code="night", name="夜间哨", tiers=[1])
    assert terms_of_rule(get_rule(kind=night, tier=1, at=NOW)) == RuleTerms()
    flood = Kind.objects.create(code="flood", name="防汛哨", tiers=[1], is_emergency=True)
    assert get_rule(kind=flood, tier=1, at=NOW).extension_by(1) is None


def test_the_page_writes_the_next_version(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    rule = get_newest_rules().get(kind__code="general", tier=1)
    url = reverse("admin:whistle_kindrule_change", args=[rule.pk])
    assert "extension_days" in errors_of(client.post(url, shown(client, url) | {"extension_days": "x"}))
    assert errors_of(client.post(url, shown(client, url) | {"extension_days": "0"}))
    assert client.post(url, shown(client, url) | {"extension_count": "1"}).status_code == 302
    assert get_newest_rules().get(kind__code="general", tier=1).extension_count == 1
    assert client.post(url, {"extension_count": "3"}).status_code == 403, "an old version is history"
