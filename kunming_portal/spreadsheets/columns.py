"""What a column of a register holds. The specification every workbook follows: template, export, import."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise

Word = str | Promise
Choices = tuple[tuple[Any, Word], ...]


class Kind(StrEnum):
    """What stands in the cells of a column, and so what a cell becomes when it is read."""

    TEXT = "text"  # str; "" where nothing stands
    CODE = "code"  # str of digits that no spreadsheet may take for a number
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # Decimal
    DATE = "date"  # date
    MOMENT = "moment"  # aware datetime, to the minute
    CHOICE = "choice"  # the value of one of `choices`; people see and write its label
    YES_NO = "yes_no"  # bool


@dataclass(frozen=True)
class Column:
    """One column. `name` is its key in `Row.values`, `head` what stands above it.

    `key` columns together tell a row from every other one of the register: they are required and unique in a file.
    `choices` are pairs of value and label, or a callable that returns them; it is called once a workbook. `minimum`
    and `maximum` bound numbers, `max_length` text. `note` is shown at the head of the template.
    """

    name: str
    head: Word
    kind: Kind
    _: KW_ONLY
    required: bool = False
    key: bool = False
    choices: Choices | Callable[[], Choices] | None = None
    note: Word = ""
    width: int = 14
    max_length: int | None = None
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None

    @property
    def must_be_filled(self) -> bool:
        """Whether a row without a value here is refused."""
        return self.required or self.key

    def options(self) -> Choices:
        """Return the pairs of value and label; empty for a column without choices."""
        found = self.choices() if callable(self.choices) else self.choices
        return tuple(found or ())

    def empty(self) -> str | None:
        """Return what a cell holds in which nothing stands: no text, or no value."""
        return "" if self.kind in (Kind.TEXT, Kind.CODE) else None
