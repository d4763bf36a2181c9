"""Writing a case: refusals, numbers, drafts that come back."""

import uuid

import pytest

from kunming_portal.organisations.models import Unit
from tests.whistle.people import CITY, COUNTY, NOW, World, dispatched, matter, opened, unit, whistle_of
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Case, Kind, Reporter, Whistle


def open_for(world: World, caller: Unit, by: str, kind: str = "general", **more: object) -> Case:
    return services.open_case(matter=matter(kind), caller=caller, by=world.people[by], now=NOW, **more)  # type: ignore[arg-type]


def test_the_same_submission_twice_writes_one_case(world: World) -> None:
    key = uuid.uuid4()
    one, two = (
        open_for(world, world.units["community"], "community_worker", submission=key) for _ in range(2)
    )
    assert one == two
    assert Case.objects.count() == 1


def test_numbers_run_by_street_without_gaps(world: World) -> None:
    numbers = [opened(world).number for _ in range(3)]
    assert numbers == ["大观1", "大观2", "大观3"]
    other = open_for(world, world.units["other_community"], "stranger")
    assert other.number == "拓东1"


def test_a_street_and_a_county_blow_directly_to_the_next_tier(world: World) -> None:
    street = whistle_of(open_for(world, world.units["street_centre"], "street_dispatcher"))
    assert (street.tier, street.receiver.division_id) == (2, COUNTY)
    county = whistle_of(open_for(world, world.units["county_centre"], "county_dispatcher", "key"))
    assert (county.tier, county.receiver.division_id) == (3, CITY)


@pytest.mark.parametrize(
    ("unit_code", "by", "kind", "code"),
    [
        ("city_centre", "city_dispatcher", "key", "top"),
        ("community", "community_worker", "key", "kind"),
        ("community", "street_dispatcher", "general", "refused"),
        ("other_community", "community_worker", "general", "refused"),
        ("community", "enforcement_liaison", "general", "refused"),
        ("community", "inspector", "general", "refused"),
    ],
)
def test_a_case_is_refused_with_a_sentence(
    world: World, unit_code: str, by: str, kind: str, code: str
) -> None:
    with pytest.raises(MoveRefused) as refused:
        open_for(world, world.units[unit_code], by, kind)
    assert refused.value.code == code
    assert len(refused.value.sentence) > 8
    assert not Case.objects.exists()


def test_a_kind_out_of_use_is_refused(world: World) -> None:
    Kind.objects.filter(code="general").update(is_active=False)
    with pytest.raises(MoveRefused):
        opened(world)


def test_a_tier_without_a_centre_is_refused(world: World) -> None:
    Unit.objects.filter(code="street_centre").update(kind="department")
    with pytest.raises(MoveRefused) as refused:
        opened(world)
    assert refused.value.code == "centre"


def test_a_draft_that_was_sent_back_can_be_rewritten_and_blown_again(world: World) -> None:
    case = opened(world, reporter_name="钱多多", reporter_phone="13987654321")
    whistle = services.blow(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    with pytest.raises(MoveRefused):
        services.rewrite(case=case, matter=matter(), by=world.community_worker, now=NOW)
    services.send_back(whistle=whistle, reason="地点不清", by=world.community_secretary, now=NOW)
    better = matter("sanitation", description="三组路灯夜间不亮，东侧第3至5根。", place="丹桂里三组")
    case = services.rewrite(case=case, matter=better, by=world.community_worker, now=NOW)
    assert (case.title, case.place) == ("三组路灯夜间不亮", "丹桂里三组")
    assert "dgl" in case.search.text
    assert services.masked_reporter(case) == ("钱**", "139****4321")
    again = services.blow(whistle=whistle_of(case), by=world.community_worker, now=NOW)
    assert (again.kind.code, again.status) == ("sanitation", "awaiting_acceptance")


def test_a_secretary_who_blows_signs_off_in_the_same_breath(world: World) -> None:
    case = services.open_case(
        matter=matter(), caller=world.units["community"], by=world.community_secretary, now=NOW
    )
    whistle = services.blow(whistle=whistle_of(case), by=world.community_secretary, now=NOW)
    assert (whistle.status, whistle.approved_by) == ("awaiting_acceptance", world.community_secretary)


def test_an_emergency_goes_out_without_waiting_and_runs_day_and_night(world: World) -> None:
    whistle = services.blow(
        whistle=whistle_of(opened(world, kind="emergency")), by=world.community_worker, now=NOW
    )
    assert whistle.status == "awaiting_acceptance"
    deadline = whistle.deadlines.get(step="dispatch")
    assert (deadline.due_at - NOW).total_seconds() == 15 * 60


def test_the_core_zone_has_half_an_hour_to_report_in(world: World) -> None:
    lead = dispatched(world, kind="emergency")[0]
    report = lead.deadlines.get(step="report_in")
    assert (report.due_at - NOW).total_seconds() == 30 * 60


@pytest.mark.parametrize(
    ("units", "code"),
    [
        (["enforcement", "enforcement"], "units"),
        (["water_bureau"], "units"),
        (["street_centre"], "units"),
        (["empty"], "nobody"),
        (["enforcement", "empty"], "nobody"),
    ],
)
def test_a_dispatch_to_units_that_cannot_come_is_refused(world: World, units: list[str], code: str) -> None:
    whistle = whistle_of(opened(world))
    services.blow(whistle=whistle, by=world.community_secretary, now=NOW)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    lead, *assists = [world.units[name] for name in units]
    with pytest.raises(MoveRefused) as refused:
        services.dispatch(whistle=whistle, lead=lead, assists=assists, by=world.street_dispatcher, now=NOW)
    assert refused.value.code == code
    assert Whistle.objects.get(pk=whistle.pk).status == "awaiting_dispatch"
    assert not whistle.assignments.exists()


def test_a_stale_form_is_refused_and_changes_nothing(world: World) -> None:
    whistle = whistle_of(opened(world))
    seen = whistle.case.version
    services.note(case=whistle.case, text="补充", by=world.community_worker, now=NOW)
    services.blow(whistle=whistle, by=world.community_secretary, now=NOW, expected=seen)
    with pytest.raises(services.Stale):
        services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW, expected=seen)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("路灯不亮。晚上很黑", "路灯不亮"),
        ("水，很多水", "水，很多水"),
        ("a" * 50, "a" * 29 + "…"),
        ("😀" * 40, "😀" * 29 + "…"),
    ],
)
def test_a_title_is_the_first_sentence(text: str, title: str) -> None:
    assert services.cases.title_from(text) == title


def test_no_reporter_row_without_a_reporter(world: World) -> None:
    opened(world)
    assert not Reporter.objects.exists()


def test_a_closed_case_takes_no_notes(world: World) -> None:
    unit("x", "无关单位", "department", COUNTY)
    case = opened(world)
    with pytest.raises(MoveRefused):
        services.note(case=case, text="陌生人", by=world.stranger, now=NOW)
