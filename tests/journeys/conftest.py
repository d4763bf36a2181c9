"""Fixtures of the browser journeys: one Chromium, the portal served by a thread, people who have passwords."""

import os
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.journeys import browser as browsers
from tests.whistle.people import NOW, World

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
SERIALIZED = "_test_serialized_contents"
NOT_RUN = "Browser journeys are not run, for want of Chromium (BROWSER is empty)."

Open = Callable[..., browsers.Screen]


@pytest.fixture(scope="package")
def chromium(django_db_setup: None) -> Iterator[Browser]:
    """One Chromium for all journeys of a worker; without one they are not run, which in CI is a failure."""
    path = os.environ.get("BROWSER", "")
    if not path:
        if os.environ.get("CI") == "true":
            pytest.fail(NOT_RUN)
        pytest.skip(NOT_RUN)
    migrated = getattr(connection, SERIALIZED)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, so Django takes ordinary code here for asynchronous:
        # it would refuse the database, and it gives this thread another connection object, which must be told
        # what the migrations wrote (`serialized_rollback`).
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        setattr(connection, SERIALIZED, migrated)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
        connection.close()


@pytest.fixture
def clock(chromium: Browser) -> Iterator[time_machine.Traveller]:
    """The portal's clock: a Monday at ten, and it goes on."""
    cache.clear()
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def town(clock: time_machine.Traveller, live_server: LiveServer, world: World) -> World:
    """The small world, served; everybody has a password."""
    for person in world.people.values():
        person.set_password(browsers.PASSWORD)
        person.save(update_fields=["password"])
    return world


@pytest.fixture
def look(chromium: Browser, live_server: LiveServer, town: World) -> Iterator[Open]:
    """Return what opens a window, `look(390)`. At the end no page of any window may have misbehaved."""
    screens: list[browsers.Screen] = []

    def opened(width: int) -> browsers.Screen:
        screens.append(browsers.window(chromium, live_server.url, width))
        return screens[-1]

    yield opened
    for screen in screens:
        screen.context.close()
    faults = [fault for screen in screens for fault in screen.faults]
    assert faults == []
