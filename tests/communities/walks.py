"""Walks to undertakings, through the services."""

from datetime import datetime
from typing import Any

from communities.models import Sort, Undertaking
from communities.services import undertakings
from tests.communities.people import Place
from tests.whistle.people import NOW, World


def assigned(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> Undertaking:
    """Let the branch ask the street's construction office for a reply, or what is said instead."""
    terms: dict[str, Any] = {
        "sort": Sort.REPLY,
        "community": place.community,
        "compound": place.compound,
        "title": "更换北门地下管网",
        "text": "北门地下管网渗漏，建议更换。",
        "issuer": world.units["branch"],
        "unit": world.units["construction"],
        "by": world.compound_secretary,
        "now": now,
    } | more
    return undertakings.assign(**terms)


def outside(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> Undertaking:
    """Let the branch ask the property firm, which is outside the portal, for a rectification."""
    terms: dict[str, Any] = {
        "sort": Sort.RECTIFICATION,
        "title": "三季度公共收益未公示",
        "unit": None,
        "addressee": "滇泉城市服务",
    } | more
    return assigned(world, place, now=now, **terms)
