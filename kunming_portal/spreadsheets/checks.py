"""System checks of registers: what a writer of one can get wrong."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from kunming_portal.spreadsheets.columns import Kind
from kunming_portal.spreadsheets.registers import Register, all_registers


def registers_fit(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Complain about registers that cannot be imported, share a key, or lack columns that tell rows apart."""
    try:
        registers = all_registers()
    except ImportError as error:
        paths = getattr(settings, "PORTAL_REGISTERS", ())
        return [Error(f"PORTAL_REGISTERS {paths!r} cannot be imported: {error}", id="spreadsheets.E001")]
    twice = [key for key, number in Counter(one.key for one in registers).items() if number > 1]
    found: list[CheckMessage] = [
        Error(f"Two registers have the key {key!r}.", id="spreadsheets.E002") for key in twice
    ]
    for register in registers:
        found += _faults(register)
    return found


def _faults(register: Register) -> Iterator[CheckMessage]:
    name = type(register).__name__
    if not register.key or not register.title or not hasattr(register, "right"):
        yield Error(f"{name} needs key, title and right.", id="spreadsheets.E003")
    if not any(column.key for column in register.columns):
        yield Error(f"{name} has no column with key=True.", id="spreadsheets.E004")
    names = Counter(column.name for column in register.columns)
    heads = Counter(str(column.head) for column in register.columns)
    for word, number in (names | heads).items():
        if number > 1:
            yield Error(f"{name} has two columns {word!r}.", id="spreadsheets.E005")
    for column in register.columns:
        if (column.kind is Kind.CHOICE) != (column.choices is not None):
            yield Error(
                f"{name}.{column.name}: choices belong to Kind.CHOICE, and it needs them.",
                id="spreadsheets.E006",
            )
