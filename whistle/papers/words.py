"""Words and numbers as papers write them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation

DIGITS = "〇一二三四五六七八九"


@contextmanager
def office_language() -> Iterator[None]:
    """Speak the office's language inside: a paper does not change with who prints it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def moment(at: datetime | None) -> str:
    """Return day and clock, or nothing."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at is not None else ""


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
