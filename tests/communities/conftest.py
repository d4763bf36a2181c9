"""Fixtures of the tests about communities."""

import pytest

from tests.communities.people import Place, build_place
from tests.whistle.people import World


@pytest.fixture
def place(world: World) -> Place:
    """The compound of the small world with its branch, grid and buildings."""
    return build_place(world)
