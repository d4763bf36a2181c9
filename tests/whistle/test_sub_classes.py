"""Kinds and sub-classes in versions, policies that narrow, emergencies on the natural clock."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kunming_portal.audit.models import AuditEvent
from tests.config.forms import errors_of, shown
from tests.whistle.people import NOW, World, at, blown, matter, opened, whistle_of
from whistle import limits, services
from whistle.models import Case, CaseDeadline, DeadlinePolicy, Kind, SubClass, Wording
from whistle.selectors import get_newest_policies, get_policies, get_sub_classes, get_wordings
from whistle.services import classing, configuring, previewing, replanning
from whistle.suggestions import suggest_sub_classes

DAY = timedelta(days=1)


def kind_of(code: str) -> Kind:
    return Kind.objects.get(code=code)


def sub_class_of(code: str) -> SubClass:
    return SubClass.objects.select_related("kind").get(code=code)


def place_of(step: str, **more: Any) -> configuring.Place:
    return configuring.Place(kind=more.pop("kind", kind_of("general")), tier=1, step=step, **more)


def add(
    world: World, place: configuring.Place, amount: int, unit: str = "working_day", **more: Any
) -> DeadlinePolicy:
    terms = configuring.Terms(amount=amount, unit=unit, **more)
    return services.add_policy(place=place, terms=terms, by=world.system_admin, now=NOW - DAY)


# -- the list -------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_street_has_46_default_sub_classes_and_each_a_standard() -> None:
    street = get_sub_classes(tier=2)
    assert len(street) == 46
    assert all(row.is_default and row.standard and row.keywords and row.scope for row in street)
    assert {row.kind.code for row in street} == {"general", "service", "hard", "emergency", "fallback"}
    assert all(set(row.tiers) <= set(row.kind.tiers) for row in SubClass.objects.select_related("kind"))
    assert get_sub_classes(tier=1)
    assert get_sub_classes(tier=3)
    assert not Kind.objects.filter(standard="").exists()


# -- versions -------------------------------------------------------------------------------------------
def test_a_whistle_keeps_what_its_kind_and_sub_class_said_when_it_was_blown(world: World) -> None:
    drainage = sub_class_of("drainage")
    case = opened(world, sub_class=drainage)
    whistle = whistle_of(case)
    services.blow(whistle=whistle, by=world.community_worker, now=NOW)
    old = drainage.standard
    drainage.standard = "疏通后复查两次。"
    classing.save_sub_class(sub_class=drainage, by=world.system_admin, now=NOW)
    kind = kind_of("general")
    kind.name = "普通哨"
    classing.save_kind(kind=kind, by=world.system_admin, now=NOW)
    said = get_wordings(whistle_of(case))
    assert said["sub_class"].said["standard"] == old
    assert said["kind"].said["name"] == "问题哨"
    later = whistle_of(opened(world, sub_class=sub_class_of("drainage")))
    assert (later.kind_version, later.sub_class_version) == (2, 2)
    assert get_wordings(later)["sub_class"].said["standard"] == "疏通后复查两次。"
    event = AuditEvent.objects.get(event="config.sub_class.changed")
    assert event.data == {"version": 2, "fields": {"standard": [old, "疏通后复查两次。"]}}


def test_where_it_is_offered_makes_no_version_and_no_change_leaves_no_trace(world: World) -> None:
    row = sub_class_of("drainage")
    classing.save_sub_class(sub_class=row, by=world.system_admin, now=NOW)
    assert not AuditEvent.objects.filter(event__startswith="config.sub_class").exists()
    row.is_active = False
    classing.save_sub_class(sub_class=row, by=world.system_admin, now=NOW)
    assert AuditEvent.objects.get(event="config.sub_class.changed").data["fields"] == {
        "is_active": [True, False]
    }
    assert (row.version, Wording.objects.filter(sub_class=row).count()) == (1, 1)


def test_a_sub_class_of_another_kind_or_out_of_use_is_refused_with_a_sentence(world: World) -> None:
    with pytest.raises(services.PolicyRefused) as refused:
        opened(world, sub_class=sub_class_of("garbage"))
    assert refused.value.code == "sub_class"
    row = sub_class_of("drainage")
    row.is_active = False
    classing.save_sub_class(sub_class=row, by=world.system_admin, now=NOW)
    with pytest.raises(services.PolicyRefused) as refused:
        opened(world, sub_class=row)
    assert refused.value.code == "sub_class"


def test_rewriting_a_draft_changes_its_sub_class(world: World) -> None:
    case = opened(world, sub_class=sub_class_of("drainage"))
    services.rewrite(case=case, matter=matter("sanitation"), by=world.community_worker, now=NOW)
    assert whistle_of(case).sub_class is None


def test_the_sub_class_goes_on_to_the_next_tier_with_its_kind(world: World) -> None:
    case = opened(world, sub_class=sub_class_of("drainage"))
    whistle = whistle_of(case)
    services.blow(whistle=whistle, by=world.community_secretary, now=NOW)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)
    second = services.upgrade(whistle=whistle, reason="超出街道权限", by=world.street_secretary, now=NOW)
    assert second.sub_class == sub_class_of("drainage")


# -- which policy wins ----------------------------------------------------------------------------------
def test_the_narrowest_policy_wins(world: World) -> None:
    drainage, whistle = sub_class_of("drainage"), blown(world)
    division = whistle.case.division

    def close(sub_class: SubClass | None) -> int:
        return get_policies(kind=whistle.kind, tier=1, division=division, at=NOW, sub_class=sub_class)[
            "close"
        ].amount

    assert (close(None), close(drainage)) == (5, 5)
    add(world, place_of("close", zone_class="demonstration"), 4)
    assert (close(None), close(drainage)) == (4, 4)
    add(world, place_of("close", sub_class=drainage), 3)
    assert (close(None), close(drainage), close(sub_class_of("road"))) == (4, 3, 4)
    add(world, place_of("close", sub_class=drainage, zone_class="demonstration"), 2)
    assert (close(None), close(drainage)) == (4, 2)
    assert get_newest_policies().filter(kind=whistle.kind, tier=1, step="close").count() == 4


def test_a_narrow_policy_starts_the_clock_of_its_sub_class(world: World) -> None:
    drainage = sub_class_of("drainage")
    rule = add(world, place_of("dispatch", sub_class=drainage), 1, "fixed_time", clock=time(16, 30))
    whistle = whistle_of(opened(world, sub_class=drainage))
    services.blow(whistle=whistle, by=world.community_secretary, now=NOW)
    deadline = CaseDeadline.objects.get(whistle=whistle, step="dispatch")
    assert (deadline.policy, deadline.clock, deadline.due_at) == (rule, time(16, 30), at("2026-11-24 16:30"))
    with translation.override("zh-hans"):
        assert limits.text_of(deadline.limit) == "第1个工作日16:30"


def test_a_recalculation_follows_the_same_precedence(world: World) -> None:
    drainage = sub_class_of("drainage")
    whistle = whistle_of(opened(world, sub_class=drainage))
    services.blow(whistle=whistle, by=world.community_secretary, now=NOW)
    deadline = CaseDeadline.objects.select_related("whistle", "case").get(whistle=whistle, step="dispatch")
    narrow = add(world, place_of("dispatch", sub_class=drainage), 2)
    add(world, place_of("dispatch", sub_class=sub_class_of("road")), 3)
    assert previewing.count_followers(narrow) == 1
    assert replanning.get_rule_book(at=NOW).policy_of(deadline) == narrow


def test_a_policy_names_a_sub_class_of_its_kind(world: World) -> None:
    with pytest.raises(services.PolicyRefused) as refused:
        add(world, place_of("close", sub_class=sub_class_of("garbage")), 1)
    assert refused.value.code == "sub_class"


# -- units of limits ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"unit": "fixed_time"}, "clock"),
        ({"unit": "working_day", "clock": time(17)}, "clock"),
        ({"unit": "natural_day", "amount": 0}, "amount"),
    ],
)
def test_a_clock_belongs_to_a_fixed_time_and_to_nothing_else(
    world: World, terms: dict[str, Any], field: str
) -> None:
    policy = (
        get_newest_policies()
        .select_related("kind")
        .get(kind__code="general", tier=1, step="close", zone_class="")
    )
    with pytest.raises(services.PolicyRefused) as refused:
        services.change_policy(
            policy=policy,
            terms=replace(configuring.terms_of(policy), **terms),
            by=world.system_admin,
            now=NOW,
        )
    assert refused.value.code == field


def test_the_database_keeps_clock_and_unit_together(world: World) -> None:
    policy = get_newest_policies().filter(kind__code="general").first()
    assert policy is not None
    for change in ({"clock": time(17)}, {"unit": "fixed_time"}):
        with pytest.raises(IntegrityError, match="policy_fixed_time_has_clock"), transaction.atomic():
            DeadlinePolicy.objects.filter(pk=policy.pk).update(**change)


@pytest.mark.parametrize("step", ["dispatch", "sign", "report_in", "feed_back"])
def test_an_emergency_runs_round_the_clock(world: World, step: str) -> None:
    place = place_of(step, kind=kind_of("emergency"), zone_class="extension")
    with pytest.raises(services.PolicyRefused) as refused:
        add(world, place, 1, "working_hour")
    assert refused.value.code == "unit"
    add(world, place, 1, "natural_day")


def test_an_emergency_may_be_closed_in_working_days(world: World) -> None:
    add(world, place_of("close", kind=kind_of("emergency"), zone_class="extension"), 3)


@pytest.mark.django_db
def test_every_seeded_policy_passes_the_check() -> None:
    for policy in get_newest_policies().select_related("kind", "sub_class"):
        configuring.check_terms(place=configuring.place_of(policy), terms=configuring.terms_of(policy))


# -- the pages ------------------------------------------------------------------------------------------
def test_the_pages_of_the_administrator(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    row = sub_class_of("drainage")
    url = reverse("admin:whistle_subclass_change", args=[row.pk])
    assert "tiers" in errors_of(client.post(url, shown(client, url) | {"tiers": ["3"]}))
    assert client.post(url, shown(client, url) | {"standard": "管网疏通。"}).status_code == 302
    row.refresh_from_db()
    assert (row.standard, row.version) == ("管网疏通。", 2)
    added = {"code": "new", "name": "新小类", "kind": row.kind_id, "tiers": ["1"], "position": "9"}
    url = reverse("admin:whistle_subclass_add")
    assert client.post(url, added | {"name": "排水堵塞"}).status_code == 200, "the name is taken"
    assert client.post(url, added).status_code == 302
    assert Wording.objects.get(sub_class__code="new").said["name"] == "新小类"
    kind = kind_of("general")
    url = reverse("admin:whistle_kind_change", args=[kind.pk])
    assert client.post(url, shown(client, url) | {"standard": "现场消除。"}).status_code == 302
    kind.refresh_from_db()
    assert (kind.standard, kind.version) == ("现场消除。", 2)


def test_a_fixed_time_can_be_written_on_the_page(world: World, client: Client) -> None:
    client.force_login(world.system_admin)
    policy = get_newest_policies().get(kind__code="general", tier=1, step="dispatch", zone_class="")
    url = reverse("admin:whistle_deadlinepolicy_change", args=[policy.pk])
    data = shown(client, url) | {"unit": "fixed_time", "amount": "1"}
    assert "clock" in errors_of(client.post(url, data))
    assert client.post(url, data | {"clock": "17:00"}).status_code == 302
    event = AuditEvent.objects.get(event="config.policy.changed")
    assert event.data["fields"]["clock"] == [None, "17:00"]
    page = client.get(reverse("admin:whistle_deadlinepolicy_changelist")).content.decode()
    assert "第1个工作日17:00" in page


@pytest.mark.django_db
def test_wordings_are_of_one_thing() -> None:
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "insert into whistle_wording (version, said, valid_from) values (1, '{}'::jsonb, now())"
        )


# -- suggested from the words ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("3栋楼下污水管堵塞外溢，味道很大", "drainage"),
        ("夜里路灯不亮，巷子很黑", "lighting"),
        ("烧烤店油烟直排，居民开不了窗", "oil_smoke"),
        ("电梯又困人了，维保没来", "elevator"),
    ],
)
@pytest.mark.django_db
def test_the_words_suggest_a_sub_class(text: str, first: str) -> None:
    own = [row for row in get_sub_classes(tier=1) if row.kind.code == "general"]
    assert suggest_sub_classes(text, among=own)[0].code == first


@pytest.mark.django_db
def test_words_that_fit_nothing_suggest_nothing() -> None:
    assert suggest_sub_classes("", among=get_sub_classes(tier=1)) == []
    assert suggest_sub_classes("今天天气很好", among=get_sub_classes(tier=1)) == []


def page_of(client: Client, world: World, **typed: object) -> str:
    client.force_login(world.community_worker)
    data = {"times": "1", "kind": kind_of("general").pk, "urgent": "no"} | typed
    answer = client.post("/cases/new/", data, headers={"HX-Target": "sub-classes", "HX-Request": "true"})
    return answer.content.decode()


def test_the_form_suggests_and_the_person_decides(world: World, client: Client) -> None:
    part = page_of(client, world, description="污水管堵塞外溢")
    assert 'is-maybe"' in part.split("排水堵塞", 1)[0]
    assert "垃圾堆积" not in part, "that is a sub-class of another kind"
    assert "养老助餐" in page_of(client, world, kind=kind_of("service").pk)
    assert "燃气泄漏" in page_of(client, world, urgent="yes")
    typed = {
        "description": "污水管堵塞外溢",
        "place": "西坝路140号",
        "kind": kind_of("general").pk,
        "urgent": "no",
        "sub_class": sub_class_of("drainage").pk,
    }
    wrong = client.post("/cases/new/", typed | {"sub_class": sub_class_of("garbage").pk})
    assert wrong.status_code == 422
    assert "sub_class" in wrong.context["form"].errors
    assert client.post("/cases/new/", typed).status_code == 302
    case = Case.objects.get()
    assert whistle_of(case).sub_class == sub_class_of("drainage")
    page = client.get(case.get_absolute_url()).content.decode()
    assert "排水堵塞" in page
    assert "管网疏通，不再外溢" in page
    assert (
        client.post(
            "/cases/new/", typed | {"sub_class": "none", "description": "路灯不亮", "place": "文林街3号"}
        ).status_code
        == 302
    )
    assert Case.objects.filter(whistles__sub_class=None).count() == 1


def test_lists_are_filtered_by_sub_class(world: World, client: Client) -> None:
    case = opened(world, sub_class=sub_class_of("drainage"))
    opened(world, sub_class=sub_class_of("road"), description="路面坑洼。")
    client.force_login(world.street_dispatcher)
    answer = client.get("/cases/", {"kind": "general", "sub_class": "drainage"})
    assert [row.case for row in answer.context["rows"]] == [case]
    assert "drainage" in answer.content.decode(), "offered once a kind is chosen"
    assert "drainage" not in client.get("/cases/").content.decode()
