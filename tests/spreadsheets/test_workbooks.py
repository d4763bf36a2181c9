"""Templates, exports and results: the same columns everywhere, and nothing in them becomes a formula."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext_lazy

from communities.models import Compound
from kunming_portal.accounts.permissions import Permission
from kunming_portal.spreadsheets import reading, values
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Register
from kunming_portal.spreadsheets.workbook import ExportRefused
from kunming_portal.spreadsheets.writing import write_export, write_template
from tests.spreadsheets.sample import GOOD, HEADS, REGISTER, book, cells_of, changed
from tests.spreadsheets.test_importing import previewed, saved
from tests.whistle.people import World


def template(register: Register = REGISTER) -> bytes:
    file = io.BytesIO()
    write_template(file, register)
    return file.getvalue()


def exported(by: Any, query: str = "") -> bytes:
    file = io.BytesIO()
    write_export(file, REGISTER, REGISTER.rows(REGISTER.queryset(by, QueryDict(query))))
    return file.getvalue()


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        return read.read(name).decode()


def test_the_template_has_heads_explanations_and_drop_downs() -> None:
    content = template()
    assert cells_of(content)[0] == HEADS
    told = dict(cells_of(content, 1)[1:])
    assert told["地址*"] == "必填。填文字，最多40个字。门牌号"
    assert told["合同到期"] == "可不填。填日期，如2026-03-05。"
    sheet = part(content, "xl/worksheets/sheet1.xml")
    assert '<dataValidation type="list"' in sheet
    assert "商品房,老旧小区" in sheet
    assert 'sqref="D2:D20001"' in sheet
    assert "frozen" in sheet
    assert "门牌号" in part(content, "xl/comments1.xml")


def test_a_list_too_long_for_a_validation_stands_on_a_hidden_sheet() -> None:
    class Long(type(REGISTER)):  # type: ignore[misc]
        columns = (
            Column("name", "名称", Kind.TEXT, key=True),
            Column("kind", "类型", Kind.CHOICE, choices=tuple((n, f"很长的选项名称{n}") for n in range(80))),
        )

    content = template(Long())
    assert "lists!$A$1:$A$80" in part(content, "xl/worksheets/sheet1.xml")
    assert re.search(r'name="lists" sheetId="\d" state="hidden"', part(content, "xl/workbook.xml"))
    assert cells_of(content, 2)[79] == ["很长的选项名称79"]


def test_a_workbook_in_one_language_goes_in_with_another() -> None:
    class Translated(Register):
        key, title, right = "translated", gettext_lazy("Register"), Permission.COMMUNITY_KEEP
        columns = (
            Column("name", gettext_lazy("File"), Kind.TEXT, key=True),
            Column("kind", gettext_lazy("State"), Kind.CHOICE, choices=(("a", gettext_lazy("Column")),)),
            Column("is_open", gettext_lazy("Confirmed"), Kind.YES_NO),
        )

    file = io.BytesIO()
    with translation.override("en"):
        write_export(file, Translated(), [{"name": "x", "kind": "a", "is_open": True}])
    assert cells_of(file.getvalue()) == [["File*", "State", "Confirmed"], ["x", "Column", "Yes"]]
    found = reading.read(file.getvalue(), Translated())
    assert found.findings == []
    assert found.rows[0].values == {"name": "x", "kind": "a", "is_open": True}


NASTY = ["=HYPERLINK(0)", "+1", "-东区", "@x", "'=已经中和", "''@", "'普通"]


def test_what_comes_out_goes_in_again_unchanged(world: World) -> None:
    rows = [
        changed(小区名称=f"小区{n}", 地址=f"'{text}" if text[0] in "=+-@" else text)
        for n, text in enumerate(NASTY)
    ]
    rows += [changed(小区名称="空", 户数=0, 物业企业=None, 合同到期=None, 物业方式="无物业")]
    saved(world.community_worker, book(*rows))
    Compound.objects.filter(name="小区5").update(address="''@", property_firm="多行\n文字")
    content = exported(world.community_worker)
    assert b"<f>" not in part(content, "xl/worksheets/sheet1.xml").encode()
    again = previewed(world.community_worker, content)
    assert (again.new, again.changed, again.unchanged) == (0, 0, len(rows))


def test_nothing_that_is_exported_starts_like_a_formula(world: World) -> None:
    saved(world.community_worker, book(changed(地址="'=cmd|' /C calc'!A0")))
    row = cells_of(exported(world.community_worker))[1]
    assert row[2] == "'=cmd|' /C calc'!A0"
    assert Compound.objects.get().address == "=cmd|' /C calc'!A0"
    assert row[6] == date(2027, 3, 5)
    assert row[4] == 120


def test_the_export_follows_filter_and_scope_and_refuses_too_many(world: World) -> None:
    saved(world.community_worker, book(GOOD, changed(小区名称="翠湖小区")))
    assert [row[1] for row in cells_of(exported(world.community_worker, "q=翠"))[1:]] == ["翠湖小区"]
    assert len(cells_of(exported(world.stranger))) == 1
    with pytest.raises(ExportRefused):
        write_export(io.BytesIO(), REGISTER, REGISTER.rows(Compound.objects.order_by("pk")), limit=1)


@pytest.mark.parametrize("text", ["a", "=a", "'=a", "''=a", "'a", "''", "-", "'", "'-"])
def test_neutralising_is_undone_exactly(text: str) -> None:
    assert values.tidy(values.neutralise(text)) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.DATE, date(2026, 2, 28)),
        (Kind.MOMENT, datetime(2026, 2, 28, 3, 30, tzinfo=UTC)),
        (Kind.DECIMAL, Decimal("12.50")),
        (Kind.INTEGER, 7),
        (Kind.YES_NO, False),
        (Kind.CHOICE, 3),
        (Kind.TEXT, "文"),
        (Kind.TEXT, ""),
        (Kind.DATE, None),
    ],
)
def test_values_are_kept_and_compared_as_they_were(kind: Kind, value: Any) -> None:
    column = Column("x", "x", kind, choices=((3, "三"),) if kind is Kind.CHOICE else None)
    assert values.same(column, value, values.unpack(column, values.pack(column, value)))


def test_moments_decimals_and_yes_go_round() -> None:
    class All(Register):
        key, title, right = "all", "全部", Permission.COMMUNITY_KEEP
        columns = (
            Column("code", "编码", Kind.CODE, key=True),
            Column("at", "时间", Kind.MOMENT),
            Column("share", "比例", Kind.DECIMAL),
            Column("is_open", "开放", Kind.YES_NO),
        )

    row = {
        "code": "053010200300",
        "at": datetime(2026, 2, 28, 3, 30, tzinfo=UTC),
        "share": Decimal("0.1"),
        "is_open": False,
    }
    file = io.BytesIO()
    write_export(file, All(), [row])
    found = reading.read(file.getvalue(), All())
    assert found.findings == []
    assert found.rows[0].values == row
