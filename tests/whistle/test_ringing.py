"""The ladder climbs once, in order, under concurrency, after outages, past rows that cannot ring."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines import timers
from kunming_portal.deadlines.models import Outage
from kunming_portal.deadlines.timers import Sweep
from kunming_portal.notifications.models import Delivery, Notice
from tests.whistle.people import NOW, World, blown, build_world, dispatched, worked
from whistle import services
from whistle.models import CaseDeadline, CaseRung
from whistle.services import lights

LATER = NOW + timedelta(days=45)


def sweep(now: datetime, batch: int = timers.BATCH) -> Sweep:
    return timers.ring_due(model=CaseDeadline, owner="case", act=services.ring, now=now, batch=batch)


def rungs_of(deadline: CaseDeadline) -> list[str]:
    return list(CaseRung.objects.filter(deadline=deadline).order_by("id").values_list("rung", flat=True))


def test_nothing_rings_before_its_moment(world: World) -> None:
    blown(world)
    deadline = CaseDeadline.objects.get(step="dispatch")
    assert deadline.wake_at is not None
    assert sweep(deadline.wake_at - timedelta(microseconds=1)).rung == 0
    assert sweep(deadline.wake_at).rung == 1
    assert rungs_of(deadline) == ["yellow"]


def test_yellow_tells_who_must_act_and_red_their_leader_too(world: World) -> None:
    lead = dispatched(world)[0]
    signing = CaseDeadline.objects.get(assignment=lead, step="sign")
    assert signing.yellow_at is not None
    sweep(signing.yellow_at)
    heard = set(Notice.objects.filter(kind="deadline.yellow").values_list("recipient__username", flat=True))
    assert {"enforcement_liaison", "enforcement_leader"} <= heard
    Notice.objects.all().delete()
    sweep(signing.due_at)
    heard = set(Notice.objects.filter(kind="deadline.red").values_list("recipient__username", flat=True))
    assert "enforcement_leader" in heard
    assert "stranger" not in heard


def test_supervision_reaches_the_centre_and_leaders_rung_the_office_above(world: World) -> None:
    dispatched(world)
    planned = [step.at for deadline in CaseDeadline.objects.running() for step in deadline.steps]
    for moment in sorted(planned):  # each in time: what comes late is told in digests
        sweep(moment)
    for rung, name in (("supervision", "street_dispatcher"), ("leaders", "street_secretary")):
        heard = Notice.objects.filter(kind=f"deadline.{rung}").values_list("recipient__username", flat=True)
        assert name in set(heard)


def test_an_ended_deadline_is_silent(world: World) -> None:
    lead, assist = dispatched(world)
    worked(world, lead)
    worked(world, assist)
    ended = list(CaseDeadline.objects.filter(whistle=lead.whistle).exclude(ended_at=None))
    assert len(ended) == 9  # approve, dispatch, close; sign, report in, feed back for two units
    sweep(LATER)
    assert not CaseRung.objects.filter(deadline__in=ended).exists()


def test_after_an_outage_rungs_come_in_order_with_planned_and_actual_moment(world: World) -> None:
    lead = dispatched(world)[0]
    sweep(LATER)
    close = CaseDeadline.objects.get(whistle=lead.whistle, step="close")
    rows = list(CaseRung.objects.filter(deadline=close).order_by("id"))
    assert [row.rung for row in rows] == ["yellow", "red", "supervision", "leaders", "upgrade"]
    assert [row.planned_at for row in rows] == sorted(row.planned_at for row in rows)
    assert {row.climbed_at for row in rows} == {LATER}
    assert {row.late_reason for row in rows} == {"outage"}
    events = AuditEvent.objects.filter(stream=lead.whistle.case.stream, event="deadline.red")
    assert all(event.data["late_reason"] == "outage" for event in events)


def test_what_rings_in_time_names_no_reason_and_what_could_not_ring_names_another(world: World) -> None:
    blown(world)
    deadline = CaseDeadline.objects.get(step="dispatch")
    yellow, red = deadline.steps[:2]
    sweep(yellow.at + timedelta(seconds=100))
    CaseDeadline.objects.filter(pk=deadline.pk).update(failures=1)
    sweep(red.at + timedelta(minutes=10))
    rungs = CaseRung.objects.filter(deadline=deadline).order_by("id")
    assert list(rungs.values_list("rung", "late_reason")) == [("yellow", ""), ("red", "failure")]
    event = AuditEvent.objects.get(event="deadline.red")
    assert (event.data["late_reason"], event.data["late_minutes"]) == ("failure", 10)


# -- after an outage: one digest, not a storm ---------------------------------------------------------------
def late(world: World, cases: int, **more: Any) -> datetime:
    """Blow some cases; return a moment at which the portal comes back and all their yellow lights are late."""
    for _ in range(cases):
        blown(world, **more)
    deadline = CaseDeadline.objects.filter(step="dispatch").latest("id")
    assert deadline.yellow_at is not None
    return deadline.yellow_at + timedelta(minutes=5)


def told(kind: str) -> QuerySet[Notice]:
    return Notice.objects.filter(kind=kind, recipient__username="street_dispatcher").order_by("id")


def test_three_late_notices_come_singly(world: World) -> None:
    sweep(late(world, 3))
    assert (told("deadline.yellow").count(), told("deadline.digest").count()) == (3, 0)


def test_more_come_as_one_digest_however_many_batches_write(world: World) -> None:
    moment = late(world, 7)
    sweep(moment, batch=5)
    digest = told("deadline.digest").get()
    assert not told("deadline.yellow").exists()
    assert digest.values["count"] == 7
    assert digest.values["first"].count("; ") == 2
    assert digest.link == "/cases/?light=over"
    # the next sweeps of the same outage go on with it; who has read it sees it again
    Notice.objects.update(read_at=moment)
    later = late(world, 2)
    sweep(later, batch=1)
    assert told("deadline.digest").get() == digest
    digest.refresh_from_db()
    assert (digest.values["count"], digest.read_at) == (9, None)
    assert Outage.objects.count() == 1


def test_the_digest_leaves_by_mail_when_the_rest_is_counted(world: World) -> None:
    moment = late(world, 4)
    sweep(moment)
    delivery = Delivery.objects.get(notice=told("deadline.digest").get())
    assert delivery.due_at == moment + timedelta(minutes=5)


def test_the_next_outage_has_a_digest_of_its_own(world: World) -> None:
    moment = late(world, 4)
    sweep(moment)
    red = CaseDeadline.objects.filter(step="dispatch").latest("due_at").due_at
    assert red - moment > timedelta(minutes=30)
    sweep(red + timedelta(minutes=5))
    assert told("deadline.digest").count() == 2
    assert Outage.objects.count() == 2


def test_emergencies_come_singly_however_many(world: World) -> None:
    sweep(late(world, 5, kind="emergency"))
    assert told("deadline.yellow").filter(urgent=True).count() == 5
    assert not told("deadline.digest").exists()


def test_what_is_in_time_is_never_folded(world: World) -> None:
    moment = late(world, 6)
    sweep(moment - timedelta(minutes=4))
    assert (told("deadline.yellow").count(), told("deadline.digest").count()) == (6, 0)


# -- the light rows are the rows ----------------------------------------------------------------------------
def test_columns_tell_what_the_rows_tell(world: World) -> None:
    dispatched(world)
    blown(world, kind="emergency")
    rows = list(
        CaseDeadline.objects.running()
        .filter(wake_at__isnull=False)
        .select_related("whistle__kind", "whistle__receiver__division", "assignment__unit")
        .order_by("wake_at", "id")
    )
    assert len(rows) > 4
    assert lights.read(rows, now=LATER) == [lights.of(row, now=LATER) for row in rows]
    assert [light.label for light in lights.read(rows, now=LATER)] == [str(row.case) for row in rows]
    assert all(light.late == "outage" for light in lights.read(rows, now=LATER))


def test_a_rung_and_the_next_alarm_are_those_of_the_models_own_path(world: World) -> None:
    blown(world)
    row = CaseDeadline.objects.get(step="dispatch")
    step = row.steps[0]
    mine = CaseRung(
        deadline=row, rung=step.rung.value, planned_at=step.at, climbed_at=LATER, late_reason="outage"
    )
    services.ring([row], LATER)
    row.refresh_from_db()
    expected = CaseDeadline.objects.get(pk=row.pk)
    expected.rungs_climbed = 0
    expected.climb()
    assert (row.rungs_climbed, row.wake_at) == (expected.rungs_climbed, expected.wake_at)
    theirs = CaseRung.objects.get()
    for field in CaseRung._meta.concrete_fields:
        if field.name != "id":
            assert getattr(theirs, field.attname) == getattr(mine, field.attname), field.name


def test_people_are_asked_once_a_sweep(world: World) -> None:
    for _ in range(6):
        blown(world)
    moment = CaseDeadline.objects.filter(step="dispatch").latest("yellow_at").yellow_at
    assert moment is not None
    with CaptureQueriesContext(connection) as queries:
        timers.ring_due(model=CaseDeadline, owner="case", act=services.ringer(), now=moment, batch=1)
    assert CaseRung.objects.count() == 6
    assert sum("accounts_appointment" in query["sql"] for query in queries) <= 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_workers_ring_each_rung_once() -> None:
    world = build_world()
    for _ in range(12):
        dispatched(world)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            sweep(LATER, batch=7)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sweep(LATER)
    assert failures == []
    closing = CaseDeadline.objects.filter(step="close", whistle__tier=1)
    assert closing.count() == 12
    for deadline in closing:
        assert rungs_of(deadline) == ["yellow", "red", "supervision", "leaders", "upgrade"]
    assert AuditEvent.objects.filter(event="case.upgraded").count() == 12
    streams = AuditEvent.objects.order_by("stream", "seq").values_list("stream", "seq")
    for stream in {name for name, _ in streams}:
        numbers = [seq for name, seq in streams if name == stream]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_people_signing_at_once_sign_once() -> None:
    world = build_world()
    lead = dispatched(world)[0]
    refused: list[str] = []

    def sign(name: str) -> None:
        try:
            mine = type(lead).objects.select_related("whistle__case", "unit").get(pk=lead.pk)
            services.sign(assignment=mine, by=world.people[name], now=NOW)
        except services.MoveRefused as error:
            refused.append(error.sentence)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=sign, args=(name,)) for name in ("enforcement_liaison", "enforcement_leader")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert AuditEvent.objects.filter(event="assignment.signed").count() == 1


@pytest.mark.django_db
def test_the_claim_reads_the_partial_index(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(
            "explain select id from whistle_casedeadline where wake_at is not null and wake_at <= %s"
            " order by wake_at, id limit 200",
            [NOW],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "deadline_ringing" in plan


def test_the_claim_locks_the_deadline_and_its_case(world: World) -> None:
    """Locking only the case would hand a rung deadline to a second worker; people lock the case first too."""
    blown(world)
    with CaptureQueriesContext(connection) as queries:
        sweep(LATER)
    claims = [q["sql"] for q in queries if "SKIP LOCKED" in q["sql"]]
    locked = [sql.split("FOR UPDATE OF ")[1].split('"')[1] for sql in claims]
    assert locked[:2] == ["whistle_case", "whistle_casedeadline"]
