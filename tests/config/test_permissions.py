"""Who may open which page of the admin: the three administrators each their own, everybody else none."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from kunming_portal.administration.audited import AuditedAdmin
from tests.whistle.people import World

CONFIGURATION = {
    "divisions_division",
    "organisations_unit",
    "workdays_calendaryear",
    "workdays_calendarday",
    "workdays_workinghours",
    "whistle_kind",
    "whistle_deadlinepolicy",
    "whistle_kindrule",
    "whistle_subclass",
    "communities_postclass",
    "notifications_delivery",
    "communities_burdenrules",
    "communities_portalask",
    "communities_serviceclass",
    "communities_undertakingpolicy",
    "communities_volunteerbrand",
}
PAGES = {
    "system_admin": CONFIGURATION,
    "security_admin": {"accounts_user", "accounts_appointment"},
    "audit_admin": {"audit_auditevent"},
}
# The security administrator looks units up, to appoint somebody there
READERS = {"security_admin": {"organisations_unit"}}
READ_ONLY = {"audit_auditevent", "notifications_delivery"}
# Rows that a migration wrote: changed, never added
FIXED_ROWS = {"communities_burdenrules", "communities_portalask", "communities_undertakingpolicy"}


def pages() -> set[str]:
    return {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}


def test_every_page_is_audited_and_known_here() -> None:
    assert all(isinstance(page, AuditedAdmin) for page in admin.site._registry.values())
    assert pages() == set.union(*PAGES.values())


@pytest.mark.parametrize("who", PAGES)
def test_an_administrator_opens_the_own_pages_only(world: World, client: Client, who: str) -> None:
    client.force_login(world.people[who])
    may = PAGES[who] | READERS.get(who, set())
    for page in sorted(pages()):
        answer = client.get(reverse(f"admin:{page}_changelist")).status_code
        assert answer == (200 if page in may else 403), page
        answer = client.get(reverse(f"admin:{page}_add")).status_code
        assert answer == (200 if page in PAGES[who] - READ_ONLY - FIXED_ROWS else 403), page


@pytest.mark.parametrize("who", PAGES)
def test_the_index_lists_the_own_pages_only(world: World, client: Client, who: str) -> None:
    client.force_login(world.people[who])
    apps = client.get(reverse("admin:index")).context["app_list"]
    listed = {m["model"]._meta.label_lower.replace(".", "_") for app in apps for m in app["models"]}
    assert listed == PAGES[who]


def test_everybody_else_is_refused(world: World, client: Client) -> None:
    others = [person for name, person in world.people.items() if name not in PAGES]
    assert others
    for person in others:
        client.force_login(person)
        assert client.get(reverse("admin:index"), follow=True).status_code == 403, person
        answer = client.get(reverse("admin:whistle_kind_changelist"), follow=True)
        assert answer.status_code == 403, person


def test_a_visitor_is_sent_to_the_portals_sign_in(world: World, client: Client) -> None:
    for url in (reverse("admin:index"), reverse("admin:login"), reverse("admin:whistle_kind_changelist")):
        answer = client.get(url, follow=True)
        assert answer.redirect_chain[-1][0].startswith(reverse("sign-in"))


def test_nobody_deletes(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    unit = world.units["market"]
    answer = client.post(reverse("admin:organisations_unit_delete", args=[unit.pk]), {"post": "yes"})
    assert answer.status_code == 403
    unit.refresh_from_db()


def test_the_trail_can_be_read_and_not_changed(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    client.post(
        reverse("admin:workdays_workinghours_add"),
        {"name": "夏季", "valid_from": "2027-05-01", "segments": '[["08:30", "12:00"]]'},
    )
    client.force_login(world.audit_admin)
    listing = client.get(reverse("admin:audit_auditevent_changelist"), {"area": "config"})
    assert "尚未封存" in listing.content.decode()
    assert "新增工作时间" in listing.content.decode()
    row = listing.context["cl"].result_list[0]
    page = reverse("admin:audit_auditevent_change", args=[row.pk])
    assert "夏季" in client.get(page).content.decode()
    assert client.post(page, {"event": "nothing"}).status_code == 403
