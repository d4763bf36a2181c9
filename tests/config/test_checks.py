"""The system checks find what an operator can get wrong."""

import base64

import pytest
from django.conf import LazySettings

from kunming_portal.administration import checks

GOOD = base64.b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(
    ("name", "key"),
    [("a", "not base64!"), ("a", base64.b64encode(b"short").decode()), ("", GOOD), ("a.b", GOOD)],
)
def test_a_key_that_does_not_fit(settings: LazySettings, name: str, key: str) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"good": GOOD, name: key}
    assert [found.id for found in checks.encryption_keys_fit(None)] == ["portal.E001"]


def test_keys_that_fit(settings: LazySettings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"new": GOOD, "old": GOOD}
    assert checks.encryption_keys_fit(None) == []


def test_a_hook_that_names_nothing(settings: LazySettings) -> None:
    assert checks.hooks_exist(None) == []
    settings.ACCOUNT_EVENTS = "kunming_portal.audit.nowhere"
    assert [found.id for found in checks.hooks_exist(None)] == ["portal.E002"]


def test_the_second_driver_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.driver_is_the_tested_one(None) == []
    monkeypatch.setattr("django.db.backends.postgresql.psycopg_any.is_psycopg3", True)
    assert [found.id for found in checks.driver_is_the_tested_one(None)] == ["portal.E003"]
