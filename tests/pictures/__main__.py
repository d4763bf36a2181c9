"""Takes the pictures of docs/pictures/: `make pictures BASE=http://127.0.0.1:8000`, the portal running beside it.

Signs in on the sign-in page with the demonstration accounts. Cases are found through the lists, because
their numbers differ from day to day. A picture is one screen, never an endless page.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PASSWORD = os.environ.get("DEMONSTRATION_PASSWORD", "Kunming-2026")
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 860}
CASE = re.compile(r"/cases/\d+/")
CHROMIUM = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Picture:
    """One screen: whose, how wide, and how to get there from the start page."""

    name: str
    account: str
    screen: ViewportSize
    way: Callable[[Page, str], object]


def home(page: Page, base: str) -> None:
    """Stay where the sign-in leads."""


def queue(page: Page, base: str) -> None:
    """Open the queue."""
    page.goto(f"{base}/queue/")


def city(page: Page, base: str) -> None:
    """Open the city page and let its charts draw."""
    page.goto(f"{base}/city/")
    page.wait_for_timeout(1500)


def blow(page: Page, base: str) -> None:
    """Open the blow form."""
    page.goto(f"{base}/cases/new/")


def case_in_work(page: Page, base: str) -> None:
    """Open a case on which units are at work: an ordinary one that is due soon if there is one."""
    for narrower in ("&kind=general&light=soon", "&kind=general", ""):
        page.goto(f"{base}/cases/?status=handling{narrower}")
        links = page.locator("main a[href^='/cases/']").all()
        addresses = [link.get_attribute("href") or "" for link in links]
        found = [address for address in addresses if CASE.fullmatch(address)]
        if found:
            page.goto(base + found[0])
            return
    raise SystemExit("No case is being handled: load the demonstration data first.")


def compound(page: Page, base: str) -> None:
    """Open the compound of the demonstration with live examples of all five powers."""
    page.goto(f"{base}/compounds/?q=丹桂里小区")
    page.locator("#list a", has_text="丹桂里小区").first.click()
    page.wait_for_url(re.compile(r"/compounds/\d+/$"))


PICTURES = [
    Picture("home-390", "community.worker", PHONE, home),
    Picture("queue-1280", "street.dispatcher", DESK, queue),
    Picture("case-1280", "street.dispatcher", DESK, case_in_work),
    Picture("case-390", "street.enforcement", PHONE, case_in_work),
    Picture("blow-390", "community.worker", PHONE, blow),
    Picture("city-1280", "city.official", DESK, city),
    Picture("compound-1280", "compound.secretary", DESK, compound),
    Picture("compound-390", "compound.secretary", PHONE, compound),
]


def take(browser: Browser, picture: Picture, base: str) -> Path:
    """Sign in, walk there, save one screen; return the file."""
    phone = picture.screen is PHONE
    context = browser.new_context(
        viewport=picture.screen,
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="zh-CN",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{base}/sign-in/")
    page.get_by_label("账号", exact=True).fill(picture.account)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(f"{base}/")
    picture.way(page, base)
    file = FOLDER / f"{picture.name}.png"
    page.screenshot(path=file)
    context.close()
    return file


def main(base: str) -> None:
    """Take all pictures."""
    chromium = os.environ.get("BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        for picture in PICTURES:
            file = take(browser, picture, base)
            print(f"{file.name}  {file.stat().st_size // 1024} KB", flush=True)
        browser.close()


if __name__ == "__main__":
    main((sys.argv[1:] or ["http://127.0.0.1:8000"])[0].rstrip("/"))
