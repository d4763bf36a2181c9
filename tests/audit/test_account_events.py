"""Signing in, failing to, being locked, signing out, a new password: each in the trail, nothing secret in it."""

from collections.abc import Iterator

import pytest
from axes.utils import reset
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from tests.whistle.people import World

PASSWORD = "Peace-and-quiet-2026"


@pytest.fixture
def worker(world: World) -> User:
    """Somebody with a password."""
    world.community_worker.set_password(PASSWORD)
    world.community_worker.save()
    return world.community_worker


@pytest.fixture
def locking(settings: LazySettings) -> Iterator[None]:
    """Locks accounts, which tests leave off otherwise."""
    settings.AXES_ENABLED = True
    yield
    reset()


def attempt(client: Client, username: str, password: str) -> int:
    return client.post(reverse("sign-in"), {"username": username, "password": password}).status_code


def events() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("event", flat=True))


def test_in_and_out(worker: User, client: Client) -> None:
    assert attempt(client, worker.username, PASSWORD) == 302
    client.post(reverse("sign-out"))
    assert events() == ["account.signed_in", "account.signed_out"]
    first = AuditEvent.objects.earliest("id")
    assert (first.actor_id, first.stream, first.ip) == (worker.pk, f"account:{worker.pk}", "127.0.0.1")


def test_a_failure_names_the_account_and_no_actor(worker: User, client: Client) -> None:
    assert attempt(client, worker.username, "wrong-password") == 200
    row = AuditEvent.objects.get()
    assert (row.event, row.actor_id, row.object_id) == ("account.sign_in_failed", None, str(worker.pk))
    assert "wrong-password" not in str(row.__dict__)


def test_a_password_typed_as_the_account_is_not_kept(worker: User, client: Client) -> None:
    assert attempt(client, PASSWORD, "x") == 200
    row = AuditEvent.objects.get()
    assert (row.stream, row.object_id) == ("account:unknown", "")
    assert PASSWORD[:3] not in str(row.__dict__)


def test_a_locked_account_is_recorded_and_can_be_unlocked(
    world: World, worker: User, client: Client, locking: None
) -> None:
    answers = [attempt(client, worker.username, "wrong-password") for _attempt in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert attempt(client, worker.username, PASSWORD) == 429
    assert events() == ["account.sign_in_failed"] * 4 + ["account.sign_in_locked"] * 2
    appointer = Client()
    appointer.force_login(world.security_admin)
    appointer.post(
        reverse("admin:accounts_user_changelist"), {"action": "unlock", "_selected_action": [worker.pk]}
    )
    assert attempt(client, worker.username, PASSWORD) == 302


def test_a_new_password_of_ones_own(worker: User, client: Client) -> None:
    client.force_login(worker)
    url = reverse("password-change")
    assert client.get(url).status_code == 200
    wanted = {"old_password": PASSWORD, "new_password1": "12345", "new_password2": "12345"}
    assert client.post(url, wanted).status_code == 200, "too short and too common"
    wanted |= {"new_password1": "Whistle-and-report-7", "new_password2": "Whistle-and-report-7"}
    assert client.post(url, wanted | {"old_password": "wrong"}).status_code == 200
    assert client.post(url, wanted).status_code == 302
    assert client.get(url).status_code == 200, "this session goes on"
    assert Client().login(username=worker.username, password="Whistle-and-report-7")
    assert events() == ["account.password_changed"]
    assert "Whistle" not in str(AuditEvent.objects.get().__dict__)
