"""What the tests of the interface share: a browser's request, the empty frame, Chinese."""

from collections.abc import Callable, Iterator

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def bare_frame(settings: Settings) -> None:
    """Leave the apps' navigation out; nothing was collected in a test."""
    settings.PORTAL_NAVIGATION = ""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def english(request: pytest.FixtureRequest) -> Iterator[None]:
    """English unless a test asks for Chinese."""
    language = "zh-hans" if "chinese" in request.fixturenames else "en"
    with translation.override(language):
        yield


@pytest.fixture
def chinese() -> None:
    """Marks a test that reads Chinese; `english` above obeys it."""


Render = Callable[..., str]


@pytest.fixture
def render() -> Render:
    """Render a piece of template source with the tags loaded, as in the page of a request."""

    def rendered(source: str, query: str = "", **context: object) -> str:
        template = engines["django"].from_string("{% load portal %}" + source)
        return template.render(context, RequestFactory().get(f"/{query}"))

    return rendered
