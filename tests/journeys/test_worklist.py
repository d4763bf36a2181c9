"""A dispatcher at the queue: by keyboard alone, and by mouse without a script."""

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.journeys.browser import Screen, barriers
from tests.journeys.conftest import Open
from tests.whistle.crowd import crowd
from tests.whistle.people import NOW, World, dispatched
from whistle.models import Whistle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def statuses() -> list[str]:
    """Return where the whistles stand, oldest first."""
    return list(Whistle.objects.order_by("pk").values_list("status", flat=True))


def flaws(screen: Screen) -> list[str]:
    """Return what axe holds against the page, once its styles are there."""
    screen.page.wait_for_load_state()
    return barriers(screen.page)


def overflow(screen: Screen) -> int:
    """Return by how much the page is too wide, once its styles are there."""
    screen.page.wait_for_load_state()
    return screen.overflow()


def keys(screen: Screen, *pressed: str) -> None:
    """Press keys one after the other."""
    for key in pressed:
        screen.page.keyboard.press(key)


def test_the_queue_is_worked_by_keyboard(town: World, look: Open) -> None:
    crowd(town, 3, now=NOW)
    desk = look(1280)
    desk.enter(town.street_dispatcher)
    page = desk.open("/queue/")
    bar = page.locator(".kp-bulk")
    assert not bar.is_visible()
    keys(desk, "j", "x", "j", "x")
    assert bar.is_visible()
    assert bar.locator("[data-picked]").inner_text() == "2"
    assert page.locator("tr.is-picked").count() == 2
    assert flaws(desk) == []
    keys(desk, "Escape")
    assert not bar.is_visible()
    keys(desk, "k", "x", "j", "x", "a")
    desk.says("2件已办")
    assert statuses() == ["awaiting_dispatch", "awaiting_dispatch", "awaiting_acceptance"]
    assert flaws(desk) == []
    desk.press("回列表")
    page.wait_for_url("**/queue/")
    keys(desk, "j", "d")
    desk.says("没办成")  # it waits for acceptance: no form is asked for nothing
    desk.press("回列表")
    page.wait_for_url("**/queue/")
    keys(desk, "j", "j", "d")
    page.get_by_role("radio").first.wait_for()
    assert flaws(desk) == []
    page.get_by_role("radio", name="城管执法中队").check()
    page.locator("#main").get_by_role("button", name="派单").click()
    desk.says("1件已办")
    assert "handling" in statuses()
    assert flaws(desk) == []


def test_a_key_alone_means_the_row_at_the_cursor(town: World, look: Open) -> None:
    crowd(town, 2, now=NOW)
    desk = look(1280)
    desk.enter(town.street_dispatcher)
    page = desk.open("/queue/")
    keys(desk, "a")  # no cursor yet: nothing happens
    assert statuses() == ["awaiting_acceptance"] * 2
    keys(desk, "j", "a")
    desk.says("1件已办")
    assert statuses() == ["awaiting_dispatch", "awaiting_acceptance"]
    page.go_back()
    keys(desk, "/")
    page.keyboard.type("xibalu")
    keys(desk, "Enter")
    page.wait_for_url("**q=xibalu**")
    assert page.locator("tr[data-row]").count() == 2
    page.locator("h1").click()
    keys(desk, "?")
    assert page.locator("#keys").is_visible()
    assert flaws(desk) == []
    keys(desk, "Escape")
    assert not page.locator("#keys").is_visible()
    keys(desk, "j", "Enter")
    page.wait_for_url("**/cases/**")


def test_boxes_and_buttons_do_it_without_a_script(
    town: World, chromium: Browser, live_server: LiveServer
) -> None:
    crowd(town, 2, now=NOW)
    context = chromium.new_context(
        java_script_enabled=False, locale="zh-CN", viewport={"width": 1280, "height": 900}
    )
    screen = Screen(context=context, page=context.new_page(), origin=live_server.url)
    screen.enter(town.street_dispatcher)
    page = screen.open("/queue/")
    assert not page.locator(".kp-bulk").is_visible()
    page.locator("[data-pick]").first.check()
    page.locator(".kp-bulk").get_by_role("button", name="受理").click()
    screen.says("1件已办")
    context.close()
    assert statuses() == ["awaiting_dispatch", "awaiting_acceptance"]


def test_a_liaison_signs_in_bulk_on_a_phone(town: World, look: Open) -> None:
    for _n in range(2):
        dispatched(town, now=NOW)
    phone = look(390)
    phone.enter(town.enforcement_liaison)
    page = phone.open("/duties/")
    for box in page.locator("[data-pick]").all():
        box.check()
    assert overflow(phone) == 0
    page.locator(".kp-bulk").get_by_role("button", name="签收").click()
    phone.says("2件已办")
    assert overflow(phone) == 0


def test_a_filter_is_saved_and_used(town: World, look: Open) -> None:
    crowd(town, 1, now=NOW)
    desk = look(1280)
    desk.enter(town.street_dispatcher)
    page = desk.open("/queue/?source=patrol")
    page.get_by_text("存为常用").click()
    page.get_by_label("筛选名称").fill("网格来件")
    page.get_by_role("button", name="保存").click()
    desk.says("已保存。")
    assert page.locator(".kp-saved .kp-pick.is-on").inner_text() == "网格来件"
    assert flaws(desk) == []
    desk.open("/queue/")
    page.locator(".kp-saved").get_by_text("网格来件").click()
    page.wait_for_url("**source=patrol")
    page.get_by_role("link", name="改名或删除").click()
    page.get_by_label("筛选名称").fill("巡查")
    desk.press("改名")
    desk.says("已改名。")
    assert flaws(desk) == []
    desk.press("删除：巡查")
    desk.says("还没有常用筛选")
