"""Who writes is shown what may be the same matter: by place, words, kind, phone and number; nothing is refused."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kunming_portal.grams import grams
from tests.whistle.people import COMMUNITY, NOW, World, blown, dispatched, opened, whistle_of
from whistle import services
from whistle.duplicates import Sought, duplicates_of, likeness, suggest_duplicates
from whistle.models import Case, CaseNote, ExternalNumber

WORDS = "西坝路128号院门口路面渗水下陷，非机动车道封闭。"


def sought(**more: Any) -> Sought:
    return Sought(**{"division_id": COMMUNITY, "description": WORDS, "place": "西坝路128号"} | more)


def found(world: World, what: Sought, who: str = "community_worker") -> list[int]:
    return [twin.case.pk for twin in suggest_duplicates(what, user=world.people[who], now=NOW)]


def test_likeness_works_on_chinese() -> None:
    assert likeness(grams("西坝路128号"), grams("西坝路128号院门口")) == 1
    assert likeness(grams("西坝路"), grams("东风西路")) < 0.5
    assert likeness(grams(""), grams("路灯")) == 0
    assert likeness(grams("路灯"), grams("路灯不亮")) < 0.5, "two characters alone tell little"


def test_the_same_place_and_words_are_very_alike_and_say_why(world: World) -> None:
    case = dispatched(world)[0].whistle.case
    kind = whistle_of(case).kind_id
    twin = suggest_duplicates(sought(kind_id=kind), user=world.community_worker, now=NOW)[0]
    assert (twin.case.pk, twin.percent, twin.is_strong, twin.is_open) == (case.pk, 100, True, True)
    assert twin.why.startswith("地点相同")
    assert twin.who == "篆塘社区、城管执法中队"


def test_another_matter_is_not_shown(world: World) -> None:
    dispatched(world)
    assert found(world, sought(description="三号楼电梯停运，老人下不了楼。", place="翠湖东路5号三号楼")) == []
    assert found(world, sought(division_id="530102003")) == []


def test_closed_cases_are_shown_for_thirty_days_and_merged_ones_never(world: World) -> None:
    case = blown(world).case
    Case.objects.filter(pk=case.pk).update(
        status="closed", ending="solved", closed_at=NOW - timedelta(days=29), due_at=None, yellow_at=None
    )
    assert found(world, sought()) == [case.pk]
    Case.objects.filter(pk=case.pk).update(closed_at=NOW - timedelta(days=31))
    assert found(world, sought()) == []
    root, child = blown(world), blown(world)
    services.merge(whistle=child, into=root.case, reason="同一处", by=world.street_dispatcher, now=NOW)
    assert found(world, sought()) == [root.case_id]


def test_a_settled_demand_is_named_and_points_to_its_answer(world: World, client: Client) -> None:
    whistle = dispatched(world)[0].whistle
    said = "加装电梯需本单元业主表决同意。"
    services.answer(
        whistle=whistle,
        text=said,
        legal_basis="民法典第二百七十八条",
        evidence="",
        by=world.street_secretary,
        now=NOW,
    )
    months_later = NOW + timedelta(days=200)
    twin = suggest_duplicates(sought(), user=world.community_worker, now=months_later)[0]
    assert (twin.case.pk, twin.answer, twin.status, twin.is_open) == (
        whistle.case_id,
        said,
        "最终答复",
        False,
    )
    with time_machine.travel(months_later):
        client.force_login(world.community_worker)
        html = client.post("/cases/similar/", {"description": WORDS, "place": "西坝路128号"}).content.decode()
    assert "已作最终答复" in html
    assert f"{whistle.case.get_absolute_url()}#words" in html
    assert suggest_duplicates(sought(), user=world.community_worker, now=NOW + timedelta(days=366)) == []


def test_the_same_phone_or_number_is_exact_wherever_the_person_sees_it(world: World) -> None:
    matter: dict[str, Any] = {"description": "完全不同的一件事。", "place": "别处"}
    told = opened(world, reporter_name="张三", reporter_phone="13812345678", **matter)
    numbered = opened(world, external_number="KM 2611 0001", source="hotline", **matter)
    other: dict[str, Any] = {"description": "电梯停运。", "place": "翠湖"}
    assert found(world, sought(phone="13812345678", **other)) == [told.pk]
    assert found(world, sought(numbers=("KM26110001",), **other)) == [numbered.pk]
    assert found(world, sought(phone="13812345678", **other), who="stranger") == []


def test_a_written_case_finds_its_twins_and_not_itself(world: World) -> None:
    first, second = blown(world), blown(world)
    twins = duplicates_of(second.case, kind_id=second.kind_id, user=world.street_dispatcher, now=NOW)
    assert [twin.case.pk for twin in twins] == [first.case_id]


def test_suggestions_cost_a_constant_number_of_queries(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        blown(world)
    with django_assert_max_num_queries(7):
        found(world, sought(phone="13812345678", numbers=("1",)))
    for _ in range(10):
        blown(world)
    with django_assert_max_num_queries(7):
        assert len(found(world, sought(phone="13812345678", numbers=("1",)))) == 3


def typed(world: World, **more: str) -> dict[str, str]:
    kind = whistle_of(opened(world, now=NOW - timedelta(days=400))).kind_id
    return {"description": WORDS, "place": "西坝路128号", "kind": str(kind), "urgent": "no"} | more


@pytest.fixture
def worker(world: World, client: Client) -> Client:
    client.force_login(world.community_worker)
    return client


def test_while_writing_the_twins_appear(world: World, worker: Client) -> None:
    case = blown(world, now=timezone.now()).case
    answer = worker.post("/cases/similar/", typed(world), headers={"hx-request": "true"})
    text = answer.content.decode()
    assert case.number in text
    assert 'name="join"' in text
    assert 'name="looked"' in text
    nothing = worker.post("/cases/similar/", {"description": "路", "place": ""}).content.decode()
    assert "kp-twin" not in nothing
    assert worker.get("/cases/similar/").status_code == 405


def test_sending_asks_once_and_then_writes(world: World, worker: Client) -> None:
    blown(world, now=timezone.now())
    data = typed(world)
    count = Case.objects.count()
    asked = worker.post("/cases/new/", data)
    assert asked.status_code == 200
    assert "kp-twin" in asked.content.decode()
    assert WORDS in asked.content.decode()
    assert Case.objects.count() == count
    assert worker.post("/cases/new/", data | {"looked": "yes"}).status_code == 302
    assert Case.objects.count() == count + 1


def test_adding_to_the_other_case_instead(world: World, worker: Client) -> None:
    case = blown(world, now=timezone.now()).case
    data = typed(world) | {"join": str(case.pk)}
    count = Case.objects.count()
    refused = worker.post("/cases/new/", data | {"reporter_phone": "13812345678"})
    assert refused.status_code == 409
    assert WORDS in refused.content.decode()
    assert worker.post("/cases/new/", data).headers["Location"] == case.get_absolute_url()
    assert Case.objects.count() == count
    assert WORDS in CaseNote.objects.get(case=case).text
    assert worker.post("/cases/new/", data | {"join": "999999"}).status_code == 404


def test_the_dispatcher_sees_twins_on_the_case_page(world: World, client: Client) -> None:
    first, second = blown(world, now=timezone.now()), blown(world, now=timezone.now())
    client.force_login(world.street_dispatcher)
    page = client.get(second.case.get_absolute_url()).content.decode()
    assert first.case.number in page.split("kp-twin")[1]
    assert f"/cases/{second.case_id}/merge/" in page
    client.force_login(world.community_worker)
    assert "kp-twin" not in client.get(second.case.get_absolute_url()).content.decode()


def test_numbers_are_given_while_writing_and_added_later(world: World, worker: Client) -> None:
    data = typed(world) | {"system": "petition", "number": "XF 2026-118", "looked": "yes"}
    wrong = worker.post("/cases/new/", data | {"system": ""})
    assert "system" in wrong.context["form"].errors
    worker.post("/cases/new/", data)
    case = Case.objects.latest("pk")
    assert case.external_number == "XF2026-118"
    url = f"/cases/{case.pk}/number/"
    assert worker.post(url, {"system": "hotline", "number": "12345-7"}).status_code == 302
    again = worker.post(url, {"system": "hotline", "number": "12345-7"})
    assert again.status_code == 422
    assert "number" in again.context["form"].errors
    assert worker.post(url, {"system": "hotline", "number": "  "}).status_code == 422
    assert list(case.external_numbers.order_by("id").values_list("system", "number")) == [
        ("petition", "XF2026-118"),
        ("hotline", "12345-7"),
    ]
    for words in ("XF2026-118", "12345-7"):
        assert case.get_absolute_url() in worker.get("/cases/", {"q": words}).content.decode()
    page = worker.get(case.get_absolute_url()).content.decode()
    assert "XF2026-118" in page
    assert "12345-7" in page


def test_ten_numbers_are_the_most_and_strangers_add_none(world: World) -> None:
    case = opened(world)
    for place in range(10):
        services.add_number(case=case, system="other", number=f"N{place}", by=world.community_worker, now=NOW)
    with pytest.raises(services.MoveRefused):
        services.add_number(case=case, system="other", number="N10", by=world.community_worker, now=NOW)
    with pytest.raises(services.MoveRefused) as refused:
        services.add_number(case=case, system="other", number="N11", by=world.stranger, now=NOW)
    assert refused.value.code == "role"
    assert ExternalNumber.objects.filter(case=case).count() == 10


def test_rewriting_keeps_the_numbers(world: World) -> None:
    case = opened(world, external_number="G-1")
    kind = whistle_of(case).kind
    matter = services.Matter(
        description="改写后的说明。", place="西坝路128号", kind=kind, numbers=(("hotline", "H-2"),)
    )
    services.rewrite(case=case, matter=matter, by=world.community_worker, now=NOW)
    assert Case.objects.get(pk=case.pk).external_number == "G-1 H-2"
