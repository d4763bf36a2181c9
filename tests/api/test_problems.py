"""Every error has one shape (RFC 9457), in the reader's language, also where no view was reached."""

from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.test import APIClient

from kunming_portal.api import problems, throttling
from tests.api.callers import CASES, assert_problem, body, browser
from tests.whistle.people import World, opened
from whistle.api import loading


def test_a_field_nobody_knows_is_refused_by_name(world: World) -> None:
    found = assert_problem(browser(world.community_worker).post(CASES, body(titel="x", status="closed")), 400)
    assert {(e["field"], e["code"]) for e in found["errors"]} == {("titel", "unknown"), ("status", "unknown")}


def test_every_wrong_field_is_named(world: World) -> None:
    sent = {"kind": "no-such", "description": "", "place": "x" * 121, "source": "rumour"}
    found = assert_problem(browser(world.community_worker).post(CASES, sent), 400, code="invalid")
    assert {e["field"] for e in found["errors"]} == {"kind", "description", "place", "source"}


@pytest.mark.parametrize("sent", ["{", '{"kind": NaN}', "[" * 100_000, '"text"', "[]", "null", b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(world: World, sent: str | bytes) -> None:
    answer = browser(world.community_worker).post(CASES, sent, content_type="application/json")
    assert_problem(answer, 400)


def test_a_body_that_is_no_json_is_refused_in_the_callers_language(world: World) -> None:
    client = browser(world.community_worker)
    answer = client.post(
        CASES, "{\n  oops", content_type="application/json", headers={"accept-language": "zh-hans"}
    )
    assert assert_problem(answer, 400)["detail"] == "内容不是有效的JSON：第2行第3列。"
    answer = client.post(CASES, b"\xff", content_type="application/json", headers={"accept-language": "en"})
    assert assert_problem(answer, 400)["detail"] == "The body is not valid JSON in UTF-8."


def test_characters_the_database_cannot_hold_are_refused(world: World) -> None:
    assert_problem(browser(world.community_worker).post(CASES, body(place="a\x00b")), 400)
    assert_problem(browser(world.community_worker).get(f"{CASES}?q=a%00b"), 400)


def test_emoji_are_kept(world: World) -> None:
    answer = browser(world.community_worker).post(CASES, body(place="西坝路🚧128号"))
    assert answer.json()["place"] == "西坝路🚧128号"


def test_nobody_is_told_anything_without_signing_in(world: World) -> None:
    for there in (CASES, "/api/v1/me/", "/api/v1/divisions/", "/api/v1/schema/", f"{CASES}1/"):
        answer = APIClient().get(there)
        assert_problem(answer, 401, code="not_authenticated")
        assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_browser_needs_the_csrf_token(world: World) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(world.community_worker, backend="django.contrib.auth.backends.ModelBackend")
    assert_problem(client.post(CASES, body()), 403, code="permission_denied")


@pytest.mark.parametrize(
    "there", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v2/cases/", "/api/v1/cases"]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options", "trace"])
def test_an_address_that_does_not_exist_is_a_problem_document(client: Any, there: str, method: str) -> None:
    assert_problem(getattr(client, method)(there), 404, code="not_found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_methods_that_do_not_exist(world: World, method: str) -> None:
    case = opened(world)
    for there in (CASES, f"{CASES}{case.pk}/", f"{CASES}{case.pk}/blow/"):
        assert_problem(
            getattr(browser(world.community_worker), method)(there), 405, code="method_not_allowed"
        )
    assert_problem(browser(world.community_worker).get(f"{CASES}{case.pk}/blow/"), 405)


def test_a_head_is_a_get_without_a_body(world: World) -> None:
    answer = browser(world.community_worker).head(CASES)
    assert (answer.status_code, answer.content) == (200, b"")


def test_formats_the_api_does_not_speak(world: World) -> None:
    client = browser(world.community_worker)
    assert_problem(client.get(CASES, HTTP_ACCEPT="text/html"), 406, code="not_acceptable")
    answer = client.post(CASES, "kind=general", content_type="application/x-www-form-urlencoded")
    assert_problem(answer, 415, code="unsupported_media_type")


def test_a_body_too_large_is_refused_unread(world: World) -> None:
    answer = browser(world.community_worker).post(CASES, body(description="长" * 100_000))
    assert_problem(answer, 413, code="too_large")


def test_too_many_requests_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(throttling.PersonThrottle, "THROTTLE_RATES", {"read": "2/min", "write": "1/min"})
    client = browser(world.community_worker)
    assert [client.get(CASES).status_code for _ in range(3)] == [200, 200, 429]
    answer = client.get(CASES)
    assert_problem(answer, 429, code="throttled")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert client.post(CASES, body()).status_code == 201  # writing is counted apart
    assert_problem(client.post(CASES, body()), 429)
    assert browser(world.stranger).get(CASES).status_code == 200  # and so is everybody else
    cache.clear()


def test_without_the_cache_requests_go_on_uncounted(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(throttling.PersonThrottle, "THROTTLE_RATES", {"read": "1/min", "write": "1/min"})
    client = browser(world.community_worker)
    with mock.patch.object(
        throttling.PersonThrottle, "cache", mock.Mock(get=mock.Mock(side_effect=RedisError))
    ):
        assert [client.get(CASES).status_code for _ in range(2)] == [200, 200]
    assert "not counted" in caplog.text


def test_what_nobody_foresaw_says_nothing_about_its_cause(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_more: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(loading, "cases_for_list", fail)
    answer = browser(world.community_worker).get(CASES)
    found = assert_problem(answer, 500, code="error")
    assert "secret" not in str(found)
    assert "secret detail" in caplog.text


def test_sentences_come_in_the_reader_s_language(world: World) -> None:
    client = browser(world.community_worker)
    assert client.get("/api/v1/nothing/", HTTP_ACCEPT_LANGUAGE="en").json()["title"] == "Not found"
    english = client.get(f"{CASES}999/", HTTP_ACCEPT_LANGUAGE="en-GB,en;q=0.9")
    assert english.json()["detail"] == "Nothing is here that you may see."
    assert english["Content-Language"] == "en"
    assert client.get(f"{CASES}999/")["Content-Language"] == "zh-hans"


def test_answers_are_kept_by_nobody_on_the_way(world: World) -> None:
    assert "no-store" in browser(world.community_worker).get(CASES)["Cache-Control"]
    assert "no-store" in APIClient().get(CASES)["Cache-Control"]


def test_nested_errors_are_joined_by_dots() -> None:
    details = {
        "units": {"0": [{"message": "m", "code": "c"}]},
        "non_field_errors": [{"message": "w", "code": "x"}],
    }
    assert problems.flatten(details) == [
        {"field": "units.0", "message": "m", "code": "c"},
        {"field": "", "message": "w", "code": "x"},
    ]
