"""A cell becomes a value by the kind of its column, or a sentence says why not; and back again. Pure."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.encryption.personal import Personal, find_personal
from kunming_portal.spreadsheets import limits
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.workbook import FORMULA_STARTS
from kunming_portal.ui.words import refuse_emoji, refuse_personal

DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})")
MINUTE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})(?::\d{2})?")
# More digits than that are rounded by every spreadsheet
EXACT_DIGITS = 15
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class WrongCell(Exception):
    """A cell that its column cannot take; the sentence says what stands there and what would be right."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def tidy(cell: Any) -> Any:
    """Return a cell without blanks around text, and without the ' that our own export put before a formula's sign."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").strip()
    return text[1:] if text.startswith("'") and _is_neutral(text) else text


def neutralise(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula; `tidy` gives back what stood there.

    Like `workbook.safe`, and a text that looks as if it had been through here already gets a second '.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) or _is_neutral(text) else text


def _is_neutral(text: str) -> bool:
    """Whether a ' and a sign of formulas stand in front, with more of ' between or not."""
    return text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS)


def read(column: Column, cell: Any, words: Mapping[str, Any]) -> Any:
    """Return the value of a cell that is not empty; refuses with `WrongCell`. `words` are the labels of choices."""
    return READERS[column.kind](column, cell, words)


def _text(column: Column, cell: Any, words: Mapping[str, Any]) -> str:
    if isinstance(cell, date | time | timedelta):
        raise WrongCell(
            _("The spreadsheet has made a date of this. Format the cell as text and write it again.")
        )
    text = _plain_number(cell) if isinstance(cell, int | float) else str(cell)
    _check_length(column, text)
    if CONTROL.search(text):
        raise WrongCell(_("There are invisible control characters here. Write the text again."))
    try:
        refuse_emoji(text)
        # a code may be a phone number; an identity-card number is nowhere kept
        if column.kind is Kind.TEXT or find_personal(text) is Personal.CITIZEN_NUMBER:
            refuse_personal(text)
    except ValidationError as error:
        raise WrongCell(" ".join(error.messages)) from error
    return text


def _code(column: Column, cell: Any, words: Mapping[str, Any]) -> str:
    if isinstance(cell, float) and (not cell.is_integer() or abs(cell) >= 10**EXACT_DIGITS):
        raise WrongCell(
            _("The spreadsheet has made a number of this and may have rounded it. Format the cell as text.")
        )
    return unicodedata.normalize("NFKC", _text(column, cell, words))


def _check_length(column: Column, text: str) -> None:
    limit = column.max_length or limits.TEXT_LENGTH
    if len(text) > limit:
        raise WrongCell(
            _("At most %(limit)d characters; here are %(number)d.") % {"limit": limit, "number": len(text)}
        )


def _plain_number(cell: float) -> str:
    if isinstance(cell, bool):
        return yes() if cell else no()
    return str(int(cell)) if math.isfinite(cell) and float(cell).is_integer() else repr(cell)


def _number(cell: Any) -> float:
    if isinstance(cell, str):
        raise WrongCell(_("This is text. Write a number, in a cell that is not formatted as text."))
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not math.isfinite(cell):
        raise WrongCell(_("Write a number."))
    return cell


def _integer(column: Column, cell: Any, words: Mapping[str, Any]) -> int:
    number = _number(cell)
    if not float(number).is_integer():
        raise WrongCell(_("Write a whole number."))
    _check_bounds(column, Decimal(int(number)))
    return int(number)


def _decimal(column: Column, cell: Any, words: Mapping[str, Any]) -> Decimal:
    number = Decimal(repr(_number(cell)))
    _check_bounds(column, number)
    return number


def _check_bounds(column: Column, number: Decimal) -> None:
    if column.minimum is not None and number < column.minimum:
        raise WrongCell(_("At least %(minimum)s.") % {"minimum": column.minimum})
    if column.maximum is not None and number > column.maximum:
        raise WrongCell(_("At most %(maximum)s.") % {"maximum": column.maximum})
    if abs(number) >= 10**EXACT_DIGITS:
        raise WrongCell(_("This number is too large."))


def _date(column: Column, cell: Any, words: Mapping[str, Any]) -> date:
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise WrongCell(_("There is a time of day here. Write the day alone, like 2026-03-05."))
        return _sensible(cell.date())
    if isinstance(cell, date):
        return _sensible(cell)
    found = DAY.fullmatch(cell) if isinstance(cell, str) else None
    if found is None:
        raise WrongCell(_("This is no date. Write it like 2026-03-05 or 2026/3/5."))
    try:
        return _sensible(date(int(found[1]), int(found[3]), int(found[4])))
    except ValueError as error:
        raise WrongCell(_("There is no such day. Write it like 2026-03-05.")) from error


def _sensible(day: date) -> date:
    if not 1900 <= day.year <= 2199:
        raise WrongCell(_("The year %(year)d cannot be right.") % {"year": day.year})
    return day


def _moment(column: Column, cell: Any, words: Mapping[str, Any]) -> datetime:
    value = cell
    if isinstance(cell, str):
        found = MINUTE.fullmatch(cell)
        try:
            value = datetime.fromisoformat(f"{found[1]}T{found[2]}:{found[3]}") if found else None
        except ValueError:
            value = None
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        value = datetime.combine(cell, time())
    if not isinstance(value, datetime):
        raise WrongCell(_("This is no moment. Write it like 2026-03-05 14:30."))
    _sensible(value.date())
    return timezone.make_aware(value.replace(second=0, microsecond=0))


def _choice(column: Column, cell: Any, words: Mapping[str, Any]) -> Any:
    text = _plain_number(cell) if isinstance(cell, int | float) else str(cell)
    if text in words:
        return words[text]
    allowed = list(dict.fromkeys(str(label) for _value, label in column.options()))
    shown = pgettext("between names", ", ").join(allowed[:12]) + ("…" if len(allowed) > 12 else "")
    raise WrongCell(_("Choose one of these words: %(words)s.") % {"words": shown})


def _yes_no(column: Column, cell: Any, words: Mapping[str, Any]) -> bool:
    if isinstance(cell, bool):
        return cell
    if str(cell) in words:
        return bool(words[str(cell)])
    raise WrongCell(_("Write %(yes)s or %(no)s.") % {"yes": yes(), "no": no()})


def yes() -> str:
    """Return the word for true in cells."""
    return pgettext("cell", "Yes")


def no() -> str:
    """Return the word for false in cells."""
    return pgettext("cell", "No")


READERS: dict[Kind, Callable[[Column, Any, Mapping[str, Any]], Any]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
}


# -- comparing, keeping and showing -------------------------------------------------------------------
def same(column: Column, one: Any, other: Any) -> bool:
    """Whether two values of a column are the same; nothing is the same as an empty text."""
    return bool(_settled(column, one) == _settled(column, other))


def _settled(column: Column, value: Any) -> Any:
    if value is None or value == "":
        return None
    if column.kind is Kind.MOMENT and isinstance(value, datetime):
        return value.replace(second=0, microsecond=0)
    if column.kind is Kind.TEXT and isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    return value


def pack(column: Column, value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def unpack(column: Column, kept: Any) -> Any:
    """Return the value that `pack` has kept."""
    if kept is None:
        return None
    if column.kind is Kind.DATE:
        return date.fromisoformat(kept)
    if column.kind is Kind.MOMENT:
        return datetime.fromisoformat(kept)
    return Decimal(kept) if column.kind is Kind.DECIMAL else kept


def show(column: Column, value: Any, labels: Mapping[Any, str]) -> str:
    """Return a value as people read it. `labels` are the words of the column's choices."""
    if value is None or value == "":
        return ""
    if column.kind is Kind.YES_NO:
        return yes() if value else no()
    if column.kind is Kind.MOMENT:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return str(labels.get(value, value)) if column.kind is Kind.CHOICE else str(value)


def shown_cell(cell: Any) -> str:
    """Return what stands in a cell of a file, short enough for a table of faults."""
    text = _plain_number(cell) if isinstance(cell, int | float) else str(cell)
    return mask(CONTROL.sub("�", text)[:80])


def mask(text: str) -> str:
    """Return a text to be shown beside a fault; digits of a personal number become stars."""
    return re.sub(r"\d", "*", text) if find_personal(text) else text
