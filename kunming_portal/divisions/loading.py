"""Reading lists of divisions: every bad row found and named before a single one is loaded. Pure.

A list is CSV in UTF-8, one division per line: `code,name` or `code,name,zone class`. No header.
Codes may be short (4, 6, 9, 12 digits) or padded with zeros to 6 or 12: the level follows from which
segments (2+2+2+3+3) are zero (standards.md §7.1), never from counting zeros, because the township
segment `100` is real.
"""

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kunming_portal.errors import Refused

NAME_LIMIT = 60
ZONE_CLASSES = ("demonstration", "extension", "exploration")
LENGTH_OF_LEVEL = {"city": 4, "county": 6, "street": 9, "community": 12}
LEVEL_OF_LENGTH = {length: level for level, length in LENGTH_OF_LEVEL.items()}


@dataclass(frozen=True)
class Row:
    """A division ready to be loaded. `zone_class` None: the list does not say."""

    code: str
    name: str
    level: str
    kind: str
    parent: str | None
    zone_class: str | None


@dataclass(frozen=True)
class BadRow:
    """What is wrong with one line, as a sentence for the person who has the file open."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return _("%(file)s, line %(line)d: %(sentence)s") % {
            "file": self.file,
            "line": self.line,
            "sentence": self.sentence,
        }


class RowsRefused(Refused):
    """Lists that cannot be loaded; `rows` names every bad line."""

    def __init__(self, rows: list[BadRow]) -> None:
        self.rows = rows
        super().__init__("\n".join(str(row) for row in rows), code="bad_rows")


class _Bad(ValueError):
    """The sentence about one line."""


def read_rows(files: Iterable[tuple[str, bytes]], known: Collection[str] = ()) -> list[Row]:
    """Return the rows of all `files` (name, content), parents before children.

    `known` are the codes that exist already: a parent may be among them or in any of the files.
    Raises `RowsRefused` with every bad line of every file; nothing is returned then.
    """
    rows: dict[str, Row] = {}
    places: dict[str, tuple[str, int]] = {}
    bad: list[BadRow] = []
    for file, content in files:
        for number, raw in _lines(content):
            try:
                row = _parse(raw)
                if row.code in places:
                    raise _Bad(_duplicate(row.code, places[row.code]))
            except _Bad as reason:
                bad.append(BadRow(file, number, str(reason)))
            else:
                rows[row.code], places[row.code] = row, (file, number)
    bad += _orphans(rows, places, known)
    if not rows and not bad:
        bad.append(BadRow(", ".join(file for file, _content in files), 1, _("There is no row to load.")))
    if bad:
        raise RowsRefused(sorted(bad, key=lambda row: (row.file, row.line)))
    return sorted(rows.values(), key=lambda row: (len(row.code), row.code))


def shorten(code: str) -> str:
    """Return the code without zero segments at its end: 530102001000 -> 530102001, 530100 -> 5301."""
    if len(code) == 12 and code.endswith("000"):
        code = code[:9]
        if code.endswith("000"):
            code = code[:6]
    if len(code) == 6 and code.endswith("00"):
        code = code[:4]
    return code


def get_kind(code: str, name: str) -> str:
    """Return the kind (`Division.Kind`) of a short code: by its number ranges, for counties by name.

    Ranges as in standards.md §7.1; a number outside every range is decided by the name, because real
    lists lag behind the standard.
    """
    level = LEVEL_OF_LENGTH[len(code)]
    if level == "city":
        return "city"
    if level == "county":
        endings = (("自治县", "autonomous_county"), ("县", "county"), ("市", "county_city"))
        return next((kind for ending, kind in endings if name.endswith(ending)), "district")
    number = int(code[-3:])
    return _street_kind(number, name) if level == "street" else _community_kind(number, name)


def _street_kind(number: int, name: str) -> str:
    if number < 100:
        return "street"
    if number < 200:
        return "town"
    if number < 400:
        return "township"
    if number < 600:
        return "pseudo"
    return next(
        (kind for ending, kind in (("镇", "town"), ("乡", "township")) if name.endswith(ending)), "street"
    )


def _community_kind(number: int, name: str) -> str:
    if number in (498, 598):
        return "virtual"
    if number < 200 or 400 <= number < 500:
        return "residents"
    if number < 600:
        return "villagers"
    return "villagers" if "村" in name else "residents"


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if raw.strip():
            yield number, raw.rstrip(b"\r")


def _parse(raw: bytes) -> Row:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _Bad(_("The line is not in UTF-8. Save the file as CSV in UTF-8.")) from None
    try:
        columns = [column.strip() for column in next(csv.reader([text], strict=True))]
    except csv.Error:
        raise _Bad(_("The quotation marks do not match.")) from None
    if len(columns) not in (2, 3):
        raise _Bad(
            _("There are %(count)d columns; there must be code and name, then a zone class at most.")
            % {"count": len(columns)}
        )
    code = _check_code(columns[0])
    name = _check_name(columns[1])
    level = LEVEL_OF_LENGTH[len(code)]
    zone_class = _check_zone_class(columns[2], level) if len(columns) == 3 else None
    parent = code[: {6: 4, 9: 6, 12: 9}[len(code)]] if level != "city" else None
    return Row(code, name, level, get_kind(code, name), parent, zone_class)


def _check_code(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise _Bad(_("The code “%(code)s” must consist of digits only.") % {"code": text[:20]})
    code = shorten(text)
    if len(code) not in LEVEL_OF_LENGTH:
        raise _Bad(
            _("The code “%(code)s” has %(count)d digits; a code has 4, 6, 9 or 12.")
            % {"code": text[:20], "count": len(text)}
        )
    segments = (code[:2], code[2:4], code[4:6], code[6:9], code[9:12])
    if any(segment and not int(segment) for segment in segments):
        raise _Bad(_("The code “%(code)s” has an empty segment in the middle.") % {"code": text})
    return code


def _check_name(name: str) -> str:
    if not name:
        raise _Bad(_("The name is empty."))
    if len(name) > NAME_LIMIT:
        raise _Bad(
            _("The name has %(count)d characters; %(limit)d at most.")
            % {"count": len(name), "limit": NAME_LIMIT}
        )
    if not name.isprintable() or "\ufffd" in name:
        raise _Bad(_("The name holds characters that cannot be shown. Was the file saved as UTF-8?"))
    return name


def _check_zone_class(zone_class: str, level: str) -> str:
    if zone_class and zone_class not in ZONE_CLASSES:
        raise _Bad(
            _("“%(value)s” is no zone class; known are %(known)s.")
            % {"value": zone_class[:20], "known": ", ".join(ZONE_CLASSES)}
        )
    if zone_class and level != "county":
        raise _Bad(_("Only divisions of county level have a zone class."))
    return zone_class


def _duplicate(code: str, place: tuple[str, int]) -> str:
    return _("The code %(code)s stands already in %(file)s, line %(line)d.") % {
        "code": code,
        "file": place[0],
        "line": place[1],
    }


def _orphans(
    rows: dict[str, Row], places: dict[str, tuple[str, int]], known: Collection[str]
) -> Iterator[BadRow]:
    for row in rows.values():
        if row.parent and row.parent not in rows and row.parent not in known:
            sentence = _("The division %(parent)s above %(code)s is missing.")
            yield BadRow(*places[row.code], sentence % {"parent": row.parent, "code": row.code})
