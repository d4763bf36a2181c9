"""Fixtures every test may use."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation

from tests.whistle.people import World, build_world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what loads the demonstration first: tests with transactions of their own empty the seeded tables."""
    items.sort(key=lambda item: "demo" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def _files_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Files that tests send lie in a folder that goes with them."""
    with override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media"))):
        yield


@pytest.fixture(autouse=True)
def _language_of_tests() -> Iterator[None]:
    """Every test begins in the language of the portal and leaves none behind."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.deactivate()


@pytest.fixture
def world(db: None) -> World:
    """The small world of `tests.whistle.people`."""
    return build_world()
