"""What must not get through: addresses and days nobody can mean, seats elsewhere, records left with nobody."""

from datetime import UTC, date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from communities.forms.branches import PostForm
from communities.forms.committees import RecommendForm
from communities.forms.compounds import EndForm
from communities.guards import CommunityRefused, keeper_of
from communities.models import Activity, PopulationFigure, PowerRecord
from communities.registers.check_ins import Needs
from communities.registers.committee_members import PartTimeMembers
from communities.registers.committees import BigCommittees
from communities.registers.compounds import Branches
from communities.registers.grid_people import GridPeople
from communities.registers.volunteers import Activities
from communities.services import branches, compounds, needs, opinions, powers, volunteering
from communities.services.branches import FACTS, BranchFacts
from communities.services.worker_rights import keeper_of_workers
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.organisations.models import Unit
from kunming_portal.spreadsheets.registers import Fault, Register, Row
from kunming_portal.ui.words import refuse_absurd
from tests.communities import checked_in, walks
from tests.communities import committee_people as committees
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, START, STREET, World, at, unit

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def appoint(person: User, role: str, where: Unit) -> None:
    Appointment.objects.create(user=person, role=role, unit=where, starts_on=START)


def anew(person: User) -> User:
    """Return the person with appointments read anew."""
    return User.objects.get(pk=person.pk)


# -- addresses and days ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/compounds/?division=%00", 200),
        ("/compounds/?q=%00丹桂", 200),
        ("/workers/staffing/530102%00/", 400),
    ],
)
def test_a_nul_byte_in_an_address_breaks_nothing(
    world: World, client: Client, address: str, status: int
) -> None:
    client.force_login(world.county_staff)
    assert client.get(address).status_code == status


def test_addresses_with_odd_numbers_and_days_are_answered(world: World, client: Client) -> None:
    client.force_login(world.community_worker)
    for route, args, query in (
        ("activity-new", [], "like=²"),
        ("check-in-new", ["member"], "like=²"),
        ("work-items", [], "state=lapsing&day=9999-12-31"),
    ):
        assert client.get(f"{reverse(route, args=args)}?{query}").status_code == 200, route


def test_an_approval_of_an_absurd_row_is_answered(world: World, client: Client) -> None:
    client.force_login(world.street_secretary)
    where = committees.recommended(world, committees.committee(world))
    for row in ("9" * 5000, "9" * 30):
        answer = client.post(reverse("committee-approvals"), {"row": row, "verb": "refuse", "reason": "x"})
        assert answer.status_code == 200
    sent = {"row": str(where.pk), "verb": "refuse", "reason": "不合适\x00"}
    assert client.post(reverse("committee-approvals"), sent).status_code == 200
    where.refresh_from_db()
    assert where.end_reason == "不合适"


@pytest.mark.parametrize("year", [1, 1899, 2200, 9999])
def test_absurd_years_are_refused(year: int) -> None:
    with pytest.raises(ValidationError):
        refuse_absurd(date(year, 1, 1))


def test_an_activity_in_the_year_1_or_9999_is_refused_at_its_field(world: World, client: Client) -> None:
    made = checked_in.planned(world)
    client.force_login(world.community_worker)
    url = reverse("activity-change", args=[made.pk])
    sent = {"title": "巡护", "organiser": "社区", "wanted": "5", "place_text": "", "text": ""}
    times = ("0001-01-01T00:00", "2026-11-28T09:00"), ("2026-11-28T09:00", "9999-12-31T23:59")
    for (begin, end), field in zip(times, ("starts_at", "ends_at"), strict=True):
        answer = client.post(url, sent | {"starts_at": begin, "ends_at": end})
        assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert Activity.objects.get().starts_at == made.starts_at


def test_more_residents_than_there_can_be_are_refused(world: World, client: Client) -> None:
    client.force_login(world.county_staff)
    sent = {"residents": "2147483648", "year": "2026", "source": "普查"}
    assert client.post(reverse("workers-population", args=["530102"]), sent).status_code == 422
    assert not PopulationFigure.objects.exists()


# -- seats ------------------------------------------------------------------------------------------------------
def test_a_keeper_acts_in_the_seat_that_reaches_the_place(world: World) -> None:
    """Somebody with two seats is no secretary of the community that only the other seat reaches."""
    person = world.community_secretary
    appoint(person, "office_staff", world.units["city_office"])
    twice = anew(person)
    held, own = keeper_of(OTHER_COMMUNITY, by=twice), keeper_of(COMMUNITY, by=twice)
    assert held is not None
    assert held.unit == world.units["city_office"]
    assert own is not None
    assert own.unit == world.units["community"]
    theirs = checked_in.unit_in(world, name="某设计院", code=OTHER_COMMUNITY, by="stranger")
    opinion = opinions.draft(check_in=theirs, year=2026, by=world.stranger, now=NOW)
    with pytest.raises(CommunityRefused):
        opinions.issue(opinion=opinion, by=twice, now=NOW)


def test_who_stands_in_for_the_secretary_acts_as_the_secretary(world: World) -> None:
    person = world.community_worker
    appoint(person, "community_secretary", world.units["community"])
    opinion = checked_in.drafted(world, checked_in.unit_in(world))
    assert opinions.issue(opinion=opinion, by=anew(person), now=NOW).is_issued


def test_workers_are_kept_in_a_seat_that_reaches_them(world: World) -> None:
    """A right at a body that keeps no workers opens no place for a seat elsewhere."""
    person = world.street_staff
    zone = unit("zone", "工作委员会", "work_committee", OTHER_COMMUNITY[:6])
    appoint(person, "office_staff", zone)
    twice = anew(person)
    assert keeper_of_workers(OTHER_COMMUNITY, by=twice) is None
    held = keeper_of_workers(STREET, by=twice)
    assert held is not None
    assert held.unit == world.units["street_office"]


# -- nobody is left behind ----------------------------------------------------------------------------------------
def test_a_branch_with_an_open_record_does_not_end(world: World, place: Place) -> None:
    record = walks.proposed(world, place)
    with pytest.raises(CommunityRefused) as refused:
        branches.end_branch(
            branch=place.branch, ended_on=TODAY, reason="撤并", by=world.community_worker, now=NOW
        )
    assert refused.value.code == "ended_on"
    powers.end(record=record, reason="撤并", by=world.compound_secretary, now=NOW)
    branches.end_branch(
        branch=place.branch, ended_on=TODAY, reason="撤并", by=world.community_worker, now=NOW
    )
    assert not PowerRecord.objects.open().exists()


def test_a_compound_with_an_open_record_stays_with_its_branch(world: World, place: Place) -> None:
    walks.decided(world, place)
    other = compounds.add_compound(
        community=place.community,
        facts=compounds.CompoundFacts(name="新小区", address="新街1号", kind="old"),
        by=world.community_worker,
        now=NOW,
    )
    facts = BranchFacts(**{name: getattr(place.branch, name) for name in FACTS})
    with pytest.raises(CommunityRefused) as refused:
        branches.change_branch(
            branch=place.branch, facts=facts, compounds=[other], by=world.community_worker, now=NOW
        )
    assert refused.value.code == "compounds"
    row = {"community": COMMUNITY, "community_name": "", "name": place.branch.name, "form": "single"}
    rest: dict[str, Any] = dict.fromkeys(("superior", "secretary", "secretary_phone"), "")
    rest |= dict.fromkeys(("members_registered", "members_active", "founded_on"))
    assert columns(Branches(), world.community_worker, **row, **rest, compounds="新小区") == ["compounds"]


def test_a_compound_with_an_open_record_is_not_taken_out_of_use(world: World, place: Place) -> None:
    walks.decided(world, place)
    with pytest.raises(CommunityRefused) as refused:
        compounds.end_compound(
            compound=place.compound, ended_on=TODAY, reason="拆迁", by=world.community_worker, now=NOW
        )
    assert refused.value.code == "running"


def test_nothing_ends_on_a_day_to_come(world: World, place: Place) -> None:
    late: dict[str, Any] = {"ended_on": TODAY + timedelta(days=2), "reason": "拆迁", "now": NOW}
    with pytest.raises(CommunityRefused):
        compounds.end_compound(compound=place.compound, by=world.community_worker, **late)
    with pytest.raises(CommunityRefused):
        branches.end_branch(branch=place.branch, by=world.community_worker, **late)


# -- workbooks do no more than pages ------------------------------------------------------------------------------
def columns(register: Register, by: User, **values: Any) -> list[str]:
    """Return the columns at which a row of these values is refused."""
    found: list[Fault] = list(register.check([Row(2, values)], by=anew(by), now=NOW))
    return [fault.column for fault in found]


def test_a_workbook_changes_no_unit_that_the_street_approved(world: World) -> None:
    member = committees.in_office(world, committees.committee(world))
    register = PartTimeMembers()
    values = next(iter(register.rows(type(member).objects.filter(pk=member.pk))))
    assert columns(register, world.community_worker, **values) == []
    assert columns(register, world.community_worker, **values | {"unit_name": "别的单位"}) == ["unit_name"]


def test_a_workbook_takes_no_places_away_that_are_taken(world: World) -> None:
    where = committees.committee(world)
    committees.in_office(world, where)
    register = BigCommittees()
    values = next(iter(register.rows(type(where).objects.filter(pk=where.pk))))
    assert columns(register, world.community_worker, **values) == []
    less = values | {"part_time_places": 0}
    assert columns(register, world.community_worker, **less) == ["part_time_places"]
    long = values | {"members": "长" * 31}
    assert "members" in columns(register, world.community_worker, **long)


def test_a_workbook_changes_no_need_and_no_activity_that_has_ended(world: World) -> None:
    need = needs.withdraw(need=checked_in.needed(world), outcome="已解决", by=world.community_worker, now=NOW)
    activity = volunteering.cancel_activity(
        activity=checked_in.planned(world), outcome="下雨", by=world.community_worker, now=NOW
    )
    for register, row in ((Needs(), need), (Activities(), activity)):
        values = next(iter(register.rows(type(row).objects.filter(pk=row.pk))))
        assert columns(register, world.community_worker, **values) == []
        assert columns(register, world.community_worker, **values | {"wanted": 9}) == [""]


def test_somebody_who_serves_since_today_comes_in_before_eight(world: World, place: Place) -> None:
    """Between midnight and eight the day here is another one than in London."""
    early = at("2026-11-24 01:00").astimezone(UTC)  # as the clock of the portal says it
    values = {"grid": place.grid.code, "post": "head", "name": "李楠", "place": "/", "unit_name": ""}
    row = Row(2, values | {"phone": "", "full_time": None, "started_on": date(2026, 11, 24)})
    assert list(GridPeople().check([row], by=world.community_worker, now=early)) == []


# -- words -------------------------------------------------------------------------------------------------------
def test_one_word_of_english_is_not_one_word_of_chinese() -> None:
    """A person has 姓名 and no 名称, a worker is moved (调动), what ends does so on a last day."""
    with translation.override("zh-hans"):
        assert str(RecommendForm.base_fields["name"].label) == "姓名"
        assert str(PostForm.base_fields["name"].label) == "姓名"
        assert str(EndForm.base_fields["ended_on"].label) == "终止日期"
        assert translation.pgettext("a worker", "Move") == "调动"
