"""Papers to GB/T 9704: the numbers read back from Word and PDF, every character there, nothing taken for markup."""

import datetime as dt
import hashlib
import io
import json
import re
import subprocess
import zlib

import pytest
from docx import Document
from docx.oxml.ns import qn

from kunming_portal.documents import (
    Facts,
    Heading,
    Paper,
    Paragraph,
    Table,
    geometry,
    render_pdf,
    render_word,
)
from kunming_portal.documents.paper import chinese_date, clean, paragraphs
from kunming_portal.documents.pdf import FONTS, MISSING, covered, printable

NASTY = '<b>&"路灯"</b> #let x = 1 *粗* $x$ \\ {{ y }} _z_ @ref [a] 100%'
LONG_NAME = "寻甸回族彝族自治县河口镇人民政府综合行政执法队"


def paper(**more: object) -> Paper:
    """Return a notice with everything on it."""
    fields = {
        "title": "关于西坝路128号院门口路面渗水下陷的督办通知书",
        "issuer": "五华区大观街道综合治理中心",
        "number": "大观督〔2026〕3号",
        "addressee": "城管执法中队",
        "body": [
            Paragraph("现将有关事项通知如下。"),
            Heading("一、督办事项"),
            Facts([("编号", "大观123"), ("外部编号", "")]),
            Heading("（一）要求", 2),
            Paragraph("限期办结。\n并书面回复。"),
            Table(["时间", "事项"], [["2026-11-23", NASTY]], [3, 7]),
        ],
        "signature": "五华区大观街道综合治理中心",
        "date": dt.date(2026, 11, 8),
        "copies": "大观街道党工委",
        "imprint": "大观街道综合治理中心",
    } | more
    return Paper(**fields)  # type: ignore[arg-type]  # a table of keywords


def word(made: Paper) -> "Document":  # type: ignore[valid-type]  # a factory, not a class
    return Document(io.BytesIO(render_word(made)))


def text_of(document: object) -> str:
    return "\n".join(node.text or "" for node in document.element.body.iter(qn("w:t")))  # type: ignore[attr-defined]


def media_boxes(pdf: bytes) -> set[tuple[float, float]]:
    """Return the sizes of the pages in millimetres, also from compressed objects."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S)
    plain = pdf
    for stream in streams:
        try:
            plain += zlib.decompress(stream)
        except zlib.error:
            continue
    boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", plain)
    return {(round(float(w) / 72 * 25.4, 1), round(float(h) / 72 * 25.4, 1)) for w, h in boxes}


# -- Word ---------------------------------------------------------------------------------------------------
def test_the_page_of_a_word_paper_is_the_standards() -> None:
    section = word(paper()).sections[0]  # type: ignore[attr-defined]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)
    assert round(section.page_width.mm - section.left_margin.mm - section.right_margin.mm) == 156
    assert round(section.page_height.mm - section.top_margin.mm - section.bottom_margin.mm) == 225
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    pitch = int(grid.get(qn("w:linePitch"))) / 20
    assert int(225 / 25.4 * 72 // pitch) == 22
    width = geometry.BODY + int(grid.get(qn("w:charSpace"))) / 4096
    assert round(156 / 25.4 * 72 / width, 1) == 28


def test_body_and_heads_have_their_sizes_and_fonts() -> None:
    document = word(paper())
    normal = document.styles["Normal"]  # type: ignore[attr-defined]
    assert (normal.font.size.pt, round(normal.paragraph_format.line_spacing.pt, 2)) == (16, 28.95)
    by_text = {p.text: p for p in document.paragraphs}  # type: ignore[attr-defined]
    title = by_text["关于西坝路128号院门口路面渗水下陷的督办通知书"].runs[0]
    assert (title.font.size.pt, fonts(title)) == (22, "方正小标宋简体")
    assert fonts(by_text["一、督办事项"].runs[0]) == "黑体"
    assert fonts(by_text["（一）要求"].runs[0]) == "楷体"
    mark = by_text["五华区大观街道综合治理中心"]
    assert str(document.paragraphs[0].runs[0].font.color.rgb) == "C00000"  # type: ignore[attr-defined]
    assert mark is not None
    assert by_text["限期办结。"].paragraph_format.first_line_indent.pt == 32
    assert "2026年11月8日" in by_text


def fonts(run: object) -> str:
    return str(run._r.rPr.rFonts.get(qn("w:eastAsia")))  # type: ignore[attr-defined]


def test_page_numbers_stand_outside_odd_right_even_left() -> None:
    document = word(paper())
    section = document.sections[0]  # type: ignore[attr-defined]
    assert document.settings.odd_and_even_pages_header_footer  # type: ignore[attr-defined]
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (2, 0)
    assert odd.text.startswith("— ")
    assert "PAGE" in odd._p.xml
    assert {run.font.size.pt for run in odd.runs} == {14}


def test_the_number_stands_over_a_red_rule() -> None:
    document = word(paper())
    number = next(p for p in document.paragraphs if p.text == "大观督〔2026〕3号")  # type: ignore[attr-defined]
    rule = number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert (rule.get(qn("w:color")), rule.get(qn("w:space"))) == ("C00000", "11")


def test_nothing_is_markup_in_word() -> None:
    made = text_of(word(paper(title=NASTY, body=[Paragraph(NASTY)])))
    assert made.count(NASTY) == 2


def test_control_characters_do_not_break_a_word_paper() -> None:
    assert "甲乙" in text_of(word(paper(body=[Paragraph("甲\x00\x0b\ud800乙")])))


# -- PDF ----------------------------------------------------------------------------------------------------------
def test_a_pdf_is_a4_and_embeds_its_own_fonts() -> None:
    made = render_pdf(paper())
    assert made.startswith(b"%PDF-")
    assert media_boxes(made) == {(210.0, 297.0)}


def test_every_word_is_in_the_pdf_and_nothing_is_markup() -> None:
    made = plain_text(render_pdf(paper(title=NASTY, body=[Paragraph(NASTY), Facts([("名称", LONG_NAME)])])))
    wanted = re.sub(r"\s", "", NASTY)
    assert made.count(wanted) == 2
    assert LONG_NAME in made
    assert "大观督〔2026〕3号" in made


def plain_text(pdf: bytes) -> str:
    """Return the text of a PDF without blanks, read by poppler where it is installed."""
    try:
        done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("pdftotext is not installed")
    return re.sub(r"\s", "", done.stdout.decode())


def test_a_full_page_has_22_lines_of_28_characters() -> None:
    made = render_pdf(Paper(title="", body=[Paragraph("国" * 28 * 44, indented=False)]))
    try:
        done = subprocess.run(
            ["pdftotext", "-f", "2", "-l", "2", "-layout", "-", "-"], input=made, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("pdftotext is not installed")
    lines = [line.strip() for line in done.stdout.decode().splitlines() if "国" in line]
    assert lines
    assert {len(line) for line in lines[:-1]} <= {28}


def test_rare_characters_of_names_are_there_and_others_are_named() -> None:
    for sign in "𬭎堃喆淼翀龘":
        assert sign in covered()
    missing: set[str] = set()
    assert printable("丁𠔻一", missing) == f"丁{MISSING}一"
    assert missing == {"𠔻"}
    assert "U+2053B" in plain_text(render_pdf(Paper(title="题", body=[Paragraph("丁𠔻一")])))


def test_long_papers_and_long_names_work() -> None:
    rows = [[f"2026-11-23 10:{n % 60:02}", LONG_NAME * 3, "说明" * 60] for n in range(300)]
    made = paper(issuer=LONG_NAME * 2, body=[Table(["时间", "单位", "说明"], rows, [2, 3, 5])])
    assert render_pdf(made).startswith(b"%PDF-")
    assert len(word(made).tables[0].rows) == 301  # type: ignore[attr-defined]


def test_empty_things_leave_no_trace() -> None:
    made = Paper(title="空", body=[Facts([("甲", "")]), Table(["一"], [], [1]), Paragraph(" \n ")])
    assert render_pdf(made).startswith(b"%PDF-")
    assert "甲" not in text_of(word(made))


# -- pieces ------------------------------------------------------------------------------------------------------------
def test_dates_lines_and_signs() -> None:
    assert chinese_date(dt.date(2026, 1, 9)) == "2026年1月9日"
    assert paragraphs(" 一 \r\n\r\n二") == ["一", "二"]
    assert clean("a\x07b\nc") == "ab\nc"


def test_the_issuers_mark_fits_the_type_area() -> None:
    for name in ("中心", LONG_NAME, LONG_NAME * 3):
        assert geometry.mark_size(name) * len(name) <= 156 / 25.4 * 72 + 1


def test_the_fonts_are_those_of_the_lock() -> None:
    lock = json.loads((FONTS / "fonts.lock").read_text(encoding="utf-8"))
    files = {path.name for path in FONTS.iterdir() if path.suffix in {".ttf", ".txt"}}
    assert files == set(lock["sha256"])
    for name, digest in lock["sha256"].items():
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest
    assert (FONTS / "LICENSE").is_file()
