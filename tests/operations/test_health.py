"""What machines are told, and that the pages need neither broker nor beat."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kunming_portal.deadlines import timers
from kunming_portal.heartbeats import canary, guard, quiet_line
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.rhythms import RHYTHMS
from kunming_portal.heartbeats.services import beating
from kunming_portal.heartbeats.tasks import land_canary
from kunming_portal.notifications.models import Notice
from kunming_portal.operations.tasks import reconcile
from tests.whistle.people import World, dispatched
from whistle import services
from whistle.models import CaseDeadline, CaseRung, TaskDeadline
from whistle.tasks import ring_due_deadlines

pytestmark = pytest.mark.django_db
DEAD = "redis://127.0.0.1:1/0"


def beat_all() -> None:
    for name in RHYTHMS:
        with beating(name):
            pass
    guard.look()


def test_a_process_that_answers_lives_without_a_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        response = Client().get("/livez")
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-store" in response.headers["Cache-Control"]


def test_ready_means_database_and_migrations() -> None:
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["checks"]["migrations"]) == (200, "ok")
    with mock.patch("kunming_portal.operations.health._all_applied", side_effect=LookupError):
        assert Client().get("/readyz").status_code == 503
    with mock.patch("kunming_portal.operations.health.connection") as gone:
        gone.cursor.side_effect = OperationalError("gone")
        response = Client().get("/readyz")
    assert (response.status_code, response.json()["checks"]) == (503, {"database": "late"})


def test_health_is_green_when_everything_beat_and_red_when_nothing_did() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.json()["status"]) == (503, "late")
    assert response.json()["checks"]["ring due deadlines"] == "late"
    beat_all()
    response = Client().get("/healthz")
    assert (response.status_code, set(response.json()["checks"].values())) == (200, {"ok"})
    assert "no-store" in response.headers["Cache-Control"]
    Heartbeat.objects.filter(pk="ring due deadlines").update(
        last_ok_at=timezone.now() - timedelta(minutes=2), started_at=timezone.now() - timedelta(minutes=2)
    )
    Heartbeat.objects.filter(pk="ring due deadlines").update(finished_at=timezone.now())
    assert Client().get("/healthz").status_code == 503


def test_no_public_details(world: World) -> None:
    with pytest.raises(LookupError), beating("ring due deadlines"):
        raise LookupError("secret detail")
    text = Client().get("/healthz").content.decode()
    assert "secret" not in text
    assert set(Client().get("/healthz").json()) == {"status", "checks"}


@override_settings(CELERY_BROKER_URL=DEAD, REDIS_URL=DEAD)
def test_without_broker_and_beat_pages_show_what_is_due_and_everything_catches_up(world: World) -> None:
    duty = dispatched(world)[0]
    row = CaseDeadline.objects.get(assignment=duty, step="sign")
    assert row.rungs_climbed == 0, "nothing has rung"
    client = Client()
    client.force_login(world.street_dispatcher)
    for address in ("/", "/queue/", "/cases/", f"/cases/{duty.whistle.case_id}/"):
        assert client.get(address).status_code == 200, address
    assert row.light(timers.database_now()) == "over"
    assert duty.whistle.case.number in client.get("/cases/?light=over").content.decode()
    assert Client().get("/healthz").status_code == 503
    for _ in range(2):
        ring_due_deadlines()
    row.refresh_from_db()
    assert row.rungs_climbed > 0
    assert not CaseDeadline.objects.filter(wake_at__lte=timers.database_now()).exists()
    assert not TaskDeadline.objects.filter(wake_at__lte=timers.database_now()).exists()


def test_the_canary_leaves_its_time_and_a_sign_of_life() -> None:
    now = timers.database_now()
    assert not canary.has_lived_since(now)
    land_canary(sent_at=now.isoformat())
    row = Heartbeat.objects.get(pk="canary")
    assert 0 <= row.facts["round_trip_ms"] < 10_000
    assert canary.has_lived_since(now)
    assert not canary.has_lived_since(timers.database_now() + timedelta(minutes=1))


def test_everybody_reads_a_quiet_line_only_while_timers_are_late(world: World) -> None:
    client = Client()
    client.force_login(world.community_worker)
    words = "计时服务延迟，时限以数据库为准"
    assert words not in client.get("/notices/").content.decode()
    with override_settings(TIMERS_ASKED_EVERY=0), mock.patch.dict(quiet_line._remembered, clear=True):
        assert words in client.get("/notices/").content.decode()
        beat_all()
        assert words not in client.get("/notices/").content.decode()
        Heartbeat.objects.filter(pk="ring due deadlines").update(facts={"clocks": "halt"})
        assert words in client.get("/notices/").content.decode()


def test_the_page_says_in_one_look_and_its_queries_do_not_grow(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    dispatched(world)
    client = Client()
    client.force_login(world.people["system_admin"])
    assert "已停" in client.get("/operations/").content.decode()
    services.ring(list(CaseDeadline.objects.none()), timers.database_now())
    CaseDeadline.objects.filter(wake_at__isnull=False).update(failures=2, failure="ValueError: broken")
    reconcile()
    with django_assert_max_num_queries(30):
        text = client.get("/operations/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "ValueError: broken" in text


def test_a_healthy_portal_reconciles_to_nothing_and_faults_are_counted(world: World) -> None:
    duty = dispatched(world)[0]
    for _ in range(2):
        ring_due_deadlines()
    reconcile()
    facts = Heartbeat.objects.get(pk="reconcile").facts
    assert {name: one["count"] for name, one in facts.items()} == dict.fromkeys(facts, 0) | {
        "unsent": facts["unsent"]["count"]
    }
    CaseDeadline.objects.filter(case=duty.whistle.case, ended_at=None).update(
        ended_at=timezone.now(), outcome="cancelled", wake_at=None
    )
    Notice.objects.all().delete()
    CaseRung.objects.update(climbed_at=timezone.now() - timedelta(minutes=6))
    reconcile()
    facts = Heartbeat.objects.get(pk="reconcile").facts
    assert facts["silent"]["count"] > 0
    assert facts["clockless"]["count"] == 1
    assert facts["clockless"]["rows"][0][0] == duty.whistle.case.number
