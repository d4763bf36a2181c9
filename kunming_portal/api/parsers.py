"""JSON in, of a modest size."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

LARGEST = 256 * 1024


class TooLarge(APIException):
    """The body is longer than any case can be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body may be at most 256 KB.")
    default_code = "too_large"


class ModestJSONParser(JSONParser):
    """Reads JSON up to 256 KB; a body nested deeper than anybody needs is a parse error, not a crash."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the parsed body."""
        length = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        if int(length) > LARGEST:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ParseError as error:
            raise ParseError(_not_json(error.__context__)) from error


def _not_json(cause: BaseException | None) -> str:
    """Return in the caller's language where the body stops being JSON; the parser itself speaks English only."""
    if isinstance(cause, json.JSONDecodeError):
        place = {"line": cause.lineno, "column": cause.colno}
        return gettext("The body is not valid JSON: line %(line)d, column %(column)d.") % place
    return gettext("The body is not valid JSON in UTF-8.")
