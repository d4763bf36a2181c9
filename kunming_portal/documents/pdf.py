"""A paper as PDF, by Typst with fonts of our own: no system library, no system font (ADR 0021)."""

import functools
import json
from pathlib import Path
from typing import Any

import typst

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

FOLDER = Path(__file__).parent
FONTS = FOLDER / "fonts"
MISSING = "〓"  # the printer's mark for a character that is not in the case


def render_pdf(paper: Paper) -> bytes:
    """Return the paper as PDF. A character that no font has is printed as 〓 and named at the end."""
    missing: set[str] = set()
    content = _content(paper, missing)
    content["missing"] = "、".join(f"U+{ord(sign):04X}" for sign in sorted(missing))
    made: bytes = typst.compile(
        FOLDER / "paper.typ",
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={
            "paper": json.dumps(content, ensure_ascii=False),
            "geometry": json.dumps(_numbers(paper)),
        },
        format="pdf",
    )
    return made


@functools.cache
def covered() -> frozenset[str]:
    """Return every character our fonts can print. Read once."""
    return frozenset((FONTS / "coverage.txt").read_text(encoding="utf-8")) | {"\n", " "}


def printable(text: str, missing: set[str]) -> str:
    """Return the text with 〓 for what no font has, and remember which characters these were."""
    text = clean(text)
    lost = set(text) - covered()
    missing |= lost
    return "".join(MISSING if sign in lost else sign for sign in text) if lost else text


def _numbers(paper: Paper) -> dict[str, float]:
    names = (
        "PAGE_WIDTH PAGE_HEIGHT TOP LEFT RIGHT BOTTOM AREA_WIDTH LINE_PITCH CHARACTER_PITCH BODY TITLE SMALL"
        " CELL RULE_BELOW_NUMBER MARK_BELOW_TOP PAGE_NUMBER_BELOW"
    )
    numbers = {name.lower(): float(getattr(geometry, name)) for name in names.split()}
    return numbers | {"mark": geometry.mark_size(paper.issuer)}


def _content(paper: Paper, missing: set[str]) -> dict[str, Any]:
    plain = {
        name: printable(getattr(paper, name), missing)
        for name in ("title", "issuer", "number", "addressee", "signature", "copies", "imprint")
    }
    return plain | {
        "date": chinese_date(paper.date) if paper.date is not None else "",
        "body": [part for block in paper.body for part in _parts(block, missing)],
    }


def _parts(block: Block, missing: set[str]) -> list[dict[str, Any]]:
    """Return a block as the template reads it; a paragraph becomes one part a line."""

    def text(words: str) -> str:
        return printable(words, missing)

    match block:
        case Heading():
            return [{"is": "heading", "level": block.level, "text": text(block.text)}]
        case Paragraph():
            lines = paragraphs(block.text)
            return [{"is": "paragraph", "indented": block.indented, "text": text(line)} for line in lines]
        case Facts():
            rows = [[text(name), text(value)] for name, value in block.rows if value]
            return [{"is": "table", "heads": [], "rows": rows, "widths": [3, 13]}] if rows else []
        case Table():
            heads = [text(head) for head in block.heads]
            rows = [[text(cell) for cell in row] for row in block.rows]
            return [{"is": "table", "heads": heads, "rows": rows, "widths": list(block.widths)}]
