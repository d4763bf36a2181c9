"""People at real screens: one case from the whistle to its end, the beat at work, and what goes wrong on the way."""

import re
from datetime import timedelta

import pytest
import time_machine

from kunming_portal.deadlines import timers
from tests.journeys.browser import PASSWORD, Screen
from tests.journeys.conftest import Open
from tests.whistle.people import World, blown, dispatched
from whistle import services
from whistle.models import Assignment, Case, CaseDeadline, CaseRung

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

MATTER = "西坝路128号院门口路面渗水下陷，非机动车道封闭。"
FIELDS = "#blow :is(.kp-fields > .kp-field:not(details), .kp-tight > .kp-field, .kp-subfield, .kp-howurgent)"
MEASURES = "已关阀降压，路面回填。"


def arrive(screen: Screen, world: World, name: str, path: str = "/") -> None:
    """Ask for a page, be sent to the sign-in page, sign in there, and stand on the page."""
    screen.open(path)
    screen.sign_in(world.people[name])
    screen.page.wait_for_url(screen.origin + path)


def write(screen: Screen) -> None:
    """Fill in what the blow form needs."""
    screen.page.get_by_label("什么事").fill(MATTER)
    screen.page.get_by_label("在哪里").fill("西坝路128号")


def blow(screen: Screen) -> Case:
    """Press the whistle and read which case the page shows."""
    screen.press("吹哨")
    screen.page.wait_for_url(re.compile(r"/cases/\d+/$"))
    return Case.objects.get(pk=screen.page.url.rstrip("/").rsplit("/", 1)[1])


def test_one_case_from_the_whistle_to_its_end(town: World, look: Open) -> None:
    phone, desk = look(390), look(1280)
    arrive(phone, town, "community_worker")
    phone.page.locator(".kp-tabbar").get_by_role("link", name="吹哨").click()
    phone.says("只填这一页")
    assert phone.page.locator(FIELDS).count() == 6
    write(phone)
    phone.choose("问题哨")
    case = blow(phone)
    phone.says("已吹哨")
    phone.says(case.title)
    assert "审签" in phone.page.locator(".kp-now-who").inner_text()

    secretary = look(390)
    arrive(secretary, town, "community_secretary", f"/cases/{case.pk}/")
    secretary.press("审签")
    secretary.says("已审签。")

    arrive(desk, town, "street_dispatcher", "/queue/")
    desk.page.get_by_role("link", name=case.title).first.click()
    call_units(desk)
    for name, person in (("enforcement", "王磊"), ("market", "李梅")):
        liaison = look(390)
        arrive(liaison, town, f"{name}_liaison", "/duties/")
        liaison.page.get_by_role("link", name=case.title).first.click()
        serve(liaison, person)

    phone.open(f"/cases/{case.pk}/")
    judge(phone)

    case.refresh_from_db()
    assert case.status == "closed"
    assert not CaseDeadline.objects.running().exists()
    assert set(Assignment.objects.values_list("status", "speed")) == {("fed_back", "good")}
    desk.open("/queue/")
    assert desk.page.get_by_role("link", name=case.title).count() == 0


def call_units(desk: Screen) -> None:
    """Accept, then dispatch: enforcement leads, the market force assists."""
    desk.press("受理")
    desk.says("已受理。")
    desk.press("派单")
    desk.page.get_by_label("城管执法中队 牵头").check()
    desk.page.get_by_label("市场监督管理所 协办").check()
    desk.press("派单")
    desk.says("已派单，承办单位已收到通知。")
    desk.says("城管执法中队")


def judge(phone: Screen) -> None:
    """Verify as solved, rate both units, close."""
    phone.says(MEASURES)
    phone.press("核实")
    phone.choose("解决了")
    phone.choose("满意")
    phone.press("核实")
    phone.says("已核实。")
    for unit in ("城管执法中队", "市场监督管理所"):
        phone.press(f"评价{unit}")
        for row in phone.page.locator("fieldset:has(label.kp-opt)").all()[
            :3
        ]:  # solved and satisfied may wait
            row.locator("label.kp-opt", has_text="好").first.click()
        phone.page.locator(".kp-movebar button").click()
        phone.says("已评价。")
    phone.press("办结")
    phone.says("已办结。")


def serve(liaison: Screen, person: str) -> None:
    """Sign for the call, report in and feed back, each with the one red button of the case page."""
    liaison.press("签收")
    liaison.says("已签收。")
    liaison.press("报到")
    liaison.page.get_by_label("谁到场").fill(person)
    liaison.page.get_by_label("联系电话").fill("0871-60000011")
    liaison.press("报到")
    liaison.says("已报到。")
    liaison.press("反馈")
    liaison.page.get_by_label("做了什么").fill(MEASURES)
    liaison.press("反馈")
    liaison.says("已反馈。")


def test_the_beat_turns_the_light_red_and_upgrades_by_itself(
    town: World, look: Open, clock: time_machine.Traveller
) -> None:
    lead = dispatched(town)[0]
    case = lead.whistle.case
    closing = CaseDeadline.objects.get(whistle=lead.whistle, step="close")
    desk = look(1280)
    desk.enter(town.community_secretary)
    desk.open(f"/cases/{case.pk}/")
    assert desk.page.locator(".kp-casehead .is-over").count() == 0

    later = closing.due_at + timedelta(minutes=1)
    clock.move_to(later)
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=later)
    desk.enter(town.community_secretary)
    desk.open(f"/cases/{case.pk}/")
    desk.says("红灯")
    assert desk.page.locator(".kp-casehead .is-over").count() > 0

    last = closing.due_at + timedelta(days=30)
    clock.move_to(last)
    timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=last)
    assert CaseRung.objects.filter(deadline=closing, rung="upgrade").exists()
    desk.enter(town.community_secretary)
    desk.open(f"/cases/{case.pk}/")
    desk.says("街道哨")
    desk.says("自动升级")


def test_a_wrong_password_says_one_sentence_and_keeps_the_account(town: World, look: Open) -> None:
    phone = look(390)
    phone.open("/sign-in/")
    phone.page.get_by_label("账号", exact=True).fill("community_worker")
    phone.page.get_by_label("密码", exact=True).fill("错的密码")
    phone.page.get_by_role("button", name="登录", exact=True).click()
    phone.says("账号或密码不对")
    assert phone.page.get_by_label("账号", exact=True).input_value() == "community_worker"
    assert phone.page.get_by_label("密码", exact=True).input_value() == ""
    phone.page.get_by_label("密码", exact=True).fill(PASSWORD)
    phone.page.get_by_role("button", name="登录", exact=True).click()
    phone.page.wait_for_url(f"{phone.origin}/")


def test_an_expired_page_keeps_what_was_typed_and_sends_it_again(town: World, look: Open) -> None:
    phone = look(390)
    phone.enter(town.community_worker)
    phone.open("/cases/new/")
    write(phone)
    phone.context.clear_cookies(name="csrftoken")
    phone.press("吹哨")
    phone.says("页面过期了")
    phone.says(MATTER)
    assert not Case.objects.exists()
    phone.press("再发一次")
    phone.page.wait_for_url(re.compile(r"/cases/\d+/$"))
    assert Case.objects.get().description == MATTER


def test_signed_out_while_writing_the_text_waits_behind_the_sign_in(town: World, look: Open) -> None:
    phone = look(390)
    phone.enter(town.community_worker)
    phone.open("/cases/new/")
    write(phone)
    phone.context.clear_cookies(name="sessionid")
    phone.press("吹哨")
    phone.says("写的还在")
    assert not Case.objects.exists()
    phone.sign_in(town.community_worker)
    phone.says("您已重新登录")
    phone.says(MATTER)
    phone.press("再发一次")
    phone.page.wait_for_url(re.compile(r"/cases/\d+/$"))
    assert Case.objects.get().description == MATTER


def test_a_double_click_on_the_whistle_writes_one_case(town: World, look: Open) -> None:
    desk = look(1280)
    desk.enter(town.community_worker)
    desk.open("/cases/new/")
    write(desk)
    desk.page.locator("#main button.kp-blow").dblclick()
    desk.page.wait_for_url(re.compile(r"/cases/\d+/$"))
    assert Case.objects.count() == 1


def test_without_the_script_that_guards_forms_a_form_sent_twice_still_writes_one_case(
    town: World, look: Open
) -> None:
    desk = look(1280)
    desk.enter(town.community_worker)
    desk.open("/cases/new/")
    write(desk)
    send = """async () => {
        const once = () => fetch(location.href, {method: "POST", body: new FormData(document.forms.blow)});
        return (await Promise.all([once(), once()])).map(answer => answer.url);
    }"""
    first, second = desk.page.evaluate(send)
    assert first == second
    assert Case.objects.count() == 1


def test_somebody_acted_first_and_nothing_typed_is_lost(town: World, look: Open) -> None:
    whistle = blown(town)
    services.accept(
        whistle=whistle, by=town.street_dispatcher, now=whistle.case.opened_at + timedelta(minutes=1)
    )
    slow, quick = look(1280), look(1280)
    for desk in (slow, quick):
        desk.enter(town.street_dispatcher)
        desk.open(f"/cases/{whistle.case_id}/dispatch/")
        desk.page.get_by_label("城管执法中队 牵头").check()
    slow.page.get_by_label("交代承办单位").fill("先围挡，再开挖。")
    quick.press("派单")
    quick.says("已派单，承办单位已收到通知。")
    slow.press("派单")
    slow.says("刚才有人先办了")
    assert slow.page.get_by_label("交代承办单位").input_value() == "先围挡，再开挖。"
    assert Assignment.objects.count() == 1
