"""The desks of the showcase accounts: what waits for each of them, named matter by matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from kunming_portal.demo import matters, openings
from kunming_portal.demo.author import Author, Fate
from kunming_portal.demo.directory import Directory
from kunming_portal.demo.script import Script
from kunming_portal.organisations.models import Unit
from whistle.workflow import Move

ZHUANTANG, STREET, COUNTY = "530102003005", "530102003", "530102"
FUCHUN, SANHEYING, XINWENLI = "530102003001", "530102003003", "530102003004"
SHUNCHENG, ZONGSHUYING, JIANGONG, XIAOXIMEN = "530102003006", "530102003007", "530102003008", "530102003010"


@dataclass(frozen=True)
class Item:
    """A matter on somebody's desk: where, what, which kind, before which move, begun how long ago, in which light."""

    seat: str
    spot: str
    theme: str
    rest: Move
    least: int
    most: int
    light: str = ""
    kind: str = ""
    upgrades: tuple[str, ...] = ()
    sent_back: bool = False
    reworks: int = 0


UP = ("person",)
ITEMS = (
    # the community worker: four things, and the whistles on their way
    Item(ZHUANTANG, "北门巷口", "占道堆放建材", Move.VERIFY, 1600, 6500, "over"),
    Item(ZHUANTANG, "三组", "路灯夜间不亮", Move.VERIFY, 900, 4000, "soon"),
    Item(ZHUANTANG, "云岫里", "垃圾房异味", Move.CLOSE, 900, 4000, "normal"),
    Item(ZHUANTANG, "丹桂里小区6栋", "申请加装扶手和坡道", Move.BLOW, 60, 700, kind="general", sent_back=True),
    Item(ZHUANTANG, "西坝路128号院门口", "路面渗水下陷", Move.FEED_BACK, 1800, 6000, "soon", upgrades=UP),
    Item(ZHUANTANG, "富春社区交界处", "共享单车堵塞通道", Move.REPORT_IN, 300, 2000, "normal"),
    Item(ZHUANTANG, "丹桂里小区北门", "污水管网堵塞外溢", Move.FEED_BACK, 400, 2400, "normal"),
    # the community secretary
    Item(ZHUANTANG, "西坝路140号门口", "井盖破损下陷", Move.APPROVE, 20, 200, "normal"),
    Item(ZHUANTANG, "环城西路41号院门口", "占道堆放建材", Move.APPROVE, 170, 300, "soon"),
    # the street centre: to accept
    Item(XIAOXIMEN, "小西门地铁口", "夜市油烟扰民", Move.ACCEPT, 90, 420, "over"),
    Item(SHUNCHENG, "顺城街22号", "单元门禁失灵", Move.ACCEPT, 120, 460, "soon"),
    Item(XINWENLI, "翠澜家园", "申请燃气安全入户检查", Move.ACCEPT, 20, 200, "normal"),
    Item(FUCHUN, "86号院", "化粪池外溢", Move.ACCEPT, 40, 300, "normal"),
    Item(ZONGSHUYING, "听松苑11栋", "楼顶违法搭建", Move.ACCEPT, 20, 200, "normal"),
    Item(SANHEYING, "海棠路35号", "路灯修好后又灭", Move.ACCEPT, 60, 360, "normal"),
    Item(JIANGONG, "银杏雅居3栋", "楼道堆物堵塞通道", Move.ACCEPT, 60, 400, "soon"),
    Item(XINWENLI, "文昌巷9号门口", "户外广告牌锈蚀松动", Move.ACCEPT, 30, 260, "over"),
    # told of again by others: merged afterwards, a group of three callers and a pair
    Item(XINWENLI, "丹桂里小区北门", "污水管网堵塞外溢", Move.ACCEPT, 20, 300, "normal"),
    Item(FUCHUN, "丹桂里小区北门", "污水管网堵塞外溢", Move.DISPATCH, 60, 460, "normal"),
    Item(SANHEYING, "86号院", "化粪池外溢", Move.ACCEPT, 20, 39, "normal"),
    # the street centre: to dispatch
    Item(ZONGSHUYING, "棕树营农贸市场门口", "占用盲道经营", Move.DISPATCH, 60, 400, "soon"),
    Item(FUCHUN, "春曦花园5栋", "飞线充电", Move.DISPATCH, 80, 460, "normal"),
    Item(XIAOXIMEN, "同仁巷18号", "独居老人屋顶漏水", Move.DISPATCH, 80, 460, "normal"),
    Item(SHUNCHENG, "地下通道", "雨后积水", Move.DISPATCH, 120, 460, "soon"),
    Item(SANHEYING, "玉兰巷12号院", "外墙瓷砖脱落", Move.DISPATCH, 200, 700, "over"),
    Item(JIANGONG, "和悦街3号院", "电梯频繁故障", Move.DISPATCH, 60, 400, "normal"),
    # the street's secretary: sent back twice, is it to be upgraded?
    Item(FUCHUN, "听松路40号", "井盖破损下陷", Move.VERIFY, 2600, 9000, "normal", kind="general", reworks=2),
    # the street as a caller: what the county did, to be verified
    Item(XIAOXIMEN, "永宁巷", "污水管网堵塞外溢", Move.VERIFY, 2600, 9500, "over", upgrades=UP),
    Item(SHUNCHENG, "弥勒寺路口", "弱电井盖缺失", Move.VERIFY, 2600, 9500, "soon", upgrades=UP),
    Item(FUCHUN, "福景路66号", "树木倾斜压线", Move.CLOSE, 2600, 9500, "normal", upgrades=UP),
    Item(STREET, "大观河沿线", "雨后积水", Move.APPROVE, 20, 230, "normal", kind="hard"),
    Item(STREET, "晨晖街片区", "施工扬尘", Move.APPROVE, 150, 300, "soon", kind="general"),
    Item(STREET, "大观片区老旧小区", "申请燃气安全入户检查", Move.BLOW, 30, 600, kind="service"),
    # the units of the street
    Item(SANHEYING, "金桂街44号门口", "占道堆放建材", Move.SIGN, 120, 700, "normal"),
    Item(XINWENLI, "书香巷口", "夜市油烟扰民", Move.SIGN, 150, 900, "over"),
    Item(XIAOXIMEN, "兰亭路8号", "户外广告牌锈蚀松动", Move.REPORT_IN, 300, 1400, "soon"),
    Item(FUCHUN, "听松路21号", "施工扬尘", Move.FEED_BACK, 1500, 4600, "normal"),
    Item(SHUNCHENG, "怡安公寓2栋", "楼顶违法搭建", Move.FEED_BACK, 4300, 6800, "over"),
    Item(JIANGONG, "康宁路15号", "井盖破损下陷", Move.SIGN, 150, 800, "soon"),
    Item(ZONGSHUYING, "锦绣苑7栋", "单元门禁失灵", Move.REPORT_IN, 500, 2200, "over"),
    Item(XINWENLI, "山茶佳苑1栋", "外墙瓷砖脱落", Move.FEED_BACK, 1500, 3000, "soon"),
    Item(SANHEYING, "碧鸡花园4栋", "水压低、时常停水", Move.SIGN, 150, 900, "normal"),
    Item(ZONGSHUYING, "福景路101号", "水压低、时常停水", Move.FEED_BACK, 700, 2600, "normal"),
    # the county
    Item("530102005002", "海棠路口", "路面渗水下陷", Move.ACCEPT, 700, 3500, "normal", upgrades=UP),
    Item("530102004002", "瑞和大院", "井盖破损下陷", Move.ACCEPT, 700, 3500, "over", upgrades=UP),
    Item("530102006002", "兰亭路隧道口", "雨后积水", Move.DISPATCH, 800, 3600, "soon", upgrades=UP),
    Item("530102001002", "文昌巷地下管廊", "路面渗水下陷", Move.SIGN, 900, 4200, "over", upgrades=UP),
    Item("530102007001", "金桂街泵房", "水压低、时常停水", Move.SIGN, 900, 4200, "normal", upgrades=UP),
    Item("530102008001", "玉兰巷", "路面渗水下陷", Move.REPORT_IN, 1500, 5600, "soon", upgrades=UP),
    Item("530102002001", "永宁巷排水口", "雨后积水", Move.FEED_BACK, 2600, 9000, "over", upgrades=UP),
    Item(COUNTY, "环城西路跨区主干管", "污水管网堵塞外溢", Move.APPROVE, 30, 235, "normal", kind="key"),
)  # fmt: skip


def items(author: Author, directory: Directory, rng: Random, *, now: datetime) -> Iterator[Script]:
    """Yield the histories of the showcase desks; an item whose light cannot be had at this hour comes in another."""
    themes = {theme.title: theme for theme in matters.THEMES}
    for item in ITEMS:
        key = f"{item.seat}-{'community' if len(item.seat) == 12 else 'centre'}"
        caller = directory.units.get(key) or _neighbour(directory, item.seat)
        fate = Fate(
            stall=item.rest,
            upgrades=item.upgrades,
            sent_back=item.sent_back,
            reworks=item.reworks,
            theme=themes[item.theme],
            kind=item.kind,
            spot=item.spot,
        )
        found = openings.find(
            author,
            directory,
            rng,
            caller,
            fate,
            item.least,
            item.most,
            now=now,
            light=item.light,
            tries=openings.PLENTY,
        )
        if found is not None:
            yield found


def _neighbour(directory: Directory, seat: str) -> Unit:
    """Return the first community of the street of a community that is not on the list."""
    return next(u for u in directory.communities if u.division_id.startswith(seat[:9]))
