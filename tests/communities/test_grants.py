"""What sinks to compounds: money never overspent, every use on record."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from communities.models import CompoundGrant, GrantUse
from communities.presenters import sinking
from communities.services import grants
from communities.services.grants import Gift
from kunming_portal.audit.models import AuditEvent
from tests.communities.people import Place
from tests.communities.test_grids import refused
from tests.communities.test_grids_pages import send, show
from tests.whistle.people import NOW, World


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def gift(**more: Any) -> Gift:
    fields: dict[str, Any] = {
        "year": 2026,
        "kind": "work_funds",
        "title": "党组织服务群众经费",
        "source": "大观街道",
        "amount": Decimal(86000),
    } | more
    return Gift(**fields)


def given(world: World, place: Place, **more: Any) -> CompoundGrant:
    """Walk to funds of the compound."""
    return grants.give(compound=place.compound, gift=gift(**more), by=world.community_worker, now=NOW)


def used(world: World, grant: CompoundGrant, amount: str | None, text: str = "楼道灯改造") -> GrantUse:
    """Walk to a use, recorded by the branch's secretary."""
    spent = Decimal(amount) if amount else None
    return grants.use(grant=grant, text=text, amount=spent, by=world.compound_secretary, now=NOW)


def test_what_is_entered_is_checked(world: World, place: Place) -> None:
    for code, more in (
        ("amount", {"amount": None}),
        ("amount", {"amount": Decimal(0)}),
        ("kind", {"kind": "points"}),
        ("year", {"year": 2028}),
        ("year", {"year": 1999}),
        ("title", {"title": ""}),
        ("source", {"source": " "}),
    ):
        refused(code, lambda more=more: given(world, place, **more))
    given(world, place)
    refused("title", lambda: given(world, place))
    for name in ("compound_secretary", "stranger", "inspector"):
        by = world.people[name]
        refused("role", lambda by=by: grants.give(compound=place.compound, gift=gift(), by=by, now=NOW))


def test_no_more_is_used_than_there_is(world: World, place: Place) -> None:
    grant = given(world, place)
    used(world, grant, "52000")
    assert "34000" in refused("amount", lambda: used(world, grant, "34000.01"))
    refused("amount", lambda: used(world, grant, None))
    refused("text", lambda: used(world, grant, "1", text=" "))
    refused(
        "used_on",
        lambda: grants.use(
            grant=grant,
            text="x",
            amount=Decimal(1),
            used_on=date(2026, 12, 1),
            by=world.community_worker,
            now=NOW,
        ),
    )
    less, service = gift(amount=Decimal(50000)), gift(kind="service", amount=None)
    refused("amount", lambda: grants.change(grant=grant, gift=less, by=world.community_worker, now=NOW))
    refused("kind", lambda: grants.change(grant=grant, gift=service, by=world.community_worker, now=NOW))
    refused("role", lambda: grants.use(grant=grant, text="x", by=world.stranger, now=NOW))
    with pytest.raises(IntegrityError), transaction.atomic():
        CompoundGrant.objects.filter(pk=grant.pk).update(amount=None)


def test_a_use_entered_by_mistake_is_taken_out_and_stays_on_record(world: World, place: Place) -> None:
    grant = given(world, place)
    use = used(world, grant, "52000")
    grants.strike_use(use=use, by=world.compound_secretary, now=NOW)
    refused("use", lambda: grants.strike_use(use=use, by=world.compound_secretary, now=NOW))
    assert grants.used_of(grant) == 0
    events = list(AuditEvent.objects.filter(stream=grant.stream).order_by("seq"))
    assert [event.event for event in events] == ["grant.given", "grant.used", "grant.use_struck"]
    assert events[2].data["amount"] == "52000.00"


def test_the_page_of_a_compound_says_what_sank_there(
    world: World, place: Place, django_assert_num_queries: Any
) -> None:
    used(world, given(world, place), "52000")
    given(world, place, kind="service", title="口腔义诊", amount=None, quantity="每月一次")
    given(world, place, kind="service", title="课后托管", amount=None)
    given(world, place, title="去年的", year=2025)
    with django_assert_num_queries(1):
        rows = sinking.rows(place.compound, now=NOW)
    assert [(row.label, row.number, row.unit, row.note) for row in rows] == [
        ("工作经费", "8.6", "万元", "已用5.2，党组织服务群众经费"),
        ("服务资源", "2", "项", "口腔义诊、课后托管"),
    ]
    assert rows[0].url.startswith(reverse("compound-grants") + "?compound=")


def test_funds_are_entered_and_used_in_the_browser(world: World, place: Place, client: Client) -> None:
    url = f"{reverse('grant-new')}?compound={place.compound.pk}"
    typed: dict[str, Any] = {
        "kind": "work_funds",
        "title": "党组织服务群众经费",
        "amount": "",
        "source": "大观街道",
        "year": "2026",
    }
    assert "填写金额" in send(client, world.community_worker, url, 422, **typed)
    send(client, world.community_worker, url, **typed | {"amount": "86000"})
    grant = CompoundGrant.objects.get()
    use = reverse("grant-use", args=[grant.pk])
    spent: dict[str, Any] = {"text": "楼道灯改造", "used_on": "2026-11-20"}
    assert "余额86000.00元" in send(client, world.compound_secretary, use, 422, **spent, amount="90000")
    send(client, world.compound_secretary, use, **spent, amount="52000")
    html = show(client, world.community_worker, grant.get_absolute_url())
    for words in ("86,000元", "52,000元", "34,000元", "楼道灯改造"):
        assert words in html
    listed = show(client, world.street_staff, f"{reverse('compound-grants')}?q=丹桂里&year=2026")
    assert "52,000元" in listed
    send(
        client, world.community_worker, reverse("grant-change", args=[grant.pk]), **typed | {"amount": "9e4"}
    )
    assert CompoundGrant.objects.get().amount == 90000
    send(client, world.compound_secretary, reverse("grant-use-strike", args=[GrantUse.objects.get().pk]))
    assert not GrantUse.objects.exists()
