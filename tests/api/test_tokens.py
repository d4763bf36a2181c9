"""The life of a token: created once shown, used, ended, revoked; and what stops its holder at once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from kunming_portal.accounts.models import User
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.api.models import ApiToken
from kunming_portal.api.tokens import TokenRefused, create_token, revoke_token
from kunming_portal.audit.models import AuditEvent
from tests.api.callers import CASES, assert_problem, bearing, browser, with_token
from tests.whistle.people import World

PAGE = "/account/tokens/"


def test_a_token_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    client = browser(world.integrator)
    page = client.post(PAGE, "name=12345&days=30", content_type="application/x-www-form-urlencoded")
    secret = page.context["secret"]
    assert secret.startswith("kmp_")
    assert secret in page.content.decode()
    assert secret not in client.get(PAGE).content.decode()
    row = ApiToken.objects.get()
    assert secret not in {str(value) for value in ApiToken.objects.values_list().get()}
    assert (row.name, row.user) == ("12345", world.integrator)
    assert row.expiry - row.created <= timedelta(days=30, seconds=1)
    assert bearing(secret).get(CASES).status_code == 200
    row.refresh_from_db()
    assert row.last_used_at is not None
    assert row.token_key in client.get(PAGE).content.decode()


def test_both_ways_of_writing_the_header_are_understood(world: World) -> None:
    _row, secret = create_token(name="x", days=1, by=world.integrator, now=timezone.now())
    for scheme in ("Bearer", "Token", "bearer"):
        assert APIClient(headers={"Authorization": f"{scheme} {secret}"}).get(CASES).status_code == 200


@pytest.mark.parametrize(
    "word", ["", "Bearer", "Bearer a b", "Bearer nonsense", "Bearer kmp_", "Bearer \xff"]
)
def test_a_token_nobody_gave_out(world: World, word: str) -> None:
    answer = APIClient(headers={"Authorization": word}).get(CASES)
    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_the_beginning_of_a_token_is_not_the_token(world: World) -> None:
    row, secret = create_token(name="x", days=1, by=world.integrator, now=timezone.now())
    assert_problem(bearing(row.token_key).get(CASES), 401)
    assert_problem(bearing(row.digest).get(CASES), 401)
    assert_problem(bearing(secret[:-1]).get(CASES), 401)


def test_a_token_ends(world: World, clock: time_machine.Traveller) -> None:
    client = with_token(world.integrator, days=7)
    clock.shift(timedelta(days=6, hours=23))
    assert client.get(CASES).status_code == 200
    clock.shift(timedelta(hours=2))
    assert_problem(client.get(CASES), 401, code="authentication_failed")
    assert ApiToken.objects.exists()  # still on the holder's page, marked as ended
    assert "kp-tag" in browser(world.integrator).get(PAGE).content.decode()


def test_a_revoked_token_is_refused_at_once(world: World) -> None:
    client = with_token(world.integrator)
    key = ApiToken.objects.get().token_key
    answer = browser(world.integrator).post(
        f"{PAGE}revoke/", f"token={key}", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 302
    assert_problem(client.get(CASES), 401)


def test_a_holder_who_loses_the_role_is_refused_at_once(world: World) -> None:
    client = with_token(world.integrator)
    yesterday = timezone.localdate() - timedelta(days=1)
    world.integrator.appointments.update(ends_on=yesterday)
    assert_problem(client.get(CASES), 401)


def test_a_holder_who_is_switched_off_is_refused_at_once(world: World) -> None:
    client = with_token(world.integrator)
    User.objects.filter(pk=world.integrator.pk).update(is_active=False)
    assert_problem(client.get(CASES), 401)


def test_the_timers_actor_holds_no_token_and_uses_none(world: World) -> None:
    system = get_system_user()
    with pytest.raises(TokenRefused):
        create_token(name="x", days=1, by=system, now=timezone.now())
    make = ApiToken.objects.create
    _row, secret = make(user=system, name="smuggled", expiry=timedelta(days=1))  # type: ignore[no-untyped-call]
    assert_problem(bearing(secret).get(CASES), 401)


def test_only_a_role_with_api_access_holds_tokens(world: World) -> None:
    assert browser(world.community_worker).get(PAGE).status_code == 404
    assert browser(world.community_worker).post(PAGE, {"name": "x", "days": 7}).status_code == 404
    with pytest.raises(TokenRefused) as refused:
        create_token(name="x", days=7, by=world.community_worker, now=timezone.now())
    assert refused.value.code == "role"


@pytest.mark.parametrize("days", [0, -1, 91, 36500])
def test_no_token_lives_longer_than_ninety_days(world: World, days: int) -> None:
    with pytest.raises(TokenRefused):
        create_token(name="x", days=days, by=world.integrator, now=timezone.now())


def test_the_form_offers_no_other_life_and_needs_a_name(world: World) -> None:
    form = "application/x-www-form-urlencoded"
    page = browser(world.integrator).post(PAGE, "name=&days=365", content_type=form)
    assert set(page.context["form"].errors) == {"name", "days"}
    assert not ApiToken.objects.exists()


def test_an_eleventh_token_is_refused_with_a_sentence(world: World) -> None:
    for _ in range(10):
        create_token(name="x", days=7, by=world.integrator, now=timezone.now())
    form = "application/x-www-form-urlencoded"
    page = browser(world.integrator).post(PAGE, "name=x&days=7", content_type=form)
    assert page.context["form"].non_field_errors()
    assert ApiToken.objects.count() == 10


def test_nobody_revokes_another_s_token(world: World) -> None:
    row, secret = create_token(name="x", days=7, by=world.integrator, now=timezone.now())
    form = "application/x-www-form-urlencoded"
    answer = browser(world.stranger).post(f"{PAGE}revoke/", f"token={row.token_key}", content_type=form)
    assert answer.status_code == 404
    with pytest.raises(TokenRefused):
        revoke_token(token=row, by=world.stranger, now=timezone.now())
    assert bearing(secret).get(CASES).status_code == 200


def test_the_trail_says_who_created_and_revoked_and_never_the_token(world: World) -> None:
    row, secret = create_token(name="12345", days=7, by=world.integrator, now=timezone.now())
    digest = row.digest
    revoke_token(token=row, by=world.integrator, now=timezone.now())
    events = list(AuditEvent.objects.filter(event__startswith="api_token").order_by("id").values())
    assert [e["event"] for e in events] == ["api_token.created", "api_token.revoked"]
    assert {e["actor_id"] for e in events} == {world.integrator.pk}
    assert secret not in str(events)
    assert digest not in str(events)


def test_a_token_sent_in_clear_is_refused_where_https_is_the_rule(world: World, settings: object) -> None:
    client = with_token(world.integrator)
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]
    answer = client.get(CASES)
    assert_problem(answer, 401)
    assert client.get(CASES, secure=True).status_code == 200


def test_using_a_token_is_noted_at_most_once_a_minute(world: World, clock: time_machine.Traveller) -> None:
    client = with_token(world.integrator)
    client.get(CASES)
    first = ApiToken.objects.get().last_used_at
    client.get(CASES)
    assert ApiToken.objects.get().last_used_at == first
    clock.shift(timedelta(minutes=2))
    client.get(CASES)
    assert ApiToken.objects.get().last_used_at > first
