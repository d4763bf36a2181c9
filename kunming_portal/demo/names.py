"""Fictional names of people, compounds, roads and companies. Pure: a `random.Random` goes in, words come out.

None of the people, compounds and companies exist. Telephone numbers begin with four zeros and reach nobody.
"""

from collections.abc import Iterator
from random import Random

# Surnames as they are frequent in Kunming, the more frequent the more often in the list
SURNAMES = (
    "杨" * 9 + "李" * 9 + "张" * 8 + "王" * 7 + "陈" * 5 + "刘" * 5 + "赵" * 4 + "周" * 4 + "马" * 4 + "段" * 3
    + "何" * 3 + "高" * 3 + "徐" * 2 + "朱" * 2 + "郭" * 2 + "罗" * 2 + "毕" * 2 + "普" * 2 + "孙" * 2 + "黄" * 2
    + "林郑谢唐许韩冯曹彭曾肖田潘袁蔡蒋余杜叶程苏魏吕丁沈任卢姜崔钟谭陆范金石廖贾夏付方邹熊白孟秦尹江史龙陶沐把纳保窦"
)  # fmt: skip
GIVEN_FIRST = (
    "文国建志春晓丽润云家永学玉正明海红秀世天少子梦雪思佳美俊成光"
    "新宏庆忠福凤琼翠桂金兰艳慧雅静婷宇浩泽一嘉诗若亦安启绍"
)
GIVEN_LAST = (
    "文静涛栋梅岚华生峰艳磊强伟芳娟敏杰军洋勇燕霞玲平刚桂英飞鹏琳"
    "萍红云辉波宁瑞祥林斌坤蓉倩莹欣怡萱轩辰妍雯瑶佳颖琴仙珍"
)
SINGLE = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚岚峻锐璐琪帆鑫昊"

COMPOUND_FIRST = (
    "丹桂", "云岫", "翠澜", "银杏", "春曦", "滇泉", "玉兰", "海棠", "听松", "望湖", "金桂", "紫荆", "蓝花", "锦绣",
    "和悦", "康宁", "福景", "怡安", "晨晖", "书香", "枫林", "桃源", "碧鸡", "山茶", "兰亭", "瑞和", "安居", "同德",
)  # fmt: skip
COMPOUND_LAST = ("里", "苑", "家园", "花园", "雅居", "小区", "新村", "公寓", "里小区", "佳苑", "大院")
# Compounds that the showcase desks name, by community
KNOWN_COMPOUNDS = {
    "530102003005": ("丹桂里小区", "云岫里", "西坝新村"),
    "530102003001": ("春曦花园",),
    "530102003003": ("碧鸡花园",),
    "530102003004": ("翠澜家园", "山茶佳苑"),
    "530102003006": ("怡安公寓",),
    "530102003007": ("听松苑", "锦绣苑"),
    "530102003008": ("银杏雅居",),
}
ROADS = (
    "丹桂路", "春和路", "云岫街", "玉兰巷", "海棠路", "文昌巷", "听松路", "金桂街", "翠澜路", "同仁巷", "福景路",
    "银杏路", "晨晖街", "永宁巷", "兰亭路", "和悦街", "书香巷", "康宁路",
)  # fmt: skip
COMPANIES = (
    "滇泉城市服务", "云岫物业服务", "翠澜物业服务", "春曦物业服务", "锦悦物业服务", "听松物业服务", "和悦城市服务",
    "安泽物业服务", "福景物业服务", "瑞和物业服务", "山茶物业服务", "晨晖城市服务",
)  # fmt: skip
COMPOUND_SPOTS = ("北门", "南门", "东门", "西门", "北侧", "南侧")
ROAD_SPOTS = ("门口", "对面", "旁", "路段")
VILLAGE_SPOTS = ("村口", "活动室旁", "水塘边", "主村道", "晒场", "小学门口", "机耕路口", "农贸集市")
NUMERALS = "一二三四五六七八"


def people(rng: Random) -> Iterator[str]:
    """Yield fictional names without end, hardly ever the same twice."""
    while True:
        surname = rng.choice(SURNAMES)
        if rng.random() < 0.22:
            yield surname + rng.choice(SINGLE)
        else:
            yield surname + rng.choice(GIVEN_FIRST) + rng.choice(GIVEN_LAST)


def phone(number: int) -> str:
    """Return a landline number that cannot exist: `0871-0000-0042`."""
    return f"0871-0000-{number % 10000:04d}"


def mobile(rng: Random) -> str:
    """Return a mobile number of a range that no operator has: `100...`."""
    return f"100{rng.randrange(10**8):08d}"


def compounds(community_code: str) -> list[str]:
    """Return the four fictional compounds of a community, always the same for the same code, known ones first."""
    rng = Random(f"compounds {community_code}")
    firsts = rng.sample(COMPOUND_FIRST, 4)
    made = [first + rng.choice(COMPOUND_LAST) for first in firsts]
    return list(dict.fromkeys([*KNOWN_COMPOUNDS.get(community_code, ()), *made]))[:4]


def urban_spot(rng: Random, compound_names: list[str], where: str) -> str:
    """Return a place in a town: in a building ("b"), a compound ("c"), at a gate ("g"), on a road ("r")."""
    match rng.choice(where):
        case "b":
            return f"{rng.choice(compound_names)}{rng.randint(1, 26)}栋"
        case "c":
            return rng.choice(compound_names)
        case "g":
            return f"{rng.choice(compound_names)}{rng.choice(COMPOUND_SPOTS)}"
        case _:
            return f"{rng.choice(ROADS)}{rng.randint(2, 268)}号{rng.choice(ROAD_SPOTS)}"


def rural_spot(rng: Random) -> str:
    """Return a place in a village: a group and a spot everybody there knows."""
    return f"{rng.choice(NUMERALS)}组{rng.choice(VILLAGE_SPOTS)}"
