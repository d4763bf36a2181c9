"""Lists of community work with their history (198, 76, 41 items; 99, 21, 2 stamps), requests, asks, refusals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random

from django.utils import timezone

from communities.models import Ask, Frequency, ListStep, WorkItem
from communities.services import admissions, asks
from communities.services.admission_checks import Wish
from communities.services.asks import Asked
from kunming_portal.accounts.models import User
from kunming_portal.demo.communities.burden_titles import (
    ASSISTANCE,
    BY_LAW,
    OLD_SUBJECTS,
    OLD_WANTED,
    STAMP_SUBJECTS,
    STAMP_USES,
    STAMPS_LEFT,
)
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.organisations.models import Unit

CITY, STREET, COMMUNITY = "5301", "530102003", "530102003005"
# The counts are the city's; of the days only the years are known (domain.md §3.2), days and notes are made up
STEPS = (
    (
        date(2018, 7, 1),
        "昆办通〔2018〕49号《关于实行社区工作准入制度的实施意见》",
        "清单首次编制，日期为演示。",
    ),
    (date(2020, 6, 1), "《昆明市社区工作准入事项管理办法（试行）》", "第一次压减，日期为演示。"),
    (date(2021, 1, 15), "社区工作事项清单和印章使用清单调整", "第二次压减，文件名和日期为演示。"),
)
ITEMS = (198, 76, 41)
STAMPS = (99, 21, 2)
ASKED = (
    ("楼道堆物清理周报表", "construction", "form", "3"),
    ("沿街商铺信息采集表", "market", "form", "5"),
    ("电动自行车数量摸底", "enforcement", "system", "4"),
    ("企业复工情况日报", "market", "phone", "1"),
    ("租房居住证明盖章", "police", "stamp", "0.5"),
    ("创文点位值守", "management", "site", "8"),
    ("平安建设台账补录", "peace", "system", "6"),
    ("安全生产专题会议", "emergency", "meeting", "2"),
    ("文体活动照片报送", "social", "phone", "1"),
    ("垃圾分类入户登记", "management", "form", "6"),
)


def create(*, now: datetime, small: bool) -> None:
    """Write both lists with their history, and around the showcase community requests in every state and asks."""
    today = timezone.localdate(now)
    units = {u.code: u for u in Unit.objects.select_related("division")}
    WorkItem.objects.bulk_create([*_items(units), *_stamps()], batch_size=500)
    ListStep.objects.bulk_create(ListStep(day=day, document=name, note=note) for day, name, note in STEPS)
    if "530102003005-community" not in units:
        return
    _requests(units, now=now, today=today)
    _showcase_asks(units, now=now, today=today)
    _volume(units, today=today, now=now, number=60 if small else 1500)


def _items(units: dict[str, Unit]) -> Iterator[WorkItem]:
    """Yield 41 items in force, and as many that left at each step that the counts come out."""
    lists = [("法", "by_law", row) for row in BY_LAW] + [("协", "assistance", row) for row in ASSISTANCE]
    assert len(lists) == ITEMS[2]
    for n, (mark, kind, row) in enumerate(lists, start=1):
        yield _item(f"{mark}{n:03d}", kind, row, None, units)
    pairs = [
        (f"{subject}{wanted}", trade, "", often, hours)
        for (wanted, often, hours), (subject, trade) in product(OLD_WANTED, OLD_SUBJECTS)
    ]
    gone = ITEMS[0] - ITEMS[2]
    late = ITEMS[1] - ITEMS[2]
    assert len(pairs) >= gone
    for n, pair in enumerate(pairs[:gone], start=len(lists) + 1):
        eve = _eve(2) if n - len(lists) <= late else _eve(1)
        yield _item(f"旧{n:03d}", "assistance", pair, eve, units)


def _stamps() -> Iterator[WorkItem]:
    names = [*STAMPS_LEFT, *(f"{subject}{use}" for use, subject in product(STAMP_USES, STAMP_SUBJECTS))]
    for n, title in enumerate(names[: STAMPS[0]], start=1):
        eve = None if n <= STAMPS[2] else (_eve(2) if n <= STAMPS[1] else _eve(1))
        law = "云政发〔2018〕23号" if n == 1 else ""
        yield WorkItem(
            number=f"章{n:03d}",
            title=title,
            kind="stamp",
            department="昆明市民政局",
            legal_basis=law,
            frequency=Frequency.AS_NEEDED,
            hours=Decimal("0.5"),
            scope_id=CITY,
            valid_from=STEPS[0][0],
            valid_to=eve,
            exit_reason="清单调整，不再由社区出具" if eve else "",
            search_text=f"章{n:03d} {get_search_text(title, '昆明市民政局')}",
        )


def _item(number: str, kind: str, row: Sequence[str], eve: date | None, units: dict[str, Unit]) -> WorkItem:
    title, trade, law, often, hours = row
    unit = units.get(f"{CITY}-{trade}")
    name = unit.name if unit is not None else "昆明市民政局"
    return WorkItem(
        number=number,
        title=title,
        kind=kind,
        department=name,
        unit=unit,
        legal_basis=law,
        frequency=often,
        hours=Decimal(hours),
        resources="随事项拨付工作经费" if kind == "assistance" and eve is None else "",
        scope_id=CITY,
        valid_from=STEPS[0][0],
        valid_to=eve,
        exit_reason="清单调整，职能部门自行办理" if eve else "",
        search_text=f"{number} {get_search_text(title, name)}",
    )


def _eve(step: int) -> date:
    return STEPS[step][0] - timedelta(days=1)


@dataclass(frozen=True)
class Plea:
    """One request of the demonstration: who, what, how many days ago, and what came of it."""

    unit: str
    title: str
    ago: int
    law: str = "年度工作安排"
    often: str = "monthly"
    hours: str = "2"
    resources: str = "每个社区每月补助300元，派1人协助"
    outcome: str = ""
    reason: str = ""
    until: int = 0


PLEAS = (
    Plea(f"{STREET}-construction", "高空抛物隐患登记", 170, law="《中华人民共和国民法典》", hours="3",
         outcome="admit", reason="确有依据，限期承担。", until=18),
    Plea(f"{STREET}-social", "困境儿童月走访", 60, law="《中华人民共和国未成年人保护法》",
         outcome="admit", reason="依法协助事项，经费随事转。", until=300),
    Plea(f"{STREET}-enforcement", "户外广告牌台账", 90, hours="6", resources="无",
         outcome="refuse", reason="属执法中队自身职责，不得转交社区。"),
    Plea(f"{STREET}-enforcement", "户外广告牌台账", 2, hours="4", resources="无"),
    Plea(f"{STREET}-construction", "老旧小区管线普查", 20, often="once", hours="30",
         outcome="return", reason="请补充法律依据和人员安排。"),
    Plea(f"{STREET}-construction", "出租房屋安全月报", 35, hours="4"),
    Plea(f"{STREET}-social", "文体队伍信息登记", 26, often="quarterly"),
    Plea(f"{STREET}-social", "志愿者时长录入", 40, outcome="withdraw", reason="改由系统自动汇总。"),
    Plea("530102-water", "二次供水泵房巡查", 5, law="《城市供水条例》", often="weekly"),
    Plea(f"{CITY}-water", "节水型小区创建申报", 24, often="yearly", hours="16"),
    Plea(f"{CITY}-housing", "电梯加装意愿摸底", 4, often="once", hours="12"),
)  # fmt: skip


def _requests(units: dict[str, Unit], *, now: datetime, today: date) -> None:
    """Walk to requests in every state, some overdue for decision, and an item that lapses soon."""
    for plea in PLEAS:
        unit, then = units[plea.unit], now - timedelta(days=plea.ago)
        first = timezone.localdate(then)
        wish = Wish(
            title=plea.title,
            text=f"请{unit.division.name}各社区承担：{plea.title}。",
            scope=unit.division,
            legal_basis=plea.law,
            frequency=plea.often,
            hours=Decimal(plea.hours),
            resources=plea.resources,
            starts_on=first,
            ends_on=first + timedelta(days=180),
            means="统一表格",
        )
        request = admissions.apply(wish=wish, by=_person(unit), now=then)
        office = _person(units["530102-committee"], "office_staff")
        later = then + timedelta(days=3)
        match plea.outcome:
            case "admit":
                until = today + timedelta(days=plea.until)
                admissions.admit(request=request, reason=plea.reason, until=until, by=office, now=later)
            case "refuse":
                admissions.refuse(request=request, reason=plea.reason, by=office, now=later)
            case "return":
                admissions.send_back(request=request, reason=plea.reason, by=office, now=later)
            case "withdraw":
                admissions.withdraw(request=request, reason=plea.reason, by=_person(unit), now=later)


def _person(unit: Unit, role: str = "liaison") -> User:
    return User.objects.filter(appointments__unit=unit, appointments__role=role).order_by("pk")[0]


def _showcase_asks(units: dict[str, Unit], *, now: datetime, today: date) -> None:
    """Let the showcase community record what it is asked for; three refused, one asked again."""
    community = Division.objects.get(code=COMMUNITY)
    by = User.objects.get(username="community.worker")
    for n, (title, trade, means, hours) in enumerate(ASKED):
        then = now - timedelta(days=27 - 2 * n, hours=n)
        one = Asked(
            title=title,
            means=means,
            asked_on=timezone.localdate(then),
            unit=units[f"{STREET}-{trade}"],
            hours=Decimal(hours),
        )
        asks.record_ask(asked=one, community=community, by=by, now=then, at_once=n in (0, 3, 4))
    again = Asked(
        title=ASKED[0][0],
        means="form",
        asked_on=today,
        unit=units[f"{STREET}-construction"],
        hours=Decimal(3),
    )
    asks.record_ask(asked=again, community=community, by=by, now=now - timedelta(hours=3))
    listed = WorkItem.objects.get(title=ASSISTANCE[0][0])
    bound = Asked(
        title="低保户入户核查", means="site", asked_on=today, unit=listed.unit, item=listed, hours=Decimal(6)
    )
    asks.record_ask(asked=bound, community=community, by=by, now=now - timedelta(hours=2))


def _volume(units: dict[str, Unit], *, today: date, now: datetime, number: int) -> None:
    """Write what other communities recorded: as `asks.record_ask` writes it, without its trail."""
    random = Random("burden")
    homes = [u for u in units.values() if u.kind == Unit.Kind.COMMUNITY and u.division_id != COMMUNITY]
    homes.sort(key=lambda unit: unit.code)
    workers = User.objects.filter(appointments__role="community_worker")
    by = dict(workers.values_list("appointments__unit", "pk"))
    rows = []
    for _ in range(number):
        home = random.choice(homes)
        title, trade, means, hours = random.choice(ASKED)
        unit = units.get(f"{home.division_id[:9]}-{trade}")
        if unit is None or home.pk not in by:
            continue
        refused = random.random() < 0.3
        moment = now - timedelta(days=random.randrange(75), hours=random.randrange(9))
        rows.append(
            Ask(
                community_id=home.division_id,
                asked_on=timezone.localdate(moment),
                asker=unit.name,
                unit=unit,
                title=title,
                means=means,
                hours=Decimal(hours),
                recorded_by_id=by[home.pk],
                recorded_at=moment,
                refused_by_id=by[home.pk] if refused else None,
                refused_at=moment if refused else None,
            )
        )
    Ask.objects.bulk_create(rows, batch_size=500)
