"""The two lists as of any day, their history, keeping them."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from communities.models import ListStep, WorkItem
from communities.selectors import count_lists, get_list_steps, get_work_items
from communities.services import work_items
from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import Division
from tests.communities.burden import TODAY, item, refused
from tests.whistle.people import CITY, COUNTY, NOW, STREET, World

pytestmark = pytest.mark.django_db


def history() -> None:
    """Write a small history: 5 items and 3 stamps, then 3 and 2, then 2 and 1; each leaves on the eve of a step."""
    for day in (date(2018, 7, 1), date(2020, 6, 9), date(2021, 3, 1)):
        ListStep.objects.create(day=day, document=f"文件{day.year}")
    eves = [date(2020, 6, 8)] * 2 + [date(2021, 2, 28)] + [None] * 2
    for n, eve in enumerate(eves):
        item(f"A{n}", valid_from=date(2018, 7, 1), valid_to=eve)
    for n, eve in enumerate([date(2020, 6, 8), date(2021, 2, 28), None]):
        item(f"章{n}", kind="stamp", valid_from=date(2018, 7, 1), valid_to=eve)


def test_counts_of_each_step_are_read_from_the_items(world: World) -> None:
    history()
    item("县1", scope_id=COUNTY)  # what one county admitted is not the city's list
    assert [(s.day.year, s.items, s.stamps) for s in get_list_steps()] == [  # type: ignore[attr-defined]
        (2018, 5, 3),
        (2020, 3, 2),
        (2021, 2, 1),
    ]


@pytest.mark.parametrize(
    ("day", "items", "stamps"),
    [
        (date(2018, 6, 30), 0, 0),
        (date(2018, 7, 1), 5, 3),
        (date(2020, 6, 8), 5, 3),  # the last day still counts
        (date(2020, 6, 9), 3, 2),
        (date(2021, 2, 28), 3, 2),
        (TODAY, 2, 1),
    ],
)
def test_counts_as_of_a_day(world: World, day: date, items: int, stamps: int) -> None:
    history()
    assert count_lists(day) == {"items": items, "stamps": stamps}


def test_an_item_is_seen_where_it_holds(world: World) -> None:
    city, county = item("市"), item("县", scope_id=COUNTY)
    street, other = item("街", scope_id=STREET), item("他", scope_id="530103")
    seen = {name: set(get_work_items(user=world.people[name])) for name in world.people}
    assert seen["community_worker"] == {city, county, street}
    assert seen["stranger"] == {city, other}
    assert seen["construction_liaison"] == {city, county, street}
    assert seen["water_liaison"] == {city, county, street}  # all of its county
    assert seen["city_official"] == {city, county, street, other}
    assert seen["system_admin"] == set()


def test_only_office_and_committee_keep_the_lists(world: World) -> None:
    work = work_items.Work(
        number="县9",
        title="居民公约修订",
        kind="by_law",
        department="民政局",
        scope=Division.objects.get(code=COUNTY),
        valid_from=TODAY,
    )
    for name in (
        "street_staff",
        "community_secretary",
        "construction_liaison",
        "county_secretary",
        "stranger",
    ):
        with refused("role"):
            work_items.keep_item(work=work, by=world.people[name], now=NOW)
    kept = work_items.keep_item(work=work, by=world.county_staff, now=NOW)
    assert kept.search_text.startswith("县9")
    assert AuditEvent.objects.get(stream=kept.stream).event == "work_item.added"
    with refused("number"):
        work_items.keep_item(work=work, by=world.city_official, now=NOW)
    in_city = work_items.Work(**{**work.__dict__, "number": "市9", "scope": Division.objects.get(code=CITY)})
    with refused("role"):  # a county does not write the city's list
        work_items.keep_item(work=in_city, by=world.county_staff, now=NOW)


def test_an_item_leaves_its_list_with_a_reason_and_is_never_extended(world: World) -> None:
    row = item("市1", valid_to=TODAY + timedelta(days=20))
    with refused("reason"):
        work_items.take_off(item=row, last_day=TODAY, reason=" ", by=world.city_official, now=NOW)
    with refused("last_day"):
        work_items.take_off(
            item=row, last_day=TODAY + timedelta(days=60), reason="再用", by=world.city_official, now=NOW
        )
    with refused("last_day"):
        work_items.take_off(
            item=row, last_day=date(2020, 1, 1), reason="取消", by=world.city_official, now=NOW
        )
    work_items.take_off(item=row, last_day=TODAY, reason="职能已上收", by=world.city_official, now=NOW)
    row.refresh_from_db()
    assert (row.valid_to, row.exit_reason) == (TODAY, "职能已上收")


def test_the_database_keeps_days_in_order(world: World) -> None:
    with pytest.raises(IntegrityError, match="work_item_ends_after_it_begins"), transaction.atomic():
        item("错1", valid_to=date(2020, 1, 1))
    with pytest.raises(IntegrityError, match="work_item_that_left_has_a_last_day"), transaction.atomic():
        item("错2", exit_reason="取消")


def ask_page(world: World, name: str, url: str) -> str:
    client = Client()
    client.force_login(world.people[name])
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_filters_by_day_list_words_and_lapsing(world: World) -> None:
    history()
    item("快到", title="即将到期的事", valid_to=TODAY + timedelta(days=10), valid_from=date(2026, 1, 1))
    url = reverse("work-items")
    page = ask_page(world, "community_worker", f"{url}?day=2020-06-08")
    assert "事项A0" in page
    assert "即将到期的事" not in page
    page = ask_page(world, "community_worker", url)
    assert "事项A0" not in page
    assert "即将到期的事" in page
    page = ask_page(world, "community_worker", f"{url}?list=stamps")
    assert "章2" in page
    assert "事项A3" not in page
    far = WorkItem.objects.get(number="快到")
    WorkItem.objects.filter(pk=far.pk).update(
        valid_to=timezone.localdate() + timedelta(days=10)  # the page counts from the real day
    )
    page = ask_page(world, "community_worker", f"{url}?state=lapsing")
    assert "即将到期的事" in page
    assert "事项A3" not in page
    assert "is-soon" in page


def test_a_wrong_day_is_said(world: World) -> None:
    page = ask_page(world, "community_worker", reverse("work-items") + "?day=31.12.2026")
    assert "2026-11-25" in page
    assert "2026-11-25" in ask_page(world, "community_worker", reverse("list-history") + "?day=nonsense")


def test_the_history_page_counts_the_day_asked_for(world: World) -> None:
    history()
    page = ask_page(world, "stranger", reverse("list-history") + "?day=2020-07-01")
    assert page.count("<b>3</b>") >= 2
    assert "文件2018" in page


def test_the_list_takes_the_same_queries_at_two_and_twelve_rows(world: World) -> None:
    def count() -> int:
        client = Client()
        client.force_login(world.community_worker)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(reverse("work-items")).status_code == 200
        return len(found)

    for n in range(2):
        item(f"数{n}", department=f"部门{n}")
    few = count()
    for n in range(2, 12):
        item(f"数{n}", department=f"部门{n}")
    assert count() == few


def test_the_office_notes_a_step_and_nobody_else(world: World) -> None:
    client = Client()
    client.force_login(world.city_official)
    typed = {"day": "2026-11-01", "document": "昆办通〔2026〕1号", "note": ""}
    assert client.post(reverse("list-step-new"), typed).status_code == 302
    assert ListStep.objects.get().document == "昆办通〔2026〕1号"
    client.force_login(world.county_staff)
    again = client.post(reverse("list-step-new"), typed | {"day": "2026-11-02"})
    assert again.status_code == 422
    assert ListStep.objects.count() == 1


def test_an_item_is_corrected_on_its_form(world: World) -> None:
    row = item("县7", scope_id=COUNTY)
    client = Client()
    client.force_login(world.county_staff)
    typed = {
        "number": "县7",
        "title": "居民会议召集",
        "kind": "by_law",
        "scope": COUNTY,
        "department": "五华区水务局",
        "frequency": "yearly",
        "hours": "6",
        "valid_from": "2021-03-01",
        "valid_to": "",
        "legal_basis": "",
        "resources": "",
        "approval_number": "",
    }
    answer = client.post(reverse("work-item-change", args=[row.pk]), typed)
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.title, row.unit) == ("居民会议召集", world.units["water_bureau"])
    wrong = client.post(reverse("work-item-change", args=[row.pk]), typed | {"valid_to": "2020-01-01"})
    assert wrong.status_code == 422
    assert "居民会议召集" in wrong.content.decode()
    client.force_login(world.people["stranger"])
    assert client.get(reverse("work-item", args=[row.pk])).status_code == 404
