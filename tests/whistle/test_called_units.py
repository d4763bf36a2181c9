"""The array of called units says what the assignments say (docs/adr/0008)."""

from tests.whistle.people import NOW, World, dispatched
from whistle import services
from whistle.models import Assignment, Case


def test_the_array_follows_the_assignments_through_the_tiers(world: World) -> None:
    whistle = dispatched(world, assists=2)[0].whistle
    second = services.upgrade(whistle=whistle, reason="超出权限", by=world.street_secretary, now=NOW)
    services.accept(whistle=second, by=world.county_dispatcher, now=NOW)
    services.dispatch(whistle=second, lead=world.units["water_bureau"], by=world.county_dispatcher, now=NOW)
    called = Assignment.objects.filter(whistle__case=whistle.case_id).values_list("unit_id", flat=True)
    assert len(called) == 4
    assert Case.objects.get(pk=whistle.case_id).called_units == sorted(called)
