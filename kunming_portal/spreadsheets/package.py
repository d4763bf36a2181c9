"""The workbook as a package: a zip of XML, looked at before anything is read from it.

Nothing here trusts the file: sizes are counted while unpacking, a document type (and with it every entity) is
refused, and reading stops at the first row too many. Answers: may it be read, how many rows have values, which cells
are merged, which hold formulas.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from kunming_portal.errors import Refused
from kunming_portal.spreadsheets import limits

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
PIECE = 256 * 1024
DAMAGED = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class WorkbookRefused(Refused):
    """A file that cannot be read as a workbook of the register. The sentence says what to do instead."""


@dataclass
class Survey:
    """What stands in a sheet besides its values. `formulas` and `merged` are places like "C5" and "A2:B3"."""

    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    far: str = ""
    formulas: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


class Package:
    """An xlsx file that may be read. Open it with the bytes; refuses what is none with a sentence."""

    def __init__(self, content: bytes) -> None:
        if len(content) > limits.FILE_BYTES:
            raise WorkbookRefused(
                _("The file is larger than %(limit)d MB. Divide it into several files.")
                % {"limit": limits.FILE_BYTES // limits.MEGABYTE},
                code="file",
            )
        self.zip = _open(content)
        self.unpacked = 0

    def sheets(self) -> dict[str, str]:
        """Return the names of the sheets with the place of their XML in the package."""
        targets: dict[str, str] = {}
        found: dict[str, str] = {}

        def relation(name: str, values: dict[str, str]) -> None:
            if name == "Relationship":
                targets[values.get("Id", "")] = values.get("Target", "")

        def sheet(name: str, values: dict[str, str]) -> None:
            if name == "sheet":
                ids = [value for key, value in values.items() if key.rpartition(":")[2] == "id"]
                target = targets.get(ids[0] if ids else "", "")
                place = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
                found[values.get("name", "")] = posixpath.normpath(place)

        self._parse("xl/_rels/workbook.xml.rels", relation)
        self._parse("xl/workbook.xml", sheet)
        return found

    def survey(self, place: str, *, rows: int) -> Survey:
        """Look through a sheet; stops at the first row with values beyond `rows`, which it counts.

        A few kilobytes of memory, however large the sheet.
        """
        seen = _Seeing(limit=rows)
        self._parse(place, seen.start)
        return seen.survey

    def verify(self) -> None:
        """Unpack everything once: refuses what unpacks to too much, and what is not what its directory says."""
        self.unpacked = 0
        for info in self.zip.infolist():
            for _piece in self._pieces(info.filename):
                pass

    def _parse(self, place: str, start: Any) -> None:
        parser = expat.ParserCreate()
        short: dict[str, str] = {}

        def local(name: str, values: dict[str, str]) -> None:
            known = short.get(name)
            if known is None:
                known = short[name] = name.rpartition(":")[2]
            start(known, values)

        parser.StartElementHandler = local
        parser.StartDoctypeDeclHandler = _refuse_document_type
        try:
            for piece in self._pieces(place):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except _Enough:
            return
        except expat.ExpatError as error:
            raise _broken() from error

    def _pieces(self, place: str) -> Iterator[bytes]:
        """Yield an entry in pieces and count what came out; refuses what is damaged or too much."""
        try:
            with self.zip.open(place) as entry:
                while piece := entry.read(PIECE):
                    self.unpacked += len(piece)
                    if self.unpacked > limits.UNPACKED_BYTES:
                        raise _too_large()
                    yield piece
        except DAMAGED as error:
            raise _broken() from error


class _Enough(Exception):  # noqa: N818  # no error: the rest need not be read
    """Nothing that is still to come changes the answer."""


class _Seeing:
    """Counts rows with values, and notes merged cells, formulas and values far outside the table."""

    def __init__(self, *, limit: int) -> None:
        self.survey = Survey()
        self.limit = limit
        self.cell, self.row, self.column = "", 0, 0
        self.counted = False

    def start(self, name: str, values: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if name == "c":
            self.cell = values.get("r", "")
            self.column = _column_number(self.cell) if self.cell else self.column + 1
        elif name in ("v", "is"):
            self._value()
        elif name == "row":
            self.row = _number(values.get("r")) or self.row + 1
            self.column, self.counted = 0, False
        elif name == "f":
            self._formula()
        elif name == "mergeCell" and len(self.survey.merged) < limits.FAULTS_KEPT:
            self.survey.merged.append(values.get("ref", ""))

    def _value(self) -> None:
        seen = self.survey
        if not self.counted:
            self.counted = True
            seen.rows += 1
            seen.last_row = max(seen.last_row, self.row)
            if seen.rows > self.limit:
                raise _Enough
        seen.last_column = max(seen.last_column, self.column)
        if seen.last_row * seen.last_column > limits.CELLS:
            seen.far = self.cell or f"{letter(self.column)}{self.row}"
            raise _Enough

    def _formula(self) -> None:
        if len(self.survey.formulas) < limits.FAULTS_KEPT:
            self.survey.formulas.append(self.cell or f"{letter(self.column)}{self.row}")


def letter(column: int) -> str:
    """Return the letters of a column, counted from 1: A, Z, AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_number(cell: str) -> int:
    """Return the number of the column of a place like "AB12"."""
    number = 0
    for sign in cell[:4]:
        if not "A" <= sign <= "Z":
            break
        number = number * 26 + ord(sign) - 64
    return number


def row_number(cell: str) -> int:
    """Return the number of the row of a place like "AB12", 0 when there is none."""
    return _number(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def column_number(cell: str) -> int:
    """Return the number of the column of a place like "AB12", counted from 1."""
    return _column_number(cell)


def _number(text: str | None) -> int:
    return int(text) if text and len(text) < 9 and text.isascii() and text.isdecimal() else 0


def _open(content: bytes) -> zipfile.ZipFile:
    """Return the archive when it looks like a workbook; refuses everything else by what it is."""
    if content.startswith(OLE):
        raise _encrypted() if ENCRYPTED in content else _old()
    if not content.startswith(b"PK\x03\x04"):
        raise _no_workbook()
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise _broken() from error
    infos = archive.infolist()
    names = {info.filename for info in infos}
    if len(infos) > limits.ENTRIES:
        raise _too_large()
    if any(info.flag_bits & 1 for info in infos):
        raise _encrypted()
    if "xl/vbaProject.bin" in names:
        raise WorkbookRefused(
            _("The file holds macros. Save it as an ordinary workbook (.xlsx)."), code="file"
        )
    if not {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        raise _no_workbook()
    return archive


def _refuse_document_type(*_given: Any) -> None:
    raise _broken()


def _no_workbook() -> WorkbookRefused:
    return WorkbookRefused(
        _(
            "This is no Excel workbook (.xlsx), whatever its name says. Open it in Excel or WPS and save it as .xlsx."
        ),
        code="file",
    )


def _old() -> WorkbookRefused:
    return WorkbookRefused(
        _("This is a workbook of the old kind (.xls). Open it in Excel or WPS and save it as .xlsx."),
        code="file",
    )


def _encrypted() -> WorkbookRefused:
    return WorkbookRefused(
        _("The file is protected by a password. Take the password off and save it again."), code="file"
    )


def _broken() -> WorkbookRefused:
    return WorkbookRefused(
        _("The file is damaged and cannot be read. Open it in Excel or WPS, save it again as .xlsx."),
        code="file",
    )


def _too_large() -> WorkbookRefused:
    return WorkbookRefused(
        _("The file unpacks to more than the portal reads. Copy the rows into a fresh template."), code="file"
    )


def content_of(file: IO[bytes]) -> bytes:
    """Return the bytes of an upload, one more than the limit at most, so that a giant is refused and not read."""
    return file.read(limits.FILE_BYTES + 1)
