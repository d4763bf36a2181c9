"""The divisions of Kunming: loaded, asked, searched, and what the database refuses."""

import datetime
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from kunming_portal.divisions import naming, selectors, services
from kunming_portal.divisions.models import Division, codes_above
from kunming_portal.divisions.querysets import starts_with_any

pytestmark = pytest.mark.django_db
SHIPPED = Path(services.__file__).parent / "data"


@pytest.fixture
def kunming() -> None:
    call_command("load_divisions", stdout=StringIO())


def codes(divisions: Any) -> list[str]:
    return [division.code for division in divisions.order_by("code")]


@pytest.mark.usefixtures("kunming")
def test_the_whole_city_is_there() -> None:
    assert Counter(Division.objects.values_list("level", flat=True)) == {
        "city": 1,
        "county": 14,
        "street": 150,
        "community": 1738,
    }
    kinds = Counter(Division.objects.values_list("kind", flat=True))
    assert (kinds["street"], kinds["town"], kinds["township"], kinds["pseudo"]) == (83, 42, 16, 9)
    assert (kinds["residents"], kinds["villagers"], kinds["virtual"]) == (815, 917, 6)
    assert (kinds["district"], kinds["county"], kinds["autonomous_county"], kinds["county_city"]) == (
        7,
        3,
        3,
        1,
    )
    assert Division.objects.real().level("street").count() == 141
    zones = dict(Division.objects.exclude(zone_class="").values_list("code", "zone_class"))
    assert zones == {"530102": "demonstration", "530115": "extension", "530113": "exploration"}


@pytest.mark.usefixtures("kunming")
def test_loading_again_changes_nothing() -> None:
    out = StringIO()
    call_command("load_divisions", stdout=out)
    assert "1903" in out.getvalue()
    files = [(path.name, path.read_bytes()) for path in SHIPPED.glob("*.csv")]
    assert services.load(files=files) == services.Loaded(new=0, changed=0, unchanged=1903)


@pytest.mark.usefixtures("kunming")
def test_a_list_renames_and_leaves_the_office_s_facts_alone() -> None:
    Division.objects.filter(code="530102003").update(aliases="laodaguan", valid_to="2026-12-31")
    content = "530102003,新大观街道\n530102004,龙翔街道\n530102012,新设街道\n530102,五华区\n".encode()
    assert services.load(files=[("list.csv", content)]) == services.Loaded(new=1, changed=1, unchanged=2)
    street = Division.objects.get(code="530102003")
    assert (street.name, street.short_name) == ("新大观街道", "新大观")
    assert street.valid_to == datetime.date(2026, 12, 31)
    assert {"laodaguan", "xindaguan", "xdg"} <= set(street.search_text.split())
    # a list without the third column says nothing about zones; with an empty one it clears them
    assert Division.objects.get(code="530102").zone_class == "demonstration"
    services.load(files=[("list.csv", "530102,五华区,\n".encode())])
    assert Division.objects.get(code="530102").zone_class == ""


def test_one_bad_row_and_nothing_is_loaded(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("5301,昆明市\n530102,五华区\n", encoding="utf-8")
    bad.write_text("530102001,华山街道\n530102002,\n530109001,某街道\n", encoding="utf-8")
    with pytest.raises(CommandError) as refusal:
        call_command("load_divisions", str(good), str(bad))
    lines = str(refusal.value).splitlines()
    assert len(lines) == 3
    assert "bad.csv" in lines[0]
    assert "530109" in lines[1]
    assert not Division.objects.exists()


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere.csv"):
        call_command("load_divisions", str(tmp_path / "nowhere.csv"))


@pytest.mark.usefixtures("kunming")
def test_within_means_the_division_and_what_lies_below() -> None:
    wuhua = Division.objects.within("530102")
    assert wuhua.count() == 1 + 11 + 101
    assert all(code.startswith("530102") for code in codes(wuhua))
    assert Division.objects.within("530102", "530103").count() == 113 + 118
    assert Division.objects.within("530102", "530102003").count() == 113
    assert Division.objects.within("5301").count() == 1903
    assert not Division.objects.within().exists()
    assert not Division.objects.within("").exists()
    children = Division.objects.filter(starts_with_any(["530102"], field="parent__code"))
    assert children.count() == 11 + 101
    assert "JOIN" not in str(children.query)


@pytest.mark.usefixtures("kunming")
def test_the_prefix_is_served_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE divisions_division")
    plan = Division.objects.within("530102003", "530103001").explain()
    assert "Index" in plan
    assert "Seq Scan" not in plan


@pytest.mark.usefixtures("kunming")
def test_ancestors_and_paths_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        ancestors = selectors.get_ancestors("530102003004")
    assert [division.code for division in ancestors] == ["5301", "530102", "530102003", "530102003004"]
    with django_assert_num_queries(1):
        paths = selectors.get_full_paths(["530102003", "530126", "530199"])
    assert paths == {
        "530102003": ("昆明市", "五华区", "大观街道"),
        "530126": ("昆明市", "石林彝族自治县"),
        "530199": ("昆明市",),
    }


def test_the_code_is_the_path(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    community = Division(code="530102003004", level="community", name="篆塘社区居民委员会")
    with django_assert_num_queries(0):
        assert codes_above(community.code) == ["5301", "530102", "530102003", "530102003004"]
    assert str(community) == "篆塘社区居民委员会"


@pytest.mark.usefixtures("kunming")
@pytest.mark.parametrize("text", ["大观街道", "大观 街道", "daguan", "DGJD", "530102003", "dg 大观"])
def test_a_street_is_found_by_name_pinyin_initials_and_code(text: str) -> None:
    assert "530102003" in codes(Division.objects.search(text).level("street"))


@pytest.mark.usefixtures("kunming")
def test_a_search_needs_every_word_and_takes_signs_as_they_are() -> None:
    assert not Division.objects.search("大观 不存在").exists()
    assert not Division.objects.search("%").exists()
    assert Division.objects.search("").count() == 1903


@pytest.mark.usefixtures("kunming")
def test_validity_includes_both_ends() -> None:
    street = Division.objects.filter(code="530102003")
    street.update(valid_from="2026-01-01", valid_to="2026-06-30")
    found = {
        day: street.valid_on(datetime.date.fromisoformat(day)).exists()
        for day in ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01")
    }
    assert list(found.values()) == [False, True, True, False]
    assert Division.objects.valid_on(datetime.date(1999, 1, 1)).count() == 1902


@pytest.mark.parametrize(
    ("name", "kind", "short"),
    [
        ("大观街道", "street", "大观"),
        ("街道", "street", "街道"),
        ("五华区", "district", "五华区"),
        ("石林彝族自治县", "autonomous_county", "石林县"),
        ("禄劝彝族苗族自治县", "autonomous_county", "禄劝县"),
        ("双河彝族乡", "township", "双河彝族乡"),
        ("篆塘社区居民委员会", "residents", "篆塘社区"),
        ("中平社区居委会", "residents", "中平社区"),
        ("中庆社区", "residents", "中庆社区"),
        ("扯郎村委会", "villagers", "扯郎村"),
        ("八街村民委员会", "villagers", "八街村"),
        ("木树朗村村民委员会", "villagers", "木树朗村"),
        ("阳宗海风景名胜区虚拟社区", "virtual", "阳宗海风景名胜区虚拟社区"),
    ],
)
def test_short_names_are_what_people_say(name: str, kind: str, short: str) -> None:
    assert naming.get_short_name(name, kind) == short


@pytest.mark.usefixtures("kunming")
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        (
            {"code": "530102999", "level": "community", "kind": "residents"},
            "division_code_has_the_length_of_its_level",
        ),
        ({"code": "53010299X"}, "division_code_has_the_length_of_its_level"),
        ({"parent_id": "530103"}, "division_code_starts_with_its_parents"),
        ({"parent_id": None}, "division_code_starts_with_its_parents"),
        ({"kind": "villagers"}, "division_kind_belongs_to_its_level"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-31"}, "division_ends_after_it_begins"),
    ],
)
def test_the_database_refuses_nonsense(fields: dict[str, Any], constraint: str) -> None:
    sound: dict[str, Any] = {
        "code": "530102099",
        "level": "street",
        "kind": "street",
        "name": "新设街道",
        "short_name": "新设",
        "parent_id": "530102",
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Division.objects.create(**(sound | fields))
    Division.objects.create(**sound)
