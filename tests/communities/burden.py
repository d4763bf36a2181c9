"""Walks to items, requests and asks: items as reference rows, the rest through the services."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from communities.guards import CommunityRefused
from communities.models import AdmissionRequest, Ask, WorkItem
from communities.services import admissions, asks
from communities.services.admission_checks import Wish
from communities.services.asks import Asked
from kunming_portal.divisions.models import Division
from tests.whistle.people import CITY, COMMUNITY, NOW, STREET, World


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a refusal with this code; its sentence is there in the reader's language."""
    with pytest.raises(CommunityRefused) as found:
        yield
    assert (found.value.code, bool(found.value.sentence)) == (code, True)


TODAY = date(2026, 11, 23)


def item(number: str, **more: Any) -> WorkItem:
    """Write an item of the city's list, in force since 2021."""
    fields: dict[str, Any] = {
        "title": f"事项{number}",
        "kind": "assistance",
        "department": "昆明市民政局",
        "scope_id": CITY,
        "valid_from": date(2021, 3, 1),
        "frequency": "monthly",
        "hours": Decimal(2),
    } | more
    return WorkItem.objects.create(number=number, search_text=f"{number} {fields['title']}", **fields)


def wish(code: str = STREET, **more: Any) -> Wish:
    """Return what the street's construction office wants of the street's communities."""
    fields: dict[str, Any] = {
        "title": "老旧小区楼道堆物月报",
        "text": "每月报送一次楼道堆物清理情况。",
        "scope": Division.objects.get(code=code),
        "legal_basis": "《中华人民共和国消防法》",
        "frequency": "monthly",
        "hours": Decimal(2),
        "resources": "每个社区每年补助2000元",
        "starts_on": date(2026, 12, 1),
        "ends_on": date(2027, 5, 31),
    } | more
    return Wish(**fields)


def applied(world: World, *, now: datetime = NOW, **more: Any) -> AdmissionRequest:
    """Walk to a request of the street's construction office that waits for the county committee."""
    return admissions.apply(wish=wish(**more), by=world.construction_liaison, now=now)


def recorded(world: World, *, now: datetime = NOW, at_once: bool = False, **more: Any) -> Ask:
    """Walk to an ask of the construction office that 篆塘社区 recorded."""
    fields: dict[str, Any] = {
        "title": "楼道堆物周报表",
        "means": "form",
        "asked_on": TODAY,
        "unit": world.units["construction"],
        "hours": Decimal(3),
    } | more
    return asks.record_ask(
        asked=Asked(**fields),
        community=Division.objects.get(code=COMMUNITY),
        by=world.community_worker,
        now=now,
        at_once=at_once,
    )
