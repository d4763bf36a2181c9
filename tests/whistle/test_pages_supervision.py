"""Supervision on the pages: forms, the task's page, the list, the bulk form, the home page; scope and cost."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kunming_portal.audit.models import AuditEvent
from tests.whistle.crowd import page, signed_in
from tests.whistle.people import World, blown, dispatched
from tests.whistle.test_exports import cells
from tests.whistle.test_supervision import instructed, noticed
from whistle import services
from whistle.models import Case, Press, SupervisionTask

DAY = timedelta(days=1)


def test_the_case_page_offers_what_each_may(world: World) -> None:
    case = dispatched(world, now=timezone.now())[0].whistle.case
    address = case.get_absolute_url()
    offers = {
        who: [
            word
            for word in ("press", "supervise", "instruct")
            if f"{address}{word}/" in page(world.people[who], address)
        ]
        for who in (
            "community_worker",
            "street_dispatcher",
            "street_secretary",
            "enforcement_liaison",
            "inspector",
        )
    }
    assert offers == {
        "community_worker": ["press"],
        "street_dispatcher": ["press", "supervise"],
        "street_secretary": ["press", "supervise", "instruct"],
        "enforcement_liaison": [],
        "inspector": [],
    }


def test_pressing_from_the_page_and_why_not_again(world: World) -> None:
    lead = dispatched(world, now=timezone.now(), kind="emergency")[0]
    client = signed_in(world.street_dispatcher)
    address = f"/cases/{lead.whistle.case_id}/press/"
    answer = client.post(address, {"assignment": lead.pk, "words": "群众在等。"}, follow=True)
    assert "Pressed; they were told." in answer.content.decode()
    again = client.post(address, {"assignment": lead.pk, "words": "还在等。"})
    assert again.status_code == 409
    assert "Your side pressed at" in again.content.decode()
    assert "还在等。" in again.content.decode()
    assert Press.objects.count() == 1


def test_a_notice_is_written_answered_and_closed_in_the_browser(world: World) -> None:
    lead = dispatched(world, now=timezone.now())[0]
    case = lead.whistle.case_id
    dispatcher, leader = signed_in(world.street_dispatcher), signed_in(world.enforcement_leader)
    empty = dispatcher.post(f"/cases/{case}/supervise/", {"unit": lead.unit_id, "text": "", "days": "40"})
    assert empty.status_code == 422
    assert "Choose between 1 and 20 working days." in empty.content.decode()
    written = dispatcher.post(
        f"/cases/{case}/supervise/", {"unit": lead.unit_id, "text": "限期办结。", "days": "2"}
    )
    task = SupervisionTask.objects.get()
    assert written.headers["Location"] == task.get_absolute_url()
    assert task.number in page(world.enforcement_leader, "/")
    assert "Supervision and instructions" in page(world.enforcement_leader, "/")
    answer = leader.post(f"/supervision/{task.pk}/reply/", {"text": "已办结。"}, follow=True)
    assert "已办结。" in answer.content.decode()
    assert "To judge" in page(world.street_dispatcher, "/")
    dispatcher.post(f"/supervision/{task.pk}/return/", {"reason": "没有照片。", "days": "1"})
    assert "没有照片。" in page(world.enforcement_leader, task.get_absolute_url())
    leader.post(f"/supervision/{task.pk}/reply/", {"text": "照片已补。"})
    dispatcher.post(f"/supervision/{task.pk}/close/", {"words": ""})
    task.refresh_from_db()
    assert task.status == "closed"
    told = page(world.community_worker, f"/cases/{case}/")
    assert "closed " + task.number in told


def test_an_instruction_is_given_with_a_moment(world: World) -> None:
    lead = dispatched(world, now=timezone.now())[0]
    client = signed_in(world.street_secretary)
    address = f"/cases/{lead.whistle.case_id}/instruct/"
    late = client.post(address, {"unit": lead.unit_id, "text": "抓紧。", "due_at": "2020-01-01T09:00"})
    assert late.status_code == 409
    assert "between now and 180 days" in late.content.decode()
    due = timezone.localtime(timezone.now() + 3 * DAY).strftime("%Y-%m-%dT%H:%M")
    client.post(address, {"unit": lead.unit_id, "text": "抓紧。", "due_at": due})
    assert SupervisionTask.objects.get().kind == "instruction"


def test_who_may_not_reads_the_sentence_instead_of_a_form(world: World) -> None:
    lead = dispatched(world, now=timezone.now())[0]
    text = page(world.enforcement_liaison, f"/cases/{lead.whistle.case_id}/supervise/")
    assert "You do not hold a role that may supervise this case." in text
    assert "<textarea" not in text


def test_a_task_out_of_scope_is_not_there(world: World) -> None:
    task = noticed(world, dispatched(world, now=timezone.now())[0], now=timezone.now())
    for who in ("stranger", "other_dispatcher", "water_liaison", "system_admin"):
        client = signed_in(world.people[who])
        for rest in ("", "reply/", "close/"):
            assert client.get(f"{task.get_absolute_url()}{rest}").status_code == 404
            assert client.post(f"{task.get_absolute_url()}reply/", {"text": "x"}).status_code == 404
    assert signed_in(world.stranger).get("/supervision/?tab=running").context["rows"] == []
    assert signed_in(world.inspector).get("/supervision/").status_code == 403


def test_the_list_has_what_waits_what_runs_and_what_ended(world: World) -> None:
    now = timezone.now()
    lead, helper = dispatched(world, now=now)
    task = noticed(world, lead, now=now)
    other = instructed(world, helper, now=now, due_at=now + DAY)
    services.close_task(task=other, words="已口头答复。", by=world.street_secretary, now=now)

    def listed(who: str, query: str) -> list[int]:
        return [
            row.task.pk for row in signed_in(world.people[who]).get(f"/supervision/{query}").context["rows"]
        ]

    assert listed("enforcement_leader", "") == [task.pk]
    assert listed("market_liaison", "?tab=mine") == []
    assert listed("street_dispatcher", "?tab=running") == [task.pk]
    assert listed("street_dispatcher", "?tab=ended") == [other.pk]
    assert listed("street_dispatcher", "?tab=ended&kind=notice") == []
    assert listed("street_dispatcher", f"?tab=running&q={task.number[:4]}") == [task.pk]
    assert listed("street_dispatcher", "?tab=running&light=over") == []


def test_the_list_costs_the_same_at_one_and_at_many(world: World) -> None:
    now = timezone.now()
    client = signed_in(world.street_dispatcher)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/supervision/?tab=running").context["rows"]
        return len(queries)

    noticed(world, dispatched(world, now=now)[0], now=now)
    one = cost()
    for _ in range(8):
        noticed(world, dispatched(world, now=now)[0], now=now)
    assert cost() == one


def test_the_export_holds_the_filtered_tasks_and_is_on_the_trail(world: World) -> None:
    now = timezone.now()
    task = noticed(world, dispatched(world, now=now)[0], now=now)
    answer = signed_in(world.street_dispatcher).get("/supervision/export/?tab=running")
    rows = cells(b"".join(answer))
    assert rows[1][0] == task.number
    assert AuditEvent.objects.get(event="list.exported").data["list"] == "supervision"


def test_notices_on_several_cases_with_one_that_fails(world: World) -> None:
    now = timezone.now()
    first, second = dispatched(world, now=now - 30 * DAY)[0], dispatched(world, now=now - 30 * DAY)[0]
    noticed(world, first, now=now)
    third = blown(world, now=now - 30 * DAY)
    Case.objects.update(due_at=now - DAY)
    client = signed_in(world.county_dispatcher)
    chosen = client.get("/supervision/choose/")
    assert {row.case.pk for row in chosen.context["rows"]} == {
        first.whistle.case_id,
        second.whistle.case_id,
        third.case_id,
    }
    ids = [first.whistle.case_id, second.whistle.case_id, third.case_id]
    form = client.get("/supervision/new/", {"case": ids})
    assert len(form.context["rows"]) == 3
    wrong = client.post("/supervision/new/", {"case": ids, "whom": "lead", "text": "", "days": "3"})
    assert wrong.status_code == 422
    done = client.post("/supervision/new/", {"case": ids, "whom": "lead", "text": "限期办结。", "days": "3"})
    results = {result.case.pk: result for result in done.context["results"]}
    assert results[first.whistle.case_id].task is None
    assert "still owes the reply" in results[first.whistle.case_id].refusal
    assert results[second.whistle.case_id].task.unit == second.unit
    assert results[third.case_id].task.unit == world.units["street_centre"]
    assert done.context["issued"] == 2
    assert "still owes the reply" in done.content.decode()


def test_a_foreign_case_cannot_be_put_into_the_bulk_form(world: World) -> None:
    now = timezone.now()
    case = dispatched(world, now=now)[0].whistle.case_id
    client = signed_in(world.other_dispatcher)
    client.post(
        "/supervision/new/", {"case": [case, "x", "9" * 30], "whom": "lead", "text": "限期。", "days": "3"}
    )
    assert not SupervisionTask.objects.exists()
