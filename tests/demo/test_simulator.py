"""One history walked twice: by the simulator in memory and by the real services. Every column must agree."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model

from kunming_portal.accounts.models import Appointment
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit import trail
from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.demo.directory import Directory
from kunming_portal.demo.rows import Ids, Impossible, Rows
from kunming_portal.demo.script import NOTE, Act, Script
from kunming_portal.demo.simulator import Walk
from kunming_portal.encryption import cipher
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import World, at, whistle_of
from whistle import services
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseNote,
    CaseRung,
    CaseSearch,
    Kind,
    Reporter,
    SubClass,
    Whistle,
)
from whistle.services import ringing
from whistle.services.cases import NAME_CONTEXT, PHONE_CONTEXT
from whistle.workflow import Move

BEAT = 3
END = at("2026-12-31 17:00")


def held(world: World, name: str) -> Appointment:
    """The one appointment of somebody of the world."""
    return Appointment.objects.select_related("user", "unit__division").get(user=world.people[name])


GOOD = ("good", "fair", "poor")


def written(world: World) -> Script:
    """A history with everything in it: sent back, late, reworked, upgraded by a person and by the ladder, closed."""
    worker = held(world, "community_worker")
    return Script(
        caller=worker.unit,
        kind=Kind.objects.get(code="general"),
        opened_at=at("2026-09-21 09:00"),
        opened_by=worker,
        title="丹桂里北门路面渗水",
        description="路面渗水两天。",
        place="丹桂里北门",
        affected="约320户",
        source="hotline",
        external_number="KM1",
        reporter=("张三丰", "10012345678"),
        acts=[*at_the_street(world), *above_the_street(world)],
        beat=BEAT,
    )


def at_the_street(world: World) -> list[Act]:
    """Sent back, late, reworked, upgraded by a person."""
    worker, secretary = held(world, "community_worker"), held(world, "community_secretary")
    dispatcher, boss = held(world, "street_dispatcher"), held(world, "street_secretary")
    enforcement, market = world.units["enforcement"], world.units["market"]
    first, second = held(world, "enforcement_liaison"), held(world, "market_liaison")
    return [
        Act(at("2026-09-21 09:05"), Move.BLOW, worker),
        Act(at("2026-09-21 10:00"), Move.SEND_BACK, secretary, words="请补充位置。"),
        Act(at("2026-09-21 10:30"), Move.BLOW, worker),
        Act(at("2026-09-21 16:40"), Move.APPROVE, secretary),  # after the yellow light
        Act(at("2026-09-22 09:10"), Move.ACCEPT, dispatcher),
        Act(at("2026-09-22 09:40"), Move.DISPATCH, dispatcher, (enforcement, market), "请今天到场。"),
        Act(at("2026-09-22 10:00"), Move.SIGN, first, (enforcement,)),
        Act(at("2026-09-22 15:00"), Move.SIGN, second, (market,)),  # after the red light
        Act(at("2026-09-23 09:30"), Move.REPORT_IN, first, (enforcement,), "王磊"),
        Act(at("2026-09-23 11:30"), Move.REPORT_IN, second, (market,), "李娜"),
        Act(at("2026-09-24 11:30"), NOTE, first, (enforcement,), "材料已到场。"),
        Act(at("2026-09-25 11:30"), Move.FEED_BACK, second, (market,), "已劝离摊位。|摊主"),
        Act(at("2026-09-30 15:30"), Move.FEED_BACK, first, (enforcement,), "已清运。|居民代表"),
        Act(at("2026-09-30 16:10"), Move.VERIFY, worker, words="没有解决。", verdict="not_solved"),
        Act(at("2026-09-30 16:12"), Move.EVALUATE, worker, (market,), "配合好。", grades=GOOD),
        Act(at("2026-09-30 16:20"), Move.REWORK, worker, (enforcement,), "还有残留。"),
        Act(at("2026-10-08 10:20"), Move.FEED_BACK, first, (enforcement,), "再次清运。|居民代表"),
        Act(
            at("2026-10-08 14:20"),
            Move.UPGRADE,
            boss,
            words="超出街道权限。",
            kind=Kind.objects.get(code="hard"),
        ),
    ]


def above_the_street(world: World) -> list[Act]:
    """Left lying at the county until the ladder takes it to the city, and closed there."""
    county, city = held(world, "county_dispatcher"), held(world, "city_dispatcher")
    water, city_water = world.units["water_bureau"], world.units["city_water"]
    bureau, city_bureau = held(world, "water_liaison"), held(world, "city_water_liaison")
    return [
        Act(at("2026-10-08 15:20"), Move.ACCEPT, county),
        Act(at("2026-10-08 15:40"), Move.DISPATCH, county, (water,)),
        Act(
            at("2026-10-08 16:40"), Move.SIGN, bureau, (water,)
        ),  # and then nothing: the ladder takes it away
        Act(at("2026-11-16 09:30"), Move.ACCEPT, city),
        Act(at("2026-11-16 09:50"), Move.DISPATCH, city, (city_water,)),
        Act(at("2026-11-16 10:50"), Move.SIGN, city_bureau, (city_water,)),
        Act(at("2026-11-17 10:50"), Move.REPORT_IN, city_bureau, (city_water,), "罗工"),
        Act(at("2026-11-19 10:50"), Move.FEED_BACK, city_bureau, (city_water,), "管网改造完成。|街道代表"),
        Act(at("2026-11-20 10:50"), Move.VERIFY, county, verdict="solved", satisfaction="satisfied"),
        Act(at("2026-11-20 10:55"), Move.EVALUATE, county, (city_water,), grades=GOOD),
        Act(at("2026-11-20 11:00"), Move.CLOSE, county),
    ]


@pytest.fixture(autouse=True)
def without_notices_of_the_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    """History has none: numbered supervision notices are issued from the day the portal runs."""
    monkeypatch.setattr(ringing, "issue_by_ladder", lambda *_args, **_more: None)


def ring(until: datetime) -> None:
    """Let the beat come by at every moment it would have, up to this one."""
    while True:
        due = CaseDeadline.objects.filter(wake_at__isnull=False).order_by("wake_at").first()
        if due is None or due.wake_at is None or due.wake_at + timedelta(seconds=BEAT) > until:
            return
        moment = due.wake_at + timedelta(seconds=BEAT)
        timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=moment)


def walk_services(script: Script) -> Case:
    """Walk the script through the real services."""
    matter = services.Matter(
        description=script.description,
        place=script.place,
        kind=script.kind,
        sub_class=SubClass.objects.get(code="road"),  # what the words suggest
        title=script.title,
        affected=script.affected,
        source=script.source,
        external_number=script.external_number,
        reporter_name=script.reporter[0],
        reporter_phone=script.reporter[1],
    )
    case = services.open_case(
        matter=matter, caller=script.caller, by=script.opened_by.user, now=script.opened_at
    )
    for act in script.acts:
        ring(act.at)
        make(case, act)
    ring(END)
    case.refresh_from_db()
    return case


def make(case: Case, act: Act) -> None:
    """Make one move through its service."""
    whistle, by, now = whistle_of(case), act.held.user, act.at
    duties = list(
        Assignment.objects.filter(whistle=whistle, unit__in=act.units).select_related("unit", "whistle")
    )
    match act.move:
        case "note":
            services.note(case=case, text=act.words, assignment=duties[0], by=by, now=now)
        case Move.SEND_BACK:
            services.send_back(whistle=whistle, reason=act.words, by=by, now=now)
        case Move.DISPATCH:
            lead, *assists = act.units
            services.dispatch(
                whistle=whistle, lead=lead, assists=assists, instruction=act.words, by=by, now=now
            )
        case Move.REWORK:
            services.rework(whistle=whistle, units=duties, reason=act.words, by=by, now=now)
        case Move.UPGRADE:
            services.upgrade(whistle=whistle, reason=act.words, kind=act.kind, by=by, now=now)
        case Move.VERIFY:
            verdict, satisfaction = act.verdict, act.satisfaction
            services.verify(
                whistle=whistle, verdict=verdict, satisfaction=satisfaction, comment=act.words, by=by, now=now
            )
        case _ if duties:
            make_for_unit(duties[0], act)
        case _:
            getattr(services, act.move)(whistle=whistle, by=by, now=now)


def make_for_unit(duty: Assignment, act: Act) -> None:
    """Make one move of a called unit, or a rating of it, through its service."""
    by, now = act.held.user, act.at
    match act.move:
        case Move.SIGN:
            services.sign(assignment=duty, by=by, now=now)
        case Move.REPORT_IN:
            services.report_in(assignment=duty, person=act.words, phone=duty.unit.duty_phone, by=by, now=now)
        case Move.FEED_BACK:
            measures, _, met = act.words.partition("|")
            services.feed_back(assignment=duty, measures=measures, met_whom=met, by=by, now=now)
        case _:
            assert act.grades is not None
            speed, cooperation, effect = act.grades
            services.evaluate(
                assignment=duty,
                speed=speed,
                cooperation=cooperation,
                effect=effect,
                solved=act.verdict,
                satisfaction=act.satisfaction,
                comment=act.words,
                by=by,
                now=now,
            )


def simulated(world: World, script: Script, case: Case) -> Rows:
    """Walk the script in memory, with the keys the database gave out."""

    def first(model: type[Model]) -> int:
        key: int = model._default_manager.order_by("pk").values_list("pk", flat=True)[0]
        return key

    ids = Ids(
        case=case.pk,
        whistle=first(Whistle),
        assignment=first(Assignment),
        deadline=first(CaseDeadline),
        rung=first(CaseRung),
        note=first(CaseNote),
        event=first(AuditEvent),
    )
    return Walk(
        script, number=case.number, ids=ids, directory=directory_of(world), system=get_system_user()
    ).run(until=END)


def directory_of(world: World) -> Directory:
    appointments = list(Appointment.objects.select_related("user", "unit__division"))
    return Directory(list(world.units.values()), appointments, get_calendar())


def columns(row: Model) -> dict[str, Any]:
    """All columns of a row as the database would hold them."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in values.items()}


@pytest.fixture
def staffed(world: World) -> World:
    """The world with duty phones, without which nobody reports in."""
    Unit.objects.update(duty_phone="0871-0000-0001")
    for unit in world.units.values():
        unit.duty_phone = "0871-0000-0001"
    return world


def test_simulated_rows_are_those_of_the_services(staffed: World) -> None:
    script = written(staffed)
    case = walk_services(script)
    rows = simulated(staffed, script, case)
    trail.bind_new_streams(rows.events)
    for model, mine in (
        (Case, rows.cases),
        (CaseSearch, rows.searches),
        (Whistle, rows.whistles),
        (Assignment, rows.assignments),
        (CaseDeadline, rows.deadlines),
        (CaseRung, rows.rungs),
        (CaseNote, rows.notes),
        (AuditEvent, rows.events),
    ):
        theirs = [columns(row) for row in model._default_manager.order_by("pk")]
        assert [columns(row) for row in mine] == theirs, model.__name__
    assert [whistle.status for whistle in rows.whistles] == ["upgraded", "upgraded", "closed"]
    assert {rung.rung for rung in rows.rungs} == {"yellow", "red", "supervision", "leaders", "upgrade"}


def test_simulated_reporter_opens_with_the_same_keys(staffed: World) -> None:
    script = written(staffed)
    case = walk_services(script)
    mine, theirs = simulated(staffed, script, case).reporters[0], Reporter.objects.get()
    assert mine.phone_hash == theirs.phone_hash
    assert cipher.decrypt(mine.name_cipher, context=NAME_CONTEXT) == "张三丰"
    assert cipher.decrypt(mine.phone_cipher, context=PHONE_CONTEXT) == "10012345678"


def test_a_script_the_workflow_does_not_have_is_refused(staffed: World) -> None:
    script = written(staffed)
    script.acts = [act for act in script.acts if act.move != Move.ACCEPT]
    walk = Walk(script, number="大观1", ids=Ids(), directory=directory_of(staffed), system=get_system_user())
    with pytest.raises(Impossible):
        walk.run(until=END)
