"""Fixtures every test may use."""

import pytest

from tests.whistle.people import World, build_world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what loads the demonstration first: tests with transactions of their own empty the seeded tables."""
    items.sort(key=lambda item: "demo" not in getattr(item, "fixturenames", ()))


@pytest.fixture
def world(db: None) -> World:
    """The small world of `tests.whistle.people`."""
    return build_world()
