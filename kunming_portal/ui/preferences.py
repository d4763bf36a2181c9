"""How a person wants the pages to look: kept in cookies of a year, because it says nothing about anybody."""

from typing import Literal

from django.http import HttpRequest, HttpResponseBase

YEAR = 365 * 24 * 3600
THEME_COOKIE = "theme"
TEXT_COOKIE = "text"
THEMES = ("light", "dark", "auto")
TEXT_SIZES = ("normal", "large")

Cookie = Literal["theme", "text"]


def theme_of(request: HttpRequest) -> str:
    """Return light, dark or auto (what the device says)."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def is_large(request: HttpRequest) -> bool:
    """Return whether the person reads in large text (大字版)."""
    return request.COOKIES.get(TEXT_COOKIE) == "large"


def remember(response: HttpResponseBase, *, cookie: Cookie, value: str, secure: bool) -> None:
    """Set the cookie for a year, readable by scripts never, sent to this site only."""
    response.set_cookie(cookie, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
