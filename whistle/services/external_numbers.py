"""The numbers a case has in other systems: given when it is written, or added later. Kept in rows and in one text."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from whistle.guards import MoveRefused
from whistle.models import Case, ExternalNumber
from whistle.services import searching
from whistle.services.moving import lock_case

System = ExternalNumber.System
# Which system a number belongs to that came without one, by the source of the case
SYSTEM_OF_SOURCE = {
    Case.Source.HOTLINE: System.HOTLINE,
    Case.Source.PATROL: System.GRID,
    Case.Source.INSPECTION: System.INSPECTION,
}
MOST = 10

Number = tuple[str, str]  # system, number


def tidy(number: str) -> str:
    """Return a number without blanks: systems print them with and without."""
    return "".join(number.split())


def numbers_of(*, source: str, single: str, several: Iterable[Number]) -> list[Number]:
    """Return the numbers of a new case, each once: the one given alone belongs to the system of the source."""
    given = [(SYSTEM_OF_SOURCE.get(Case.Source(source), System.OTHER).value, single), *several]
    return list(dict.fromkeys((system, tidy(number)) for system, number in given if tidy(number)))


def text_of(numbers: Iterable[Number]) -> str:
    """Return all numbers as the one text that lists show and search looks in."""
    return " ".join(dict.fromkeys(number for _system, number in numbers))[:200]


def rows_of(case: Case, numbers: Iterable[Number], *, by: User, now: datetime) -> list[ExternalNumber]:
    """Return the unsaved rows of these numbers."""
    return [
        ExternalNumber(case=case, system=system, number=number, added_by=by, added_at=now)
        for system, number in numbers
    ]


def keep_numbers(case: Case, numbers: list[Number], *, by: User, now: datetime) -> None:
    """Give a case that is being written these numbers besides those it has. The caller saves the case. Two queries."""
    kept = list(ExternalNumber.objects.filter(case=case).order_by("id").values_list("system", "number"))
    new = [number for number in numbers if number not in kept]
    ExternalNumber.objects.bulk_create(rows_of(case, new, by=by, now=now))
    case.external_number = text_of([*kept, *new])


def add_number(*, case: Case, system: str, number: str, by: User, now: datetime) -> ExternalNumber:
    """Add a number to a case, open or closed. The same number on another case is allowed: it is a hint.

    Refuses without the right to add to the case, an empty number, one it has already, and more than ten.
    """
    number = tidy(number)
    with transaction.atomic():
        locked = lock_case(case.pk, expected=None)
        if not Case.objects.visible_to(by, Permission.CASE_NOTE).filter(pk=case.pk).exists():
            raise MoveRefused(_("You do not hold a role that may add numbers here."), code="role")
        kept = list(ExternalNumber.objects.filter(case=locked).order_by("id"))
        check_number(system=system, number=number, kept=kept)
        row = rows_of(locked, [(system, number)], by=by, now=now)[0]
        row.save()
        locked.external_number = text_of([*((old.system, old.number) for old in kept), (system, number)])
        locked.save(update_fields=["external_number"])
        searching.refresh([locked])
        trail.record(
            trail.Entry(
                stream=locked.stream,
                event="case.numbered",
                subject=locked,
                label=str(locked),
                at=now,
                by=by,
                data={"system": system, "number": number},
            )
        )
    return row


def check_number(*, system: str, number: str, kept: list[ExternalNumber]) -> None:
    """Refuse a number that is none, is there already, or is one too many."""
    if system not in System.values:
        raise MoveRefused(_("Choose the system the number comes from."), code="system")
    if not number:
        raise MoveRefused(_("Fill in the number."), code="number")
    if any((row.system, row.number) == (system, number) for row in kept):
        raise MoveRefused(_("The case has this number already."), code="number")
    if len(kept) >= MOST:
        raise MoveRefused(
            _("A case has at most %(most)d numbers; write further ones into a note.") % {"most": MOST},
            code="number",
        )
