"""The home page: what waits for whom, and the frame around every page."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.organisations.models import Unit
from tests.whistle.crowd import called, crowd, page, signed_in
from tests.whistle.people import START, World, blown, dispatched, fed_back, opened, whistle_of, worked
from whistle import services, turns
from whistle.models import Case, CaseDeadline


def titles(world: World, user: User, address: str = "/") -> str:
    return page(user, address)


def test_the_caller_verifies_with_three_equal_answers(world: World) -> None:
    whistle = fed_back(world, now=timezone.now())
    text = titles(world, world.community_worker)
    for verdict in ("solved", "partly", "not_solved"):
        assert f"/cases/{whistle.case_id}/verify/?verdict={verdict}" in text
    assert "btn-primary" not in text
    assert "已清理。" in text
    assert "tel:0871-6000-0000" in text


def test_the_secretary_signs_off_and_the_writer_completes_what_came_back(world: World) -> None:
    now = timezone.now() - timedelta(days=3)
    whistle = whistle_of(opened(world, kind="general", now=now))
    services.blow(whistle=whistle, by=world.community_worker, now=now)
    text = titles(world, world.community_secretary)
    assert f"/cases/{whistle.case_id}/approve/" in text
    assert f"/cases/{whistle.case_id}/send_back/" in text
    assert f"/cases/{whistle.case_id}/approve/" not in titles(world, world.community_worker)
    services.send_back(whistle=whistle, reason="请说清是哪几根灯杆", by=world.community_secretary, now=now)
    assert "请说清是哪几根灯杆" in titles(world, world.community_worker)
    assert AuditEvent.objects.filter(event="whistle.sent_back").count() == 1


def test_the_dispatcher_accepts_then_dispatches(world: World) -> None:
    now = timezone.now()
    whistle = blown(world, now=now)
    assert f"/cases/{whistle.case_id}/" in titles(world, world.street_dispatcher)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=now)
    whistle.refresh_from_db()
    assert turns.count_waiting(world.street_dispatcher, now).desk == 1
    assert whistle.case.title in titles(world, world.street_dispatcher)


def test_the_liaison_signs_in_one_tap(world: World) -> None:
    duty = dispatched(world, now=timezone.now())[0]
    text = titles(world, world.enforcement_liaison)
    assert f'action="/assignments/{duty.pk}/sign/"' in text
    assert 'name="expected"' in text
    assert f"/assignments/{duty.pk}/sign/" not in titles(world, world.market_liaison)


def test_the_street_secretary_decides_what_is_late_for_long(world: World) -> None:
    now = timezone.now()
    duties = dispatched(world, now=now - timedelta(days=40))
    case = duties[0].whistle.case_id
    assert f"/cases/{case}/upgrade/" in titles(world, world.street_secretary)
    assert f"/cases/{case}/upgrade/" not in titles(world, world.street_dispatcher)


def test_a_decision_has_a_place_of_its_own_and_is_not_counted_as_waiting(world: World) -> None:
    dispatched(world, now=timezone.now() - timedelta(days=40))
    context = signed_in(world.street_secretary).get("/").context
    assert (context["waiting"], len(context["decisions"]), context["hidden"]) == (0, 1, 0)
    assert not context["urgent"]
    assert not context["calm"]


def test_the_official_reads_what_is_late_and_how_much(world: World) -> None:
    now = timezone.now()
    dispatched(world, now=now - timedelta(days=40))
    text = titles(world, world.city_official)
    assert "matter is overdue" in text
    assert "light=over" in text


def test_administrators_are_led_to_what_they_keep(world: World) -> None:
    fed_back(world, now=timezone.now())
    text = titles(world, world.system_admin)
    assert 'href="/admin/"' in text
    assert Case.objects.get().title not in text


def test_a_stranger_sees_nothing_of_it(world: World) -> None:
    fed_back(world, now=timezone.now())
    text = titles(world, world.stranger)
    assert Case.objects.get().title not in text
    assert "Nothing waits for you now" in text


def test_a_person_without_a_role_is_told_whom_to_ask(world: World) -> None:
    nobody = User.objects.create(username="nobody", name="nobody")
    assert "You hold no role yet" in titles(world, nobody)


def test_several_appointments_count_together_or_the_chosen_one_alone(world: World) -> None:
    now = timezone.now()
    worker = world.community_worker
    second = Appointment.objects.create(
        user=worker, role="liaison", unit=world.units["enforcement"], starts_on=START
    )
    fed_back(world, now=now)
    dispatched(world, now=now)
    client = signed_in(worker)
    both = client.get("/").content.decode()
    assert '<span class="kp-title-n">2</span>' in both
    assert "All my roles" in both
    client.post("/role/", {"appointment": second.pk, "next": "/"})
    one = client.get("/").content.decode()
    assert '<span class="kp-title-n">1</span>' in one
    assert "verify/?verdict=solved" not in one


def test_my_whistles_show_the_way_and_whose_turn(world: World) -> None:
    now = timezone.now()
    duties = dispatched(world, now=now)
    services.sign(assignment=duties[0], by=world.enforcement_liaison, now=now)
    text = titles(world, world.community_worker)
    assert "Now: 市场监督管理所 to sign" in text
    services.sign(assignment=duties[1], by=world.market_liaison, now=now)
    worked_on = titles(world, world.community_worker)
    assert "Now: 城管执法中队 to report in" in worked_on
    assert 'aria-current="step">Report' in worked_on


def test_the_four_numbers_are_those_of_the_community(world: World) -> None:
    now = timezone.now()
    blown(world, now=now)
    blown(world, now=now - timedelta(days=20))
    whistle = fed_back(world, now=now)
    services.verify(
        whistle=whistle, verdict="solved", satisfaction="satisfied", by=world.community_worker, now=now
    )
    for duty in whistle.assignments.all():
        services.evaluate(
            assignment=duty,
            speed="good",
            cooperation="good",
            effect="good",
            by=world.community_worker,
            now=now,
        )
    services.close(whistle=whistle_of(whistle.case), by=world.community_worker, now=now)
    glance = signed_in(world.community_worker).get("/").context["glance"]
    assert (glance.open, glance.over, glance.closed) == (2, 1, 1)
    assert signed_in(world.stranger).get("/").context["glance"].open == 0


def test_duty_phones_of_the_street_can_be_called(world: World) -> None:
    Unit.objects.filter(code="enforcement").update(duty_phone="0871-6000-0002")
    assert 'href="tel:0871-6000-0002"' in titles(world, world.community_worker)
    assert "0871-6000-0002" not in titles(world, world.stranger)


def test_an_emergency_and_what_is_late_come_first(world: World) -> None:
    now = timezone.now()
    calm = blown(world, kind="sanitation", now=now).case
    late = blown(world, kind="sanitation", now=now - timedelta(days=9)).case
    urgent = blown(world, kind="emergency", now=now).case
    context = signed_in(world.street_dispatcher).get("/").context
    assert [item.case.pk for item in context["urgent"]] == [late.pk, urgent.pk]
    assert [item.case.pk for item in context["calm"]] == [calm.pk]


def test_what_does_not_fit_is_counted_and_linked(world: World) -> None:
    crowd(world, 14, now=timezone.now() - timedelta(minutes=20))
    answer = signed_in(world.street_dispatcher).get("/")
    assert answer.context["waiting"] == 14
    assert answer.context["hidden"] == 2


def test_without_a_limit_nothing_is_late(world: World) -> None:
    opened(world, now=timezone.now() - timedelta(days=90))
    item = signed_in(world.community_worker).get("/").context["calm"][0]
    assert item.due.light == "wait"
    assert not CaseDeadline.objects.exists()


def test_home_costs_the_same_at_one_and_at_fifty(world: World) -> None:
    def cost(who: str) -> int:
        client = signed_in(world.people[who])
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        return len(queries)

    now = timezone.now() - timedelta(days=60)
    called(world, 1, now=now)
    crowd(world, 1, now=now)
    fed_back(world, now=now)
    people = ("community_worker", "street_dispatcher", "enforcement_liaison", "city_official")
    one = [cost(who) for who in people]
    called(world, 20, now=now + timedelta(hours=2))
    crowd(world, 20, now=now + timedelta(hours=3))
    for n in range(9):
        fed_back(world, now=now + timedelta(hours=4 + n))
    assert [cost(who) for who in people] == one


def test_the_rail_marks_the_page_and_counts_what_waits(world: World) -> None:
    crowd(world, 3, now=timezone.now())
    shell = signed_in(world.street_dispatcher).get("/queue/").context["shell"]
    items = {item.label: item for group in shell.groups for item in group.items}
    now_at = [item.url for item in items.values() if item.is_now]
    assert now_at == ["/queue/"]
    assert {item.url: item.count for item in items.values()}["/queue/"] == 3
    assert shell.blow_url == "/cases/new/"


def test_the_frame_of_each_role_leads_only_to_its_own_pages(world: World) -> None:
    def urls(name: str) -> set[str]:
        shell = signed_in(world.people[name]).get("/").context["shell"]
        return {item.url for group in shell.groups for item in group.items}

    assert {"/queue/", "/cases/new/"} <= urls("street_dispatcher")
    assert "/duties/" in urls("enforcement_liaison")
    assert not {"/queue/", "/cases/new/", "/admin/"} & urls("enforcement_liaison")
    assert not {"/queue/", "/duties/", "/cases/"} & urls("system_admin")
    assert "/admin/" in urls("system_admin")


def test_nobody_is_above_the_city_to_be_called(world: World) -> None:
    shell = signed_in(world.city_dispatcher).get("/").context["shell"]
    assert "/queue/" in {item.url for group in shell.groups for item in group.items}
    assert "/cases/new/" not in {item.url for group in shell.groups for item in group.items}
    assert shell.blow_url == ""


def test_the_menu_leads_holders_of_tokens_to_them(world: World) -> None:
    assert 'href="/account/tokens/"' in titles(world, world.integrator)
    assert 'href="/account/tokens/"' not in titles(world, world.street_dispatcher)


def test_one_unit_may_be_fed_back_while_another_works(world: World) -> None:
    duties = dispatched(world, now=timezone.now())
    worked(world, duties[0], now=timezone.now())
    assert turns.count_waiting(world.enforcement_liaison, timezone.now()).duties == 0
    assert turns.count_waiting(world.market_liaison, timezone.now()).duties == 1
