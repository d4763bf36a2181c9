"""Every error of the API as a problem document (RFC 9457): one shape, a sentence a person understands."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from kunming_portal.errors import Refused

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
NO_FIELD = ""


def as_problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an exception raised in an API view; named in settings as DRF's handler.

    A refusal of the domain is 409 with its sentence and code; what nobody foresaw is logged with its
    traceback and answered 500 without a word about the cause. With DEBUG the latter is raised instead.
    """
    path = context["request"].path
    _speak_json(context["request"])
    if isinstance(exc, Refused):
        set_rollback()
        return problem(409, path=path, code=exc.code, detail=exc.sentence)
    found = exception_handler(exc, context)
    if found is None:
        if settings.DEBUG:
            return None
        logger.error("The API failed at %s %s", context["request"].method, path, exc_info=exc)
        set_rollback()
        return problem(
            500, path=path, code="error", detail=_("Something went wrong here. It has been recorded.")
        )
    answer = problem(found.status_code, path=path, **_words(exc))
    for header in ("WWW-Authenticate", "Retry-After"):
        if header in found:
            answer[header] = found[header]
    return answer


def problem(
    status: int, *, path: str, code: str, detail: str, errors: list[dict[str, str]] | None = None
) -> Response:
    """Return a problem document. `code` is for programs and never translated; `detail` is for people."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "instance": path,
        "code": code,
        "errors": errors or [],
    }
    return Response(body, status=status, content_type=MEDIA_TYPE)


def title_of(status: int) -> str:
    """Return the name of the status in the reader's language."""
    titles = {
        400: _("Some of it is not right"),
        401: _("Not signed in"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Method not allowed"),
        406: _("No such format"),
        409: _("Refused"),
        412: _("Somebody acted first"),
        413: _("Too large"),
        415: _("Unknown format"),
        422: _("Key used twice"),
        429: _("Too many requests"),
        500: _("Error of the server"),
    }
    return titles.get(status) or HTTPStatus(status).phrase


def _speak_json(request: Request) -> None:
    """Make the answer JSON, whatever the view speaks otherwise and the caller asked for."""
    request.accepted_renderer = JSONRenderer()
    request.accepted_media_type = JSONRenderer.media_type


def _words(exc: Exception) -> dict[str, Any]:
    """Return code, detail and field errors of an exception DRF knows."""
    if isinstance(exc, exceptions.ValidationError):
        return {
            "code": "invalid",
            "detail": _("Look at `errors`."),
            "errors": flatten(exc.get_full_details()),
        }
    if isinstance(exc, Http404):
        return {"code": "not_found", "detail": _("Nothing is here that you may see.")}
    if isinstance(exc, PermissionDenied):
        return {"code": "permission_denied", "detail": _("You may not do this.")}
    assert isinstance(exc, exceptions.APIException)
    code = exc.get_codes()
    return {"code": code if isinstance(code, str) else exc.default_code, "detail": str(exc.detail)}


def flatten(details: Any, *, field: str = NO_FIELD) -> list[dict[str, str]]:
    """Return nested errors as a list of field, message, code; fields inside fields joined by dots.

    Errors about the whole have an empty field.
    """
    is_one = isinstance(details, dict) and set(details) == {"message", "code"}
    if is_one and isinstance(details["code"], str | None):  # a validator without a code of its own: none
        return [{"field": field, "message": str(details["message"]), "code": details["code"] or "invalid"}]
    if isinstance(details, dict):
        parts = [(_joined(field, str(key)), value) for key, value in details.items()]
    else:
        nested = any(isinstance(value, dict) and "message" not in value for value in details)
        parts = [(_joined(field, str(at)) if nested else field, value) for at, value in enumerate(details)]
    return [error for name, value in parts for error in flatten(value, field=name)]


def _joined(field: str, key: str) -> str:
    if key == "non_field_errors":
        return field
    return f"{field}.{key}" if field else key
