"""Big Party committees of the demonstration: the article's figures, written as the services would."""

import io
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction

from communities.models import (
    BigCommittee,
    CommitteeMeeting,
    MeetingDecision,
    MemberAppraisal,
    PartTimeMember,
    UndertakingDeadline,
)
from communities.presenters.committees import get_figures, waiting
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.demo import people, units
from kunming_portal.demo.communities import committees, places
from kunming_portal.demo.communities.cities import ZHUANTANG
from tests.whistle.people import at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Divisions, calendar, units, people, places and committees of the whole city, once for this file."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]  # pytest-django's blocker
        call_command("load_divisions", stdout=io.StringIO())
        call_command("seed_calendar", stdout=io.StringIO())
        people.create(units.create())
        places.create(now=NOW, small=False)
        committees.create(now=NOW, small=False)
        yield
        transaction.set_rollback(True)


def test_370_committees_have_1490_part_time_members_in_office(city: None) -> None:
    assert BigCommittee.objects.count() == 370
    assert PartTimeMember.objects.in_office().count() == 1_490
    official = User.objects.get(username="city.official")
    figures = get_figures(user=official, division="", today=NOW.date())
    assert (figures.committees, figures.members) == (370, 1_490)


def test_no_committee_has_more_members_than_places_or_one_unit_twice(city: None) -> None:
    seen = set()
    for member in PartTimeMember.objects.sitting().select_related("committee", "compound"):
        key = (member.committee_id, member.unit_name)
        assert key not in seen
        seen.add(key)
        assert member.compound is None or member.compound.community_id == member.committee.community_id
    for one in BigCommittee.objects.all():
        assert one.members.sitting().count() <= one.part_time_places


def test_rows_written_in_sets_have_what_services_write(city: None) -> None:
    """Every member in office has all four steps with names, and the events that the services record."""
    members = PartTimeMember.objects.in_office()
    assert not members.filter(approved_by=None).exists()
    assert not members.filter(filed_by=None).exists()
    one = members.exclude(committee__community=ZHUANTANG).select_related("committee__community").first()
    assert one is not None
    told = AuditEvent.objects.filter(
        stream=one.committee.stream, object_type__contains="part", object_id=str(one.pk)
    ).order_by("seq")
    assert [event.event for event in told] == [
        "committee.member_recommended",
        "committee.member_approved",
        "committee.member_filed",
        "committee.member_in_office",
    ]
    walked = AuditEvent.objects.get(event="committee.member_filed", object_label__endswith="尹国栋")
    assert set(told[2].data) == set(walked.data)
    assert set(MemberAppraisal.objects.values_list("report__year", flat=True)) == {2025}


def test_the_showcase_has_meetings_tasks_and_what_waits(city: None) -> None:
    committee = BigCommittee.objects.get(community=ZHUANTANG)
    states = list(CommitteeMeeting.objects.order_by("number").values_list("state", flat=True))
    assert states == ["minuted", "minuted", "minuted", "notified"]
    tasks = MeetingDecision.objects.filter(meeting__committee=committee).exclude(undertaking=None)
    assert set(tasks.values_list("undertaking__status", flat=True)) == {"open", "reported", "done"}
    assert tasks.filter(
        undertaking__status="open",
        undertaking__deadlines__due_at__lt=NOW,
        undertaking__deadlines__ended_at=None,
    ).exists()
    assert not UndertakingDeadline.objects.filter(wake_at__lte=NOW).exists()  # what fell due has rung
    signed = [waiting(User.objects.get(username=name)) for name in ("street.secretary", "county.staff")]
    assert [one[2] for one in signed if one is not None] == [3, 2]
