"""Papers of an office as Word and PDF, laid out to GB/T 9704-2012 (standards.md §7.4). Knows no domain."""

from kunming_portal.documents.paper import (
    Block,
    Facts,
    Heading,
    Paper,
    Paragraph,
    Table,
    chinese_date,
)
from kunming_portal.documents.pdf import render_pdf
from kunming_portal.documents.word import render_word

__all__ = [
    "Block",
    "Facts",
    "Heading",
    "Paper",
    "Paragraph",
    "Table",
    "chinese_date",
    "render_pdf",
    "render_word",
]
