"""Words and numbers as papers write them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation

from whistle.models import Case, ExternalNumber

DIGITS = "〇一二三四五六七八九"


@contextmanager
def office_language() -> Iterator[None]:
    """Speak the office's language inside: a paper does not change with who prints it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def moment(at: datetime | None) -> str:
    """Return day and clock, or nothing."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at is not None else ""


def numbers_elsewhere(case: Case) -> str:
    """Return the case's numbers in other systems, each with the system's name. One query."""
    rows = ExternalNumber.objects.filter(case=case).order_by("id")
    return "、".join(f"{row.get_system_display()} {row.number}" for row in rows) or case.external_number


def numeral(number: int) -> str:
    """Return a number below a hundred as Chinese writes it: 三, 十二, 二十."""
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def numbered(number: int, title: str) -> str:
    """Return a heading of the first level: 一、督办事项."""
    return f"{numeral(number)}、{title}"


def level(number: int, title: str) -> str:
    """Return a heading of the second level: （一）社区哨."""
    return f"（{numeral(number)}）{title}"
