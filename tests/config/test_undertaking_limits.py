"""Limits of undertakings: changed on the administrators' pages, for what begins from now on, within bounds."""

import pytest
from django.test import Client
from django.urls import reverse

from communities.models import Sort, UndertakingDeadline, UndertakingPolicy
from communities.services import undertakings
from kunming_portal.audit.models import AuditEvent
from tests.communities.people import Place, build_place
from tests.config.forms import errors_of, shown
from tests.whistle.people import NOW, World


@pytest.fixture
def place(world: World) -> Place:
    """The compound of the small world."""
    return build_place(world)


def due_of(world: World, place: Place) -> UndertakingDeadline:
    """Assign a reply without a day and return its clock."""
    made = undertakings.assign(
        sort=Sort.REPLY,
        community=place.community,
        title="更换北门地下管网",
        issuer=world.units["branch"],
        unit=world.units["construction"],
        by=world.compound_secretary,
        now=NOW,
    )
    return UndertakingDeadline.objects.get(undertaking=made)


def test_a_change_holds_for_what_begins_afterwards(world: World, place: Place, client: Client) -> None:
    before = due_of(world, place)
    client.force_login(world.system_admin)
    row = UndertakingPolicy.objects.get(sort=Sort.REPLY)
    url = reverse("admin:communities_undertakingpolicy_change", args=[row.pk])
    assert client.post(url, shown(client, url) | {"amount": "3"}).status_code == 302
    after = due_of(world, place)
    assert (before.amount, after.amount) == (10, 3)
    assert after.due_at < before.due_at
    before.refresh_from_db()
    assert before.is_running
    assert AuditEvent.objects.filter(event__startswith="config.undertaking_policy").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "251"), ("yellow_percent", "100"), ("leaders_after", "1")],
)
def test_what_makes_no_ladder_is_refused_at_its_field(
    world: World, client: Client, field: str, value: str
) -> None:
    client.force_login(world.system_admin)
    row = UndertakingPolicy.objects.get(sort=Sort.REPLY)
    url = reverse("admin:communities_undertakingpolicy_change", args=[row.pk])
    answer = client.post(url, shown(client, url) | {field: value})
    assert answer.status_code == 200
    assert field in errors_of(answer)
