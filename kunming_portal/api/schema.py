"""Finishing the OpenAPI document: problem documents on every operation, closed bodies."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

Endpoint = tuple[str, str, str, Callable[..., Any]]

PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "code", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The status in the reader's language."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people, in the reader's language."},
        "instance": {"type": "string", "description": "The address that was asked."},
        "code": {"type": "string", "description": "For programs; never translated."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message", "code"],
                "properties": {
                    "field": {"type": "string", "description": "Empty: about the whole."},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}
MEANINGS = {
    400: "The request is not right; `errors` names the fields.",
    401: "No token or session, or one that is no longer good.",
    403: "Signed in, but not allowed (for a browser: the CSRF token is missing).",
    404: "Nothing is here that you may see.",
    406: "The API answers in JSON only.",
    409: "The domain refuses: `detail` says why, `code` which rule. Nothing was changed.",
    412: "The case changed since the version in If-Match. Nothing was changed.",
    413: "The body is longer than 256 KB.",
    415: "The API reads JSON only.",
    422: "The Idempotency-Key was used for another body.",
    429: "Too many requests; Retry-After says for how many seconds to wait.",
    500: "The server failed; it has been recorded.",
}
ALWAYS = (400, 401, 403, 404, 406, 429, 500)
WRITING = (409, 412, 413, 415)


def keep_ours(endpoints: list[Endpoint], **_more: Any) -> list[Endpoint]:
    """Keep the addresses of the API (a drf-spectacular hook; naming it also registers the schemes below)."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the problem answers to every operation, close the bodies of requests (a drf-spectacular hook)."""
    components = result["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {f"Problem{status}": _answer(status) for status in MEANINGS}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status in _statuses(method, operation):
                operation["responses"].setdefault(
                    str(status), {"$ref": f"#/components/responses/Problem{status}"}
                )
    for name, schema in components["schemas"].items():
        if name.endswith("Input"):
            schema["additionalProperties"] = False
    return result


def _statuses(method: str, operation: dict[str, Any]) -> list[int]:
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    more = WRITING if method == "post" else ()
    return [*ALWAYS, *more, *((422,) if "Idempotency-Key" in names else ())]


def _answer(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": MEANINGS[status],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if status == 429:
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return answer


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """The token in the OpenAPI document."""

    target_class = "kunming_portal.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the bearer scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from the portal's page of API tokens.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """The browser's session in the OpenAPI document: one name, whatever the cookie is called in this mode."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the cookie scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A signed-in browser; changing requests also need the X-CSRFToken header.",
        }
