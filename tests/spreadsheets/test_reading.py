"""Every bad file is refused by row and column, in words that say what to do; good cells become values."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from django.utils import translation

from kunming_portal.spreadsheets import limits, reading
from kunming_portal.spreadsheets.package import WorkbookRefused
from kunming_portal.spreadsheets.reading import Finding, Reading
from tests.spreadsheets.sample import GOOD, HEADS, REGISTER, book, changed, many
from tests.whistle.people import COMMUNITY


def read(content: bytes, **more: Any) -> Reading:
    with translation.override("en"):
        return reading.read(content, REGISTER, **more)


def refused(content: bytes, **more: Any) -> str:
    with pytest.raises(WorkbookRefused) as error:
        read(content, **more)
    return error.value.sentence


def only(found: Reading) -> Finding:
    assert len(found.findings) == 1, found.findings
    return found.findings[0]


def test_good_cells_become_values() -> None:
    found = read(book(GOOD, changed(小区名称="  空格小区 ", 户数=None, 合同到期="2027/3/5", 物业企业=2020)))
    assert found.findings == []
    first, second = found.rows
    assert first.number == 2
    assert first.values == {
        "community": COMMUNITY,
        "name": "金碧小区",
        "address": "金碧路1号",
        "kind": "commercial",
        "households": 120,
        "property_firm": "滇泉",
        "property_contract_until": date(2027, 3, 5),
        "property_mode": "private",
    }
    assert second.values["name"] == "空格小区"
    assert second.values["households"] is None
    assert second.values["property_contract_until"] == date(2027, 3, 5)
    assert second.values["property_firm"] == "2020", "a number in a text column is its digits"


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers() -> None:
    found = read(book(GOOD, [None] * 8, ["", "  "], changed(小区名称="二")))
    assert [row.number for row in found.rows] == [2, 5]
    assert found.total == 2


@pytest.mark.parametrize(
    ("head", "cell", "letter", "words"),
    [
        ("户数", "120", "E", "This is text. Write a number"),
        ("户数", 1.5, "E", "whole number"),
        ("户数", -1, "E", "At least 0"),
        ("户数", 60_000, "E", "At most 50000"),
        ("户数", True, "E", "Write a number"),
        ("合同到期", "2027年3月5日", "G", "Write it like 2026-03-05"),
        ("合同到期", "3/5/2027", "G", "This is no date"),
        ("合同到期", "2027-02-30", "G", "There is no such day"),
        ("合同到期", 20270305, "G", "This is no date"),
        ("合同到期", datetime.fromisoformat("2027-03-05T09:30"), "G", "time of day"),
        ("类型", "别墅", "D", "Choose one of these words: 商品房, 老旧小区"),
        ("地址", "长" * 41, "C", "At most 40 characters; here are 41"),
        ("地址", None, "C", "a value is needed"),
        ("小区名称", "   ", "B", "a value is needed"),
        ("小区名称", datetime.fromisoformat("2026-03-01T00:00"), "B", "made a date of this"),
        ("物业企业", "好物业😀", "F", "Emoji"),
        ("物业企业", "张三13888888888", "F", "mobile number"),
        ("物业企业", "11010519491231002X", "F", "ID-card number"),
        ("社区代码", 530102003004.5, "A", "may have rounded it"),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_right(head: str, cell: Any, letter: str, words: str) -> None:
    finding = only(read(book(changed(小区名称="先"), changed(**{head: cell}))))
    assert (finding.row, finding.letter) == (3, letter)
    assert words in finding.sentence


def test_every_fault_is_found_and_not_only_the_first() -> None:
    found = read(book(changed(户数="x", 类型="别墅"), GOOD, changed(合同到期="明年", 小区名称="")))
    assert [(one.row, one.letter) for one in found.findings] == [(2, "D"), (2, "E"), (4, "B"), (4, "G")]
    assert found.findings[0].shown == "别墅"
    assert [row.number for row in found.rows] == [3]


def test_formulas_are_named_by_cell_even_when_their_result_would_fit() -> None:
    found = read(book(changed(户数="=60*2"), changed(小区名称="=A2", 户数="=1")))
    assert [one.sentence.split(" holds")[0] for one in found.findings] == ["Cell E2", "Cell B3", "Cell E3"]
    assert found.findings[0].column == "households"


def test_merged_cells_are_named_and_their_empty_parts_are_not_blamed() -> None:
    found = read(book(GOOD, changed(小区名称="二"), changed(小区名称="三"), merge="C3:C4"))
    assert only(found).sentence.startswith("The cells C3:C4 are merged")
    assert (only(found).row, only(found).letter) == (3, "C")


def test_heads_missing_unknown_and_twice_are_all_named() -> None:
    heads = [*HEADS[:6], "地址", "备注"]
    found = read(book(GOOD, heads=heads))
    assert [one.sentence for one in found.findings] == [
        "The head “地址” stands here twice.",
        "The head “备注” is unknown.",
        "The column “合同到期” is missing.",
        "The column “物业方式” is missing.",
    ]
    assert [one.letter for one in found.findings] == ["G", "H", "", ""]
    assert {one.row for one in found.findings} == {1}


def test_columns_may_stand_in_another_order_and_the_result_column_may_stay() -> None:
    content = book([*reversed(GOOD), "新增"], heads=[*reversed(HEADS), "结果"])
    assert read(content).findings == []
    assert read(content).rows[0].values["households"] == 120


def test_a_wrong_sheet_is_refused_with_the_names_of_those_there() -> None:
    assert "“小区台账”" in refused(book(GOOD, sheet="Sheet1"))
    assert "Sheet1" in refused(book(GOOD, sheet="Sheet1"))


def test_a_sheet_without_any_of_the_heads_and_one_without_rows() -> None:
    assert "first row" in refused(book(GOOD, heads=["a", "b"]))
    assert "no row below" in refused(book())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name,address\nx,y\n", "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old kind (.xls)"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (book(GOOD)[:-300], "damaged"),
        (b"x" * (limits.FILE_BYTES + 1), "larger than 10 MB"),
    ],
    ids=["csv", "xls", "encrypted", "no zip", "cut", "large"],
)
def test_what_is_no_workbook_is_refused_by_what_it_is(content: bytes, words: str) -> None:
    assert words in refused(content)


def repacked(change: dict[str, bytes], content: bytes = b"") -> bytes:
    """Return a workbook with some parts exchanged."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content or book(GOOD))) as old, zipfile.ZipFile(file, "w", 8) as made:
        for name in old.namelist():
            if name not in change:
                made.writestr(name, old.read(name))
        for name, part in change.items():
            made.writestr(name, part)
    return file.getvalue()


def test_a_docx_and_a_workbook_with_macros_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<x/>")
    assert "no Excel workbook" in refused(file.getvalue())
    assert "macros" in refused(repacked({"xl/vbaProject.bin": b"x"}))


def test_entities_and_broken_xml_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    assert "damaged" in refused(repacked({"xl/worksheets/sheet1.xml": bomb}))
    assert "damaged" in refused(repacked({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>"}))


def test_a_zip_bomb_is_stopped_while_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 1024 * 1024)
    content = repacked({"xl/media/image1.png": bytes(3 * 1024 * 1024)})
    assert len(content) < 20_000
    assert "unpacks to more" in refused(content)


def test_a_value_far_outside_cannot_make_the_reader_lay_out_a_giant_sheet() -> None:
    file = io.BytesIO()
    made: Any = xlsxwriter.Workbook(file)
    page = made.add_worksheet("小区台账")
    page.write_row(0, 0, HEADS)
    page.write_row(1, 0, GOOD[:6])
    page.write(1_048_575, 16_383, "x")
    made.close()
    assert "XFD1048576" in refused(file.getvalue())


def test_too_many_rows_are_refused_without_reading_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(read(book(*many(30)), limit=30).rows) == 30
    monkeypatch.setattr(reading, "open_sheet", None)
    assert "more than 29 rows" in refused(book(*many(30)), limit=29)


def test_codes_keep_their_digits_and_export_quotes_are_undone() -> None:
    found = read(
        book(changed(社区代码=530102003004, 物业企业="'=SUM(1)", 地址="'-1号"), changed(小区名称="'普通"))
    )
    assert found.findings == []
    assert found.rows[0].values["community"] == COMMUNITY
    assert found.rows[0].values["property_firm"] == "=SUM(1)"
    assert found.rows[0].values["address"] == "-1号"
    assert found.rows[1].values["name"] == "'普通"
