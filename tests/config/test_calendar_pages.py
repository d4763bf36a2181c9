"""The calendar's pages: a year to look at, a notice with its differences, days of a place."""

import json
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kunming_portal.audit.models import AuditEvent
from kunming_portal.workdays.models import CalendarDay, CalendarYear, LocalDay
from tests.whistle.people import COUNTY, NOW, World, at, build_world, dispatched
from tests.whistle.recalculated import drain
from whistle.models import CaseDeadline, Recalculation
from whistle.services import recalculating

pytestmark = pytest.mark.django_db
NUMBER = "国办发明电〔2026〕12号"
LINES = "2027-01-01至2027-01-03 休 元旦\n2027-01-04 休 元旦\n2027-01-10 班 元旦调休上班"
YEAR = {"year": 2027}


@pytest.fixture
def world() -> World:
    return build_world()


@pytest.fixture
def office(world: World, client: Client) -> Client:
    client.force_login(world.system_admin)
    return client


def late(world: World) -> None:
    """Walk to deadlines that reach into the next year, which is provisional."""
    dispatched(world, now=at("2026-12-28 10:00"))


@time_machine.travel("2026-12-28 04:00:00Z", tick=False)
def test_a_notice_is_compared_confirmed_recorded_and_reaches_what_runs(world: World, office: Client) -> None:
    late(world)
    office.force_login(world.system_admin)
    assert CaseDeadline.objects.running().filter(provisional=True).exists()
    url = reverse("calendar-notice", kwargs=YEAR)
    assert office.get(url).status_code == 200
    page = office.post(url, {"number": NUMBER, "days": LINES})
    assert page.status_code == 200
    assert page.context["foreseen"].counts == {"new": 5}
    moving = page.context["foreseen"].moving
    assert moving.is_all
    assert not CalendarDay.objects.filter(
        date__year=2027
    ).exists()  # nothing is stored before it is confirmed
    saved = office.post(url, {"number": NUMBER, "days": LINES, "confirm": "1"})
    job = Recalculation.objects.get()
    assert saved.headers["Location"] == job.get_absolute_url()
    assert (job.state, job.to_move) == ("previewed", moving.number)
    assert CalendarYear.objects.get(year=2027).status == "official"
    event = AuditEvent.objects.get(event="config.calendar_year.published")
    assert event.actor_id == world.system_admin.pk
    assert event.data["days"]["2027-01-04"] == [None, [False, "元旦"]]
    recalculating.confirm(job=job, by=world.system_admin, now=at("2026-12-28 12:30"))
    drain(job, now=at("2026-12-28 12:31"))
    assert not CaseDeadline.objects.running().filter(provisional=True).exists()


def test_a_file_fills_the_lines(office: Client) -> None:
    stored = {"year": 2027, "papers": [], "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}
    file = SimpleUploadedFile("2027.json", json.dumps(stored).encode())
    page = office.post(reverse("calendar-notice", kwargs=YEAR), {"number": NUMBER, "days": "", "file": file})
    assert page.context["form"]["days"].value() == "2027-01-01 休 元旦"
    assert page.context["foreseen"].counts == {"new": 1}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"days": LINES}, "number"),
        ({"number": NUMBER}, "days"),
        ({"number": NUMBER, "days": "2028-01-03 休 元旦"}, "days"),
        ({"number": NUMBER, "days": "2027-01-04 休 元旦\n2027-01-04 班 元旦"}, "days"),
        ({"number": NUMBER, "days": "2027-01-09 休 周六"}, "days"),
        ({"number": NUMBER, "days": "一月一日放假"}, "days"),
        ({"number": NUMBER, "file": SimpleUploadedFile("a.json", b"{}")}, "file"),
        ({"number": NUMBER, "file": SimpleUploadedFile("a.csv", b"\xff\xfe\x00")}, "file"),
    ],
)
def test_a_notice_that_is_none_is_refused_at_its_field_and_nothing_typed_is_lost(
    office: Client, data: dict[str, Any], field: str
) -> None:
    page = office.post(reverse("calendar-notice", kwargs=YEAR), data | {"confirm": "1"})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert (page.context["form"]["days"].value() or "") == data.get("days", "")
    assert not CalendarYear.objects.filter(year=2027).exists()


@time_machine.travel(NOW, tick=False)
def test_a_county_closes_for_a_day(world: World, office: Client) -> None:
    dispatched(world)
    url = reverse("calendar-local")
    typed = {"place": f"{COUNTY} 五华区", "first_day": "2026-11-24", "effect": "closed", "name": "火把节"}
    page = office.post(url, typed)
    assert page.context["moving"].number > 0
    assert not LocalDay.objects.exists()
    saved = office.post(url, typed | {"confirm": "1"})
    job = Recalculation.objects.get()
    assert (saved.headers["Location"], job.to_move) == (job.get_absolute_url(), page.context["moving"].number)
    day = LocalDay.objects.get()
    assert (day.place, day.date, day.is_working) == (COUNTY, date(2026, 11, 24), False)
    shown = office.get(reverse("calendar-year", args=[2026])).context["shown"]
    assert [(line.place, line.name) for line in shown.local] == [("五华区", "火把节")]
    office.post(reverse("calendar-local-remove", args=[day.pk]))
    assert not LocalDay.objects.exists()
    events = AuditEvent.objects.filter(event__startswith="config.local_day").order_by("id")
    assert [e.event.rpartition(".")[2] for e in events] == ["entered", "removed"]
    assert events[0].data == {
        "place": COUNTY,
        "before": [],
        "after": [["2026-11-24", False, "火把节", None]],
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"place": "不存在的地方"}, "place"),
        ({"first_day": "morgen"}, "first_day"),
        ({"last_day": "2026-11-01"}, "last_day"),
        ({"last_day": "2027-11-24"}, "last_day"),
        ({"effect": "closed", "hours": "09:00-12:00"}, "hours"),
        ({"hours": "09:00-12:00 11:00-13:00"}, "hours"),
        ({"hours": "早上"}, "hours"),
        ({"hours": "25:00-26:00"}, "hours"),
        ({"name": ""}, "name"),
    ],
)
def test_days_of_a_place_that_are_none_are_refused_at_their_field(
    office: Client, wrong: dict[str, str], field: str
) -> None:
    typed = {"place": "", "first_day": "2026-11-24", "effect": "open", "hours": "09:00-12:00", "name": "半天"}
    page = office.post(reverse("calendar-local"), typed | wrong | {"confirm": "1"})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert page.context["form"]["name"].value() == (typed | wrong)["name"]
    assert not CalendarDay.objects.filter(date="2026-11-24").exists()


def test_a_year_is_shown_in_twelve_months(office: Client) -> None:
    page = office.get(reverse("calendar"), follow=True)
    assert page.status_code == 200
    shown = office.get(reverse("calendar-year", args=[2026])).context["shown"]
    assert (len(shown.months), shown.is_official) == (12, True)
    october = [day for week in shown.months[9].weeks for day in week if day is not None]
    assert [day.style for day in october[:10]] == ["is-off"] * 7 + ["", "", "is-worked"]
    assert not office.get(reverse("calendar-year", args=[2031])).context["shown"].is_official
    assert office.get(reverse("calendar-year", args=[1900])).status_code == 404


def test_only_who_configures_comes_here(world: World, client: Client) -> None:
    client.force_login(world.street_dispatcher)
    for name, args in (("calendar", []), ("calendar-year", [2026]), ("calendar-notice", [2026])):
        assert client.get(reverse(name, args=args)).status_code == 403
