"""The OpenAPI document: current, valid, complete, and true of every answer."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from kunming_portal.api.tokens import create_token
from tests.api.callers import CASES, bearing, browser
from tests.whistle.people import World, blown, dispatched, fed_back, opened
from tests.whistle.people import person as appoint
from whistle.api.urls import urlpatterns

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
TRUE_OF_EVERY_ANSWER = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The committed document."""
    found: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return found


def test_the_committed_document_is_current_and_clean() -> None:
    made = io.StringIO()
    call_command("spectacular", "--lang", "en", "--validate", "--fail-on-warn", stdout=made)
    assert made.getvalue() == DOCUMENT.read_text(encoding="utf-8"), "make docs: the API has changed"


def test_every_address_is_in_the_document(document: dict[str, Any]) -> None:
    described = {path.removeprefix("/api/v1/").replace("{id}", "<int:pk>") for path in document["paths"]}
    assert {str(pattern.pattern) for pattern in urlpatterns} <= described
    assert described - {str(p.pattern) for p in urlpatterns} == {
        "divisions/", "divisions/{code}/", "units/", "me/", "compounds/", "compounds/<int:pk>/", "grids/"
    }  # fmt: skip


def test_every_operation_names_its_problems_and_closes_its_body(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert {"400", "401", "404", "429", "500"} <= set(operation["responses"]), (method, path)
            assert operation["security"] == [{"token": []}, {"session": []}], (method, path)
    inputs = {name: s for name, s in document["components"]["schemas"].items() if name.endswith("Input")}
    assert len(inputs) > 8
    assert all(schema["additionalProperties"] is False for schema in inputs.values())


def test_no_answer_knows_a_reporter(document: dict[str, Any]) -> None:
    shown = {name: s for name, s in document["components"]["schemas"].items() if name.endswith("Out")}
    keys = {key for schema in shown.values() for key in schema.get("properties", {})}
    assert [key for key in keys if "reporter" in key] == ["has_reporter"]


def test_the_page_of_the_document_obeys_our_own_policy(world: World, client: Client) -> None:
    assert client.get("/api/v1/docs/").status_code == 302
    signed_in = browser(world.community_worker)
    page = signed_in.get("/api/v1/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in text
    assert text.count("<script src=") == text.count("<script")
    assert "'unsafe" not in page["Content-Security-Policy"]
    script = signed_in.get("/api/v1/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert signed_in.get("/api/v1/schema/").status_code == 200


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """Keep the test's connection between requests, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def street(world: World) -> str:
    """A token that reaches one street with a case in most states."""
    holder = appoint("street_service", "integrator", world.units["street_centre"])
    for walk in (opened, blown, dispatched, fed_back):
        walk(world)
    return create_token(name="test", days=1, by=holder, now=timezone.now())[1]


def test_answers_are_as_the_document_says(street: str, kept_connection: None) -> None:
    headers = {"Authorization": f"Bearer {street}"}
    api = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application(), headers=headers)
    operations = [found.ok() for found in api.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) >= 24
    for operation in operations:
        conforms(operation, headers)
    assert bearing(street).get(CASES).status_code == 200


def conforms(operation: Any, headers: dict[str, str]) -> None:
    """Call one operation with generated requests and check every answer against the document."""

    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=TRUE_OF_EVERY_ANSWER)

    call()
