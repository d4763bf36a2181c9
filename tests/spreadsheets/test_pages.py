"""The pages of imports: send, see, confirm, cancel, take the result - and nobody sees somebody else's file."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from communities.models import Compound
from kunming_portal.audit.models import AuditEvent
from kunming_portal.spreadsheets import checks, limits, tasks
from kunming_portal.spreadsheets.models import Import
from tests.communities.matrix import Row, wrong_answers
from tests.communities.routes.tables import KEEPS_COMMUNITIES
from tests.spreadsheets.sample import GOOD, REGISTER, book, cells_of, changed, many
from tests.spreadsheets.test_importing import previewed, saved, sent, worked
from tests.whistle.crowd import page, signed_in
from tests.whistle.people import World

NEW = f"/imports/new/{REGISTER.key}/"


def upload(by: Any, content: bytes, name: str = "台账.xlsx") -> Any:
    return signed_in(by).post(NEW, {"file": SimpleUploadedFile(name, content)})


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_small_file_is_previewed_in_the_answer_and_saved_by_one_press(world: World) -> None:
    answer = upload(world.community_worker, book(GOOD, changed(小区名称="翠湖小区")))
    job = Import.objects.get()
    assert answer.headers["Location"] == f"/imports/{job.pk}/"
    text = page(world.community_worker, f"/imports/{job.pk}/")
    assert "Save 2 rows" in text
    assert "翠湖小区" in text
    signed_in(world.community_worker).post(f"/imports/{job.pk}/confirm/")
    assert Compound.objects.count() == 2
    assert "2 rows were saved" in page(world.community_worker, f"/imports/{job.pk}/")
    assert "台账.xlsx" in page(world.community_worker, "/imports/")


def test_a_changed_row_says_from_what_to_what(world: World) -> None:
    saved(world.community_worker, book(GOOD))
    job = previewed(world.community_worker, book(changed(户数=121, 合同到期=None, 类型="老旧小区")))
    text = page(world.community_worker, f"/imports/{job.pk}/?show=changed")
    assert '<span class="kp-second">类型</span> <del>商品房</del> → <b>老旧小区</b>' in text
    assert "<del>120</del> → <b>121</b>" in text
    assert "<del>2027-03-05</del> → <b>empty</b>" in text


def test_faults_are_shown_by_row_and_column_with_what_stands_there(world: World) -> None:
    upload(world.community_worker, book(GOOD, changed(户数="很多")))
    text = page(world.community_worker, f"/imports/{Import.objects.get().pk}/")
    assert "1 error, nothing was saved" in text
    assert "<b>Row 3</b>" in text
    assert "column E 户数" in text
    assert "很多" in text
    assert "/confirm/" not in text


def test_what_is_no_workbook_is_said_at_the_field(world: World) -> None:
    for content, words in ((b"", "The file is empty."), (b"a,b", "no Excel workbook")):
        answer = upload(world.community_worker, content)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert signed_in(world.community_worker).post(NEW).status_code == 422
    assert not Import.objects.exists()


def test_a_larger_file_is_read_by_the_worker_while_the_page_polls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BYTES_AT_ONCE", 10)
    upload(world.community_worker, book(*many(5)))
    job = Import.objects.get()
    client = signed_in(world.community_worker)
    assert "Reading and checking" in page(world.community_worker, f"/imports/{job.pk}/")
    polled = client.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"})
    assert 'id="progress"' in polled.content.decode()
    assert "HX-Refresh" not in polled.headers
    tasks.import_workbooks()
    assert client.get(f"/imports/{job.pk}/", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_the_result_workbook_says_what_came_of_each_row_and_goes_in_again(world: World) -> None:
    job = worked(sent(world.community_worker, book(GOOD, changed(小区名称="=1+1", 户数="x", 地址="'=a"))))
    client = signed_in(world.community_worker)
    rows = cells_of(body(client.get(f"/imports/{job.pk}/result/")))
    assert rows[0][-1] == "Result"
    assert rows[1][-1] == "Not saved: New" or rows[1][-1] == ""
    assert "E 户数" in rows[2][-1]
    assert "B 小区名称" in rows[2][-1]
    assert rows[2][2] == "'=a"
    done = saved(world.community_worker, book(GOOD))
    content = body(client.get(f"/imports/{done.pk}/result/"))
    assert cells_of(content)[1][-1] == "Added"
    assert previewed(world.community_worker, content).unchanged == 1


def test_the_export_goes_on_the_trail_with_its_filter(world: World) -> None:
    saved(world.community_worker, book(GOOD))
    answer = signed_in(world.community_worker).get(f"/registers/{REGISTER.key}/export/?q=金")
    assert len(cells_of(body(answer))) == 2
    event = AuditEvent.objects.get(event="list.exported")
    assert event.data == {"list": REGISTER.key, "filter": {"q": "金"}, "rows": 1}


def test_cancelling_from_the_page(world: World) -> None:
    job = previewed(world.community_worker, book(GOOD))
    signed_in(world.community_worker).post(f"/imports/{job.pk}/cancel/")
    assert "Nothing was saved" in page(world.community_worker, f"/imports/{job.pk}/")
    assert signed_in(world.community_worker).get(f"/imports/{job.pk}/result/").status_code == 404


def finders(world: World, address: str, *, post: bool = False) -> set[str]:
    """Return who is not told that there is nothing; a file that comes is read to its end."""
    found = set()
    for name, person in world.people.items():
        client = signed_in(person)
        answer: Any = client.post(address) if post else client.get(address)
        if answer.streaming:
            body(answer)
        if answer.status_code != 404:
            found.add(name)
    return found


def test_somebody_elses_import_is_not_there(world: World) -> None:
    job = previewed(world.community_worker, book(GOOD))
    assert wrong_answers(world, [Row(f"/imports/{job.pk}/", {"community_worker"})]) == []
    assert finders(world, f"/imports/{job.pk}/result/") == {"community_worker"}
    # a cancelled one is refused with a sentence, so everybody may try on the same
    for verb in ("cancel", "confirm"):
        assert finders(world, f"/imports/{job.pk}/{verb}/", post=True) == {"community_worker"}
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_only_keepers_find_upload_and_template(world: World) -> None:
    assert wrong_answers(world, [Row(NEW, KEEPS_COMMUNITIES)]) == []
    assert finders(world, f"/registers/{REGISTER.key}/template/") == KEEPS_COMMUNITIES
    assert signed_in(world.audit_admin).get(f"/registers/{REGISTER.key}/export/").status_code == 403


def test_the_number_of_queries_does_not_depend_on_the_rows(world: World) -> None:
    client, counts = signed_in(world.community_worker), []
    for number in (2, 12):
        good = previewed(world.community_worker, book(*many(number)))
        bad = worked(sent(world.community_worker, book(*[[*row[:4], "x"] for row in many(number)])))
        for address in (f"/imports/{good.pk}/", f"/imports/{bad.pk}/", "/imports/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


def test_lists_of_rows_and_faults_go_on_page_by_page(world: World) -> None:
    job = worked(sent(world.community_worker, book(*[[*row[:4], "x"] for row in many(60)])))
    text = page(world.community_worker, f"/imports/{job.pk}/")
    assert "<b>Row 51</b>" in text
    assert "<b>Row 52</b>" not in text
    assert "?after=" in text


def test_registers_that_share_a_key_or_lack_one_are_complained_about() -> None:
    assert checks.registers_fit(None) == []
    with override_settings(PORTAL_REGISTERS=["tests.spreadsheets.sample.TWICE"]):
        assert [one.id for one in checks.registers_fit(None)] == ["spreadsheets.E002"]
    with override_settings(PORTAL_REGISTERS=["tests.spreadsheets.sample.NOTHING"]):
        assert [one.id for one in checks.registers_fit(None)] == ["spreadsheets.E001"]
