"""The clock of the API's tests: a working Monday, an hour after the small world acts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from tests.whistle.people import NOW


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Set the clock to 11:00 of the small world's Monday; a test may move it on."""
    with time_machine.travel(NOW + timedelta(hours=1), tick=True) as coordinates:
        yield coordinates
