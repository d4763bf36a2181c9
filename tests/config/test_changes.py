"""Changes of places and days: recorded with before and after, refused with a sentence at the field."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import Division
from kunming_portal.workdays import calendar, planting, services
from kunming_portal.workdays.models import CalendarDay, CalendarYear, WorkingHours
from tests.config.forms import errors_of, shown
from tests.whistle.people import World, at, dispatched
from whistle.models import CaseDeadline, Kind


@pytest.fixture
def office(world: World, client: Client) -> Client:
    """The system administrator's browser."""
    client.force_login(world.system_admin)
    return client


def last_event() -> AuditEvent:
    return AuditEvent.objects.order_by("id").last()  # type: ignore[return-value]


def test_a_changed_unit_is_recorded_with_before_and_after(world: World, office: Client) -> None:
    unit = world.units["market"]
    url = reverse("admin:organisations_unit_change", args=[unit.pk])
    data = shown(office, url) | {"name": "市场监管所", "duty_phone": "0871-63110000"}
    assert office.post(url, data).status_code == 302
    unit.refresh_from_db()
    assert unit.name == "市场监管所"
    assert "scjg" in unit.search_text
    event = last_event()
    assert (event.event, event.stream) == ("config.unit.changed", f"config.unit:{unit.pk}")
    assert (event.actor_id, event.unit_name) == (world.system_admin.pk, world.units["city_office"].short_name)
    assert event.data["fields"]["name"] == ["市场监督管理所", "市场监管所"]
    assert "63110000" not in str(event.data), "phones are masked in the trail"
    history = office.get(reverse("admin:organisations_unit_history", args=[unit.pk]))
    assert "市场监管所" in history.content.decode()


def test_saving_without_a_change_leaves_no_event(world: World, office: Client) -> None:
    url = reverse("admin:organisations_unit_change", args=[world.units["market"].pk])
    office.post(url, shown(office, url))
    before = AuditEvent.objects.count()
    assert office.post(url, shown(office, url)).status_code == 302
    assert AuditEvent.objects.count() == before


def test_a_failing_trail_undoes_the_change(
    world: World, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(entry: Any) -> None:
        raise RuntimeError("the trail cannot be written")

    monkeypatch.setattr("kunming_portal.audit.trail.record", broken)
    url = reverse("admin:organisations_unit_change", args=[world.units["market"].pk])
    with pytest.raises(RuntimeError):
        office.post(url, shown(office, url) | {"name": "别的名称"})
    world.units["market"].refresh_from_db()
    assert world.units["market"].name == "市场监督管理所"


def test_a_constraint_is_a_sentence_at_its_field(world: World, office: Client) -> None:
    url = reverse("admin:organisations_unit_add")
    sound = {
        "code": "second", "name": "第二中心", "short_name": "第二中心", "mark": "二", "kind": "centre",
        "division": "530102003", "valid_from": "2026-01-01",
    }  # fmt: skip
    assert "division" in errors_of(office.post(url, sound))
    assert "posting" in errors_of(office.post(url, sound | {"kind": "department", "posting": "resident"}))
    ended = sound | {"kind": "department", "valid_to": "2025-01-01"}
    assert "valid_to" in errors_of(office.post(url, ended))
    assert office.post(url, sound | {"kind": "department"}).status_code == 302


def test_a_read_only_field_does_not_hide_a_constraint(world: World, office: Client) -> None:
    """Kind may change, the seat may not; together they decide whether there are two centres."""
    url = reverse("admin:organisations_unit_change", args=[world.units["construction"].pk])
    answer = office.post(url, shown(office, url) | {"kind": "centre"})
    assert answer.status_code == 200
    assert answer.context["errors"]


def test_a_division_derives_its_short_name(world: World, office: Client) -> None:
    url = reverse("admin:divisions_division_add")
    data = {"code": "530102099", "level": "street", "kind": "street", "name": "新设街道", "parent": "530102"}
    assert "parent" in errors_of(office.post(url, data | {"parent": "530103"}))
    assert office.post(url, data).status_code == 302
    street = Division.objects.get(code="530102099")
    assert street.short_name == "新设"
    assert "xinshe" in street.search_text
    assert last_event().event == "config.division.added"


def test_a_day_entered_by_hand_is_the_offices(world: World, office: Client) -> None:
    planting.seed(years=[2027])
    day = CalendarDay.objects.filter(date__year=2027, is_working=False).earliest("date")
    url = reverse("admin:workdays_calendarday_change", args=[day.pk])
    assert office.post(url, shown(office, url) | {"name": "元旦节"}).status_code == 302
    planting.seed(years=[2027])
    day.refresh_from_db()
    assert (day.name, day.source) == ("元旦节", services.OFFICE)


def test_rest_days_have_no_hours_and_hours_are_hours(world: World, office: Client) -> None:
    url = reverse("admin:workdays_calendarday_add")
    day = {"date": "2027-06-01", "name": "测试", "segments": '[["09:00", "12:00"]]'}
    assert "segments" in errors_of(office.post(url, day))
    assert office.post(url, day | {"is_working": "on"}).status_code == 302
    hours = {"name": "空", "valid_from": "2027-01-01", "segments": "[]"}
    assert "segments" in errors_of(office.post(reverse("admin:workdays_workinghours_add"), hours))
    assert not WorkingHours.objects.exists()


def test_the_day_that_would_close_the_calendar_is_refused(world: World, office: Client) -> None:
    today = timezone.localdate()
    horizon = [today + datetime.timedelta(days=step) for step in range(-1, calendar.HORIZON_DAYS + 10)]
    CalendarDay.objects.all().delete()
    open_day = horizon[100]
    CalendarDay.objects.bulk_create(
        CalendarDay(date=day, is_working=day == open_day, name="停", source="test") for day in horizon
    )
    url = reverse("admin:workdays_calendarday_change", args=[open_day])
    data = shown(office, url)
    data.pop("is_working")
    assert "is_working" in errors_of(office.post(url, data))
    assert CalendarDay.objects.get(date=open_day).is_working


def test_publishing_a_year_moves_no_running_deadline(world: World, office: Client) -> None:
    CalendarYear.objects.create(year=2027, status="provisional", source="holidays")
    dispatched(world, now=at("2026-12-28 10:00"))
    before = list(CaseDeadline.objects.order_by("id").values("due_at", "provisional", "wake_at", "ladder"))
    assert any(row["provisional"] for row in before)
    url = reverse("admin:workdays_calendaryear_change", args=[2027])
    data = shown(office, url) | {"status": "official", "notice_no": "国办发明电〔2026〕1号"}
    assert office.post(url, data).status_code == 302
    assert CalendarYear.objects.get(year=2027).status == "official"
    assert last_event().data["fields"]["status"] == ["provisional", "official"]
    assert before == list(
        CaseDeadline.objects.order_by("id").values("due_at", "provisional", "wake_at", "ladder")
    )


def test_a_kind_is_signed_off_only_at_its_own_tiers(world: World, office: Client) -> None:
    kind = Kind.objects.get(code="sanitation")
    url = reverse("admin:whistle_kind_change", args=[kind.pk])
    data = shown(office, url)
    assert "approval_tiers" in errors_of(office.post(url, data | {"approval_tiers": ["2"]}))
    assert office.post(url, data | {"tiers": ["1", "2"]}).status_code == 302
    kind.refresh_from_db()
    assert kind.tiers == [1, 2]
    assert last_event().data["fields"]["tiers"] == [[1], [1, 2]]
    warned = office.get(reverse("admin:whistle_kind_changelist")).content.decode()
    assert kind.name in warned.split("messagelist", 1)[1], "the new tier has no policy yet"
