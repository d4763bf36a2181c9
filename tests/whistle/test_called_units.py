"""Units that are called: who can be, what the case remembers of it (docs/adr/0008), who hears."""

from datetime import UTC

from kunming_portal.accounts.permissions import Permission
from kunming_portal.notifications.models import Notice
from kunming_portal.organisations.models import Unit
from tests.whistle.people import NOW, STREET, World, at, blown, dispatched, fed_back, objected, person, unit
from whistle import services
from whistle.models import Assignment, Case
from whistle.searches import find_cases
from whistle.selectors import get_cases


def test_the_array_follows_the_assignments_through_the_tiers(world: World) -> None:
    whistle = dispatched(world, assists=2)[0].whistle
    second = services.upgrade(whistle=whistle, reason="超出权限", by=world.street_secretary, now=NOW)
    services.accept(whistle=second, by=world.county_dispatcher, now=NOW)
    services.dispatch(whistle=second, lead=world.units["water_bureau"], by=world.county_dispatcher, now=NOW)
    called = Assignment.objects.filter(whistle__case=whistle.case_id).values_list("unit_id", flat=True)
    assert len(called) == 4
    assert Case.objects.get(pk=whistle.case_id).called_units == sorted(called)


def test_a_unit_that_is_called_later_finds_the_case_too(world: World) -> None:
    assist = dispatched(world)[1]
    objected(world, assist)
    services.decide_objection(
        assignment=assist,
        upheld=True,
        decision="成立",
        replacement=world.units["construction"],
        by=world.street_dispatcher,
        now=NOW,
    )
    asked = world.construction_liaison
    cases = find_cases(get_cases(user=asked), "渗水", within=asked.scope(Permission.CASE_VIEW))
    assert [case.pk for case in cases] == [assist.whistle.case_id]


def test_a_unit_that_begins_today_can_be_called_before_eight_in_the_morning(world: World) -> None:
    """At 00:30 in Kunming the day before goes on in UTC: the unit's first day is the one in Kunming."""
    now = at("2026-12-01 00:30").astimezone(UTC)
    new = unit("night", "夜间值守组", "force", STREET, posting="resident")
    Unit.objects.filter(pk=new.pk).update(valid_from="2026-12-01")
    person("night_liaison", "liaison", new)
    whistle = blown(world, now=now)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=now)
    duties = services.dispatch(whistle=whistle, lead=new, by=world.street_dispatcher, now=now)
    assert [duty.unit for duty in duties] == [new]


def test_a_unit_that_was_not_sent_back_hears_of_no_rework(world: World) -> None:
    whistle = fed_back(world)
    lead, assist = whistle.assignments.order_by("-is_lead")
    services.rework(whistle=whistle, units=[lead], reason="井盖没换", by=world.community_worker, now=NOW)
    told = Notice.objects.filter(kind="whistle.rework").values_list("recipient__username", flat=True)
    assert lead.unit == world.units["enforcement"]
    assert assist.unit == world.units["market"]
    assert "enforcement_liaison" in told
    assert "market_liaison" not in told
