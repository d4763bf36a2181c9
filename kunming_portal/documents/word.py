"""A paper as a Word document, by python-docx: every number of the layout is set, the fonts by name only."""

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from kunming_portal.documents import geometry
from kunming_portal.documents.paper import (
    Block,
    Facts,
    Heading,
    Paper,
    Paragraph,
    Table,
    chinese_date,
    clean,
    paragraphs,
)

# Fonts by name: government PCs carry them; without the first the office shows its own serif
SONG_TITLE, FANGSONG, HEI, KAI, SONG = "方正小标宋简体", "仿宋", "黑体", "楷体", "宋体"
LEVEL_FONTS = {1: HEI, 2: KAI, 3: FANGSONG}
TWIPS_A_MM = 1440 / 25.4


def render_word(paper: Paper) -> bytes:
    """Return the paper as .docx: A4, type area 156 x 225 mm, 22 lines of 28 characters, page numbers outside."""
    document: Any = Document()
    _set_page(document)
    _set_body_style(document)
    if paper.issuer:
        _red_head(document, paper)
    _title(document, paper)
    if paper.addressee:
        _line(document, f"{paper.addressee}：", indent=0)
    for block in paper.body:
        _block(document, block)
    if paper.signature:
        _signature(document, paper)
    if paper.imprint:
        _imprint(document, paper)
    _page_numbers(document)
    document.core_properties.title = clean(paper.title)
    document.core_properties.author = clean(paper.issuer)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


# -- page ------------------------------------------------------------------------------------------------
def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(geometry.PAGE_WIDTH), Mm(geometry.PAGE_HEIGHT)
    section.top_margin, section.bottom_margin = Mm(geometry.TOP), Mm(geometry.BOTTOM)
    section.left_margin, section.right_margin = Mm(geometry.LEFT), Mm(geometry.RIGHT)
    height = geometry.SMALL / geometry.POINTS_A_MM
    section.footer_distance = Mm(geometry.BOTTOM - geometry.PAGE_NUMBER_BELOW - height)
    document.settings.odd_and_even_pages_header_footer = True
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(int(geometry.LINE_PITCH * 20)))
    grid.set(qn("w:charSpace"), str(round((geometry.CHARACTER_PITCH - geometry.BODY) * 4096)))
    section._sectPr.append(grid)


def _set_body_style(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.size = Pt(geometry.BODY)
    _set_fonts(style.element.get_or_add_rPr(), FANGSONG)
    spacing = style.paragraph_format
    spacing.space_before = spacing.space_after = Pt(0)
    spacing.line_spacing_rule, spacing.line_spacing = (
        WD_LINE_SPACING.EXACTLY,
        Pt(int(geometry.LINE_PITCH * 20) / 20),
    )


def _page_numbers(document: Any) -> None:
    section = document.sections[0]
    for footer, align, side in (
        (section.footer, ALIGN.RIGHT, "right_indent"),
        (section.even_page_footer, ALIGN.LEFT, "left_indent"),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        setattr(paragraph.paragraph_format, side, Pt(geometry.SMALL))
        _run(paragraph, "— ", font=SONG, size=geometry.SMALL)
        run = _run(paragraph, "", font=SONG, size=geometry.SMALL)
        for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
            mark = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                mark.set(qn("w:fldCharType"), kind)
            else:
                mark.text = text
            run._r.append(mark)
        _run(paragraph, " —", font=SONG, size=geometry.SMALL)


# -- head and foot -----------------------------------------------------------------------------------------
def _red_head(document: Any, paper: Paper) -> None:
    mark = document.add_paragraph()
    mark.alignment = ALIGN.CENTER
    mark.paragraph_format.space_before = Mm(geometry.MARK_BELOW_TOP)
    mark.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    run = _run(mark, paper.issuer, font=SONG_TITLE, size=geometry.mark_size(paper.issuer))
    run.font.color.rgb = RGBColor.from_string(geometry.RED)
    _empty(document)
    number = document.add_paragraph()
    number.alignment = ALIGN.CENTER
    _run(number, paper.number)
    _border(
        number, "bottom", eighths=16, colour=geometry.RED, space=round(geometry.RULE_BELOW_NUMBER * 72 / 25.4)
    )
    _empty(document)


def _title(document: Any, paper: Paper) -> None:
    if paper.issuer:
        _empty(document)
    title = document.add_paragraph()
    title.alignment = ALIGN.CENTER
    title.paragraph_format.line_spacing = Pt(geometry.TITLE + 12)
    title.paragraph_format.keep_with_next = True
    _run(title, paper.title, font=SONG_TITLE, size=geometry.TITLE)
    if paper.number and not paper.issuer:
        number = document.add_paragraph()
        number.alignment = ALIGN.CENTER
        _run(number, paper.number)
    _empty(document)


def _signature(document: Any, paper: Paper) -> None:
    _empty(document)
    for words in (paper.signature, chinese_date(paper.date) if paper.date is not None else ""):
        line = document.add_paragraph()
        line.alignment = ALIGN.RIGHT
        line.paragraph_format.right_indent = Pt(geometry.BODY * 2)
        line.paragraph_format.keep_together = True
        _run(line, words)


def _imprint(document: Any, paper: Paper) -> None:
    _empty(document)
    printed = f"{paper.imprint}　{chinese_date(paper.date)}印发" if paper.date is not None else paper.imprint
    lines = [f"抄送：{paper.copies}", printed] if paper.copies else [printed]
    for place, words in enumerate(lines):
        line = document.add_paragraph()
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(geometry.SMALL)
        _run(line, words, size=geometry.SMALL)
        _border(line, "top", eighths=8 if place == 0 else 6)
        if place == len(lines) - 1:
            _border(line, "bottom", eighths=8)


# -- body --------------------------------------------------------------------------------------------------------
def _block(document: Any, block: Block) -> None:
    match block:
        case Heading():
            line = _line(document, block.text, indent=2, font=LEVEL_FONTS.get(block.level, FANGSONG))
            line.paragraph_format.keep_with_next = True
        case Paragraph():
            for text in paragraphs(block.text):
                _line(document, text, indent=2 if block.indented else 0)
        case Facts():
            rows = [(name, value) for name, value in block.rows if value]
            if rows:
                _table(document, (), rows, (3, 13))
        case Table():
            _table(document, block.heads, block.rows, block.widths)


def _line(document: Any, text: str, *, indent: int, font: str = FANGSONG) -> Any:
    line = document.add_paragraph()
    line.alignment = ALIGN.JUSTIFY
    if indent:
        line.paragraph_format.first_line_indent = Pt(geometry.BODY * indent)
        line._p.pPr.ind.set(qn("w:firstLineChars"), str(indent * 100))
    _run(line, text, font=font)
    return line


def _table(document: Any, heads: Any, rows: Any, widths: Any) -> None:
    table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.autofit = False
    sizes = [Mm(geometry.AREA_WIDTH * width / sum(widths)) for width in widths]
    for place, cells in enumerate([heads, *rows] if heads else rows):
        row = table.add_row()
        is_head = bool(heads) and place == 0
        properties = row._tr.get_or_add_trPr()
        whole = OxmlElement("w:cantSplit")
        properties.append(whole)
        if is_head:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, text, width in zip(row.cells, cells, sizes, strict=True):
            cell.width = width
            _fill(cell, text, font=HEI if is_head else SONG)
    _empty(document)


def _fill(cell: Any, text: str, *, font: str) -> None:
    for place, words in enumerate(paragraphs(text) or [""]):
        line = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        line.paragraph_format.line_spacing = Pt(geometry.CELL + 4.5)
        _run(line, words, font=font, size=geometry.CELL)


def _empty(document: Any) -> None:
    document.add_paragraph()


def _run(paragraph: Any, text: str, *, font: str = FANGSONG, size: float = geometry.BODY) -> Any:
    run = paragraph.add_run(clean(text))
    run.font.size = Pt(size)
    _set_fonts(run._r.get_or_add_rPr(), font)
    return run


def _set_fonts(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), font)
    fonts.set(qn("w:hint"), "eastAsia")


def _border(paragraph: Any, side: str, *, eighths: int, colour: str = "000000", space: int = 1) -> None:
    """Draw a rule at one side of a paragraph, so many eighths of a point thick."""
    properties = paragraph._p.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
    rule = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", str(space)), ("color", colour)):
        rule.set(qn(f"w:{name}"), value)
    borders.append(rule)
