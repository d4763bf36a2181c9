"""What is reported: believable matters, who is called for them at each tier, what is done.

The themes stand in `data/themes.csv`, invented for this demonstration. `street` and `county` name trades
(`units.py`; the city has those of the county), the lead first. `where` says whether a matter belongs to towns ("u"),
villages ("v") or both; `spots` where in a town: a building ("b"), a compound ("c"), a gate ("g"), a road ("r").
"""

import csv
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data" / "themes.csv"


@dataclass(frozen=True)
class Theme:
    """One kind of matter: its words and the units that deal with it."""

    kind: str
    where: str
    weight: int
    spots: str
    title: str
    text: str
    street: tuple[str, ...]
    county: tuple[str, ...]
    done: str
    affected: str
    tried: str


def _read() -> tuple[Theme, ...]:
    """Read the list of themes, in its order."""
    with DATA.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Theme(
                kind=row["kind"],
                where=row["where"],
                weight=int(row["weight"]),
                spots=row["spots"],
                title=row["title"],
                text=row["text"],
                street=tuple(row["street"].split()),
                county=tuple(row["county"].split()),
                done=row["done"],
                affected=row["affected"],
                tried=row["tried"],
            )
            for row in csv.DictReader(lines)
        )


THEMES = _read()
UPGRADE_REASONS = (
    "涉及多个区级部门，超出街道权限。",
    "产权和养护单位在区一级，街道协调不动。",
    "需要专业队伍和设备，街道力量不够。",
    "两次协调没有结果，请上一级牵头。",
    "整改经费超出本级权限，请上一级研究。",
)
CITY_REASONS = (
    "跨区管网，需要市级部门统筹。",
    "产权单位为市属企业，区级无权处置。",
    "涉及多个区，请市级协调。",
)
REWORK_REASONS = (
    "现场复看还有残留，请再处理。",
    "只处理了一半，居民反映问题还在。",
    "处理后第二天又出现，请查明原因。",
)
WITHDRAW_REASONS = (
    "物业当天已修好，无需再办。",
    "与另一件重复，按那件办理。",
    "当事人已自行协商解决。",
)
# answer, legal basis, evidence
FINAL_ANSWERS = (
    "所反映事项已两次现场处理并回访，符合现行标准，不再受理同一诉求。|《信访工作条例》第三十六条|两次现场照片和回访记录存街道",
    "加装设施需本单元业主依法表决同意，目前未达法定比例，待表决通过后可另行申请。|《民法典》第二百七十八条|业主表决结果存社区",
    "所涉围墙在小区红线内，属业主共有，由业主大会决定改造。|《民法典》第二百七十四条|规划红线图存区自然资源部门",
)
RETURN_REASON = "没有写清具体楼栋和单元，请补充位置，并说明影响户数。"
REOPEN_REASON = "雨后同一位置再次积水，原处理没有找到根子。"
SEND_BACK_REASONS = (
    "请说清是哪几处，补充位置和照片。",
    "先联系物业，办不了再吹。",
    "影响人数没有写，请补充。",
)
INSTRUCTIONS = (
    "请牵头单位今天先到现场。",
    "请协办单位配合，办完一并反馈。",
    "居民反映强烈，请优先处理。",
    "",
)
VERIFY_COMMENTS = ("现场看过，居民认可。", "回访了三户，都说解决了。", "基本解决，还需要日常维护。", "")
RATING_COMMENTS = ("来得快，讲解清楚。", "配合好。", "处理及时，效果不错。", "", "", "")
NOTES = (
    "已联系当事人，约定明天上午现场碰头。",
    "材料已到场，等天气好转施工。",
    "现场看过，需要产权单位配合，已发函。",
    "居民代表已沟通，同意方案。",
    "已做临时防护，夜间安排人员巡查。",
)
SOURCES = (("patrol", 46), ("visit", 20), ("hotline", 18), ("branch", 9), ("inspection", 5), ("media", 2))
