"""Who acts: the units of the city, its counties and streets, on real divisions. Companies are fictional.

A unit's code is its division and its trade (`530102003-enforcement`), so that the same unit keeps its code from
load to load. Names follow domain.md §1.2, §6 and §7.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from kunming_portal.demo import names
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.organisations.models import Unit

Kind = Unit.Kind
VALID_FROM = datetime.date(2019, 3, 28)  # the first whistle of Kunming (domain.md §1.2, S5)
SHORT_NAME_LIMIT = 20


@dataclass(frozen=True)
class Trade:
    """A sort of unit that exists once in every division of a level.

    `{name}` is the division's name, `{stem}` what people call it without its ending.
    """

    key: str
    name: str
    short: str
    mark: str
    kind: Unit.Kind
    posting: str = ""


STREET_TRADES = (
    Trade("centre", "{name}综合治理中心", "{stem}治理中心", "治", Kind.CENTRE),
    Trade("party", "{name}党政综合办公室", "党政办", "党", Kind.DEPARTMENT),
    Trade("construction", "{name}城市建设办公室", "城市建设办", "建", Kind.DEPARTMENT),
    Trade("management", "{name}城市管理办公室", "城市管理办", "城", Kind.DEPARTMENT),
    Trade("emergency", "{name}应急管理办公室", "应急管理办", "急", Kind.DEPARTMENT),
    Trade("social", "{name}社会事务办公室", "社会事务办", "社", Kind.DEPARTMENT),
    Trade("peace", "{name}平安法治办公室", "平安法治办", "平", Kind.DEPARTMENT),
    Trade("enforcement", "{name}城管执法中队", "城管执法中队", "管", Kind.FORCE, "resident"),
    Trade("market", "{stem}市场监督管理所", "市场监督管理所", "市", Kind.FORCE, "resident"),
    Trade("police", "{stem}派出所", "{stem}派出所", "警", Kind.FORCE, "resident"),
    Trade("property", "{firm}有限公司{stem}项目部", "{firm}", "物", Kind.COMPANY),
)
WATER_COMPANY = Trade("water_company", "春润供水有限公司{stem}营业所", "春润供水", "春", Kind.COMPANY)
COUNTY_TRADES = (
    Trade("committee", "中共{name}委员会", "{name}委", "委", Kind.PARTY_COMMITTEE),
    Trade("centre", "{name}网格指挥中心", "{name}网格中心", "网", Kind.CENTRE),
    Trade("water", "{name}水务局", "{name}水务局", "水", Kind.DEPARTMENT),
    Trade("urban", "{name}城市管理局", "{name}城管局", "城", Kind.DEPARTMENT),
    Trade("housing", "{name}住房和城乡建设局", "{name}住建局", "住", Kind.DEPARTMENT),
    Trade("market", "{name}市场监督管理局", "{name}市监局", "市", Kind.DEPARTMENT),
    Trade("traffic", "{stem}交警大队", "{stem}交警大队", "交", Kind.DEPARTMENT),
    Trade("environment", "昆明市生态环境局{name}分局", "{stem}环境分局", "环", Kind.DEPARTMENT),
    Trade("emergency", "{name}应急管理局", "{name}应急局", "急", Kind.DEPARTMENT),
    Trade("fire", "{name}消防救援大队", "{stem}消防大队", "消", Kind.DEPARTMENT),
    Trade("civil", "{name}民政局", "{name}民政局", "民", Kind.DEPARTMENT),
    Trade("health", "{name}卫生健康局", "{name}卫健局", "卫", Kind.DEPARTMENT),
    Trade("greenery", "{name}园林绿化局", "{name}园林局", "园", Kind.DEPARTMENT),
    Trade("transport", "{name}交通运输局", "{name}交通局", "运", Kind.DEPARTMENT),
    Trade("agriculture", "{name}农业农村局", "{name}农业局", "农", Kind.DEPARTMENT),
    Trade("water_company", "春润供水有限公司{stem}分公司", "春润供水{stem}", "春", Kind.COMPANY),
    Trade("gas_company", "滇云燃气有限公司{stem}分公司", "滇云燃气{stem}", "燃", Kind.COMPANY),
    Trade("power_company", "明曦电力服务有限公司{stem}分公司", "明曦电力{stem}", "电", Kind.COMPANY),
)
CITY_TRADES = (
    Trade(
        "leading_group",
        "市委城市基层党建和基层治理工作领导小组办公室",
        "市委领导小组办公室",
        "领",
        Kind.LEADING_GROUP,
    ),
    Trade("centre", "{name}网格指挥中心", "市网格中心", "网", Kind.CENTRE),
    *(
        Trade(f"committee_{n}", f"中共{{name}}{field}工作委员会", f"{field}党工委", "党", Kind.WORK_COMMITTEE)
        for n, field in enumerate(
            ("市直机关", "两新", "农业农村", "社会治理", "宣传和社会事业", "国有企业", "教育"), start=1
        )
    ),
    Trade("water", "{name}水务局", "市水务局", "水", Kind.DEPARTMENT),
    Trade("urban", "{name}城市管理局", "市城管局", "城", Kind.DEPARTMENT),
    Trade("housing", "{name}住房和城乡建设局", "市住建局", "住", Kind.DEPARTMENT),
    Trade("market", "{name}市场监督管理局", "市市监局", "市", Kind.DEPARTMENT),
    Trade("traffic", "{name}公安局交警支队", "市交警支队", "交", Kind.DEPARTMENT),
    Trade("environment", "{name}生态环境局", "市生态环境局", "环", Kind.DEPARTMENT),
    Trade("emergency", "{name}应急管理局", "市应急局", "急", Kind.DEPARTMENT),
    Trade("fire", "{name}消防救援支队", "市消防支队", "消", Kind.DEPARTMENT),
    Trade("civil", "{name}民政局", "市民政局", "民", Kind.DEPARTMENT),
    Trade("health", "{name}卫生健康委员会", "市卫健委", "卫", Kind.DEPARTMENT),
    Trade("greenery", "{name}园林绿化局", "市园林局", "园", Kind.DEPARTMENT),
    Trade("transport", "{name}交通运输局", "市交通局", "运", Kind.DEPARTMENT),
    Trade("agriculture", "{name}农业农村局", "市农业局", "农", Kind.DEPARTMENT),
    Trade("water_company", "春润供水集团有限公司", "春润供水集团", "春", Kind.COMPANY),
    Trade("gas_company", "滇云燃气集团有限公司", "滇云燃气集团", "燃", Kind.COMPANY),
    Trade("power_company", "明曦电力服务有限公司", "明曦电力", "电", Kind.COMPANY),
)
# What the dispatch catalogue calls the trades: one entry serves every street
FUNCTIONS = {
    "enforcement": "urban",
    "urban": "urban",
    "management": "sanitation",
    "construction": "housing",
    "housing": "housing",
    "social": "civil",
    "water_company": "water_supply",
    "gas_company": "gas_supply",
    "power_company": "power_supply",
} | {
    name: name
    for name in (
        "market",
        "police",
        "traffic",
        "water",
        "environment",
        "emergency",
        "fire",
        "civil",
        "health",
    )
    + ("greenery", "transport", "agriculture", "peace", "party", "property")
}
# Streets that development zones run for districts (domain.md §7): names within a county, and the zone's code
IN_TRUST = {("530114", "马金铺街道"): "530102401", ("530111", "阿拉街道"): "530111402",
            ("530111", "洛羊街道"): "530111402", ("530114", "洛羊街道"): "530111402",
            ("530114", "大渔街道"): "530112403"}  # fmt: skip
# Compound branches that have a seat of their own, by community: their secretary signs in (domain.md §4)
BRANCHES = {
    "530102003005": "丹桂里小区党支部",
    "530102003007": "听松苑党支部",
    "530102003004": "翠澜家园党支部",
}
# The county bureau under which a force of the street stands
OF_BUREAU = {"enforcement": "urban", "market": "market"}


def trade_of(unit: Unit) -> str:
    """Return the trade in a unit's code."""
    return unit.code.partition("-")[2]


def create() -> list[Unit]:
    """Write every unit of the demonstration on the divisions in the database; return them. A few queries."""
    divisions = list(Division.objects.order_by("code"))
    homes = {code[:9] for code in (d.code for d in divisions if d.kind in ("residents", "villagers"))}
    units = [unit for division in divisions for unit in _units_of(division, homes)]
    units += [_branch(division) for division in divisions if division.code in BRANCHES]
    for number, unit in enumerate(units, start=1):
        unit.duty_phone = names.phone(number)
    created = Unit.objects.bulk_create(units, batch_size=1000)
    _set_supervision(created, {d.code: d for d in divisions})
    return created


def _units_of(division: Division, homes: set[str]) -> Iterator[Unit]:
    """Yield the units seated in a division; places that exist for statistics only have none."""
    match division.level:
        case "city":
            yield from (_unit(trade, division) for trade in CITY_TRADES)
        case "county":
            yield from (_unit(trade, division) for trade in COUNTY_TRADES)
        case "street" if division.code in homes:
            yield _office(division)
            yield from (_unit(trade, division) for trade in STREET_TRADES)
            if division.kind == "street":
                yield _unit(WATER_COMPANY, division)
        case "community" if division.kind != "virtual":
            yield _community(division)


def _unit(trade: Trade, division: Division) -> Unit:
    firm = Random(f"firm {division.code}").choice(names.COMPANIES)
    words = {
        "name": division.name,
        "stem": _stem(division),
        "firm": "滇泉城市服务" if division.code == "530102003" else firm,
    }
    return _built(
        division,
        trade.key,
        trade.name.format(**words),
        trade.short.format(**words),
        trade.mark,
        trade.kind,
        trade.posting,
    )


def _office(division: Division) -> Unit:
    if division.kind == "pseudo":
        name, short = f"{division.name}管理委员会", f"{division.short_name}管委会"
    elif division.kind == "street":
        name, short = f"{division.name}办事处", f"{division.name}"
    else:
        name, short = f"{division.name}人民政府", f"{division.name}政府"
    return _built(
        division, "office", name, short, "街" if division.kind == "street" else "政", Kind.STREET_OFFICE
    )


def _community(division: Division) -> Unit:
    mark = "村" if division.kind == "villagers" else "居"
    return _built(division, "community", division.name, division.short_name, mark, Kind.COMMUNITY)


def _branch(division: Division) -> Unit:
    name = BRANCHES[division.code]
    return _built(division, "branch", name, name.removesuffix("党支部") + "支部", "支", Kind.BRANCH)


def _built(
    division: Division, key: str, name: str, short: str, mark: str, kind: Unit.Kind, posting: str = ""
) -> Unit:
    short = short[:SHORT_NAME_LIMIT]
    return Unit(
        code=f"{division.code}-{key}",
        name=name,
        short_name=short,
        mark=mark,
        kind=kind,
        function=FUNCTIONS.get(key, ""),
        posting=posting,
        division=division,
        valid_from=VALID_FROM,
        search_text=get_search_text(name, short),
    )


def _stem(division: Division) -> str:
    if division.level == "street":
        return division.short_name
    stem = division.short_name
    return stem[:-1] if len(stem) > 2 and stem[-1] in "区县市" else stem


def _set_supervision(units: list[Unit], divisions: dict[str, Division]) -> None:
    """Put forces under their bureaus and the streets that zones run in trust under the zone."""
    by_code = {unit.code: unit for unit in units}
    changed: list[Unit] = []
    for unit in units:
        seat, trade = unit.division_id, trade_of(unit)
        above = None
        if trade in OF_BUREAU and unit.kind == Kind.FORCE:
            above = by_code.get(f"{seat[:6]}-{OF_BUREAU[trade]}")
        elif trade in ("office", "centre"):
            zone = IN_TRUST.get((seat[:6], divisions[seat].name))
            above = by_code.get(f"{zone}-office") if zone else None
        if above is not None:
            unit.supervised_by = above
            changed.append(unit)
    Unit.objects.bulk_update(changed, ["supervised_by"], batch_size=500)
