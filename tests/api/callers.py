"""Ways to call the API: a signed-in browser, a token."""

from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from kunming_portal.accounts.models import User
from kunming_portal.api.tokens import create_token

CASES = "/api/v1/cases/"


def browser(user: User) -> APIClient:
    """Return a client with the person's session."""
    client = APIClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def with_token(user: User, *, days: int = 30) -> APIClient:
    """Return a client with a fresh token of the holder."""
    _row, secret = create_token(name="test", days=days, by=user, now=timezone.now())
    return bearing(secret)


def bearing(secret: str) -> APIClient:
    """Return a client that carries this token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def body(**more: Any) -> dict[str, Any]:
    """Return what a community worker sends for a new case."""
    return {"kind": "general", "description": "路面渗水下陷，非机动车道封闭。", "place": "西坝路128号"} | more


def assert_problem(answer: Any, status: int, *, code: str | None = None) -> dict[str, Any]:
    """Check that the answer is a whole problem document; return it."""
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert set(found) == {"type", "title", "status", "detail", "instance", "code", "errors"}
    assert (found["type"], found["status"]) == ("about:blank", status)
    assert found["title"]
    assert found["detail"]
    assert found["instance"] == answer.wsgi_request.path
    for error in found["errors"]:
        assert set(error) == {"field", "message", "code"}
    if code is not None:
        assert found["code"] == code
    return found
