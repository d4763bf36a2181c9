"""All cases: scope, every filter, search, order, paging."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kunming_portal.ui import keypages
from tests.whistle.crowd import crowd, page, signed_in, titled
from tests.whistle.people import CITY, COMMUNITY, COUNTY, World, blown, dispatched, fed_back, opened
from whistle import services
from whistle.models import Case


def listed(world: World, who: str, query: str = "") -> list[int]:
    """Return the cases on the first page, in order."""
    return [row.case.pk for row in signed_in(world.people[who]).get(f"/cases/{query}").context["rows"]]


def test_everybody_sees_what_lies_in_their_scope(world: World) -> None:
    whistle = dispatched(world, now=timezone.now(), assists=0)[0].whistle
    for who in ("community_worker", "street_dispatcher", "county_secretary", "city_official", "inspector"):
        assert listed(world, who) == [whistle.case_id], who
    assert listed(world, "enforcement_liaison") == [whistle.case_id]
    for who in ("stranger", "other_dispatcher", "market_liaison", "system_admin", "audit_admin"):
        assert listed(world, who) == [], who


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?tier=1", {"plain", "urgent", "late", "mine"}),
        ("?tier=2", {"upgraded"}),
        ("?kind=emergency", {"urgent"}),
        ("?status=draft", {"mine"}),
        ("?status=open", {"plain", "urgent", "late", "mine", "upgraded"}),
        ("?status=closed", set()),
        ("?light=over", {"late"}),
        ("?light=normal", {"plain", "urgent", "mine", "upgraded"}),
        (f"?division={COMMUNITY}", {"plain", "urgent", "late", "mine", "upgraded"}),
        ("?division=530103", set()),
        ("?unit=enforcement", {"upgraded"}),
        ("?unit=nonsense", set()),
        ("?source=hotline", {"mine"}),
        ("?opened_before=2001-01-01", set()),
        ("?q=gongyuanlu", {"mine"}),
        ("?q=gyl", {"mine"}),
        ("?q=公园路 长椅", {"mine"}),
        ("?q=长椅 nowhere", set()),
        ("?kind=general&light=over", set()),
    ],
)
def test_each_filter_narrows(world: World, query: str, kept: set[str]) -> None:
    now = timezone.now()
    upgraded = dispatched(world, now=now)[0].whistle
    services.upgrade(whistle=upgraded, reason="超出街道权限", by=world.street_secretary, now=now)
    cases = {
        "plain": blown(world, kind="sanitation", now=now).case,
        "urgent": blown(world, kind="emergency", now=now).case,
        "late": blown(world, kind="sanitation", now=now - timedelta(days=9)).case,
        "mine": titled(world, "公园路长椅损坏", source="hotline", place="公园路", now=now),
        "upgraded": upgraded.case,
    }
    assert set(listed(world, "city_official", query)) == {cases[name].pk for name in kept}


def test_written_by_me(world: World) -> None:
    case = opened(world, now=timezone.now())
    assert listed(world, "community_worker", "?mine=true") == [case.pk]
    assert listed(world, "community_secretary", "?mine=true") == []


def test_the_range_of_days_holds_both_days(world: World) -> None:
    now = timezone.now()
    case = opened(world, now=now)
    today = timezone.localtime(now).date().isoformat()
    assert listed(world, "community_worker", f"?opened_after={today}&opened_before={today}") == [case.pk]


@pytest.mark.parametrize("query", ["?division=%27", "?opened_after=soon", "?light=blue", "?tier=x"])
def test_a_filter_that_cannot_be_used_shows_no_row_and_says_so(world: World, query: str) -> None:
    opened(world, now=timezone.now())
    text = page(world.community_worker, f"/cases/{query}")
    assert "This filter cannot be used" in text
    assert listed(world, "community_worker", query) == []


def test_newest_first_or_open_and_most_urgent_first(world: World) -> None:
    now = timezone.now()
    early = blown(world, kind="emergency", now=now - timedelta(minutes=5)).case
    late = blown(world, kind="sanitation", now=now).case
    draft = opened(world, now=now - timedelta(days=1))
    assert listed(world, "community_worker") == [late.pk, early.pk, draft.pk]
    assert listed(world, "community_worker", "?sort=urgent") == [early.pk, late.pk, draft.pk]


@pytest.mark.parametrize("sort", ["", "&sort=urgent"])
def test_pages_forward_and_back_show_every_case_once(
    world: World, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    now = timezone.now()
    cases = crowd(world, 5, now=now)
    Case.objects.filter(pk__in=[c.pk for c in cases[:3]]).update(due_at=now, yellow_at=now, opened_at=now)
    cases += [opened(world, now=now), opened(world, now=now)]
    monkeypatch.setattr(keypages.read_page, "__kwdefaults__", {"size": 3})
    client = signed_in(world.community_worker)
    forward: list[list[int]] = []
    back: list[list[int]] = []
    answer = client.get(f"/cases/?q=西坝路{sort}")
    while True:
        forward.append([row.case.pk for row in answer.context["rows"]])
        link = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
        if link is None:
            break
        answer = client.get("/cases/" + link[1].replace("&amp;", "&"))
    assert sorted(pk for one in forward for pk in one) == sorted(case.pk for case in cases)
    while True:
        back.insert(0, [row.case.pk for row in answer.context["rows"]])
        link = re.search(r'rel="prev" href="([^"]+)"', answer.content.decode())
        if link is None:
            break
        answer = client.get("/cases/" + link[1].replace("&amp;", "&"))
    assert back == forward


def test_paging_counts_nothing_and_skips_nothing(world: World) -> None:
    crowd(world, 2, now=timezone.now())
    client = signed_in(world.city_official)
    with CaptureQueriesContext(connection) as queries:
        client.get("/cases/")
    reads = [q["sql"] for q in queries if 'FROM "whistle_case"' in q["sql"]]
    assert reads
    assert not any("OFFSET" in sql or "COUNT(" in sql for sql in reads)


def test_the_list_costs_the_same_at_one_and_at_fifty(world: World) -> None:
    def cost(who: str) -> int:
        client = signed_in(world.people[who])
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/cases/").context["rows"]
        return len(queries)

    now = timezone.now() - timedelta(days=1)
    dispatched(world, now=now)
    people = ("community_worker", "city_official", "enforcement_liaison")
    one = [cost(who) for who in people]
    for n in range(20):
        dispatched(world, now=now + timedelta(minutes=n))
    crowd(world, 30, now=now)
    assert [cost(who) for who in people] == one


def test_a_closed_case_says_how_it_ended_and_how_long_it_took(world: World) -> None:
    now = timezone.now()
    whistle = fed_back(world, now=now)
    services.verify(
        whistle=whistle, verdict="partly", satisfaction="mostly", by=world.community_worker, now=now
    )
    for duty in whistle.assignments.all():
        services.evaluate(
            assignment=duty,
            speed="good",
            cooperation="good",
            effect="good",
            by=world.community_worker,
            now=now,
        )
    services.close(whistle=whistle, by=world.community_worker, now=now)
    row = signed_in(world.community_worker).get("/cases/").context["rows"][0]
    assert row.turn == "Partly solved Mostly satisfied"
    assert row.due.light == "closed"
    assert row.verb is None


def test_city_and_county_may_filter_by_tier_and_the_division_below(world: World) -> None:
    def fields(who: str) -> dict[str, list[str]]:
        context = signed_in(world.people[who]).get("/cases/").context
        return {field.name: [value for value, _label in field.options] for field in context["choices"]}

    assert COUNTY in fields("city_official")["division"]
    assert CITY not in fields("city_official")["division"]
    assert "tier" in fields("county_secretary")
    assert "tier" not in fields("community_worker")
    assert "enforcement" in fields("street_dispatcher")["unit"]
