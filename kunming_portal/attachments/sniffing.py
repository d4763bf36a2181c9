"""What a file is, by its first bytes. Its name and what the browser says about it count for nothing. Pure."""

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from kunming_portal.attachments.limits import ARCHIVE_BYTES, ARCHIVE_ENTRIES


class Format(StrEnum):
    """Every format the portal takes."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    PDF = "pdf"
    WORD = "docx"
    EXCEL = "xlsx"

    @property
    def is_photo(self) -> bool:
        """Whether it is drawn anew."""
        return self in PHOTOS


PHOTOS = frozenset({Format.JPEG, Format.PNG, Format.WEBP, Format.HEIC})
HEAD = 64
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
ZIP_START = b"PK\x03\x04"


@dataclass(frozen=True)
class Suspect(Exception):
    """An archive that is none of the portal's documents, or more than one: `macros`, `bomb`, `unknown`."""

    why: str


def sniff(file: BinaryIO) -> Format | None:
    """Return the format of the file's content, or None. Reads the head, and an archive's list of entries.

    Raises `Suspect` for an archive that looks like a document but must not be taken. Leaves the file at its start.
    """
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if head.startswith(ZIP_START):
        found = _office(file)
        file.seek(0)
        return found
    return _by_head(head)


def _by_head(head: bytes) -> Format | None:
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS and b"avif" not in head:
        return Format.HEIC
    return Format.PDF if head.startswith(b"%PDF-1.") or head.startswith(b"%PDF-2.") else None


def _office(file: BinaryIO) -> Format | None:
    """Return Word or Excel when the archive is one; only its list of contents is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return None
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names:
        return None
    if len(entries) > ARCHIVE_ENTRIES or sum(entry.file_size for entry in entries) > ARCHIVE_BYTES:
        raise Suspect("bomb")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Suspect("macros")
    if "word/document.xml" in names:
        return Format.WORD
    return Format.EXCEL if "xl/workbook.xml" in names else None


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height a WebP declares, from its first 30 bytes: known before any canvas is made."""
    chunk = head[12:16]
    if chunk == b"VP8X" and len(head) >= 30:
        return _int24(head[24:27]) + 1, _int24(head[27:30]) + 1
    if chunk == b"VP8L" and len(head) >= 25:
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if chunk == b"VP8 " and len(head) >= 30:
        wide, high = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
        return wide & 0x3FFF, high & 0x3FFF
    return None


def _int24(three: bytes) -> int:
    return int.from_bytes(three, "little")
