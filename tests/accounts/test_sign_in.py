"""Signing in and out, locked accounts, expired pages: a clear sentence, nothing typed is lost."""

import pytest
import structlog.testing
import time_machine
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from kunming_portal.accounts import kept
from kunming_portal.accounts.models import Appointment
from tests.whistle.people import World, at

PASSWORD = "Dianchi-2026-lake"
PAGE = "/sign-in/"


@pytest.fixture
def worker(world: World) -> str:
    world.community_worker.set_password(PASSWORD)
    world.community_worker.save()
    return "community_worker"


def sign_in(client: Client, username: str, password: str, **more: str) -> str:
    response = client.post(PAGE, {"username": username, "password": password, **more}, follow=True)
    return response.content.decode()


def test_a_wrong_password_and_an_unknown_account_read_the_same(client: Client, worker: str) -> None:
    wrong, unknown = sign_in(client, worker, "no"), sign_in(client, "nobody", "no")
    assert "kp-errors" in wrong
    assert "_auth_user_id" not in client.session
    sentence = "Account or password is not right"
    with override_settings(LANGUAGE_CODE="en"):
        assert sentence in sign_in(client, worker, "no")
        assert sentence in sign_in(client, "nobody", "no")
    assert ('value="community_worker"' in wrong, 'value="nobody"' in unknown) == (True, True), (
        "typed text stays"
    )


def test_the_right_password_signs_in_and_a_disabled_account_does_not(
    client: Client, world: World, worker: str
) -> None:
    world.community_worker.is_active = False
    world.community_worker.save()
    sign_in(client, worker, PASSWORD)
    assert "_auth_user_id" not in client.session
    world.community_worker.is_active = True
    world.community_worker.save()
    sign_in(client, worker, PASSWORD)
    assert client.session["_auth_user_id"] == str(world.community_worker.pk)


@override_settings(AXES_ENABLED=True)
def test_the_sixth_try_is_refused_even_with_the_right_password(client: Client, worker: str) -> None:
    for _ in range(5):
        client.post(PAGE, {"username": worker, "password": "no"})
    response = client.post(PAGE, {"username": worker, "password": PASSWORD})
    assert response.status_code == 429
    assert "30" in response.content.decode()
    assert "_auth_user_id" not in client.session


@override_settings(AXES_ENABLED=True)
def test_nobody_can_lock_a_colleague_out_from_another_address(client: Client, worker: str) -> None:
    for _ in range(6):
        client.post(PAGE, {"username": worker, "password": "no"}, REMOTE_ADDR="10.9.9.9")
    sign_in(client, worker, PASSWORD)
    assert "_auth_user_id" in client.session


@pytest.mark.django_db
def test_every_page_asks_for_a_sign_in_first(client: Client) -> None:
    response = client.get("/role/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith(PAGE)


def test_text_written_while_signed_out_is_kept_and_can_be_sent_again(client: Client, worker: str) -> None:
    anonymous = client.post("/role/", {"appointment": "", "note": "路面渗水😀", "password": "secret"})
    assert anonymous.status_code == 403
    page = anonymous.content.decode()
    packed = page.split('name="kept" value="')[1].split('"')[0]
    assert f'action="{PAGE}"' in page  # the page stands at another address, which would refuse the password
    assert "secret" not in str(kept.unpack(packed))
    assert "路面渗水" not in page, "what is kept is sealed: it may name a reporter"
    assert "路面渗水" in str(kept.unpack(packed))
    again = sign_in(client, worker, PASSWORD, kept=packed)
    assert "路面渗水😀" in again
    assert 'action="/role/"' in again


def test_altered_or_old_kept_text_is_dropped() -> None:
    assert kept.unpack("nonsense") is None


def test_an_expired_page_shows_what_was_typed(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.community_worker)
    response = strict.post("/role/", {"note": "别丢了我"})
    assert response.status_code == 403
    assert "别丢了我" in response.content.decode()


@override_settings(DEMONSTRATION=True, DEMONSTRATION_PASSWORD="shown-only-here")
def test_demonstration_accounts_are_listed_in_demonstration_mode_only(client: Client, world: World) -> None:
    world.community_worker.is_showcase = True
    world.community_worker.save()
    assert "community_worker" in client.get(PAGE).content.decode()
    with override_settings(DEMONSTRATION=False):
        page = client.get(PAGE).content.decode()
        assert "community_worker" not in page
        assert "shown-only-here" not in page


def test_the_role_switch_narrows_rights_to_one_appointment(client: Client, world: World) -> None:
    world.community_worker.appointments.create(
        role="dispatcher", unit=world.units["street_centre"], starts_on=at("2020-01-01 00:00").date()
    )
    chosen = Appointment.objects.get(user=world.community_worker, role="dispatcher")
    client.force_login(world.community_worker)
    client.post(reverse("switch-role"), {"appointment": chosen.pk})
    assert client.session["acting_appointment"] == chosen.pk
    foreign = Appointment.objects.get(user=world.stranger)
    client.post(reverse("switch-role"), {"appointment": foreign.pk})
    assert "acting_appointment" not in client.session


def test_the_role_switch_goes_to_no_foreign_site(client: Client, world: World) -> None:
    client.force_login(world.community_worker)
    response = client.post(reverse("switch-role"), {"appointment": "", "next": "https://evil.example/"})
    assert "evil" not in response.headers["Location"]


@pytest.mark.parametrize("name", ["password", "old_password", "new_password1", "new_password2"])
def test_no_password_is_written_into_a_page_whatever_its_field_is_called(name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in ("/password/", "/cases/new/"):
        html = client.post(path, {name: PASSWORD, "description": "井盖塌了"}).content.decode()
        assert "井盖塌了" in html
        assert PASSWORD not in html
    request = RequestFactory().post("/password/", {name: PASSWORD, "description": "井盖塌了"})
    assert kept.unpack(kept.pack(request)) == ("/password/", [("description", "井盖塌了")])


@override_settings(SESSION_IDLE_SECONDS=900)
def test_a_session_ends_after_a_quarter_of_an_hour_without_a_click(client: Client, world: World) -> None:
    with time_machine.travel(at("2026-11-25 09:00"), tick=False) as clock:
        client.force_login(world.community_worker)
        for _ in range(3):
            clock.shift(14 * 60)
            assert client.get("/").status_code == 200
        clock.shift(16 * 60)
        assert client.get("/").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(client: Client, world: World) -> None:
    with time_machine.travel(at("2026-11-25 09:00"), tick=False) as clock:
        client.force_login(world.community_worker)
        answers = []
        for _ in range(13):
            clock.shift(3599)
            answers.append(client.get("/").status_code)
    assert answers == [200] * 12 + [302]


def test_the_log_holds_the_path_of_a_request_but_not_what_was_searched(client: Client, world: World) -> None:
    client.force_login(world.community_worker)
    with structlog.testing.capture_logs() as lines:
        client.get("/cases/?q=张桂兰")
    assert [line["request"] for line in lines] == ["GET /cases/", "GET /cases/"]
