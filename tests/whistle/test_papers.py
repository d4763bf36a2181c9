"""Papers of a case: complete, masked, scoped, on the trail; numbers of slips given once."""

import io
import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn

from kunming_portal.audit.models import AuditEvent
from tests.whistle.crowd import signed_in
from tests.whistle.people import NOW, World, build_world, dispatched, fed_back, opened, whistle_of, worked
from tests.whistle.test_supervision import instructed, noticed
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Case, DispatchSlip, Whistle
from whistle.papers import get_case_file, get_notice_paper, get_slip_paper

HOUR = timedelta(hours=1)


def text_of(content: bytes) -> str:
    """Return every text of a Word paper."""
    body = Document(io.BytesIO(content)).element.body
    return "\n".join(node.text or "" for node in body.iter(qn("w:t")))


def taken(world: World, who: str, address: str) -> str:
    answer = signed_in(world.people[who]).get(address)
    assert answer.status_code == 200, address
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return text_of(answer.content)


def walked(world: World) -> Case:
    """Walk a case to its end, with rework, a notice, an instruction, a note and a reporter."""
    case = opened(world, reporter_name="段正淳", reporter_phone="13800001234", external_number="12345-7788")
    whistle = whistle_of(case)
    services.blow(whistle=whistle, by=world.community_worker, now=NOW)
    if whistle.status == "awaiting_approval":
        services.approve(whistle=whistle, by=world.community_secretary, now=NOW)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW + HOUR)
    lead = services.dispatch(
        whistle=whistle,
        lead=world.units["enforcement"],
        by=world.street_dispatcher,
        now=NOW + HOUR,
        instruction="先围挡<b>&后</b>修复。",
    )[0]
    task = noticed(world, lead)
    services.reply(task=task, text="已围挡。", by=world.enforcement_leader, now=NOW + 2 * HOUR)
    instructed(world, lead, due_at=NOW + timedelta(days=2))
    services.note(case=case, text="居民来电询问。", by=world.community_worker, now=NOW + 2 * HOUR)
    worked(world, lead, now=NOW + 3 * HOUR)
    services.rework(
        whistle=whistle, units=[lead], reason="仍有积水。", by=world.community_worker, now=NOW + 4 * HOUR
    )
    lead.refresh_from_db()
    services.feed_back(
        assignment=lead, measures="已重做路面。", by=world.enforcement_liaison, now=NOW + 5 * HOUR
    )
    services.verify(
        whistle=whistle,
        verdict="solved",
        satisfaction="satisfied",
        by=world.community_worker,
        now=NOW + 6 * HOUR,
    )
    services.close(whistle=whistle, by=world.community_worker, now=NOW + 7 * HOUR)
    case.refresh_from_db()
    return case


def test_the_case_file_holds_everything_and_masks_the_reporter(world: World) -> None:
    case = walked(world)
    text = taken(world, "community_worker", f"/cases/{case.pk}/papers/file/docx/")
    for words in (
        case.number,
        "12345-7788",
        "西坝路128号",
        "昆明市五华区大观篆塘社区",
        "城管执法中队",
        "先围挡<b>&后</b>修复。",
        "大观督〔2026〕1号",
        "已围挡。",
        "三日内拆除。",
        "居民来电询问。",
        "仍有积水。",
        "已重做路面。",
        "community_worker",
    ):
        assert words in text, words
    assert "段正淳" not in text
    assert "13800001234" not in text
    assert "段" in text


def test_the_stage_log_says_from_where_to_where(world: World) -> None:
    case = walked(world)
    log = get_case_file(case, now=NOW + 8 * HOUR).body[-1]
    ways = [row[3] for row in log.rows]  # type: ignore[union-attr]  # the last block is a table
    assert len(ways) == AuditEvent.objects.filter(stream=case.stream).count()
    told = [way for way in ways if way]
    assert told[0].startswith("草稿→")
    assert "待签收→待报到" in told
    assert "待报到→处置中" in told
    assert any(re.search("处置中→已反馈；哨件处置中→待核实", way) for way in told)
    assert told.count("待核实→处置中") == 1
    assert told[-1] == "待评价→已办结"


def test_the_office_language_does_not_change_with_the_reader(world: World) -> None:
    case = dispatched(world)[0].whistle.case
    client = signed_in(world.community_worker)
    english = text_of(client.get(f"/cases/{case.pk}/papers/file/docx/").content)
    assert "事项卷宗" in english
    assert "Case file" not in english


def test_a_slip_names_units_limits_and_instruction(world: World) -> None:
    lead = dispatched(world)[0]
    slip = services.number_slip(whistle=lead.whistle, by=world.street_dispatcher, now=NOW)
    made = get_slip_paper(slip, whistle=lead.whistle)
    assert (made.number, made.issuer) == ("大观派〔2026〕1号", "大观街道综合治理中心")
    assert made.addressee == "城管执法中队、市场监督管理所"
    assert "市场监督管理所" in taken(
        world, "market_liaison", f"/cases/{lead.whistle.case_id}/papers/slip/docx/"
    )


def test_a_slip_is_numbered_once_and_by_those_who_work_on_it(world: World) -> None:
    first, second = dispatched(world)[0].whistle, dispatched(world)[0].whistle
    with pytest.raises(MoveRefused) as refused:
        services.number_slip(whistle=first, by=world.inspector, now=NOW)
    assert refused.value.code == "role"
    one = services.number_slip(whistle=first, by=world.street_dispatcher, now=NOW)
    assert services.number_slip(whistle=first, by=world.inspector, now=NOW + HOUR) == one
    assert (
        services.number_slip(whistle=second, by=world.street_dispatcher, now=NOW).number
        == "大观派〔2026〕2号"
    )
    draft = whistle_of(opened(world))
    with pytest.raises(MoveRefused) as refused:
        services.number_slip(whistle=draft, by=world.community_worker, now=NOW)
    assert refused.value.code == "status"


def test_a_paper_that_is_not_there_yet_says_so_on_the_case(world: World) -> None:
    case = opened(world)
    answer = signed_in(world.community_worker).get(f"/cases/{case.pk}/papers/slip/pdf/", follow=True)
    assert "The slip is there when the whistle has been dispatched." in answer.content.decode()


def test_a_notice_names_what_was_passed(world: World) -> None:
    lead = dispatched(world)[0]
    task = noticed(world, lead, now=NOW + timedelta(days=20))
    made = get_notice_paper(task)
    assert made.title == f"关于“{task.case.title}”的督办通知书"
    assert made.addressee == "城管执法中队"
    text = taken(world, "enforcement_leader", f"{task.get_absolute_url()}paper/docx/")
    assert "超期情况" in text
    assert "请说明超期原因并限期办结。" in text
    instruction = instructed(world, lead, now=NOW + timedelta(days=20), due_at=NOW + timedelta(days=22))
    assert (
        signed_in(world.enforcement_leader).get(f"{instruction.get_absolute_url()}paper/pdf/").status_code
        == 404
    )


def test_papers_are_scoped_and_on_the_trail(world: World) -> None:
    lead = dispatched(world)[0]
    task = noticed(world, lead)
    addresses = [
        f"/cases/{lead.whistle.case_id}/papers/file/pdf/",
        f"/cases/{lead.whistle.case_id}/papers/slip/pdf/",
        f"/supervision/{task.pk}/paper/pdf/",
    ]
    for address in addresses:
        for who in ("stranger", "water_liaison", "audit_admin"):
            assert signed_in(world.people[who]).get(address).status_code == 404
        answer = signed_in(world.street_dispatcher).get(address)
        assert answer.content.startswith(b"%PDF-")
    assert signed_in(world.street_dispatcher).get(addresses[0].replace("pdf", "odt")).status_code == 404
    assert signed_in(world.street_dispatcher).get(addresses[0].replace("file", "other")).status_code == 404
    events = AuditEvent.objects.filter(stream=lead.whistle.case.stream, event="paper.taken")
    assert {event.actor_name for event in events} == {"street_dispatcher"}
    assert events.count() == 3
    assert events[0].data["form"] == "pdf"


def test_a_long_case_costs_no_more_queries(world: World) -> None:
    case = dispatched(world)[0].whistle.case

    def cost() -> int:
        found = Case.objects.select_related("division", "opened_by").get(pk=case.pk)
        with CaptureQueriesContext(connection) as queries:
            get_case_file(found, now=timezone.now())
        return len(queries)

    one = cost()
    for n in range(200):
        services.note(case=case, text=f"第{n}次走访。", by=world.community_worker, now=NOW + n * HOUR)
    assert cost() == one
    answer = signed_in(world.community_worker).get(f"/cases/{case.pk}/papers/file/pdf/")
    assert answer.content.startswith(b"%PDF-")
    assert "第199次走访。" in taken(world, "community_worker", f"/cases/{case.pk}/papers/file/docx/")


def test_the_case_page_offers_the_papers(world: World) -> None:
    client = signed_in(world.community_worker)
    draft = opened(world)
    text = client.get(draft.get_absolute_url()).content.decode()
    assert "papers/file/pdf/" in text
    assert "papers/slip/" not in text
    case = fed_back(world).case
    assert "papers/slip/docx/" in client.get(case.get_absolute_url()).content.decode()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_prints_at_once_give_one_number() -> None:
    world = build_world()
    pk = dispatched(world)[0].whistle_id
    gate = threading.Barrier(2)
    numbers: list[str] = []

    def number() -> None:
        try:
            mine = Whistle.objects.select_related("case", "receiver__division").get(pk=pk)
            gate.wait(5)
            numbers.append(services.number_slip(whistle=mine, by=world.street_dispatcher, now=NOW).number)
        finally:
            connection.close()

    threads = [threading.Thread(target=number) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert numbers == ["大观派〔2026〕1号"] * 2
    assert DispatchSlip.objects.count() == 1
