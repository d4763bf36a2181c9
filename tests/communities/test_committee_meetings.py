"""Meetings of big Party committees: every step and refusal; decisions become undertakings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from communities.guards import CommunityRefused
from communities.models import BigCommittee, MeetingTopic, Sort, UndertakingDeadline
from communities.services import committee_meetings as services
from communities.services.committee_meetings import Task, Topic
from kunming_portal.notifications.models import Notice
from tests.communities.committee_people import (
    AGENDA,
    committee,
    foreign_committee,
    held,
    in_office,
    planned,
    recommended,
)
from tests.whistle.people import NOW, World, at


@pytest.fixture
def where(world: World) -> BigCommittee:
    made = committee(world)
    in_office(world, made)
    in_office(world, made, name="何平", unit_name="街道城市建设办", unit=world.units["construction"])
    return made


def refused(do: Callable[[], object]) -> str:
    with pytest.raises(CommunityRefused) as caught:
        do()
    return caught.value.code


def test_a_meeting_is_planned_told_held_decided_and_minuted(world: World, where: BigCommittee) -> None:
    secretary = world.community_secretary
    meeting = planned(world, where)
    assert (meeting.number, meeting.topics.count()) == (1, 2)
    assert services.notify(meeting=meeting, by=secretary, now=NOW) == 1
    notice = Notice.objects.get(recipient=world.construction_liaison)
    assert notice.link == meeting.get_absolute_url()
    assert notice.values["place"] == AGENDA.place
    came = {one.key: "present" for one in services.attendees_of(where)}
    came[f"m{where.members.get(name='何平').pk}"] = "excused"
    meeting = services.hold(meeting=meeting, held_at=NOW, came=came, by=secretary, now=NOW)
    assert [(one.name, one.came) for one in meeting.attendance.order_by("id")] == [
        ("段云", "present"),
        ("杨晓岚", "present"),
        ("刘志强", "present"),
        ("何平", "excused"),
    ]
    topic = meeting.topics.get(place=1)
    services.decide(meeting=meeting, text="夜市油烟每周巡查。", topic=topic, by=secretary, now=NOW)
    done = services.minute(meeting=meeting, text="会议议定一项。", by=secretary, now=NOW)
    assert (done.state, done.decisions.count()) == ("minuted", 1)


def test_a_decision_that_needs_doing_is_an_undertaking_with_a_clock(
    world: World, where: BigCommittee
) -> None:
    meeting = held(world, where)
    due_on = at("2026-12-07 09:00").date()
    made = services.decide(
        meeting=meeting,
        text="城市建设办修复西坝路路面。",
        task=Task(unit=world.units["construction"], due_on=due_on),
        by=world.community_secretary,
        now=NOW,
    )
    task = made.undertaking
    assert task is not None
    assert (task.sort, task.issuer, task.unit) == (
        Sort.MEETING_TASK,
        world.units["community"],
        world.units["construction"],
    )
    assert task.meeting_task == made
    assert UndertakingDeadline.objects.get(undertaking=task).due_at.date() == due_on
    assert Notice.objects.filter(recipient=world.construction_liaison, kind="undertaking").exists()
    outside = services.decide(
        meeting=meeting,
        text="油烟净化器" * 30,
        task=Task(addressee="云岫物业服务"),
        by=world.community_worker,
        now=NOW,
    )
    assert outside.undertaking is not None
    assert (outside.undertaking.unit, len(outside.undertaking.title)) == (None, 80)
    assert outside.undertaking.text == outside.text


def test_a_decision_with_a_wrong_day_leaves_nothing_behind(world: World, where: BigCommittee) -> None:
    meeting = held(world, where)
    sunday = at("2026-12-06 09:00").date()
    task = Task(addressee="云岫物业服务", due_on=sunday)
    assert (
        refused(
            lambda: services.decide(
                meeting=meeting, text="x", task=task, by=world.community_secretary, now=NOW
            )
        )
        == "due_on"
    )
    assert meeting.decisions.count() == 0


def test_the_next_meeting_takes_over_what_was_left_open(world: World, where: BigCommittee) -> None:
    meeting = held(world, where)
    services.decide(
        meeting=meeting, text="x", topic=meeting.topics.get(place=2), by=world.community_secretary, now=NOW
    )
    later = NOW + timedelta(days=30)
    again = services.like_the_last(where, planned_at=later)
    assert again == replace(AGENDA, planned_at=later, topics=[AGENDA.topics[0]])
    assert services.plan(committee=where, agenda=again, by=world.community_worker, now=NOW).number == 2


def test_the_first_agenda_knows_the_secretary(world: World) -> None:
    assert services.like_the_last(committee(world), planned_at=NOW).chair == "段云"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"topics": ()}, "title_1"),
        ({"planned_at": at("2027-01-04 10:00")}, "planned_at"),
        ({"planned_at": at("2021-12-31 10:00")}, "planned_at"),
    ],
)
def test_an_agenda_that_cannot_be_is_refused(
    world: World, where: BigCommittee, change: dict[str, object], code: str
) -> None:
    agenda = replace(AGENDA, **change)  # type: ignore[arg-type]
    assert refused(lambda: planned(world, where, agenda=agenda)) == code


def test_steps_out_of_turn_are_refused(world: World, where: BigCommittee) -> None:
    secretary = world.community_secretary
    meeting = planned(world, where)
    assert refused(lambda: services.decide(meeting=meeting, text="x", by=secretary, now=NOW)) == "state"
    assert refused(lambda: services.minute(meeting=meeting, text="x", by=secretary, now=NOW)) == "state"
    late = AGENDA.planned_at + timedelta(hours=1)
    assert refused(lambda: services.notify(meeting=meeting, by=secretary, now=late)) == "planned_at"
    ahead = NOW + timedelta(minutes=1)
    assert (
        refused(lambda: services.hold(meeting=meeting, held_at=ahead, came={}, by=secretary, now=NOW))
        == "held_at"
    )
    changed = services.change(
        meeting=meeting,
        agenda=replace(AGENDA, topics=[Topic("只谈一件")]),
        by=secretary,
        now=NOW,
    )
    assert [one.title for one in changed.topics.all()] == ["只谈一件"]
    services.notify(meeting=meeting, by=secretary, now=NOW)
    assert refused(lambda: services.notify(meeting=meeting, by=secretary, now=NOW)) == "state"
    assert refused(lambda: services.change(meeting=meeting, agenda=AGENDA, by=secretary, now=NOW)) == "state"
    services.hold(meeting=meeting, held_at=NOW, came={}, by=secretary, now=NOW)
    assert meeting.attendance.filter(came="absent").count() == 4
    assert refused(lambda: services.minute(meeting=meeting, text=" ", by=secretary, now=NOW)) == "minutes"
    assert refused(lambda: services.decide(meeting=meeting, text=" ", by=secretary, now=NOW)) == "text"


def test_a_topic_belongs_to_its_meeting(world: World, where: BigCommittee) -> None:
    meeting, other = held(world, where), planned(world, where)
    topic = MeetingTopic.objects.filter(meeting=other).first()
    assert (
        refused(
            lambda: services.decide(
                meeting=meeting, text="x", topic=topic, by=world.community_secretary, now=NOW
            )
        )
        == "topic"
    )


@pytest.mark.parametrize(
    "name", ["stranger", "inspector", "street_secretary", "compound_secretary", "construction_liaison"]
)
def test_only_keepers_hold_meetings(world: World, where: BigCommittee, name: str) -> None:
    by = world.people[name]
    assert refused(lambda: services.plan(committee=where, agenda=AGENDA, by=by, now=NOW)) == "role"
    meeting = planned(world, where)
    assert refused(lambda: services.notify(meeting=meeting, by=by, now=NOW)) == "role"


def test_attendance_is_of_members_in_office_only(world: World) -> None:
    made = foreign_committee(world)
    recommended(world, made, by=world.stranger)
    assert [one.name for one in services.attendees_of(made)] == ["段云", "杨晓岚"]
