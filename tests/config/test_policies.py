"""Deadline policies: a change is a next version, and a running deadline keeps its own."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kunming_portal.audit.models import AuditEvent
from tests.config.forms import errors_of, shown
from tests.whistle.people import NOW, World, blown, dispatched
from whistle import services
from whistle.models import CaseDeadline, DeadlinePolicy, Kind
from whistle.selectors import get_newest_policies, get_policies, get_uncovered_steps
from whistle.services import configuring


def policy_of(step: str, *, kind: str = "general", tier: int = 1) -> DeadlinePolicy:
    return (
        get_newest_policies().select_related("kind").get(kind__code=kind, tier=tier, step=step, zone_class="")
    )


def change(policy: DeadlinePolicy, world: World, **terms: Any) -> DeadlinePolicy:
    wanted = replace(configuring.terms_of(policy), **terms)
    return services.change_policy(policy=policy, terms=wanted, by=world.system_admin, now=NOW)


def test_a_change_is_the_next_version_and_the_old_one_stays(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    old = policy_of("close")
    url = reverse("admin:whistle_deadlinepolicy_change", args=[old.pk])
    assert client.post(url, shown(client, url) | {"amount": "7"}).status_code == 302
    new = policy_of("close")
    assert (new.version, new.amount) == (old.version + 1, 7)
    assert DeadlinePolicy.objects.get(pk=old.pk).amount == old.amount
    event = AuditEvent.objects.get(event="config.policy.changed")
    assert event.data == {"version": new.version, "fields": {"amount": [old.amount, 7]}}
    assert event.actor_id == world.system_admin.pk
    history = client.get(reverse("admin:whistle_deadlinepolicy_history", args=[new.pk]))
    assert "修改时限规则" in history.content.decode()


def test_an_old_version_is_read_only(world: World, client: Client) -> None:
    old = policy_of("close")
    change(old, world, amount=7)
    client.force_login(world.system_admin)
    url = reverse("admin:whistle_deadlinepolicy_change", args=[old.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"amount": "9"}).status_code == 403
    listing = client.get(reverse("admin:whistle_deadlinepolicy_changelist"), {"kind__id__exact": old.kind_id})
    listed = {row.pk for row in listing.context["cl"].result_list}
    assert policy_of("close").pk in listed
    assert old.pk not in listed
    with pytest.raises(services.PolicyRefused):
        change(old, world, amount=8)


def test_saving_the_same_terms_makes_no_version(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    policy = policy_of("close")
    url = reverse("admin:whistle_deadlinepolicy_change", args=[policy.pk])
    assert client.post(url, shown(client, url)).status_code == 302
    assert policy_of("close").pk == policy.pk
    assert not AuditEvent.objects.filter(event__startswith="config.policy").exists()


def test_running_deadlines_do_not_move_and_new_ones_follow_the_new_version(world: World) -> None:
    whistle = dispatched(world)[0].whistle
    running = CaseDeadline.objects.get(whistle=whistle, step="close")
    before = CaseDeadline.objects.filter(pk=running.pk).values().get()
    new = change(policy_of("close"), world, amount=1)
    assert CaseDeadline.objects.filter(pk=running.pk).values().get() == before
    later = dispatched(world)[0].whistle
    assert CaseDeadline.objects.get(whistle=later, step="close").policy_id == new.pk


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("yellow_percent", "100"), ("leaders_after", "1"), ("upgrade_after", "2")],
)
def test_bad_terms_are_a_sentence_at_the_field(world: World, client: Client, field: str, value: str) -> None:
    client.force_login(world.system_admin)
    policy = policy_of("close")
    url = reverse("admin:whistle_deadlinepolicy_change", args=[policy.pk])
    assert field in errors_of(client.post(url, shown(client, url) | {field: value}))
    assert policy_of("close").pk == policy.pk


def test_a_policy_is_for_a_tier_of_its_kind_and_exists_once(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    url = reverse("admin:whistle_deadlinepolicy_add")
    kind = Kind.objects.get(code="sanitation")
    data = {"kind": kind.pk, "tier": "3", "step": "sign", "amount": "4", "unit": "working_hour",
            "yellow_percent": "75"}  # fmt: skip
    assert "tier" in errors_of(client.post(url, data))
    assert client.post(url, data | {"tier": "1"}).status_code == 200, "it exists already"
    assert client.post(url, data | {"tier": "1", "zone_class": "extension"}).status_code == 302
    assert AuditEvent.objects.filter(event="config.policy.added").count() == 1


def test_the_county_whistle_upgrades_no_further(world: World) -> None:
    with pytest.raises(services.PolicyRefused) as refused:
        change(policy_of("close", kind="key", tier=3), world, upgrade_after=8)
    assert refused.value.code == "upgrade_after"


def test_the_seed_covers_every_step_and_a_gap_is_shown(world: World, client: Client) -> None:
    assert get_uncovered_steps() == []
    kind = Kind.objects.create(code="night", name="夜间哨", tiers=[1], approval_tiers=[1])
    assert [step.value for _kind, _tier, step in get_uncovered_steps()] == kind.steps(1)
    client.force_login(world.system_admin)
    page = client.get(reverse("admin:whistle_deadlinepolicy_changelist")).content.decode()
    assert "夜间哨" in page.split("messagelist", 1)[1].split("</ul>", 1)[0]


def test_the_newest_version_in_force_decides(world: World) -> None:
    whistle = blown(world)
    change(policy_of("dispatch"), world, amount=2)
    rules = get_policies(kind=whistle.kind, tier=1, division=whistle.case.division, at=NOW)
    assert rules["dispatch"].amount == 2
