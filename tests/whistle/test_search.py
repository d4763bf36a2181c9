"""Search: two characters, pinyin, initials, words of the matter, units called; kept up to date."""

import pytest
from django.core.management import call_command
from django.db import connection

from kunming_portal.grams import grams, needed
from tests.whistle.crowd import signed_in, titled
from tests.whistle.people import NOW, World, dispatched, matter, whistle_of
from whistle import services
from whistle.models import Case, CaseSearch


def found(world: World, text: str, who: str = "street_dispatcher", page: str = "cases") -> list[str]:
    """Return the titles a search finds."""
    answer = signed_in(world.people[who]).get(f"/{page}/", {"q": text})
    assert answer.status_code == 200
    return [row.case.title for row in answer.context["rows"]]


@pytest.fixture
def lamp(world: World) -> Case:
    """One case with everything to be found by, and another that shares nothing with it."""
    titled(world, "占道经营", place="翠湖北路3号", description="水果摊堵住人行道。")
    return titled(
        world,
        "路灯不亮",
        place="西坝路128号",
        description="老人夜里摔倒，已联系供电所电动车棚旁。",
        external_number="KM12345-77",
    )


@pytest.mark.parametrize(
    "text",
    [
        "路灯",  # two characters
        "不亮",
        "路灯不亮",
        "ludeng",  # pinyin
        "ld",  # initials of two
        "ldbl",
        "xibalu",
        "摔倒",  # the text itself
        "电动车棚",
        "km12345-77",
        "12345",
        "128号",
        "8号",
        "西坝 路灯",  # several words
        "LuDeng 西坝",
    ],
)
def test_it_is_found_by(world: World, lamp: Case, text: str) -> None:
    assert found(world, text) == ["路灯不亮"]


@pytest.mark.parametrize("text", ["灯路", "路灯 翠湖", "deng xx", "路灯亮", "ludang", "99", "不存在"])
def test_it_is_not_found_by(world: World, lamp: Case, text: str) -> None:
    assert found(world, text) == []


def test_the_number_finds_the_case(world: World, lamp: Case) -> None:
    assert found(world, lamp.number) == ["路灯不亮"]


@pytest.mark.parametrize("text", ["灯", "x", "，，", "灯 亮", "%", "_"])
def test_a_single_character_is_refused_with_a_sentence(world: World, lamp: Case, text: str) -> None:
    answer = signed_in(world.street_dispatcher).get("/cases/", {"q": text})
    assert "at least two characters" in answer.content.decode()
    assert f'value="{text}"' in answer.content.decode()


def test_signs_with_a_meaning_in_patterns_have_none(world: World, lamp: Case) -> None:
    assert found(world, "路%亮") == []
    assert found(world, "路_不") == []


def test_units_are_found_once_they_are_called(world: World) -> None:
    assert found(world, "执法中队") == []
    whistle = dispatched(world, now=NOW)[0].whistle
    for text in ("执法中队", "城管", "市场监督"):
        assert len(found(world, text)) == 1, text
    services.upgrade(whistle=whistle, reason="超出权限", by=world.street_secretary, now=NOW)
    upper = whistle_of(whistle.case)
    services.accept(whistle=upper, by=world.county_dispatcher, now=NOW)
    services.dispatch(whistle=upper, lead=world.units["water_bureau"], by=world.county_dispatcher, now=NOW)
    for text in ("水务", "城管"):
        assert len(found(world, text)) == 1, text
    assert len(found(world, "水务", who="water_liaison")) == 1
    assert found(world, "水务", who="city_water_liaison") == []


def test_a_rewritten_draft_is_found_by_its_new_words(world: World, lamp: Case) -> None:
    services.rewrite(
        case=lamp,
        matter=matter(description="井盖松动。", place="环城西路"),
        by=world.community_worker,
        now=NOW,
    )
    assert found(world, "路灯") == []
    assert found(world, "井盖") == ["井盖松动"]


def test_others_cases_are_not_found(world: World, lamp: Case) -> None:
    assert found(world, "路灯", who="stranger") == []
    assert found(world, "路灯", who="city_official") == ["路灯不亮"]


def test_the_kind_finds_it(world: World, lamp: Case) -> None:
    kind = whistle_of(lamp).kind
    assert "路灯不亮" in found(world, kind.name)


def test_everything_is_written_anew_by_a_command(world: World, lamp: Case) -> None:
    before = dict(CaseSearch.objects.values_list("pk", "text"))
    CaseSearch.objects.update(text="", grams=[])
    CaseSearch.objects.filter(pk=lamp.pk).delete()
    call_command("index_cases", verbosity=0)
    assert dict(CaseSearch.objects.values_list("pk", "text")) == before


def test_the_index_answers_for_two_characters(world: World, lamp: Case) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    plan = CaseSearch.objects.filter(grams__contains=sorted(needed("路灯"))).values("pk").explain()
    assert "case_search" in plan


@pytest.mark.parametrize("word", ["路灯", "ludeng", "ld", "大观1894", "3栋", "西坝路128号-3", "a路b"])
def test_what_a_word_needs_is_in_every_text_that_holds_it(word: str) -> None:
    assert needed(word)
    assert needed(word) <= grams(f"前面{word}后面")


def test_a_gram_is_one_integer_of_the_database() -> None:
    assert all(-(2**31) <= gram < 2**31 for gram in grams("路灯龥𬭎abc9"))
