"""What people report, in four thousand variants, with what search finds them by: words of every frequency."""

import io
from random import Random
from typing import Any

from kunming_portal.divisions.models import codes_above
from kunming_portal.grams import grams, place_grams, triples
from kunming_portal.organisations.models import Unit
from whistle.services import searching

VARIANTS = 4000
NUMBERS = 40_000
# Titles stand in the order of how often they come; the last ones are rare
TITLES = (
    *(
        "路灯不亮",
        "占道经营",
        "油烟扰民",
        "垃圾堆积未清",
        "电动车楼道充电",
        "井盖破损",
        "下水道堵塞外溢",
        "噪声扰民",
    ),
    *(
        "违规搭建",
        "飞线充电",
        "路面塌陷",
        "消防通道被占",
        "树枝压线",
        "墙体渗水",
        "僵尸车占位",
        "健身器材损坏",
    ),
    *("门禁失灵", "水管爆裂", "燃气异味", "围墙倾斜", "流浪犬伤人", "广告牌松动", "加装电梯纠纷", "雨污混接"),
    *(
        "物业费纠纷",
        "化粪池外溢",
        "独居老人失联",
        "共享单车堵路",
        "地下车库积水",
        "高空抛物",
        "电梯困人",
        "白蚁侵害",
    ),
)
ROADS = (
    "西坝路",
    "环城西路",
    "翠湖北路",
    "东风西路",
    "人民中路",
    "滇池路",
    "北京路",
    "白塔路",
    "青年路",
    "金碧路",
)
WORDS = (
    *(
        "居民多次反映，夜间尤其严重。",
        "已贴告示劝导，收效不大。",
        "涉及三栋住户，老人出行不便。",
        "网格员巡查发现，现场已拍照。",
    ),
    *(
        "物业称无处置权限。",
        "曾报12345，回复等待处理。",
        "下雨后更明显，存在安全隐患。",
        "学校门口，上下学高峰拥堵。",
    ),
)


def write(cursor: Any) -> None:
    """Write the variants and the grams of numbers into tables of their own, for the statements to join."""
    cursor.execute(
        "create unlogged table bench_matter"
        " (n int primary key, title text, place text, description text, text text, grams int[])"
    )
    copy(cursor, "bench_matter", (variant(n) for n in range(VARIANTS)))
    cursor.execute("create unlogged table bench_number (n int primary key, grams int[])")
    copy(cursor, "bench_number", ((n, array(grams(str(n)))) for n in range(1, NUMBERS)))


def add_grams_of_places(cursor: Any) -> None:
    """Give every place the grams of its street's name and its codes, and every unit those of its names."""
    cursor.execute("alter table bench_place add grams int[]")
    cursor.execute("select n, division, lower(short_name) from bench_place")
    for n, division, street in cursor.fetchall():
        # and the grams in which a case's number goes on after the street's name
        found = grams(street).union(*(grams(f"{street[-1]}{digit}") for digit in range(1, 10)))
        found |= place_grams(codes_above(division), ())
        cursor.execute("update bench_place set grams = %s where n = %s", [sorted(found), n])
    cursor.execute("create unlogged table bench_unit (id int primary key, text text, grams int[])")
    copy(cursor, "bench_unit", map(found_by, Unit.objects.order_by("pk")))


def found_by(unit: Unit) -> tuple[Any, ...]:
    """Return what a unit adds to what its cases are found by."""
    text = searching.joined([unit.name, unit.short_name, searching.initials(unit.short_name)])
    sounds = searching.pinyin(unit.short_name)
    found = grams(text) | triples(sounds) | place_grams((), [unit.pk])
    return unit.pk, f"{text}\n{sounds}".replace("\n", "\\n"), array(found)


def variant(n: int) -> tuple[Any, ...]:
    """Return one variant; the same number always gives the same."""
    rng = Random(n)
    title = TITLES[min(int(rng.expovariate(0.16)), len(TITLES) - 1)]
    place = f"{rng.choice(ROADS)}{rng.randrange(1, 400)}号{rng.choice(('院', '旁', '门口', '对面'))}"
    description = f"{place}{title}。{''.join(rng.sample(WORDS, 2))}"
    named = f"{place}{title}", place
    text = searching.joined((*named, description, *map(searching.initials, named)))
    sounds = searching.joined(map(searching.pinyin, named))
    found = grams(text) | triples(sounds)
    return n, *named, description, f"{text}\n{sounds}".replace("\n", "\\n"), array(found)


def array(values: set[int]) -> str:
    """Return integers as the database writes an array."""
    return "{" + ",".join(map(str, sorted(values))) + "}"


def copy(cursor: Any, table: str, rows: Any) -> None:
    """Send rows by COPY."""
    lines = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    cursor.copy_expert(f"copy {table} from stdin", io.StringIO(lines))
