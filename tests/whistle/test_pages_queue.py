"""The dispatcher's queue and the liaison's report-ins."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kunming_portal.deadlines import ladder
from kunming_portal.ui import keypages
from tests.whistle.crowd import called, crowd, page, signed_in
from tests.whistle.people import STREET, World, at, blown, dispatched, fed_back, opened, worked
from whistle import limits, services, turns
from whistle.models import Case
from whistle.workflow import Step


def listed(world: World, who: str, address: str) -> list[int]:
    """Return the cases on a page, in order."""
    answer = signed_in(world.people[who]).get(address)
    if "groups" in answer.context:
        return [row.case.pk for group in answer.context["groups"] for row in group.rows]
    return [row.case.pk for row in answer.context["rows"]]


def test_each_tab_holds_whose_turn_it_is(world: World) -> None:
    now = timezone.now()
    new = blown(world, now=now)
    accepted = blown(world, now=now)
    services.accept(whistle=accepted, by=world.street_dispatcher, now=now)
    with_units = dispatched(world, now=now)[0].whistle
    to_verify = fed_back(world, now=now)
    assert listed(world, "street_dispatcher", "/queue/") == [new.case_id, accepted.case_id]
    assert listed(world, "street_dispatcher", "/queue/?turn=units") == [with_units.case_id]
    assert listed(world, "street_dispatcher", "/queue/?turn=verify") == [to_verify.case_id]
    everything = {new.case_id, accepted.case_id, with_units.case_id, to_verify.case_id}
    assert set(listed(world, "street_dispatcher", "/queue/?turn=open")) == everything
    assert listed(world, "street_dispatcher", "/queue/?turn=closed") == []
    desk = turns.count_desk(turns.seats_of(world.street_dispatcher), world.street_dispatcher, now)
    assert desk.tabs == {"mine": 2, "units": 1, "verify": 1, "open": 4, "closed": 0}
    assert (desk.over, desk.soon, desk.normal) == (0, 0, 4)


def test_a_draft_and_an_unsigned_whistle_have_not_arrived(world: World) -> None:
    opened(world, now=timezone.now())
    assert listed(world, "street_dispatcher", "/queue/?turn=open") == []


def test_what_was_upgraded_waits_above_and_is_followed_below(world: World) -> None:
    now = timezone.now()
    whistle = dispatched(world, now=now)[0].whistle
    services.upgrade(whistle=whistle, reason="超出街道权限", by=world.street_secretary, now=now)
    assert listed(world, "county_dispatcher", "/queue/") == [whistle.case_id]
    assert listed(world, "street_dispatcher", "/queue/?turn=units") == [whistle.case_id]
    assert listed(world, "street_dispatcher", "/queue/") == []


def test_closed_cases_stay_thirty_days(world: World) -> None:
    now = timezone.now()
    for days in (1, 40):
        moment = now - timedelta(days=days)
        whistle = fed_back(world, now=moment)
        services.verify(
            whistle=whistle, verdict="solved", satisfaction="satisfied", by=world.community_worker, now=moment
        )
        for duty in whistle.assignments.all():
            services.evaluate(
                assignment=duty,
                speed="good",
                cooperation="good",
                effect="good",
                by=world.community_worker,
                now=moment,
            )
        services.close(whistle=whistle, by=world.community_worker, now=moment)
    assert len(listed(world, "street_dispatcher", "/queue/?turn=closed")) == 1


def test_rows_are_grouped_by_their_move_with_the_limit_and_one_verb(world: World) -> None:
    now = timezone.now()
    new = blown(world, kind="sanitation", now=now)
    accepted = blown(world, kind="sanitation", now=now)
    services.accept(whistle=accepted, by=world.street_dispatcher, now=now)
    answer = signed_in(world.street_dispatcher).get("/queue/")
    groups = answer.context["groups"]
    assert [(group.title, group.count) for group in groups] == [
        ("Waiting for acceptance", 1),
        ("Waiting for dispatch", 1),
    ]
    assert groups[0].note.startswith("Within 4 working hours")
    assert "15 minutes" in groups[0].note
    text = answer.content.decode()
    assert f'action="/cases/{new.case_id}/accept/"' in text
    assert f'href="/cases/{accepted.case_id}/dispatch/"' in text


def test_soonest_first_within_a_group(world: World) -> None:
    now = timezone.now()
    later = blown(world, kind="sanitation", now=now)
    sooner = blown(world, kind="sanitation", now=now - timedelta(days=3))
    assert listed(world, "street_dispatcher", "/queue/") == [sooner.case_id, later.case_id]


def test_the_numbers_of_the_lamps_lead_to_as_many_rows(world: World) -> None:
    now = timezone.now()
    blown(world, kind="sanitation", now=now - timedelta(days=9))
    blown(world, kind="sanitation", now=now)
    desk = turns.count_desk(turns.seats_of(world.street_dispatcher), world.street_dispatcher, now)
    assert (desk.over, desk.normal) == (1, 1)
    assert len(listed(world, "street_dispatcher", "/queue/?turn=open&light=over")) == 1
    assert len(listed(world, "street_dispatcher", "/queue/?turn=open&light=normal")) == 1


def test_filters_narrow_the_queue(world: World) -> None:
    now = timezone.now()
    urgent = blown(world, kind="emergency", now=now)
    blown(world, kind="sanitation", now=now)
    assert listed(world, "street_dispatcher", "/queue/?kind=emergency") == [urgent.case_id]
    assert listed(world, "street_dispatcher", "/queue/?source=hotline") == []
    assert listed(world, "street_dispatcher", "/queue/?kind=nonsense") == []


def test_a_foreign_desk_shows_nothing_and_others_have_none(world: World) -> None:
    blown(world, now=timezone.now())
    assert listed(world, "other_dispatcher", "/queue/?turn=open") == []
    for who in ("community_worker", "enforcement_liaison", "city_official", "system_admin"):
        assert signed_in(world.people[who]).get("/queue/").status_code == 403


def test_htmx_gets_the_list_alone_and_going_back_the_page(world: World) -> None:
    blown(world, now=timezone.now())
    client = signed_in(world.street_dispatcher)
    part = client.get("/queue/?kind=general", headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="list"')
    assert "HX-Request" in part.headers["Vary"]
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<!doctype html>" in client.get("/queue/", headers=back).content.decode()


def walk(world: World, who: str, address: str, link: str) -> list[list[int]]:
    """Follow the pages' own links and return the cases of each page."""
    client, pages, query = signed_in(world.people[who]), [], ""
    for _page in range(20):
        answer = client.get(f"{address}{query}")
        context = answer.context
        rows = (
            [row for group in context["groups"] for row in group.rows]
            if "groups" in context
            else context["rows"]
        )
        pages.append([row.case.pk for row in rows])
        found = re.search(rf'rel="{link}" href="([^"]+)"', answer.content.decode())
        if found is None:
            return pages
        query = found[1].replace("&amp;", "&")
    raise AssertionError("The pages do not end.")


def test_pages_show_every_row_once_with_equal_and_missing_limits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    cases = crowd(world, 9, now=now)
    Case.objects.filter(pk__in=[case.pk for case in cases[:4]]).update(due_at=now, yellow_at=now)
    Case.objects.filter(pk__in=[case.pk for case in cases[4:7]]).update(due_at=None, yellow_at=None)
    monkeypatch.setattr(keypages.read_page, "__kwdefaults__", {"size": 2})
    forward = walk(world, "street_dispatcher", "/queue/", "next")
    flat = [pk for one in forward for pk in one]
    assert [len(one) for one in forward] == [2, 2, 2, 2, 1]
    assert sorted(flat) == sorted(case.pk for case in cases)
    assert flat[-3:] == [case.pk for case in cases[4:7]]
    client = signed_in(world.street_dispatcher)
    last = client.get("/queue/")
    for _step in range(4):
        last = client.get(f"/queue/?after={last.context['page'].next_key}")
    back = [[row.case.pk for group in last.context["groups"] for row in group.rows]]
    while last.context["page"].previous_key:
        last = client.get(f"/queue/?before={last.context['page'].previous_key}")
        back.insert(0, [row.case.pk for group in last.context["groups"] for row in group.rows])
    assert back == forward


@pytest.mark.parametrize(
    "key",
    ["x", "%00", "W10", "bnVsbA", "WzEsMiwzXQ", "W251bGwsbnVsbCxudWxsXQ", "A" * 500, "WyIxIiwieCIsIngiXQ"],
)
def test_a_key_nobody_was_given_leads_to_a_page(world: World, key: str) -> None:
    crowd(world, 1, now=timezone.now())
    for address in ("/queue/", "/cases/", "/notices/"):
        assert signed_in(world.street_dispatcher).get(f"{address}?after={key}").status_code == 200


def test_the_queue_costs_the_same_at_one_and_at_fifty(world: World) -> None:
    def cost(turn: str) -> int:
        client = signed_in(world.street_dispatcher)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/queue/?turn={turn}")
        assert answer.context["groups"]
        return len(queries)

    now = timezone.now()
    crowd(world, 1, now=now)
    called(world, 1, now=now)
    turns = ("mine", "units", "open")
    one = [cost(turn) for turn in turns]
    crowd(world, 25, now=now + timedelta(hours=1))
    called(world, 25, now=now + timedelta(hours=1))
    assert [cost(turn) for turn in turns] == one


def test_the_limit_is_said_as_the_usual_one_and_its_exceptions(world: World) -> None:
    said = limits.sentences(tiers=[1], steps=[Step.DISPATCH], at=at("2026-11-23 10:00"))
    assert Step.DISPATCH in said
    assert limits.text_of(ladder.Limit(amount=1, unit=ladder.LimitUnit.WORKING_HOUR)) == "1工时"


# -- the liaison's report-ins ------------------------------------------------------------------------
def test_each_duty_stands_under_the_step_that_comes_next(world: World) -> None:
    now = timezone.now()
    to_sign = dispatched(world, now=now)[0]
    signed = dispatched(world, now=now)[0]
    services.sign(assignment=signed, by=world.enforcement_liaison, now=now)
    done = dispatched(world, now=now)[0]
    worked(world, done, now=now)
    for tab, duty in (("sign", to_sign), ("report", signed), ("done", done)):
        assert listed(world, "enforcement_liaison", f"/duties/?tab={tab}") == [duty.whistle.case_id]
    assert listed(world, "enforcement_liaison", "/duties/?tab=handling") == []
    text = page(world.enforcement_liaison, "/duties/")
    assert f'action="/assignments/{to_sign.pk}/sign/"' in text
    assert "We lead" in text
    assert "We assist" in page(world.market_liaison, "/duties/")
    assert "篆塘社区" in text


def test_the_list_opens_where_something_is_to_do(world: World) -> None:
    now = timezone.now()
    duty = dispatched(world, now=now)[0]
    services.sign(assignment=duty, by=world.enforcement_liaison, now=now)
    assert listed(world, "enforcement_liaison", "/duties/") == [duty.whistle.case_id]


def test_other_units_duties_are_not_there(world: World) -> None:
    dispatched(world, now=timezone.now(), assists=0)
    assert listed(world, "market_liaison", "/duties/?tab=sign") == []
    for who in ("community_worker", "street_dispatcher", "inspector"):
        assert signed_in(world.people[who]).get("/duties/").status_code == 403


def test_report_ins_cost_the_same_at_one_and_at_fifty(world: World) -> None:
    def cost(tab: str) -> int:
        client = signed_in(world.enforcement_liaison)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/duties/?tab={tab}").context["rows"]
        return len(queries)

    now = timezone.now() - timedelta(days=1)
    called(world, 1, now=now)
    worked(world, dispatched(world, now=now)[0], now=now)
    one = [cost(tab) for tab in ("sign", "done")]
    called(world, 25, now=now)
    for _n in range(5):
        worked(world, dispatched(world, now=now)[0], now=now)
    assert [cost(tab) for tab in ("sign", "done")] == one


def test_the_crumbs_lead_down_to_the_street(world: World) -> None:
    text = page(world.street_dispatcher, "/queue/")
    assert f"/cases/?division={STREET}" in text


def test_signing_in_one_tap_comes_back_to_the_list(world: World) -> None:
    duty = dispatched(world, now=timezone.now())[0]
    client = signed_in(world.enforcement_liaison)
    sent = {"expected": duty.whistle.case.version, "next": "/duties/?tab=sign"}
    answer = client.post(f"/assignments/{duty.pk}/sign/", sent)
    assert answer.headers["Location"] == "/duties/?tab=sign"
    duty.refresh_from_db()
    assert duty.status == "awaiting_report_in"
    other = dispatched(world, now=timezone.now())[0]
    outside = client.post(f"/assignments/{other.pk}/sign/", {"next": "https://evil.example/"})
    assert outside.headers["Location"] == other.whistle.case.get_absolute_url()


def test_an_answer_given_on_the_list_is_chosen_on_the_form(world: World) -> None:
    whistle = fed_back(world, now=timezone.now())
    client = signed_in(world.community_worker)
    answered = client.get(f"/cases/{whistle.case_id}/verify/?verdict=partly").context["form"]
    assert answered["verdict"].value() == "partly"
    assert client.get(f"/cases/{whistle.case_id}/verify/").context["form"]["verdict"].value() is None
