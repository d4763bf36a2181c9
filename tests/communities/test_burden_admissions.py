"""Admission: who applies, who decides, every step of the table, what becomes of the item."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from communities.guards import CommunityRefused
from communities.models import MOVES, AdmissionState, Undertaking, UndertakingDeadline, WorkItem
from communities.selectors import get_admissions
from communities.services import admissions, undertakings
from communities.services.admission_checks import can_move, decider_of, earlier_refusals
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from tests.communities.burden import TODAY, applied, item, refused, wish
from tests.communities.people import Place
from tests.whistle.people import CITY, COUNTY, NOW, OTHER_STREET, STREET, World, person

pytestmark = pytest.mark.django_db
UNTIL = date(2027, 5, 31)


def test_a_request_waits_for_the_county_committee_and_rings(world: World) -> None:
    request = applied(world)
    assert request.state == AdmissionState.SUBMITTED
    assert request.undertaking.unit == world.units["county_committee"]
    assert request.undertaking.issuer == world.units["construction"]
    assert UndertakingDeadline.objects.get(undertaking=request.undertaking).wake_at is not None
    told = set(Notice.objects.filter(kind="undertaking").values_list("recipient__username", flat=True))
    assert {"county_staff"} <= told
    assert "city_official" not in told


def test_the_leading_group_decides_for_the_city_and_for_the_committee_itself(world: World) -> None:
    office = world.units["city_office"]
    assert decider_of(CITY, applicant=world.units["city_water"], now=NOW) == office
    assert decider_of(COUNTY, applicant=world.units["county_committee"], now=NOW) == office
    assert decider_of("530103", applicant=None, now=NOW) == office  # nobody is appointed in 盘龙区


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("community_secretary", "role"),
        ("street_staff", "role"),
        ("county_dispatcher", "role"),
        ("water_liaison", "scope"),  # 五华区水务局 does not apply for the whole city
    ],
)
def test_who_does_not_apply(world: World, name: str, code: str) -> None:
    with refused(code):
        admissions.apply(wish=wish(CITY), by=world.people[name], now=NOW)


def test_a_company_does_not_apply(world: World) -> None:
    world.units["market"].kind = "company"
    world.units["market"].posting = ""
    world.units["market"].save()
    with refused("role"):
        admissions.apply(wish=wish(), by=world.market_liaison, now=NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "title"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"resources": ""}, "resources"),
        ({"hours": 0}, "hours"),
        ({"ends_on": date(2026, 11, 30)}, "ends_on"),
        ({"ends_on": date(2029, 1, 1)}, "ends_on"),
        ({"code": OTHER_STREET}, "scope"),
        ({"code": COUNTY}, "scope"),
    ],
)
def test_what_cannot_be_applied_for(world: World, change: dict[str, Any], code: str) -> None:
    with pytest.raises(CommunityRefused) as refused:
        applied(world, **change)
    assert refused.value.code == code


def test_what_is_on_the_list_or_waits_already_is_said(world: World) -> None:
    item("市12", title="老旧小区楼道堆物月报")
    with refused("title"):
        applied(world)
    WorkItem.objects.all().delete()
    applied(world)
    with refused("title"):
        applied(world)


def test_admitted_it_comes_onto_the_list_and_lapses_by_itself(world: World) -> None:
    request = admissions.admit(
        request=applied(world),
        reason="确有法定依据",
        until=UNTIL,
        number="五办〔2026〕8号",
        by=world.county_staff,
        now=NOW,
    )
    assert request.state == AdmissionState.ADMITTED
    assert request.item is not None
    row = WorkItem.objects.get()
    assert (row.number, row.valid_from, row.valid_to) == ("准2026-001", date(2026, 12, 1), UNTIL)
    assert (row.unit, row.scope_id, row.approval_number) == (
        world.units["construction"],
        STREET,
        "五办〔2026〕8号",
    )
    assert row.is_in_force(UNTIL)
    assert not row.is_in_force(UNTIL + timedelta(days=1))
    request.undertaking.refresh_from_db()
    assert request.undertaking.status == Undertaking.Status.DONE
    assert not UndertakingDeadline.objects.filter(ended_at=None).exists()
    assert Notice.objects.filter(kind="admission", recipient=world.construction_liaison).count() == 1
    assert [e.event for e in AuditEvent.objects.filter(stream=request.stream).order_by("seq")] == [
        "admission.applied",
        "admission.admitted",
    ]
    second = applied(world, title="另一件事")
    admissions.admit(request=second, reason="同意", until=UNTIL, by=world.county_staff, now=NOW)
    assert WorkItem.objects.get(title="另一件事").number == "准2026-002"


@pytest.mark.parametrize("until", [date(2026, 11, 30), date(2028, 12, 2)])
def test_an_admission_ends_within_two_years(world: World, until: date) -> None:
    with pytest.raises(CommunityRefused) as refused:
        admissions.admit(request=applied(world), reason="同意", until=until, by=world.county_staff, now=NOW)
    assert refused.value.code == "until"
    assert not WorkItem.objects.exists()


def test_a_decision_needs_reasons(world: World) -> None:
    with refused("reason"):
        admissions.refuse(request=applied(world), reason=" ", by=world.county_staff, now=NOW)


@pytest.mark.parametrize(
    "name",
    [
        "street_staff",
        "community_secretary",
        "construction_liaison",
        "county_secretary",
        "stranger",
        "inspector",
    ],
)
def test_who_does_not_decide(world: World, name: str) -> None:
    with pytest.raises(CommunityRefused):
        admissions.refuse(request=applied(world), reason="无依据", by=world.people[name], now=NOW)


def test_the_office_above_may_decide_too_but_no_other_county(world: World) -> None:
    away = person("other_county", "office_staff", world.units["other_centre"])
    unit = world.units["other_centre"]
    unit.kind, unit.division_id = "party_committee", "530103"
    unit.save()
    request = applied(world)
    assert not can_move("admit", request, by=away)
    assert can_move("admit", request, by=world.city_official)
    admissions.refuse(request=request, reason="已有同类报表", by=world.city_official, now=NOW)


def test_who_applies_does_not_decide(world: World) -> None:
    request = admissions.apply(wish=wish(COUNTY), by=world.county_secretary, now=NOW)
    assert request.applicant == world.units["county_committee"]
    assert not can_move("refuse", request, by=world.county_staff)
    assert can_move("refuse", request, by=world.city_official)


def test_returned_it_is_completed_and_decided(world: World) -> None:
    request = admissions.send_back(
        request=applied(world), reason="缺少依据原文", by=world.county_staff, now=NOW
    )
    assert request.state == AdmissionState.RETURNED
    with refused("status"):
        admissions.refuse(request=request, reason="晚了", by=world.county_staff, now=NOW)
    with refused("role"):
        admissions.complete(request=request, wish=wish(), by=world.water_liaison, now=NOW)
    first = request.undertaking_id
    request = admissions.complete(
        request=request, wish=wish(legal_basis="《物业管理条例》"), by=world.construction_liaison, now=NOW
    )
    assert request.state == AdmissionState.SUBMITTED
    assert request.undertaking_id != first
    assert (request.reason, request.decided_at) == ("", None)
    admissions.refuse(request=request, reason="网格员已在报送", by=world.county_staff, now=NOW)


def test_withdrawn_by_the_applicant_or_on_the_undertakings_page(world: World) -> None:
    request = admissions.withdraw(
        request=applied(world), reason="不需要了", by=world.construction_liaison, now=NOW
    )
    assert request.state == AdmissionState.WITHDRAWN
    other = applied(world, title="另一件事")
    undertakings.drop(
        undertaking=other.undertaking, reason="不需要了", by=world.construction_liaison, now=NOW
    )
    stating: Any = get_admissions(user=world.county_staff).with_state()
    found = stating.get(pk=other.pk, state_now="withdrawn")
    assert found.state == AdmissionState.WITHDRAWN
    with pytest.raises(CommunityRefused):
        admissions.refuse(request=other, reason="晚了", by=world.county_staff, now=NOW)


def test_a_request_is_not_answered_on_the_undertakings_page(world: World) -> None:
    with refused("sort"):
        undertakings.report(
            undertaking=applied(world).undertaking, text="同意", by=world.county_staff, now=NOW
        )


def test_a_refusal_within_a_year_is_recalled(world: World) -> None:
    old = admissions.refuse(request=applied(world), reason="加重负担", by=world.county_staff, now=NOW)
    again = applied(world, now=NOW + timedelta(days=1))
    assert earlier_refusals(again, days=365) == [old]
    assert earlier_refusals(again, days=0) == []


def test_a_renewal_ends_what_it_replaces_the_day_before(world: World) -> None:
    mine = item(
        "准2025-003",
        unit=world.units["construction"],
        scope_id=STREET,
        valid_to=date(2027, 1, 31),
        title="旧",
    )
    theirs = item("市30", scope_id=STREET)
    with refused("replaces"):
        applied(world, replaces=theirs)
    request = applied(world, replaces=mine)
    admissions.admit(request=request, reason="继续", until=UNTIL, by=world.county_staff, now=NOW)
    mine.refresh_from_db()
    assert mine.valid_to == date(2026, 11, 30)
    assert "准2026-001" in mine.exit_reason


def test_every_state_has_its_moves() -> None:
    reached = {rule.end for rule in MOVES.values()}
    assert reached == set(AdmissionState)
    assert {s for rule in MOVES.values() for s in rule.start} == {
        AdmissionState.SUBMITTED,
        AdmissionState.RETURNED,
    }


def test_applying_and_deciding_in_the_browser(world: World, place: Place) -> None:
    client = Client()
    client.force_login(world.construction_liaison)
    page = client.get(reverse("admission-new")).content.decode()
    assert "大观" in page  # the place is chosen already
    typed = {
        "title": "楼道堆物月报",
        "text": "每月一报",
        "scope": STREET,
        "kind": "assistance",
        "legal_basis": "",
        "frequency": "monthly",
        "hours": "2",
        "means": "",
        "resources": "无",
        "starts_on": TODAY.isoformat(),
        "ends_on": "2099-01-01",
    }
    wrong = client.post(reverse("admission-new"), typed)
    assert wrong.status_code == 422
    assert "楼道堆物月报" in wrong.content.decode()
    today = timezone.localdate()
    right = typed | {
        "legal_basis": "《消防法》",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=90)).isoformat(),
    }
    answer = client.post(reverse("admission-new"), right)
    assert answer.status_code == 302
    address = answer["Location"]
    client.force_login(world.county_staff)
    assert "楼道堆物月报" in client.get(reverse("admissions")).content.decode()
    half = client.post(f"{address}decide/", {"outcome": "admit", "reason": "同意"})
    assert half.status_code == 422
    until = (today + timedelta(days=60)).isoformat()
    done = client.post(
        f"{address}decide/", {"outcome": "admit", "reason": "同意", "until": until, "number": ""}
    )
    assert done.status_code == 302
    assert "准" in client.get(address).content.decode()


def test_renewal_is_prefilled(world: World) -> None:
    last = timezone.localdate() + timedelta(days=10)
    row = item(
        "准2025-003",
        unit=world.units["construction"],
        scope_id=STREET,
        title="楼道堆物月报",
        valid_to=last,
    )
    client = Client()
    client.force_login(world.construction_liaison)
    page = client.get(reverse("admission-new") + f"?renews={row.pk}").content.decode()
    assert "楼道堆物月报" in page
    assert (last + timedelta(days=1)).isoformat() in page


def test_the_list_takes_the_same_queries_at_two_and_twelve_rows(world: World) -> None:
    def count() -> int:
        client = Client()
        client.force_login(world.county_staff)
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("admissions")).status_code == 200
        return len(found)

    for n in range(2):
        applied(world, title=f"报表{n}")
    few = count()
    for n in range(2, 12):
        applied(world, title=f"报表{n}")
    assert count() == few
