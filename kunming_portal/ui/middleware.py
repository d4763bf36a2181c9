"""What happens around every request: the reader's language, and its line in the log."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django_structlog.middlewares import RequestMiddleware


class ChosenLanguageMiddleware:
    """Reads the cookie of the language switch on pages; the API goes by Accept-Language, as programs expect.

    Government PCs often run an English browser, so `LocaleMiddleware` would show many officials English.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = self.language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    def language_of(self, request: HttpRequest) -> str:
        """Return the code of the language to answer in."""
        if request.path.startswith("/api/"):
            if "Accept-Language" in request.headers:
                return translation.get_language_from_request(request)
            return settings.LANGUAGE_CODE
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen in dict(settings.LANGUAGES):
            return chosen
        return settings.LANGUAGE_CODE


class ReadableAddressMiddleware:
    """Takes NUL bytes out of a page's query, because no database can look for one; a path with one is not there.

    Forms refuse theirs at the field, and the API refuses its own; what a filter or a link of a page carries is read
    in many places, so here it is one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info:
            raise BadRequest("NUL byte in the path")
        query = str(request.META.get("QUERY_STRING", ""))
        if not request.path_info.startswith("/api/"):
            request.META["QUERY_STRING"] = query.replace("%00", "").replace("\x00", "")
        return self.get_response(request)


class RequestLogMiddleware(RequestMiddleware):
    """Logs each request with its id and person, by its path only: what people search for stays out of logs."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return method and path, without the query."""
        return f"{request.method} {request.path}"


class ProxyMiddleware:
    """Takes the client's address from the one proxy in front: the last entry of X-Forwarded-For, which it wrote.

    Entries before that come from clients and are believed by nobody. Without it every client would have the
    proxy's address: anybody could lock an account for everybody, and the trail would name the proxy.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        with suppress(ValueError):  # none, or no address: the proxy's own stays
            request.META["REMOTE_ADDR"] = str(ip_address(last))
        return self.get_response(request)
