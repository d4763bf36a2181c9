"""The letter to a member's unit, and who finds what of big Party committees."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from communities.models import BigCommittee
from communities.papers.committees import get_letter
from communities.services import committee_meetings, committee_years
from kunming_portal.audit.models import AuditEvent
from tests.communities.committee_people import (
    TERM,
    committee,
    foreign_committee,
    held,
    in_office,
    page,
    planned,
    recommended,
)
from tests.communities.matrix import Row, wrong_answers
from tests.whistle.people import NOW, World

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


# -- papers --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_letter_is_taken_in_scope_and_on_the_trail(world: World, client: Client, form: str) -> None:
    member = in_office(world, committee(world))
    secretary = world.community_secretary
    committee_years.report_duty(
        member=member, year=2026, given_on=NOW.date(), text="协调。", by=secretary, now=NOW
    )
    address = reverse("committee-letter", args=[member.pk, 2026, form])
    page(client, secretary, address, status=404)
    committee_years.appraise(member=member, year=2026, grade="good", by=secretary, now=NOW)
    client.force_login(secretary)
    response = client.get(address)
    assert response.content[:4] in (b"%PDF", b"PK\x03\x04")
    event = AuditEvent.objects.get(event="committee.letter_taken")
    assert event.data == {"year": 2026, "form": form}
    page(client, world.stranger, address, status=404)
    page(client, world.compound_secretary, address, status=302)  # sees the page, sends no letters
    page(client, secretary, reverse("committee-letter", args=[member.pk, 2026, "txt"]), status=404)


def test_the_letter_says_what_was_done(world: World) -> None:
    made = committee(world)
    member = in_office(world, made)
    meeting = held(world, made)
    secretary = world.community_secretary
    committee_meetings.decide(
        meeting=meeting,
        text="x",
        task=committee_meetings.Task(addressee=member.unit_name),
        by=secretary,
        now=NOW,
    )
    committee_years.report_duty(
        member=member, year=2026, given_on=NOW.date(), text="协调。", by=secretary, now=NOW
    )
    graded = committee_years.appraise(
        member=member, year=2026, grade="good", comment="主动。", by=secretary, now=NOW
    )
    letter = get_letter(graded)
    words = str(letter.body)
    assert letter.addressee == "云岫物业服务"
    for fact in ("召开1次：出席1次", "交办1项，办结0项", "评价等次：好", "主动。", "协调。"):
        assert fact in words


# -- who finds what --------------------------------------------------------------------------------------------------
SEES_OWN = {
    "community_worker",
    "community_secretary",
    "compound_secretary",
    "street_dispatcher",
    "county_dispatcher",
    "city_dispatcher",
    "street_secretary",
    "street_staff",
    "county_secretary",
    "county_staff",
    "city_official",
    "inspector",
    "integrator",
}
SEES_FOREIGN = {"stranger", "other_dispatcher", "city_dispatcher", "city_official", "inspector", "integrator"}


def test_who_is_not_concerned_finds_nothing(world: World) -> None:
    own, foreign = committee(world), foreign_committee(world)
    mine = in_office(world, own, name="何平", unit_name="街道城市建设办", unit=world.units["construction"])
    theirs = recommended(world, foreign, by=world.stranger)
    meeting = planned(world, own)
    rows = []
    for name, key, theirs_key in (
        ("committee", own.pk, foreign.pk),
        ("committee-change", own.pk, foreign.pk),
        ("committee-recommend", own.pk, foreign.pk),
        ("committee-meeting-new", own.pk, foreign.pk),
        ("committee-member", mine.pk, theirs.pk),
    ):
        rows.append(Row(reverse(name, args=[key]), SEES_OWN))
        rows.append(Row(reverse(name, args=[theirs_key]), SEES_FOREIGN))
    for move in ("approve", "file", "refuse", "appoint", "leave", "report", "appraise", "amend"):
        rows.append(Row(reverse("committee-member-move", args=[mine.pk, move]), SEES_OWN))
    seen = SEES_OWN | {"construction_liaison"}
    rows.append(Row(reverse("committee-meeting", args=[meeting.pk]), seen))
    for move in ("change", "hold", "decide", "minute"):
        rows.append(Row(reverse("committee-meeting-move", args=[meeting.pk, move]), seen))
    assert wrong_answers(world, rows) == []
    assert BigCommittee.objects.get(pk=own.pk).number == TERM.number
