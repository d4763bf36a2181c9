"""A person at a real screen: opens pages in Chromium, and remembers whatever a page should not have done."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from kunming_portal.accounts.models import User

PASSWORD = "滇池的水-2026"
HEIGHTS = {320: 640, 390: 844, 1280: 900}
# What Chromium itself writes when a page is answered with one of these: a refusal is no fault of the page.
REFUSALS = tuple(f"the server responded with a status of {status}" for status in (403, 409, 422))


@dataclass
class Screen:
    """One browser window of its own cookies. `faults` must be empty at the end: errors, foreign addresses."""

    context: BrowserContext
    page: Page
    origin: str
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Begin to remember console errors, broken rules of the content policy and foreign requests."""
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(words in message.text for words in REFUSALS):
            self.faults.append(message.text)

    def _see(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and f"{address.scheme}://{address.netloc}" != self.origin:
            self.faults.append(f"left the portal: {request.url}")

    def open(self, path: str) -> Page:
        """Open a page of the portal; it must answer."""
        response = self.page.goto(self.origin + path)
        assert response is not None
        assert response.status == 200, (path, response.status)
        return self.page

    def sign_in(self, user: User) -> None:
        """Sign in on the sign-in page that is shown, as a person would."""
        self.page.get_by_label("账号", exact=True).fill(user.username)
        self.page.get_by_label("密码", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="登录", exact=True).click()

    def enter(self, user: User) -> None:
        """Arrive signed in, without the page: for what is not about signing in."""
        client = Client()
        client.force_login(user)
        self.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.origin}]
        )

    def prefer(self, **cookies: str) -> None:
        """Set how pages look: theme="dark", text="large"."""
        self.context.add_cookies([{"name": n, "value": v, "url": self.origin} for n, v in cookies.items()])

    def resize(self, width: int) -> None:
        """Make the window that wide."""
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})

    def press(self, name: str) -> None:
        """Press the visible button or link of this name in the page itself, not in its navigation."""
        self.page.wait_for_load_state()  # before its styles a page shows what phones hide
        place = self.page.locator("#main, .kp-movebar")
        found = place.get_by_role("button", name=name, exact=True).or_(
            place.get_by_role("link", name=name, exact=True)
        )
        found.filter(visible=True).first.click()

    def says(self, text: str) -> None:
        """Wait until the page shows this text."""
        self.page.get_by_text(text).filter(visible=True).first.wait_for()

    def choose(self, name: str) -> None:
        """Choose a tile by its words."""
        self.page.locator("label.kp-opt", has_text=re.compile(rf"^\s*{name}")).first.click()

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        script = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))


def window(browser: Browser, origin: str, width: int) -> Screen:
    """Open a window: a phone with touch below 600 px, a desk above."""
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]},
        is_mobile=phone,
        has_touch=phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    screen = Screen(context=context, page=context.new_page(), origin=origin)
    screen.watch()
    return screen


def barriers(page: Page) -> list[str]:
    """Return what axe holds against a page: rule, first place, what is wrong there."""
    found: Any = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"][:3]
    ]
