"""Walks to undertakings and to records of the five powers, through the services."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from communities.models import PowerRecord, Sort, Undertaking
from communities.services import (
    powers_appraisals,
    powers_decisions,
    powers_personnel,
    powers_proposals,
    powers_supervision,
    undertakings,
)
from kunming_portal.workdays.selectors import get_calendar
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


def decided(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> PowerRecord:
    """Let the branch put a topic on its table."""
    terms: dict[str, Any] = {
        "compound": place.compound,
        "title": "电动车集中充电点选址",
        "text": "北门绿地旁与3栋东侧两处备选。",
        "by": world.compound_secretary,
    } | more
    return powers_decisions.open_decision(now=now, **terms)


def announced(world: World, place: Place, *, now: datetime = NOW) -> PowerRecord:
    """Walk to a resolution that is up for notice until five working days after `now`."""
    by = world.compound_secretary
    record = decided(world, place, now=now)
    powers_decisions.meet(
        record=record, met_on=now.date(), votes=powers_decisions.Votes(38, 35, 1, 2), by=by, now=now
    )
    powers_decisions.resolve(record=record, resolution="选址北门绿地旁。", by=by, now=now)
    first, last = powers_decisions.usual_notice(now, calendar=get_calendar())
    return powers_decisions.announce(record=record, notice_from=first, notice_until=last, by=by, now=now)


def executed(world: World, place: Place, *, now: datetime = NOW) -> PowerRecord:
    """Walk to an execution that the property firm owes."""
    record = announced(world, place, now=now)
    after = now + timedelta(days=8)
    return powers_decisions.execute(
        record=record, addressee="滇泉城市服务", by=world.compound_secretary, now=after
    )


def proposed(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> PowerRecord:
    """Let the branch send a proposal to the street's construction office."""
    terms: dict[str, Any] = {
        "compound": place.compound,
        "title": "更换北门地下管网",
        "text": "北门地下管网渗漏，建议更换。",
        "unit": world.units["construction"],
        "by": world.compound_secretary,
    } | more
    return powers_proposals.open_proposal(now=now, **terms)


def nominated(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> PowerRecord:
    """Let the branch take down candidates for the owners' committee."""
    terms: dict[str, Any] = {
        "compound": place.compound,
        "title": "第四届业委会候选人",
        "post": "owners_committee",
        "names": ["李荫棠", "段云芳", "马国安"],
        "by": world.compound_secretary,
    } | more
    return powers_personnel.open_nomination(now=now, **terms)


def vetted(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> PowerRecord:
    """Walk to an opinion of each: the last one did not pass."""
    record = nominated(world, place, now=now, **more)
    keys = list(record.nomination.candidates.order_by("pk").values_list("pk", flat=True))
    opinions = {key: powers_personnel.Opinion(True) for key in keys}
    opinions[keys[-1]] = powers_personnel.Opinion(False, "拖欠物业费。")
    return powers_personnel.vet(record=record, opinions=opinions, by=world.compound_secretary, now=now)


def recommended(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> PowerRecord:
    """Walk to a recommendation to the owners' meeting."""
    record = vetted(world, place, now=now, **more)
    return powers_personnel.recommend(
        record=record, recommended_to="业主大会", by=world.compound_secretary, now=now
    )


def found(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> PowerRecord:
    """Let the branch find that the firm did not publish the public income."""
    terms: dict[str, Any] = {
        "compound": place.compound,
        "found": powers_supervision.Found(
            "三季度公共收益未公示", "限期公示停车、广告收入明细。", "firm", "public_income"
        ),
        "addressee": "滇泉城市服务",
        "by": world.compound_secretary,
    } | more
    return powers_supervision.open_finding(now=now, **terms)


def appraised(world: World, place: Place, *, now: datetime = NOW, **more: Any) -> PowerRecord:
    """Let the branch begin a batch on the property firm."""
    terms: dict[str, Any] = {
        "compound": place.compound,
        "batch": powers_appraisals.Batch("下半年物业服务评议", "firm", "滇泉城市服务", "2026年下半年", 200),
        "by": world.compound_secretary,
    } | more
    return powers_appraisals.open_appraisal(now=now, **terms)


MEANS = {"service": Decimal("88.0"), "repairs": Decimal("84.8")}


def scored(world: World, place: Place, *, now: datetime = NOW) -> PowerRecord:
    """Walk to a batch whose scores are entered."""
    record = appraised(world, place, now=now)
    return powers_appraisals.score(
        record=record, received=168, means=MEANS, by=world.compound_secretary, now=now
    )
