"""Every test of workbooks has the register of `sample`."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.spreadsheets.sample import SETTING


@pytest.fixture(autouse=True)
def _registers() -> Iterator[None]:
    """The register of the tests and no other."""
    with override_settings(PORTAL_REGISTERS=SETTING):
        yield
