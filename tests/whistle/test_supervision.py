"""Presses, numbered notices and instructions: who may, what is refused, numbers without gaps, clocks that ring once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.notifications.models import Notice
from tests.whistle.people import (
    NOW,
    World,
    at,
    blown,
    dispatched,
    fed_back,
    opened,
    whistle_of,
)
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import (
    Assignment,
    CaseDeadline,
    Press,
    SupervisionTask,
    TaskDeadline,
    TaskRung,
)

Status = SupervisionTask.Status


def noticed(world: World, duty: Assignment, **more: object) -> SupervisionTask:
    """Issue a notice to the unit of a duty as the street's dispatcher."""
    terms = {"text": "请说明超期原因并限期办结。", "by": world.street_dispatcher, "now": NOW} | more
    return services.issue_notice(whistle=duty.whistle, unit=duty.unit, **terms)  # type: ignore[arg-type]


def instructed(world: World, duty: Assignment, **more: object) -> SupervisionTask:
    """Give an instruction to the unit of a duty as the street's secretary."""
    terms = {
        "text": "三日内拆除。",
        "by": world.street_secretary,
        "now": NOW,
        "due_at": NOW + timedelta(days=3),
    } | more
    return services.instruct(whistle=duty.whistle, unit=duty.unit, **terms)  # type: ignore[arg-type]


def events(duty: Assignment) -> list[str]:
    return list(
        AuditEvent.objects.filter(stream=duty.whistle.case.stream)
        .order_by("seq")
        .values_list("event", flat=True)
    )


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


# -- pressing ------------------------------------------------------------------------------------------------
def test_a_press_tells_who_must_act_and_their_leader(world: World) -> None:
    lead = dispatched(world)[0]
    services.press(
        whistle=lead.whistle, assignment=lead, words="群众等了两天。", by=world.street_dispatcher, now=NOW
    )
    assert told("whistle.pressed") == {"enforcement_liaison", "enforcement_leader"}
    event = AuditEvent.objects.get(event="whistle.pressed")
    assert (event.reason, event.data["units"]) == ("群众等了两天。", ["城管执法中队"])
    assert "群众等了两天。" in Notice.objects.filter(kind="whistle.pressed")[0].text


def test_without_a_unit_all_that_still_work_are_pressed(world: World) -> None:
    lead = dispatched(world)[0]
    services.press(whistle=lead.whistle, by=world.community_worker, now=NOW)
    assert told("whistle.pressed") == {"enforcement_liaison", "enforcement_leader", "market_liaison"}


def test_the_caller_presses_the_centre_and_not_the_other_way(world: World) -> None:
    whistle = blown(world)
    services.press(whistle=whistle, by=world.community_worker, now=NOW)
    assert "street_dispatcher" in told("whistle.pressed")
    with pytest.raises(MoveRefused) as refused:
        services.press(whistle=whistle, by=world.street_dispatcher, now=NOW)
    assert refused.value.code == "own"


def test_an_emergency_presses_urgently(world: World) -> None:
    lead = dispatched(world, kind="emergency")[0]
    services.press(whistle=lead.whistle, by=world.street_dispatcher, now=NOW)
    assert all(notice.urgent for notice in Notice.objects.filter(kind="whistle.pressed"))


def test_the_same_side_waits_a_working_hour_and_is_told_until_when(world: World) -> None:
    lead, helper = dispatched(world)
    late = at("2026-11-23 16:30")
    services.press(whistle=lead.whistle, assignment=lead, by=world.street_dispatcher, now=late)
    with pytest.raises(MoveRefused) as refused:
        services.press(
            whistle=lead.whistle, assignment=lead, by=world.street_dispatcher, now=at("2026-11-24 08:00")
        )
    assert refused.value.code == "pause"
    assert "11-24" in refused.value.sentence
    # another unit, another side, and the hour after
    services.press(whistle=lead.whistle, assignment=helper, by=world.street_dispatcher, now=late)
    services.press(whistle=lead.whistle, assignment=lead, by=world.community_worker, now=late)
    services.press(
        whistle=lead.whistle, assignment=lead, by=world.street_dispatcher, now=at("2026-11-24 10:30")
    )


def test_nothing_that_rests_is_pressed(world: World) -> None:
    draft = whistle_of(opened(world))
    with pytest.raises(MoveRefused) as refused:
        services.press(whistle=draft, by=world.street_secretary, now=NOW)
    assert refused.value.code == "idle"
    done = fed_back(world)
    duty = done.assignments.all()[0]
    with pytest.raises(MoveRefused) as refused:
        services.press(whistle=done, assignment=duty, by=world.street_dispatcher, now=NOW)
    assert refused.value.code == "whom"


@pytest.mark.parametrize("who", ["stranger", "enforcement_liaison", "inspector", "other_dispatcher"])
def test_only_the_caller_and_supervisors_press(world: World, who: str) -> None:
    lead = dispatched(world)[0]
    with pytest.raises(MoveRefused) as refused:
        services.press(whistle=lead.whistle, by=world.people[who], now=NOW)
    assert refused.value.code == "role"
    assert not Press.objects.exists()


# -- notices -----------------------------------------------------------------------------------------------
def test_a_notice_has_a_number_a_clock_and_hearers(world: World) -> None:
    lead = dispatched(world)[0]
    task = noticed(world, lead)
    assert (task.number, task.year, task.serial) == ("大观督〔2026〕1号", 2026, 1)
    clock = TaskDeadline.objects.get(task=task)
    assert clock.due_at == at("2026-11-26 17:00")
    assert [step.rung.value for step in clock.steps] == ["yellow", "red", "leaders"]
    assert told("supervision.notice") == {"enforcement_liaison", "enforcement_leader"}
    assert events(lead)[-1] == "supervision.issued"


def test_numbers_run_by_division_and_year(world: World) -> None:
    lead, helper = dispatched(world)
    assert noticed(world, lead).number == "大观督〔2026〕1号"
    assert noticed(world, helper).number == "大观督〔2026〕2号"
    other = dispatched(world, now=NOW)[0]
    assert noticed(world, other, by=world.county_secretary).number == "五华督〔2026〕1号"
    third = dispatched(world, now=NOW)[0]
    assert noticed(world, third, now=at("2027-01-04 09:00")).number == "大观督〔2027〕1号"


def test_a_notice_is_answered_sent_back_and_closed(world: World) -> None:
    task = noticed(world, dispatched(world)[0])
    services.reply(task=task, text="已拆除。", by=world.enforcement_leader, now=NOW)
    assert (task.status, TaskDeadline.objects.get(task=task).outcome) == (Status.REPLIED, "met")
    assert "street_dispatcher" in told("supervision.notice")
    services.send_back_reply(task=task, reason="没有说明原因。", days=1, by=world.street_dispatcher, now=NOW)
    assert (task.status, task.returns) == (Status.AWAITING_REPLY, 1)
    assert TaskDeadline.objects.filter(task=task, ended_at=None).count() == 1
    services.reply(task=task, text="因下雨停工，现已拆除。", by=world.enforcement_liaison, now=NOW)
    services.close_task(task=task, by=world.street_dispatcher, now=NOW)
    assert task.status == Status.CLOSED
    assert not TaskDeadline.objects.filter(ended_at=None).exists()
    assert [e for e in events(task.whistle.assignments.all()[0]) if e.startswith("supervision")] == [
        "supervision.issued",
        "supervision.replied",
        "supervision.returned",
        "supervision.replied",
        "supervision.closed",
    ]


@pytest.mark.parametrize(
    ("terms", "code"),
    [({"text": " "}, "text"), ({"days": 0}, "days"), ({"days": 21}, "days")],
)
def test_what_a_notice_must_say(world: World, terms: dict[str, object], code: str) -> None:
    with pytest.raises(MoveRefused) as refused:
        noticed(world, dispatched(world)[0], **terms)
    assert refused.value.code == code
    assert not SupervisionTask.objects.exists()


def test_a_unit_without_part_or_people_gets_no_notice(world: World) -> None:
    lead = dispatched(world)[0]
    for unit in ("water_bureau", "empty", "street_centre"):
        with pytest.raises(MoveRefused) as refused:
            services.issue_notice(
                whistle=lead.whistle, unit=world.units[unit], text="限期", by=world.street_dispatcher, now=NOW
            )
        assert refused.value.code == "unit"


def test_one_notice_at_a_time(world: World) -> None:
    lead = dispatched(world)[0]
    first = noticed(world, lead)
    with pytest.raises(MoveRefused) as refused:
        noticed(world, lead)
    assert first.number in refused.value.sentence
    first.pk, first.serial, first.number = None, 9, "大观督〔2026〕9号"
    with pytest.raises(IntegrityError), transaction.atomic():  # the database keeps it too
        first.save(force_insert=True)
    assert SupervisionTask.objects.count() == 1


def test_only_who_supervises_issues_and_only_the_unit_replies(world: World) -> None:
    lead = dispatched(world)[0]
    for who in ("community_worker", "enforcement_leader", "inspector", "other_dispatcher", "stranger"):
        with pytest.raises(MoveRefused) as refused:
            noticed(world, lead, by=world.people[who])
        assert refused.value.code == "role"
    task = noticed(world, lead)
    for who in ("market_liaison", "street_dispatcher", "stranger"):
        with pytest.raises(MoveRefused) as refused:
            services.reply(task=task, text="x", by=world.people[who], now=NOW)
        assert refused.value.code == "role"
    services.reply(task=task, text="已办。", by=world.enforcement_leader, now=NOW)
    for who in ("enforcement_leader", "county_dispatcher", "stranger"):
        with pytest.raises(MoveRefused) as refused:
            services.close_task(task=task, by=world.people[who], now=NOW)
        assert refused.value.code == "role"
    with pytest.raises(MoveRefused) as refused:
        services.reply(task=task, text="再答。", by=world.enforcement_leader, now=NOW)
    assert refused.value.code == "status"


def test_a_notice_without_reply_is_withdrawn_with_a_reason_only(world: World) -> None:
    task = noticed(world, dispatched(world)[0])
    with pytest.raises(MoveRefused) as refused:
        services.close_task(task=task, by=world.street_dispatcher, now=NOW)
    assert refused.value.code == "words"
    services.close_task(task=task, words="发错单位。", by=world.street_dispatcher, now=NOW)
    assert TaskDeadline.objects.get(task=task).outcome == "cancelled"
    with pytest.raises(MoveRefused) as refused:
        services.close_task(task=task, words="x", by=world.street_dispatcher, now=NOW)
    assert refused.value.code == "status"


# -- instructions ---------------------------------------------------------------------------------------------
def test_an_instruction_is_due_when_the_leader_says(world: World) -> None:
    lead = dispatched(world)[0]
    task = instructed(world, lead)
    assert task.number == ""
    assert TaskDeadline.objects.get(task=task).due_at == NOW + timedelta(days=3)
    services.reply(task=task, text="已拆除。", by=world.enforcement_liaison, now=NOW)
    services.close_task(task=task, by=world.street_secretary, now=NOW)
    assert [e for e in events(lead) if e.startswith("instruction")] == [
        "instruction.given",
        "instruction.reported",
        "instruction.closed",
    ]


@pytest.mark.parametrize("days", [0, -1, 181])
def test_an_instruction_is_due_later_and_not_in_a_year(world: World, days: int) -> None:
    with pytest.raises(MoveRefused) as refused:
        instructed(world, dispatched(world)[0], due_at=NOW + timedelta(days=days))
    assert refused.value.code == "due_at"


@pytest.mark.parametrize("who", ["street_dispatcher", "city_official", "enforcement_leader", "stranger"])
def test_only_leaders_instruct(world: World, who: str) -> None:
    with pytest.raises(MoveRefused) as refused:
        instructed(world, dispatched(world)[0], by=world.people[who])
    assert refused.value.code == "role"


# -- ended with the case -----------------------------------------------------------------------------------------
def test_an_ended_case_ends_its_tasks_and_they_never_ring(world: World) -> None:
    whistle = fed_back(world)
    duty = whistle.assignments.all()[0]
    task = noticed(world, duty)
    services.verify(
        whistle=whistle, verdict="solved", satisfaction="satisfied", by=world.community_worker, now=NOW
    )
    services.close(whistle=whistle, by=world.community_worker, now=NOW)
    task.refresh_from_db()
    assert (task.status, task.deadlines.get().wake_at) == (Status.DROPPED, None)
    with pytest.raises(MoveRefused) as refused:
        noticed(world, duty)
    assert refused.value.code == "closed"


def test_a_merged_case_ends_its_tasks(world: World) -> None:
    whistle, root = blown(world), blown(world).case
    terms = {"text": "限期受理。", "by": world.county_dispatcher, "now": NOW}
    task = services.issue_notice(whistle=whistle, unit=world.units["street_centre"], **terms)  # type: ignore[arg-type]
    services.merge(whistle=whistle, into=root, reason="同一事项。", by=world.street_dispatcher, now=NOW)
    task.refresh_from_db()
    assert task.status == Status.DROPPED
    assert sweep(30).rung == 0
    with pytest.raises(MoveRefused) as refused:
        services.issue_notice(whistle=whistle, unit=world.units["street_centre"], **terms)  # type: ignore[arg-type]
    assert refused.value.code == "closed"


# -- clocks -------------------------------------------------------------------------------------------------------
def sweep(days: int) -> timers.Sweep:
    return timers.ring_due(
        model=TaskDeadline, owner="task__case", act=services.ring_tasks, now=NOW + timedelta(days=days)
    )


def test_a_task_rings_each_rung_once(world: World) -> None:
    lead = dispatched(world)[0]
    task = noticed(world, lead)
    assert sweep(30).rung == 3
    assert sweep(31).rung == 0
    rungs = TaskRung.objects.order_by("id").values_list("rung", flat=True)
    assert list(rungs) == ["yellow", "red", "leaders"]
    assert "street_secretary" in told("deadline.leaders")
    event = AuditEvent.objects.filter(stream=task.case.stream, event="deadline.red").get()
    assert event.data["number"] == task.number


def test_a_replied_task_is_silent(world: World) -> None:
    task = noticed(world, dispatched(world)[0])
    services.reply(task=task, text="已办。", by=world.enforcement_leader, now=NOW)
    assert sweep(30).rung == 0


def test_the_ladder_issues_a_numbered_notice_once_a_unit(world: World) -> None:
    lead = dispatched(world)[0]
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=NOW + timedelta(days=45))
    tasks = SupervisionTask.objects.order_by("serial")
    assert {task.unit.code for task in tasks} == {"enforcement", "market"}
    assert [task.number for task in tasks] == ["大观督〔2026〕1号", "大观督〔2026〕2号"] or tasks[
        0
    ].year == 2027
    assert all(task.rung is not None and task.issued_by.is_system for task in tasks)
    assert "supervision.issued" in events(lead)
    assert TaskDeadline.objects.count() == 2


def test_the_ladder_leaves_a_unit_alone_that_owes_already(world: World) -> None:
    lead = dispatched(world)[0]
    noticed(world, lead)
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=NOW + timedelta(days=45))
    assert SupervisionTask.objects.filter(unit=lead.unit).count() == 1


def test_office_staff_supervise_what_their_unit_oversees(world: World) -> None:
    staff = world.street_staff
    assert noticed(world, dispatched(world)[0], by=staff).issuer == world.units["street_office"]
