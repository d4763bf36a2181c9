"""Fixtures every test may use."""

import pytest

from tests.whistle.people import World, build_world


@pytest.fixture
def world(db: None) -> World:
    """The small world of `tests.whistle.people`."""
    return build_world()
