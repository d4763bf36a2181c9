"""Exports: the filtered rows, as text, on the trail, for those who may."""

import io
import zipfile
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from kunming_portal.audit.models import AuditEvent
from tests.whistle.crowd import crowd, page, signed_in, titled
from tests.whistle.people import NOW, World, dispatched
from whistle import exports
from whistle.models import Case
from whistle.selectors import get_cases

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content: bytes) -> list[list[str]]:
    """Return the texts of the first sheet; a cell that is not a text fails."""
    sheet = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{NS}row"):
        assert {cell.get("t") for cell in row} <= {"inlineStr"}
        assert not list(row.iter(f"{NS}f"))
        rows.append(["".join(text.text or "" for text in cell.iter(f"{NS}t")) for cell in row])
    return rows


def download(world: World, who: str, query: str = "") -> list[list[str]]:
    """Export as this person and return the rows."""
    answer = signed_in(world.people[who]).get(f"/cases/export/{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    return cells(content)


def test_the_export_holds_exactly_the_filtered_rows(world: World) -> None:
    now = timezone.now()
    dispatched(world, now=now)
    crowd(world, 2, now=now - timedelta(minutes=30))
    rows = download(world, "street_dispatcher", "?unit=enforcement")
    assert rows[0][:3] == ["Number", "Title", "Place"]
    assert len(rows) == 2
    number = Case.objects.get(called_units__len__gt=0).number
    assert rows[1][0] == number
    assert rows[1][3] == "昆明市五华区大观篆塘社区"
    assert rows[1][11:13] == ["城管执法中队", "市场监督管理所"]
    assert len(download(world, "street_dispatcher")) == 4
    assert len(download(world, "stranger")) == 1


def test_the_export_is_on_the_trail_with_filter_and_number(world: World) -> None:
    crowd(world, 3, now=timezone.now())
    download(world, "street_dispatcher", "?kind=sanitation&after=zzz")
    event = AuditEvent.objects.get(event="list.exported")
    assert event.actor_id == world.street_dispatcher.pk
    assert event.data == {"list": "cases", "filter": {"kind": "sanitation"}, "rows": 3}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_nothing_reads_as_a_formula(world: World, start: str) -> None:
    titled(world, f"{start}1+1", now=timezone.now())
    assert download(world, "community_worker")[1][1] == f"'{start}1+1"


def test_the_reporter_never_travels_along(world: World) -> None:
    titled(world, "路灯不亮", now=timezone.now(), reporter_name="段正淳", reporter_phone="13800001234")
    text = str(download(world, "community_worker"))
    assert "段正淳" not in text
    assert "13800001234" not in text


def test_without_the_right_nothing_is_exported_and_the_list_says_so(world: World) -> None:
    crowd(world, 1, now=timezone.now())
    client = signed_in(world.inspector)
    answer = client.get("/cases/export/?kind=sanitation", follow=True)
    assert answer.redirect_chain[-1][0] == "/cases/?kind=sanitation"
    assert "You do not hold a role that may export lists." in answer.content.decode()
    assert not AuditEvent.objects.filter(event="list.exported").exists()
    assert "/cases/export/" not in page(world.inspector, "/cases/")
    with pytest.raises(exports.ExportRefused):
        exports.export_cases(get_cases(user=world.inspector), by=world.inspector, now=NOW, filters={})


def test_too_many_rows_are_refused_whole(world: World) -> None:
    crowd(world, 3)
    cases = get_cases(user=world.street_dispatcher)
    with pytest.raises(exports.ExportRefused) as refused:
        exports.export_cases(cases, by=world.street_dispatcher, now=NOW, filters={}, limit=2)
    assert refused.value.code == "size"
    assert not AuditEvent.objects.filter(event="list.exported").exists()
    exports.export_cases(cases, by=world.street_dispatcher, now=NOW, filters={}, limit=3).close()


def test_a_filter_that_cannot_be_used_exports_no_row(world: World) -> None:
    crowd(world, 1, now=timezone.now())
    assert len(download(world, "street_dispatcher", "?light=blue")) == 1
