"""Terms of big Party committees and the chain of part-time members: every step and every refusal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from communities.guards import CommunityRefused
from communities.models import BigCommittee, MemberStatus, PartTimeMember
from communities.services import committee_members, committee_terms, committee_years
from communities.services.committee_members import Proposal
from communities.services.committee_terms import Term
from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import Division
from kunming_portal.notifications.models import Notice
from tests.communities.committee_people import (
    EARLIER,
    TERM,
    approved,
    committee,
    filed,
    in_office,
    recommended,
)
from tests.communities.people import Place
from tests.whistle.people import COMMUNITY, NOW, STREET, World, person, unit

TODAY = NOW.date()


def refused(do: Callable[[], object]) -> CommunityRefused:
    with pytest.raises(CommunityRefused) as caught:
        do()
    return caught.value


def events() -> list[str]:
    found = AuditEvent.objects.filter(event__startswith="committee.").order_by("id")
    return [event.removeprefix("committee.") for event in found.values_list("event", flat=True)]


# -- terms ---------------------------------------------------------------------------------------------------
def test_a_term_is_entered_once_and_stands_on_the_trail(world: World) -> None:
    made = committee(world)
    assert [(one.name, one.post) for one in made.posts.order_by("id")] == list(TERM.posts)
    assert events() == ["term_added"]


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [
        (date(2026, 12, 31), date(2031, 12, 30), True),  # the last day belongs to the term
        (date(2020, 1, 1), date(2022, 1, 1), True),
        (date(2023, 1, 1), date(2024, 1, 1), True),
        (date(2027, 1, 1), date(2031, 12, 31), False),
        (date(2017, 1, 1), date(2021, 12, 31), False),
    ],
)
def test_terms_of_a_community_do_not_overlap(world: World, start: date, end: date, overlaps: bool) -> None:
    committee(world)
    other = replace(TERM, number=2, starts_on=start, ends_on=end)
    if overlaps:
        caught = refused(lambda: committee(world, term=other))
        assert caught.code == "starts_on"
        assert "2022-01-01" in caught.sentence
        row = BigCommittee(
            community_id=COMMUNITY,
            number=2,
            starts_on=start,
            ends_on=end,
            full_time_places=3,
            part_time_places=7,
        )
        with (
            pytest.raises(IntegrityError, match="committee_terms_of_a_community_are_apart"),
            transaction.atomic(),
        ):
            row.save()
    else:
        committee(world, term=other)
        assert BigCommittee.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ends_on": TERM.starts_on}, "ends_on"),
        ({"part_time_places": 31}, "part_time_places"),
        ({"full_time_places": 1}, "full_time_places"),
        ({"posts": (("段云", "secretary"), ("杨晓岚", "secretary"))}, "posts"),
        ({"posts": (("段云", "secretary"), ("段云", "member"))}, "posts"),
    ],
)
def test_a_term_that_cannot_be_is_refused_at_its_field(
    world: World, change: dict[str, object], code: str
) -> None:
    assert refused(lambda: committee(world, term=replace(TERM, **change))).code == code  # type: ignore[arg-type]


def test_a_number_is_given_once(world: World) -> None:
    committee(world)
    later = replace(TERM, starts_on=date(2027, 1, 1), ends_on=date(2031, 12, 31))
    assert refused(lambda: committee(world, term=later)).code == "number"


def test_only_keepers_of_the_community_enter_a_term(world: World) -> None:
    for name in ("stranger", "inspector", "street_secretary", "compound_secretary", "construction_liaison"):
        assert refused(lambda who=name: committee(world, by=world.people[who])).code == "role"  # type: ignore[misc]
    street = Division.objects.get(pk=STREET)
    assert (
        refused(
            lambda: committee_terms.add_term(community=street, term=TERM, by=world.street_staff, now=NOW)
        ).code
        == "community"
    )
    committee(world, by=world.street_staff)


def test_a_new_term_takes_over_the_composition(world: World) -> None:
    last = committee(world)
    in_office(world, last)
    recommended(world, last, name="何平", unit_name="春城小学")
    term = committee_terms.proposal(last, today=TODAY)
    assert term == Term(2, date(2027, 1, 1), date(2031, 12, 31), 3, 7, list(TERM.posts))
    made = committee_terms.add_term(
        community=last.community, term=term, by=world.community_secretary, now=NOW, again=True
    )
    assert [(one.name, one.status) for one in made.members.all()] == [("刘志强", "recommended")]


def test_the_first_term_of_a_community_has_a_proposal_too() -> None:
    assert committee_terms.proposal(None, today=date(2028, 2, 29)).ends_on == date(2033, 2, 27)


def test_a_term_is_changed_but_not_below_its_members(world: World) -> None:
    made = committee(world)
    recommended(world, made)
    change = replace(TERM, part_time_places=0)
    caught = refused(
        lambda: committee_terms.change_term(
            committee=made, term=change, by=world.community_secretary, now=NOW
        )
    )
    assert caught.code == "part_time_places"
    change = replace(TERM, posts=(("马兰", "secretary"),))
    committee_terms.change_term(committee=made, term=change, by=world.community_worker, now=NOW)
    assert [one.name for one in made.posts.all()] == ["马兰"]
    assert events()[-1] == "term_changed"


# -- the chain ------------------------------------------------------------------------------------------------
def test_a_member_goes_the_whole_chain(world: World) -> None:
    made = committee(world)
    member = in_office(world, made, now=EARLIER)
    assert member.status == MemberStatus.IN_OFFICE
    member = committee_members.leave(
        member=member, on=TODAY, reason="工作调动", by=world.community_secretary, now=NOW
    )
    assert (member.status, member.ended_on, member.approved_by) == ("left", TODAY, world.street_secretary)
    assert events() == [
        "term_added",
        "member_recommended",
        "member_approved",
        "member_filed",
        "member_in_office",
        "member_left",
    ]


def test_who_acts_next_is_told(world: World) -> None:
    filed(world, committee(world))
    told = {(one.recipient.username, one.sentence[:8]) for one in Notice.objects.filter(kind="committee")}
    assert {who for who, _sentence in told} == {
        "street_secretary",
        "county_staff",
        "community_worker",
        "community_secretary",
    }


def test_a_step_out_of_turn_is_refused(world: World) -> None:
    member = recommended(world, committee(world))
    for move in (
        lambda: committee_members.file(member=member, by=world.county_staff, now=NOW),
        lambda: committee_members.appoint(member=member, on=TODAY, by=world.community_secretary, now=NOW),
        lambda: committee_members.leave(
            member=member, on=TODAY, reason="x", by=world.community_secretary, now=NOW
        ),
    ):
        assert refused(move).code == "status"
    committee_members.approve(member=member, by=world.street_secretary, now=NOW)
    assert (
        refused(lambda: committee_members.approve(member=member, by=world.street_secretary, now=NOW)).code
        == "status"
    )


@pytest.mark.parametrize(
    "name", ["county_secretary", "street_staff", "community_secretary", "stranger", "city_official"]
)
def test_only_the_leaders_of_the_street_approve(world: World, name: str) -> None:
    member = recommended(world, committee(world))
    by = world.people[name]
    assert refused(lambda: committee_members.approve(member=member, by=by, now=NOW)).code == "role"
    assert refused(lambda: committee_members.refuse(member=member, reason="x", by=by, now=NOW)).code == "role"


@pytest.mark.parametrize("name", ["street_staff", "street_secretary", "county_secretary", "city_official"])
def test_only_the_countys_party_committee_files(world: World, name: str) -> None:
    member = approved(world, committee(world))
    by = world.people[name]
    assert refused(lambda: committee_members.file(member=member, by=by, now=NOW)).code == "role"
    assert refused(lambda: committee_members.refuse(member=member, reason="x", by=by, now=NOW)).code == "role"


def test_the_street_and_the_county_refuse_with_a_reason(world: World) -> None:
    made = committee(world)
    first, second = recommended(world, made), approved(world, made, name="何平")
    for member, by in ((first, world.street_secretary), (second, world.county_staff)):
        empty = refused(lambda m=member, b=by: committee_members.refuse(member=m, reason=" ", by=b, now=NOW))  # type: ignore[misc]
        assert empty.code == "reason"
        gone = committee_members.refuse(member=member, reason="单位已迁出", by=by, now=NOW)
        assert (gone.status, gone.end_reason) == ("refused", "单位已迁出")
    assert Notice.objects.filter(recipient=world.community_worker, sentence__contains="refused").count() == 2
    recommended(world, made)  # recommended again: a refused one holds no place


def test_one_person_is_a_member_for_one_unit(world: World) -> None:
    made = committee(world)
    recommended(world, made)
    twice = refused(lambda: recommended(world, made))
    two = refused(lambda: recommended(world, made, unit_name="春城小学"))
    assert twice.code == two.code == "name"
    assert "云岫物业服务" in two.sentence
    assert twice.sentence != two.sentence
    with pytest.raises(IntegrityError, match="part_time_member_sits_for_one_unit"), transaction.atomic():
        PartTimeMember.objects.create(
            committee=made, name="刘志强", unit_name="春城小学", recommended_on=TODAY
        )
    assert refused(lambda: recommended(world, made, name="段云")).code == "name"


def test_places_days_compounds_and_terms_bound_a_recommendation(world: World, place: Place) -> None:
    made = committee(world, term=replace(TERM, part_time_places=1))
    assert refused(lambda: recommended(world, made, compound=place.foreign)).code == "compound"
    late = TODAY + timedelta(days=1)
    assert refused(lambda: recommended(world, made, recommended_on=late)).code == "recommended_on"
    recommended(world, made, compound=place.compound)
    assert refused(lambda: recommended(world, made, name="何平")).code == "places"
    after = NOW + timedelta(days=60)
    assert refused(lambda: recommended(world, made, name="何平", now=after)).code == "term"
    proposal = Proposal("何平", "春城小学")
    caught = refused(
        lambda: committee_members.recommend(committee=made, proposal=proposal, by=world.stranger, now=NOW)
    )
    assert caught.code == "role"


def test_days_of_office_are_in_order(world: World) -> None:
    member = filed(world, committee(world))
    secretary = world.community_secretary
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        assert (
            refused(
                lambda on=day: committee_members.appoint(member=member, on=on, by=secretary, now=NOW)  # type: ignore[misc]
            ).code
            == "on"
        )
    committee_members.appoint(member=member, on=TODAY, by=secretary, now=NOW)
    early = TODAY - timedelta(days=1)
    assert (
        refused(
            lambda: committee_members.leave(member=member, on=early, reason="x", by=secretary, now=NOW)
        ).code
        == "on"
    )
    assert (
        refused(
            lambda: committee_members.leave(member=member, on=TODAY, reason="", by=secretary, now=NOW)
        ).code
        == "reason"
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"approved_on": TODAY - timedelta(days=1)}, "dates_are_in_order"),
        ({"approved_on": None}, "skips_no_step"),
        ({"status": "recommended"}, "status_fits_its_dates"),
        ({"status": "refused", "ended_on": TODAY, "end_reason": "x"}, "status_fits_its_dates"),
        ({"status": "left", "ended_on": TODAY}, "ends_with_a_reason"),
    ],
)
def test_the_database_knows_the_chain_too(world: World, change: dict[str, object], rule: str) -> None:
    member = filed(world, committee(world))
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        PartTimeMember.objects.filter(pk=member.pk).update(**change)


# -- once a year ------------------------------------------------------------------------------------------------
def test_a_year_is_reported_and_then_appraised_once(world: World) -> None:
    member = in_office(world, committee(world))
    secretary = world.community_secretary
    early = refused(
        lambda: committee_years.appraise(member=member, year=2026, grade="good", by=secretary, now=NOW)
    )
    assert early.code == "year"
    committee_years.report_duty(
        member=member, year=2026, given_on=TODAY, text="协调停车难三次。", by=secretary, now=NOW
    )
    made = committee_years.appraise(member=member, year=2026, grade="good", by=secretary, now=NOW)
    assert made.get_grade_display() == "好"
    for again in (
        lambda: committee_years.report_duty(
            member=member, year=2026, given_on=TODAY, text="x", by=secretary, now=NOW
        ),
        lambda: committee_years.appraise(member=member, year=2026, grade="poor", by=secretary, now=NOW),
    ):
        assert refused(again).code == "year"
    assert events()[-2:] == ["duty_reported", "appraised"]


@pytest.mark.parametrize(
    ("year", "given_on", "text", "code"),
    [
        (2025, TODAY, "x", "year"),
        (2027, TODAY, "x", "year"),
        (2026, EARLIER.date() - timedelta(days=1), "x", "given_on"),
        (2026, TODAY + timedelta(days=1), "x", "given_on"),
        (2026, TODAY, " ", "text"),
    ],
)
def test_a_report_outside_the_time_in_office_is_refused(
    world: World, year: int, given_on: date, text: str, code: str
) -> None:
    member = in_office(world, committee(world))
    caught = refused(
        lambda: committee_years.report_duty(
            member=member, year=year, given_on=given_on, text=text, by=world.community_secretary, now=NOW
        )
    )
    assert caught.code == code


def test_nobody_reports_before_taking_office_and_strangers_record_nothing(world: World) -> None:
    made = committee(world)
    member = filed(world, made)
    for by, code in ((world.community_secretary, "status"), (world.stranger, "role")):
        caught = refused(
            lambda who=by: committee_years.report_duty(  # type: ignore[misc]
                member=member, year=2026, given_on=TODAY, text="x", by=who, now=NOW
            )
        )
        assert caught.code == code


def test_posts_and_work_of_a_member_change_until_the_end(world: World, place: Place) -> None:
    member = in_office(world, committee(world))
    words: dict[str, Any] = {
        "unit_post": "经理",
        "post": "deputy",
        "duties": "停车协调",
        "by": world.community_worker,
        "now": NOW,
    }
    changed = committee_members.amend(member=member, compound=place.compound, **words)
    assert (changed.post, changed.duties, changed.compound) == ("deputy", "停车协调", place.compound)
    assert events()[-1] == "member_changed"
    for compound, by, code in (
        (place.foreign, world.community_worker, "compound"),
        (None, world.street_secretary, "role"),
    ):
        caught = refused(
            lambda c=compound, b=by: committee_members.amend(  # type: ignore[misc]
                member=member, compound=c, **(words | {"by": b})
            )
        )
        assert caught.code == code
    committee_members.leave(member=member, on=TODAY, reason="x", by=world.community_secretary, now=NOW)
    assert refused(lambda: committee_members.amend(member=member, compound=None, **words)).code == "status"


def test_another_body_at_the_same_seat_signs_nothing(world: World) -> None:
    """The right alone is not enough, nor the place: it is the street's office, and the county's Party committee."""
    made = committee(world)
    waiting, passed = recommended(world, made), approved(world, made, name="何平")
    street = unit("street_zone", "片区党工委", "work_committee", STREET)
    county = unit("county_zone", "园区党工委", "work_committee", STREET[:6])
    leader, staff = (
        person("zone_leader", "party_secretary", street),
        person("zone_staff", "office_staff", county),
    )
    assert refused(lambda: committee_members.approve(member=waiting, by=leader, now=NOW)).code == "role"
    assert refused(lambda: committee_members.file(member=passed, by=staff, now=NOW)).code == "role"
