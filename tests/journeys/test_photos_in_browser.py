"""Photos on a telephone: sent while the form is written, refused with a sentence, never chosen twice."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.attachments.files import HTML, picture
from tests.journeys.conftest import Open
from tests.journeys.test_in_browser import arrive, blow
from tests.whistle.people import World
from whistle.models import CaseLocation, Evidence

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def photo(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def test_photos_survive_a_refused_form_and_show_on_the_case(town: World, look: Open) -> None:
    phone = look(390)
    arrive(phone, town, "community_worker", "/cases/new/")
    page = phone.page
    page.get_by_label("从照片读取拍摄地点").check()
    control = page.get_by_label("照片或材料")
    control.set_input_files([photo("井盖.jpg", picture(gps=(25.0413, 102.7019))), photo("假照片.jpg", HTML)])
    phone.says("从内容看既不是照片也不是文件")
    shots = page.locator(".kp-files img")
    expect(shots).to_have_count(1)
    page.get_by_label("照片或材料").set_input_files([photo("多余.jpg", picture(shade=20))])
    expect(shots).to_have_count(2)
    page.get_by_role("button", name="去掉多余.jpg").click()
    expect(shots).to_have_count(1)

    page.get_by_label("什么事").fill("西坝路140号门口井盖塌了半边。")
    phone.press("吹哨")
    phone.says("这里还没有填")
    expect(shots).to_have_count(1)
    page.get_by_label("在哪里").fill("西坝路140号")
    case = blow(phone)
    shown = page.locator(".kp-shots img")
    expect(shown).to_have_count(1)
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("picture => picture.naturalWidth") > 0
    phone.says("25.04130°N 102.70190°E")
    assert Evidence.objects.get().case == CaseLocation.objects.get().case == case
