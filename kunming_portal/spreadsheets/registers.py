"""What an app brings so that its records go out as workbooks and come in again: a subclass of Register.

The setting PORTAL_REGISTERS holds dotted paths of sequences of registers; this package imports no app.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.utils.module_loading import import_string

from kunming_portal.accounts.permissions import Permission
from kunming_portal.spreadsheets.columns import Column, Word

if TYPE_CHECKING:
    # named in strings: the system check loads this module before there are models
    from kunming_portal.accounts.models import User

Key = tuple[Any, ...]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file: its number as the spreadsheet counts, and its values by name of column."""

    number: int
    values: Values


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: row as the spreadsheet counts, name of the column ("" for the whole row)."""

    row: int
    column: str
    sentence: str


class Register:
    """A list that can be exported and imported. Subclass it; the methods belong to the app whose records these are.

    `key` is the word of the list in addresses, `right` what somebody needs to import, `unit_name` what one row is
    called ("compound"). All methods work on whole files: their number of queries does not grow with the rows.
    """

    key: str = ""
    title: Word = ""
    columns: tuple[Column, ...] = ()
    right: Permission
    unit_name: Word = ""
    list_route: str = ""  # the route of the list where it is not called like the key

    # -- out -------------------------------------------------------------------------------------
    def queryset(self, user: "User", query: QueryDict) -> QuerySet[Any]:
        """Return the filtered list that the person sees."""
        raise NotImplementedError

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield the values of each record by name of column, typed like `Kind` says."""
        raise NotImplementedError

    # -- in --------------------------------------------------------------------------------------
    def lock(self, rows: Sequence[Row], *, by: "User") -> None:
        """Lock what these rows will change, inside the transaction that saves them. By default nothing.

        Two imports of one register never save at once; a lock here keeps the register's own pages out, too.
        """

    def existing(self, rows: Sequence[Row], *, by: "User") -> Mapping[Key, Values]:
        """Return what is there for the keys of these rows and within the person's reach: values by name of column.

        A name that is left out of the values is not compared.
        """
        raise NotImplementedError

    def check(self, rows: Sequence[Row], *, by: "User", now: datetime) -> Iterator[Fault]:
        """Yield what is wrong with these rows together and against the database. By default nothing.

        A key outside the person's reach is a fault here, too: `existing` leaves it out.
        """
        yield from ()

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: "User", now: datetime) -> None:
        """Write new and changed rows through a service of the app, which puts the import on the trail.

        Runs inside one transaction with `check`. May refuse with a sentence (`Refused`): then nothing is kept.
        """
        raise NotImplementedError

    # -- what the engine asks ----------------------------------------------------------------------
    def key_of(self, values: Values) -> Key:
        """Return what tells these values from every other row."""
        return tuple(values[column.name] for column in self.columns if column.key)

    def column(self, name: str) -> Column | None:
        """Return the column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def may_import(self, user: "User") -> bool:
        """Whether this person may import into the register. No query once rights are loaded."""
        return user.can(self.right)


def all_registers() -> list[Register]:
    """Return the registers of all apps, in the order of the setting. No query."""
    paths: Sequence[str] = getattr(settings, "PORTAL_REGISTERS", ())
    return [register for path in paths for register in import_string(path)]


def find(key: str) -> Register | None:
    """Return the register with this key, or None. No query."""
    return next((register for register in all_registers() if register.key == key), None)


def get(key: str, *, user: "User | None" = None) -> Register:
    """Return the register with this key; 404 when there is none, or when `user` may not import into it."""
    found = find(key)
    if found is None or (user is not None and not found.may_import(user)):
        raise Http404
    return found


def may_import(key: str, user: "User") -> bool:
    """Whether there is such a register and this person may import into it: for the link on its list. No query."""
    found = find(key) if key else None
    return found is not None and found.may_import(user)
