"""Accounts and appointments: three administrators apart, the last one stays, roles in their places."""

import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit.models import AuditEvent
from tests.config.forms import errors_of, shown
from tests.whistle.people import START, World, person

ADD = "admin:accounts_appointment_add"


@pytest.fixture
def appointer(world: World, client: Client) -> Client:
    """The security administrator's browser."""
    client.force_login(world.security_admin)
    return client


def terms(user: User, role: str, unit: Any) -> dict[str, str]:
    return {"user": str(user.pk), "role": role, "unit": str(unit.pk), "starts_on": "2026-01-01"}


def test_somebody_is_appointed_and_it_is_recorded(world: World, appointer: Client) -> None:
    data = terms(world.inspector, "office_staff", world.units["city_office"]) | {"reason": "借调"}
    assert appointer.post(reverse(ADD), data).status_code == 302
    made = Appointment.objects.get(user=world.inspector, role="office_staff")
    assert made.granted_by == world.security_admin
    event = AuditEvent.objects.get(event="account.appointment.added")
    assert (event.actor_id, event.reason) == (world.security_admin.pk, "借调")
    assert event.data["fields"]["role"] == [None, "office_staff"]


def test_a_role_is_held_where_the_page_of_roles_places_it(world: World, appointer: Client) -> None:
    data = terms(world.inspector, "dispatcher", world.units["market"])
    assert "unit" in errors_of(appointer.post(reverse(ADD), data))
    assert not Appointment.objects.filter(user=world.inspector, role="dispatcher").exists()


def test_nobody_appoints_themselves(world: World, appointer: Client) -> None:
    data = terms(world.security_admin, "dispatcher", world.units["city_centre"])
    assert "user" in errors_of(appointer.post(reverse(ADD), data))


@pytest.mark.parametrize("second", ["security_administrator", "audit_administrator"])
def test_one_account_never_holds_two_administrators_roles(
    world: World, appointer: Client, second: str
) -> None:
    office = world.units["city_office"]
    assert "role" in errors_of(appointer.post(reverse(ADD), terms(world.system_admin, second, office)))
    with pytest.raises(IntegrityError, match="administrator_roles_are_apart"), transaction.atomic():
        Appointment.objects.create(user=world.system_admin, role=second, unit=office, starts_on=START)


def test_one_role_after_the_other_is_allowed(world: World) -> None:
    office = world.units["city_office"]
    held = Appointment.objects.get(user=world.system_admin)
    held.ends_on = datetime.date(2026, 12, 31)
    held.save()
    Appointment.objects.create(
        user=world.system_admin, role="audit_administrator", unit=office, starts_on=datetime.date(2027, 1, 1)
    )


def test_an_appointment_is_closed_not_changed(world: World, appointer: Client) -> None:
    held = Appointment.objects.get(user=world.market_liaison)
    url = reverse("admin:accounts_appointment_change", args=[held.pk])
    assert set(shown(appointer, url)) == {"reason"}, "only the last day and the reason can be entered"
    assert "ends_on" in errors_of(appointer.post(url, {"ends_on": "2019-01-01"}))
    assert appointer.post(url, {"ends_on": "2020-12-31", "role": "dispatcher"}).status_code == 302
    held.refresh_from_db()
    assert (held.role, held.ends_on) == ("liaison", datetime.date(2020, 12, 31))
    assert not User.objects.get(pk=world.market_liaison.pk).can("assignment.handle")
    assert AuditEvent.objects.filter(event="account.appointment.changed").exists()


@pytest.mark.parametrize("who", ["system_admin", "audit_admin"])
def test_the_last_administrator_of_a_kind_stays(world: World, appointer: Client, who: str) -> None:
    held = Appointment.objects.get(user=world.people[who])
    url = reverse("admin:accounts_appointment_change", args=[held.pk])
    assert "ends_on" in errors_of(appointer.post(url, {"ends_on": "2026-12-31"}))
    account = reverse("admin:accounts_user_change", args=[held.user_id])
    off = shown(appointer, account)
    off.pop("is_active")
    assert "is_active" in errors_of(appointer.post(account, off))
    person("second_admin", held.role, world.units["city_office"])
    assert appointer.post(url, {"ends_on": "2026-12-31"}).status_code == 302
    assert appointer.post(account, off).status_code == 302
    assert not User.objects.get(pk=held.user_id).is_active


def test_a_holder_who_is_switched_off_does_not_count(world: World, appointer: Client) -> None:
    held = Appointment.objects.get(user=world.audit_admin)
    User.objects.filter(pk=person("gone", held.role, world.units["city_office"]).pk).update(is_active=False)
    url = reverse("admin:accounts_appointment_change", args=[held.pk])
    assert "ends_on" in errors_of(appointer.post(url, {"ends_on": "2026-12-31"}))


def test_a_new_account_gets_a_password_shown_once(world: World, appointer: Client) -> None:
    data = {"username": "new_worker", "name": "李梅", "duty_phone": "0871-63110000", "wants_email": "on"}
    page = appointer.post(reverse("admin:accounts_user_add"), data | {"is_active": "on"}, follow=True)
    message = str(next(iter(page.context["messages"])))
    assert Client().login(username="new_worker", password=message.rsplit(" ", 1)[-1].rsplit("：", 1)[-1])
    assert "no-store" in page["Cache-Control"]
    event = AuditEvent.objects.get(event="account.user.added")
    assert "password" not in event.data["fields"]
    assert "63110000" not in str(event.data)


def test_a_new_password_ends_the_old_one(world: World, appointer: Client) -> None:
    world.inspector.set_password("An-old-password-1")
    world.inspector.save()
    chosen = {"action": "give_password", "_selected_action": [world.inspector.pk]}
    appointer.post(reverse("admin:accounts_user_changelist"), chosen)
    assert not Client().login(username="inspector", password="An-old-password-1")
    assert AuditEvent.objects.filter(event="account.user.password_given").count() == 1
    appointer.post(reverse("admin:accounts_user_changelist"), chosen | {"action": "unlock"})
    assert AuditEvent.objects.filter(event="account.user.unlocked").count() == 1


def test_the_actor_of_the_timers_is_no_account_to_edit(world: World, appointer: Client) -> None:
    system = User.objects.get(username="system")
    url = reverse("admin:accounts_user_change", args=[system.pk])
    assert appointer.get(url).status_code == 302


def opened(*arguments: str, **options: str) -> str:
    out = StringIO()
    call_command("create_account", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_fresh_installation_gets_its_first_administrator(world: World, client: Client) -> None:
    said = opened("first", name="赵敏", role="security_administrator", unit="city_office")
    password = said.strip().splitlines()[-1].rsplit(" ", 1)[-1].rsplit("：", 1)[-1]
    assert client.login(username="first", password=password)
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 200
    user = User.objects.get(username="first")
    assert Appointment.objects.get(user=user).starts_on == timezone.localdate()
    stream = AuditEvent.objects.filter(event__in=["account.user.added", "account.appointment.added"])
    assert {event.actor_name for event in stream} == {User.objects.get(username="system").name}
    assert password not in str(list(stream.values()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "nowhere"},
        {"role": "dispatcher"},  # not held at a leading group
        {"username": "inspector"},
        {"name": "名" * 41},
    ],
)
def test_an_account_that_cannot_be_opened_leaves_nothing(world: World, wrong: dict[str, str]) -> None:
    asked = {
        "username": "first",
        "name": "赵敏",
        "role": "security_administrator",
        "unit": "city_office",
    } | wrong
    before = (User.objects.count(), AuditEvent.objects.count())
    with pytest.raises(CommandError):
        opened(asked.pop("username"), **asked)
    assert (User.objects.count(), AuditEvent.objects.count()) == before
