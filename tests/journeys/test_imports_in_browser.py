"""A community secretary imports compounds at a real screen: errors, a mended file, a preview, ten thousand rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from communities.models import Compound
from kunming_portal.spreadsheets import limits, tasks
from tests.journeys.browser import Screen, barriers
from tests.journeys.conftest import Open
from tests.spreadsheets.sample import FOREIGN, GOOD, REGISTER, SETTING, book, changed, many
from tests.whistle.people import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

LONG = "大观街道篆塘社区2026年第四季度小区基础台账（第三次核对后最终版本请以此为准）20261128.xlsx"
BAD = [
    changed(类型="别墅", 户数="120", 物业企业="滇泉😀", 合同到期="明年三月"),
    changed(小区名称=None, 地址="地" * 50, 户数=-3, 物业企业="张三13888888888", 合同到期="2027-02-30"),
    changed(社区代码=FOREIGN),
    changed(小区名称="重复", 户数="=1+1"),
    changed(小区名称="重复二"),
    changed(小区名称="重复二"),
]


@pytest.fixture(autouse=True)
def _register() -> Iterator[None]:
    with override_settings(PORTAL_REGISTERS=SETTING):
        yield


def fits(screen: Screen) -> None:
    """Nothing is wider than the window, and axe holds nothing against the page."""
    screen.page.wait_for_load_state()
    assert screen.overflow() == 0
    assert barriers(screen.page) == []


def send(screen: Screen, folder: Path, name: str, content: bytes) -> None:
    """Choose a file on the upload page and send it."""
    (folder / name).write_bytes(content)
    screen.open(f"/imports/new/{REGISTER.key}/")
    screen.page.locator("input[type=file]").set_input_files(folder / name)
    screen.press("上传并核对")


@pytest.mark.parametrize("width", [390, 1280])
def test_from_a_faulty_file_to_saved_rows(town: World, look: Open, tmp_path: Path, width: int) -> None:
    screen = look(width)
    screen.enter(town.community_secretary)
    screen.open("/imports/")
    screen.says("您还没有导入过")
    fits(screen)
    send(screen, tmp_path, "名单.xlsx", b"name,address")
    screen.says("这不是Excel表格")
    fits(screen)
    send(screen, tmp_path, LONG, book(*BAD, merge="C3:C4"))
    screen.says("未写入任何内容")
    screen.says("只能填以下词语之一：商品房、老旧小区")
    fits(screen)
    send(
        screen,
        tmp_path,
        "台账.xlsx",
        book(GOOD, changed(小区名称="翠湖小区", 物业企业=None, 合同到期=None, 物业方式="无物业")),
    )
    screen.says("要么全部写入")
    fits(screen)
    screen.press("写入2行")
    screen.says("已写入2行")
    fits(screen)
    assert Compound.objects.count() == 2
    send(
        screen,
        tmp_path,
        "台账2.xlsx",
        book(changed(户数=121, 合同到期=None, 类型="老旧小区"), changed(小区名称="盘龙小区")),
    )
    screen.page.get_by_role("link", name="变更").click()
    screen.says("老旧小区")
    fits(screen)
    screen.open("/imports/")
    screen.says(LONG)
    fits(screen)


def test_ten_thousand_rows_with_progress(town: World, look: Open, tmp_path: Path) -> None:
    screen = look(1280)
    screen.enter(town.community_secretary)
    send(screen, tmp_path, "一万行.xlsx", book(*many(10_000)))
    assert (tmp_path / "一万行.xlsx").stat().st_size > limits.BYTES_AT_ONCE
    screen.says("正在读取并核对文件")
    fits(screen)
    tasks.import_workbooks()
    expect(screen.page.get_by_role("button", name="写入10000行")).to_be_visible(timeout=15_000)
    screen.press("写入10000行")
    screen.says("正在写入10,000行")
    fits(screen)
    tasks.import_workbooks()
    expect(screen.page.get_by_text("已写入10000行")).to_be_visible(timeout=15_000)
    assert Compound.objects.count() == 10_000
