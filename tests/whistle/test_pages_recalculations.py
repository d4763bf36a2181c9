"""The pages of a deadline change: offered after a rule was saved, previewed, confirmed, followed."""

from datetime import date, timedelta
from typing import cast

import pytest
from django.http import FileResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kunming_portal.audit.models import AuditEvent
from tests.config.forms import shown
from tests.whistle.people import World, dispatched
from tests.whistle.recalculated import change, drain, policies, previewed, rest_on
from tests.whistle.test_exports import cells
from whistle.models import CaseDeadline, Recalculation
from whistle.services import previewing
from whistle.tasks import recalculate_deadlines

TODAY = timezone.localdate()


@pytest.fixture
def office(world: World, client: Client) -> Client:
    """The system administrator's browser."""
    client.force_login(world.system_admin)
    client.get("/", headers={"accept-language": "zh-hans"})
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url, headers={"accept-language": "zh-hans"})
    assert answer.status_code == 200
    return answer.content.decode()


def running_policy() -> int:
    return CaseDeadline.objects.get(step="close", ended_at=None).policy_id


def test_saving_a_policy_offers_a_preview_of_what_runs(world: World, office: Client) -> None:
    dispatched(world, now=timezone.now())
    url = reverse("admin:whistle_deadlinepolicy_change", args=[running_policy()])
    saved = office.post(url, shown(office, url) | {"amount": "2"}, follow=True)
    offer = saved.content.decode()
    assert "/recalculations/new/?policy=" in offer
    address = offer.split('href="/recalculations/new/', 1)[1].split('"', 1)[0]
    form = office.get(f"/recalculations/new/{address}").context["form"]
    assert (form["cause"].value(), form["steps"].value()) == ("policy", ["close"])


def test_saving_a_day_offers_a_preview_only_when_something_crosses_it(world: World, office: Client) -> None:
    url = reverse("admin:workdays_calendarday_add")
    far = TODAY + timedelta(days=200)
    nobody = office.post(url, {"date": str(far), "name": "调休"}, follow=True)
    assert "/recalculations/new/" not in nobody.content.decode()
    dispatched(world, now=timezone.now())
    near = TODAY + timedelta(days=3)
    answer = office.post(url, {"date": str(near), "name": "调休"}, follow=True)
    assert f"/recalculations/new/?first={near}&amp;last={near}" in answer.content.decode()


def test_from_the_question_to_the_confirmed_end(world: World, office: Client) -> None:
    dispatched(world, now=timezone.now())
    change("close", world, amount=2)
    asked = office.post(reverse("recalculation-new"), {"cause": "policy", "reason": "市里调整了时限"})
    job = Recalculation.objects.get()
    assert (asked.status_code, asked.headers["Location"]) == (302, job.get_absolute_url())
    assert job.state == "previewed"
    case = CaseDeadline.objects.get(step="close").case
    preview = page(office, job.get_absolute_url())
    assert case.number in preview
    assert case.title not in preview, "the system administrator sees no case"
    assert "调整1个时限" in preview
    assert preview.count("btn-primary") == 1
    office.post(reverse("recalculation-confirm", args=[job.pk]))
    working = page(office, job.get_absolute_url())
    assert 'role="progressbar"' in working
    assert "hx-trigger" in working
    recalculate_deadlines()
    fragment = office.get(job.get_absolute_url(), headers={"hx-request": "true"})
    assert fragment.headers["HX-Refresh"] == "true"
    job.refresh_from_db()
    assert (job.state, job.moved) == ("done", 1)
    assert "已调整1个时限" in page(office, job.get_absolute_url())
    assert job.get_absolute_url() in page(office, reverse("recalculations"))


def test_the_case_and_its_people_are_led_to_what_moved(world: World) -> None:
    now = timezone.now()
    lead = dispatched(world, now=now)[0]
    dispatched(world, now=now)
    change("feed_back", world, amount=9)
    job = previewed(policies(), world.system_admin, now=now)
    job.results.exclude(deadline__assignment=lead).delete()
    Client().force_login(world.system_admin)
    office = Client()
    office.force_login(world.system_admin)
    office.post(reverse("recalculation-confirm", args=[job.pk]))
    drain(job, now=now)
    liaison = Client()
    liaison.force_login(world.enforcement_liaison)
    listed = page(liaison, f"{reverse('cases')}?recalculation={job.pk}")
    assert lead.whistle.case.get_absolute_url() in listed
    assert listed.count('class="kp-item"') == 1
    assert "时限重新计算" in page(liaison, lead.whistle.case.get_absolute_url())


def test_what_was_typed_stays_when_something_is_missing(world: World, office: Client) -> None:
    answer = office.post(reverse("recalculation-new"), {"cause": "calendar", "reason": "临时放假一天"})
    assert answer.status_code == 422
    assert "first_day" in answer.context["form"].errors
    assert "临时放假一天" in answer.content.decode()
    bad = office.post(reverse("recalculation-new"), {"cause": "calendar", "first_day": "昨天", "reason": "x"})
    assert "first_day" in bad.context["form"].errors
    assert not Recalculation.objects.exists()


def test_a_preview_under_other_rules_says_so_and_is_made_again(world: World, office: Client) -> None:
    dispatched(world, now=timezone.now())
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin, now=timezone.now())
    rest_on(date(2027, 3, 3))
    text = page(office, job.get_absolute_url())
    assert "重新预览后再确认" in text
    assert "btn-primary" not in text
    office.post(reverse("recalculation-confirm", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "previewed"
    office.post(reverse("recalculation-again", args=[job.pk]))
    again = Recalculation.objects.latest("pk")
    assert (again.pk != job.pk, again.state, again.reason) == (True, "previewed", job.reason)
    office.post(reverse("recalculation-cancel", args=[again.pk]))
    again.refresh_from_db()
    assert again.state == "cancelled"
    assert office.post(reverse("recalculation-cancel", args=[again.pk])).status_code == 302


def test_a_large_preview_shows_its_progress(world: World, office: Client) -> None:
    dispatched(world, now=timezone.now())
    job = previewing.ask(extent=policies(), reason="调整", by=world.system_admin, now=timezone.now())
    assert "第1步，共2步" in page(office, job.get_absolute_url())
    recalculate_deadlines()
    job.refresh_from_db()
    assert job.state == "previewed"


def test_the_export_holds_every_result_and_is_recorded(world: World, office: Client) -> None:
    dispatched(world, now=timezone.now())
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin, now=timezone.now())
    answer = office.get(reverse("recalculation-export", args=[job.pk]))
    rows = cells(b"".join(cast("FileResponse", answer)))
    assert len(rows) == 2
    assert rows[1][0] == CaseDeadline.objects.get(step="close").case.number
    assert AuditEvent.objects.filter(stream=job.stream, event="config.recalculation.exported").count() == 1


def test_the_preview_costs_a_constant_number_of_queries(
    world: World, office: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        dispatched(world, now=timezone.now())
    change("close", world, amount=2)
    job = previewed(policies(), world.system_admin, now=timezone.now())
    with django_assert_max_num_queries(24):
        page(office, job.get_absolute_url())


@pytest.mark.parametrize("who", ["street_dispatcher", "audit_admin", "city_official"])
def test_others_are_refused(world: World, client: Client, who: str) -> None:
    client.force_login(world.people[who])
    job = previewed(policies(), world.system_admin, now=timezone.now())
    assert client.get(reverse("recalculations")).status_code == 403
    assert client.get(job.get_absolute_url()).status_code == 403
    for verb in ("confirm", "cancel", "again"):
        assert client.post(reverse(f"recalculation-{verb}", args=[job.pk])).status_code == 403
    assert Recalculation.objects.count() == 1
