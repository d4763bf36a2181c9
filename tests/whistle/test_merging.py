"""Many callers of one matter under one case: merged once, told, silent, and taken apart again."""

import threading
from datetime import timedelta

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.notifications.models import Notice
from tests.whistle.people import (
    NOW,
    World,
    at,
    blown,
    build_world,
    dispatched,
    fed_back,
    opened,
    unit,
    whistle_of,
    worked,
)
from whistle import services
from whistle.models import Case, CaseDeadline, CaseRung, Whistle
from whistle.selectors import get_cases

LATER = NOW + timedelta(days=60)


def sweep() -> None:
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=LATER)


def merged(world: World) -> tuple[Whistle, Case]:
    """Walk to a case that is merged into another one, which units handle."""
    root = dispatched(world)[0].whistle.case
    child = blown(world)
    services.merge(whistle=child, into=root, reason="同一处塌陷", by=world.street_dispatcher, now=NOW)
    root.refresh_from_db()
    return Whistle.objects.select_related("case").get(pk=child.pk), root


def test_a_merged_case_stands_under_its_root_and_both_histories_know(world: World) -> None:
    child, root = merged(world)
    assert (child.status, child.merged_from) == ("merged", "awaiting_acceptance")
    assert (child.case.status, child.case.parent_id, child.case.due_at) == ("merged", root.pk, None)
    assert root.callers == 2
    mine = AuditEvent.objects.get(stream=child.case.stream, event="case.merged")
    theirs = AuditEvent.objects.get(stream=root.stream, event="case.absorbed")
    assert (mine.data["into"], mine.reason) == (root.number, "同一处塌陷")
    assert (theirs.data["from"], theirs.data["caller"]) == (child.case.number, "篆塘社区")
    assert Notice.objects.filter(recipient=world.community_worker, kind="whistle.merge").count() == 1


def test_a_merged_case_never_rings_and_a_closed_one_neither(world: World) -> None:
    child, root = merged(world)
    for duty in root.whistles.get().assignments.all():
        worked(world, duty)
    top = whistle_of(root)
    services.verify(whistle=top, verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=top, by=world.community_worker, now=NOW)
    sweep()
    assert not CaseRung.objects.filter(deadline__case__in=[child.case, root]).exists()


def test_taken_out_it_goes_on_from_where_it_stood_with_the_time_that_was_left(world: World) -> None:
    child, root = merged(world)
    before = CaseDeadline.objects.get(whistle=child, step="dispatch")
    services.unmerge(whistle=child, reason="不是一处", by=world.street_dispatcher, now=at("2026-11-24 10:00"))
    child.refresh_from_db()
    root.refresh_from_db()
    case = Case.objects.get(pk=child.case_id)
    assert (child.status, child.merged_from) == ("awaiting_acceptance", "")
    assert (case.status, case.parent_id, root.callers) == ("open", None, 1)
    after = CaseDeadline.objects.get(pk=before.pk)
    assert (after.paused_at, after.due_at - before.due_at) == (None, timedelta(days=1))
    assert case.due_at == after.due_at
    services.accept(whistle=child, by=world.street_dispatcher, now=at("2026-11-24 10:05"))
    assert AuditEvent.objects.filter(stream=root.stream, event="case.released").count() == 1


def test_its_caller_hears_how_the_other_case_goes(world: World) -> None:
    child, root = merged(world)
    Notice.objects.all().delete()
    for duty in root.whistles.get().assignments.all():
        worked(world, duty)
    top = whistle_of(root)
    services.verify(whistle=top, verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=top, by=world.community_worker, now=NOW)
    told = Notice.objects.filter(recipient=world.community_secretary, kind__startswith="merged.")
    assert list(told.order_by("id").values_list("kind", flat=True)) == ["merged.feed_back"] * 2 + [
        "merged.close"
    ]
    assert {notice.link for notice in told} == {child.case.get_absolute_url()}


def test_a_caller_does_not_withdraw_what_others_told_of_too(world: World) -> None:
    child, root = merged(world)
    top = whistle_of(root)
    leave = {"whistle": top, "reason": "已自行解决", "by": world.community_worker, "now": NOW}
    with pytest.raises(services.MoveRefused, match="撤销合并") as refused:
        services.withdraw(**leave)  # type: ignore[arg-type]
    assert refused.value.code == "merged"
    services.unmerge(whistle=child, reason="各自处理", by=world.street_dispatcher, now=NOW)
    services.withdraw(**leave)  # type: ignore[arg-type]


def test_its_caller_hears_of_every_end_and_that_it_goes_on(world: World) -> None:
    _child, root = merged(world)
    for duty in root.whistles.get().assignments.all():
        worked(world, duty)
    Notice.objects.all().delete()
    sweep()
    top = root.whistles.get()
    assert top.status == "closed"
    services.reopen(whistle=top, reason="又渗水", by=world.community_secretary, now=LATER)
    services.answer(
        whistle=top, text="已答复", legal_basis="信访工作条例", by=world.street_secretary, now=LATER
    )
    told = Notice.objects.filter(recipient=world.community_worker, kind__startswith="merged.")
    assert set(told.values_list("kind", flat=True)) == {"merged.lapse", "merged.reopen", "merged.answer"}


def test_no_chains_a_merged_case_stands_for_its_root(world: World) -> None:
    child, root = merged(world)
    third = blown(world)
    services.merge(whistle=third, into=child.case, reason="同一处", by=world.street_dispatcher, now=NOW)
    assert Case.objects.get(pk=third.case_id).parent_id == root.pk
    root.refresh_from_db()
    assert root.callers == 3


def refusal(
    world: World, whistle: Whistle, into: Case, by: str = "street_dispatcher", reason: str = "同一处"
) -> str:
    with pytest.raises(services.MoveRefused) as refused:
        services.merge(whistle=whistle, into=into, reason=reason, by=world.people[by], now=NOW)
    assert len(refused.value.sentence) > 8
    return refused.value.code


def test_what_cannot_be_merged(world: World) -> None:
    child, root = merged(world)
    top = whistle_of(root)
    lone = blown(world)
    assert refusal(world, lone, lone.case) == "into"
    assert refusal(world, lone, root, by="community_worker") == "role"
    assert refusal(world, lone, root, by="other_dispatcher") == "role"
    assert refusal(world, lone, root, by="county_dispatcher") == "role"
    assert refusal(world, lone, root, reason=" ") == "reason"
    assert refusal(world, child, root) == "status"
    assert refusal(world, top, lone.case) == "status", "its units are at work"
    assert refusal(world, lone, opened(world)) == "into", "not sent yet"
    parent = blown(world)
    services.merge(whistle=lone, into=parent.case, reason="同一处", by=world.street_dispatcher, now=NOW)
    assert refusal(world, parent, root) == "into", "others are merged into it"


def test_a_closed_case_takes_nothing_in(world: World) -> None:
    done = fed_back(world)
    services.verify(whistle=done, verdict="solved", by=world.community_worker, now=NOW)
    services.close(whistle=done, by=world.community_worker, now=NOW)
    assert refusal(world, blown(world), done.case) == "into"


def test_only_cases_at_one_centre(world: World) -> None:
    unit("other_office", "拓东街道办事处", "street_office", "530103001")
    case = services.open_case(
        matter=services.Matter(
            description="井盖破损。", place="尚义街1号", kind=whistle_of(opened(world)).kind
        ),
        caller=world.units["other_community"],
        by=world.stranger,
        now=NOW,
    )
    assert refusal(world, blown(world), case) == "into"


def test_a_note_on_a_merged_case_stands_on_its_root(world: World) -> None:
    child, root = merged(world)
    note = services.note(case=child.case, text="又来电催问。", by=world.community_worker, now=NOW)
    assert note.case_id == root.pk
    streams = AuditEvent.objects.filter(event="case.noted").values_list("stream", flat=True)
    assert set(streams) == {root.stream, child.case.stream}


def test_the_database_refuses_half_a_merge(world: World) -> None:
    case = blown(world).case
    for wrong in ({"status": "merged"}, {"parent_id": case.pk}, {"parent": blown(world).case}):
        with pytest.raises(Error), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(due_at=None, **wrong)


def test_the_page_of_a_merged_case_leads_to_its_root(world: World, client: Client) -> None:
    child, root = merged(world)
    client.force_login(world.street_dispatcher)
    away = client.get(child.case.get_absolute_url())
    assert away.headers["Location"] == f"{root.get_absolute_url()}?from={child.case_id}"
    there = client.get(away.headers["Location"]).content.decode()
    assert f"{child.case.number}已并入本件" in there
    assert "2方反映此事" in there
    stays = client.get(f"{child.case.get_absolute_url()}?stay=1")
    assert stays.status_code == 200
    assert f"已并入{root.number}" in stays.content.decode()
    assert "撤销合并" in stays.content.decode()
    listed = client.get("/cases/", {"q": child.case.number}).content.decode()
    assert child.case.get_absolute_url() in listed


def test_a_caller_who_does_not_see_the_root_stays_on_their_own_case(world: World, client: Client) -> None:
    child, root = merged(world)
    Case.objects.filter(pk=root.pk).update(division="530103001001", title="别处的事")
    client.force_login(world.community_worker)
    assert not get_cases(user=world.community_worker).filter(pk=root.pk).exists()
    page = client.get(child.case.get_absolute_url())
    assert page.status_code == 200
    text = page.content.decode()
    assert root.number in text
    assert "别处的事" not in text


def test_a_caller_who_does_not_see_the_others_case_reads_nothing_of_it(world: World, client: Client) -> None:
    child, root = merged(world)
    Case.objects.filter(pk=child.case_id).update(division="530103001001", title="别处的事")
    for person, reads in (("community_worker", False), ("city_dispatcher", True)):
        client.force_login(world.people[person])
        text = client.get(root.get_absolute_url()).content.decode()
        assert child.case.number in text
        assert ("别处的事" in text) is reads


def test_merging_on_its_page_by_number_or_by_tile(world: World, client: Client) -> None:
    root = dispatched(world)[0].whistle.case
    child = blown(world)
    client.force_login(world.street_dispatcher)
    url = f"/cases/{child.case_id}/merge/"
    form = client.get(url).context["form"]
    assert [value for value, _label in form.fields["suggested"].choices] == [str(root.pk)]
    wrong = client.post(url, {"number": "没有9", "reason": "同一处"})
    assert wrong.status_code == 422
    assert "number" in wrong.context["form"].errors
    assert "同一处" in wrong.content.decode()
    assert client.post(url, {"number": root.number, "reason": "同一处"}).status_code == 302
    assert Case.objects.get(pk=child.case_id).parent_id == root.pk
    assert client.post(f"/cases/{child.case_id}/unmerge/", {"reason": "看错了"}).status_code == 302
    assert client.post(url, {"suggested": str(root.pk), "reason": "同一处"}).status_code == 302


def test_the_api_answers_where_a_case_went(world: World, client: Client) -> None:
    child, root = merged(world)
    client.force_login(world.street_dispatcher)
    found = client.get(f"/api/v1/cases/{child.case_id}/").json()
    assert found["merged_into"] == {"id": root.pk, "number": root.number}
    assert client.get(f"/api/v1/cases/{root.pk}/").json()["callers"] == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_merges_in_opposite_directions_one_wins_and_nobody_waits_for_ever() -> None:
    world = build_world()
    first, second = blown(world), blown(world)
    refused: list[str] = []
    failures: list[BaseException] = []
    start = threading.Barrier(2)

    def work(pk: int, into: int) -> None:
        try:
            whistle = Whistle.objects.select_related("case").get(pk=pk)
            target = Case.objects.get(pk=into)
            start.wait(10)
            services.merge(whistle=whistle, into=target, reason="同一处", by=world.street_dispatcher, now=NOW)
        except services.MoveRefused as error:
            refused.append(error.sentence)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    pairs = [(first.pk, second.case_id), (second.pk, first.case_id)]
    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(refused) == 1
    assert Case.objects.filter(status="merged").count() == 1
    assert Case.objects.filter(merged_count=1).count() == 1
