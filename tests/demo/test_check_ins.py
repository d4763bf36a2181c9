"""Double report and volunteers of the demonstration: the showcase community has what its page promises."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from communities.models import Activity, CheckIn, CommunityNeed, ServiceRecord, VolunteerPlace, YearlyOpinion
from kunming_portal.demo import people, units
from kunming_portal.demo.communities import check_ins, volunteers
from tests.whistle.people import at, seed_calendar

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:00")
ZHUANTANG = "530102003005"


def test_the_showcase_community_holds_every_state() -> None:
    call_command("load_divisions", stdout=StringIO())
    seed_calendar()
    people.create(units.create())
    check_ins.create(now=NOW, small=True)
    volunteers.create(now=NOW, small=True)
    here = CheckIn.objects.filter(community=ZHUANTANG)
    records = ServiceRecord.objects.filter(community=ZHUANTANG)
    assert (here.members().running().count(), records.count()) == (57, 112)
    assert not records.filter(on__gt=date(2026, 11, 25)).exists()
    assert set(CommunityNeed.objects.filter(community=ZHUANTANG).values_list("state", flat=True)) == set(
        CommunityNeed.State
    )
    issued = YearlyOpinion.objects.filter(year=2025)
    assert (issued.count(), set(issued.values_list("status", flat=True))) == (
        here.units().count(),
        {"issued"},
    )
    assert all((one.facts or {})["services"] for one in issued)
    assert YearlyOpinion.objects.filter(status="drafted").count() == 1
    assert set(Activity.objects.filter(community=ZHUANTANG).values_list("state", flat=True)) == set(
        Activity.State
    ) - {"planned"}
    assert VolunteerPlace.objects.count() == 25
    assert here.filter(unit__code="530102003-construction", kind="unit").exists()
