"""The frame of a page, the pages without a frame, and the switches in it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django.fixtures import Settings

from kunming_portal.ui import checks, context, parts

Render = Callable[..., str]

DISPATCHER = parts.Shell(
    groups=[
        parts.NavGroup("Handle", [parts.NavItem("Queue", "/q", "inbox", 19, is_now=True, strong=True)]),
        parts.NavGroup("Places", [parts.NavItem("Compounds", "/c", "buildings")]),
    ],
    tabs=[parts.NavItem(name, f"/{name}", "inbox") for name in ("a", "b", "c", "d")],
    unit="Daguan street centre",
    role="Dispatcher",
    roles=[
        parts.RoleChoice(7, "Daguan street centre", "Dispatcher", True),
        parts.RoleChoice(8, "Zhuantang", "Grid"),
    ],
    person="He Wenjing",
    unread=3,
    foot=["On duty: Zhang"],
    timers_ok=False,
    home_url="/home",
    blow_url="/blow",
    search_url="/search",
    notices_url="/notices",
    role_url="/role",
    sign_out_url="/out",
)


class SignIn(forms.Form):
    username = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput)


def frame_of_the_dispatcher(request: HttpRequest) -> parts.Shell:
    return DISPATCHER


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> HttpRequest:
    request = RequestFactory().get("/queue?light=over")
    request.user = SimpleNamespace(is_authenticated=True, is_anonymous=False)  # type: ignore[assignment]
    monkeypatch.setattr(context, "builder", lambda: frame_of_the_dispatcher)
    return request


def stranger() -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return request


def test_the_frame_shows_navigation_roles_and_waiting_work(signed_in: HttpRequest) -> None:
    page = render_to_string("base.html", request=signed_in)
    assert '<a href="/q" aria-current="page">' in page
    assert '<span class="kp-n is-now">19</span>' in page
    assert 'name="appointment" value="8"' in page
    assert 'aria-label="Notices, 3 unread"' in page
    assert "Timers stand still" in page
    assert '<a class="blow" href="/blow">' in page
    assert 'class="kp-skip" href="#main"' in page
    assert 'name="next" value="/queue?light=over"' in page


def test_without_the_right_to_blow_four_tabs_share_the_bar(
    signed_in: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    liaison = parts.Shell(tabs=DISPATCHER.tabs, person="Zhao")
    monkeypatch.setattr(context, "builder", lambda: lambda request: liaison)
    page = render_to_string("base.html", request=signed_in)
    assert 'class="kp-tabbar is-four"' in page
    assert 'class="blow"' not in page


def test_a_stranger_gets_a_frame_without_work() -> None:
    page = render_to_string("base.html", request=stranger())
    assert "kp-tabbar" not in page
    assert "Sign out" not in page


def test_a_fragment_costs_no_frame(monkeypatch: pytest.MonkeyPatch, signed_in: HttpRequest) -> None:
    def refuse() -> Any:
        raise AssertionError("the frame was built for a fragment")

    monkeypatch.setattr(context, "builder", refuse)
    assert "kp-light" in render_to_string("ui/light.html", {"state": "normal"}, request=signed_in)


def test_the_builder_is_named_by_the_settings(settings: Settings) -> None:
    settings.PORTAL_NAVIGATION = "kunming_portal.ui.context.frame_for"
    context.builder.cache_clear()
    assert context.builder() is context.frame_for
    settings.PORTAL_NAVIGATION = ""
    context.builder.cache_clear()
    assert context.builder()(stranger()) == parts.Shell()
    context.builder.cache_clear()


def test_a_builder_that_does_not_exist_is_reported(settings: Settings) -> None:
    settings.PORTAL_NAVIGATION = "kunming_portal.ui.no_such.build"
    assert [message.id for message in checks.navigation_exists(None)] == ["ui.E001"]
    settings.PORTAL_NAVIGATION = "kunming_portal.ui.context.frame_for"
    assert checks.navigation_exists(None) == []


def test_the_demonstration_says_that_it_is_one(settings: Settings) -> None:
    settings.DEMONSTRATION = True
    assert "Demonstration data" in render_to_string("base.html", request=stranger())
    settings.DEMONSTRATION = False
    assert "Demonstration data" not in render_to_string("base.html", request=stranger())


def test_sign_in_offers_demonstration_accounts_only_in_the_demonstration(settings: Settings) -> None:
    account = SimpleNamespace(
        get_role_display="Dispatcher", unit="Daguan street", user=SimpleNamespace(username="daguan")
    )
    values = {
        "form": SignIn(),
        "accounts": [account],
        "demonstration_password": "invented-password",
        "kept": "token",
    }
    settings.DEMONSTRATION = True
    page = render_to_string("registration/sign_in.html", values, request=stranger())
    assert 'data-username="daguan"' in page
    assert 'data-show-password="id_password"' in page
    assert '<input type="hidden" name="kept" value="token">' in page
    settings.DEMONSTRATION = False
    assert "invented-password" not in render_to_string(
        "registration/sign_in.html", values, request=stranger()
    )


def test_a_failed_sign_in_says_so_at_the_top() -> None:
    form = SignIn(data={"username": "daguan", "password": "x"})
    form.add_error(None, "Account or password is wrong")
    page = render_to_string("registration/sign_in.html", {"form": form}, request=stranger())
    assert "Account or password is wrong" in page
    assert "data-focus" in page


def test_what_was_typed_into_an_expired_page_is_shown_and_sent_again() -> None:
    fields = [
        ("text", "The valve is <closed>"),
        ("unit", "17"),
        ("due", "2026-11-25T10:24"),
        ("kind", "lead_unit"),
    ]
    values = {"path": "/cases/7/feed-back/", "fields": fields, "why": "signed_out"}
    page = render_to_string("kept.html", values, request=stranger())
    assert '<div class="kp-keep" id="kept-texts"><p>The valve is &lt;closed&gt;</p></div>' in page
    assert '<input type="hidden" name="text" value="The valve is &lt;closed&gt;">' in page
    assert '<input type="hidden" name="unit" value="17">' in page
    assert 'action="/cases/7/feed-back/"' in page
    assert "You had been signed out" in page


def test_an_expired_page_says_so() -> None:
    page = render_to_string("kept.html", {"path": "/x/", "fields": [], "why": "expired"}, request=stranger())
    assert "It was open for too long" in page
    assert "kept-texts" not in page


def test_a_locked_account_is_told_how_long() -> None:
    values = {"form": SignIn(), "locked_minutes": 30}
    page = render_to_string("registration/sign_in.html", values, request=stranger())
    assert "stays locked for 30 minutes" in page


@pytest.mark.parametrize("name", ["403.html", "403_csrf.html", "404.html"])
def test_refusals_say_what_to_do(name: str) -> None:
    page = render_to_string(name, request=stranger())
    assert "To the start page" in page
    assert "404" not in page


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_broken_requests_get_a_page_that_needs_nothing(name: str) -> None:
    page = render_to_string(name)
    assert "To the start page" in page
    assert "csrfmiddlewaretoken" not in page


def test_nothing_found_in_chinese(chinese: None) -> None:
    page = render_to_string("404.html", request=stranger())
    assert "没有找到" in page
    assert 'lang="zh-CN"' in page


@pytest.mark.parametrize(
    ("name", "field", "value", "sign"),
    [
        ("ui:theme", "theme", "dark", 'data-bs-theme="dark"'),
        ("ui:text", "text", "large", 'data-text="large"'),
    ],
)
def test_a_choice_is_remembered_for_a_year(
    client: Client, name: str, field: str, value: str, sign: str
) -> None:
    answer = client.post(reverse(name), {field: value, "next": "/queue?light=over"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/queue?light=over"
    cookie = answer.cookies[field]
    assert cookie.value == value
    assert cookie["max-age"] == 365 * 24 * 3600
    assert cookie["samesite"] == "Lax"
    request = stranger()
    request.COOKIES[field] = value
    assert sign in render_to_string("base.html", request=request)


@pytest.mark.parametrize(("name", "field"), [("ui:theme", "theme"), ("ui:text", "text")])
def test_a_choice_that_does_not_exist_is_refused(client: Client, name: str, field: str) -> None:
    assert client.post(reverse(name), {field: "purple"}).status_code == 400
    assert client.get(reverse(name)).status_code == 405


def test_the_way_back_never_leaves_the_portal(client: Client) -> None:
    answer = client.post(reverse("ui:text"), {"text": "large", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


def test_auto_theme_loads_its_script_before_the_first_paint() -> None:
    request = stranger()
    request.COOKIES["theme"] = "auto"
    page = render_to_string("base.html", request=request)
    assert 'data-theme="auto"' in page
    assert "js/theme.js" in page
    request.COOKIES["theme"] = "no-such-theme"
    assert 'data-bs-theme="light"' in render_to_string("base.html", request=request)


def test_the_hashed_file_storage_accepts_every_file(settings: Settings, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    assert list(tmp_path.glob("css/tokens.*.css"))
