"""Finds personal numbers in free text, so that they are refused where they do not belong. Pure (standards.md §7.3)."""

import re
import unicodedata
from enum import StrEnum

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"

# Separators people type inside a number: 138 1234 5678, 110105-19491231-0021
_SEPARATORS = re.compile(r"(?<=\d)[ \-](?=[\dXx])")
_CITIZEN_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9])(?:(?:\+|00)?86[ \-]?)?1[3-9][0-9](?:[ \-]?[0-9]{4}){2}(?![0-9])")
_PHONES = (
    re.compile(r"1[3-9]\d{9}"),
    re.compile(r"0\d{2,3}-?\d{3,4}-?\d{4}(-\d{1,6})?"),
    re.compile(r"\d{7,8}"),
    re.compile(r"12345|12\d{3}|95\d{3,6}|400-?\d{3}-?\d{4}|1(10|19|20|22)"),
)


class Personal(StrEnum):
    """What was found."""

    CITIZEN_NUMBER = "citizen_number"
    MOBILE = "mobile"


def find_personal(text: str) -> Personal | None:
    """Return which personal number stands in the text, or None.

    A citizen number counts only with its right check digit; a mobile number only with eleven digits standing
    alone (a country code may be in front). Full-width digits, blanks and hyphens inside a number are seen through.
    """
    plain = unicodedata.normalize("NFKC", text)
    joined = _SEPARATORS.sub("", plain)
    for version in (plain, joined):
        if any(is_citizen_number(found.group()) for found in _CITIZEN_NUMBER.finditer(version)):
            return Personal.CITIZEN_NUMBER
    if _MOBILE.search(plain) or _MOBILE.search(joined):
        return Personal.MOBILE
    return None


def is_citizen_number(text: str) -> bool:
    """Whether these 18 characters are a citizen number by GB 11643: 17 digits and the digit that checks them."""
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", text):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11] == text[17].upper()


def tidy_phone(text: str) -> str | None:
    """Return a phone number as it is stored (no blanks, no +86), or None when the text is none.

    Mobile, landline with or without area code, service number. An extension follows a hyphen.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    mobile = re.fullmatch(r"(?:(?:\+|00)?86-?)?(1[3-9]\d-?\d{4}-?\d{4})", plain)
    if mobile:
        return mobile.group(1).replace("-", "")
    return plain if any(pattern.fullmatch(plain) for pattern in _PHONES) else None
