"""Living examples of the five powers: all of them at 丹桂里小区, a few in twenty other compounds. All fictional.

Every record is walked through the services, moment by moment in order, and what fell due in between has rung.
"""

import heapq
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from communities.models import Candidate, Compound, Undertaking, UndertakingDeadline
from communities.models.power_steps import Result
from communities.services import (
    powers_appraisals,
    powers_decisions,
    powers_personnel,
    powers_proposals,
    powers_supervision,
    undertaking_ringing,
    undertakings,
)
from communities.services.powers_appraisals import Batch
from communities.services.powers_decisions import Votes
from communities.services.powers_personnel import Opinion
from communities.services.powers_supervision import Found
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.deadlines import timers
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar

SHOWCASE, COMMUNITY = "丹桂里小区", "530102003005"
ELSEWHERE, FEW = 20, 3
# A story: moments at which it goes on; what it does in between are calls of services
Story = Iterator[datetime]

TOPICS = ("楼道充电桩安装", "小区停车位规划", "公共晾晒区改造", "垃圾投放点调整")
PROPOSALS = (
    ("增设过街路灯", "小区东门路段夜间照明不足，建议增设路灯。"),
    ("疏通雨污管网", "雨季低洼处积水，建议疏通雨污管网。"),
    ("增设老年助餐点", "独居老人较多，建议增设助餐点。"),
)
FINDINGS = (
    ("电梯维保记录不全", "补齐今年以来电梯维保记录并张贴。", "service"),
    ("消防通道被占用", "清理占道杂物，恢复消防通道。", "service"),
    ("二季度公共收益未公示", "公示停车、广告收入明细。", "public_income"),
)


class Town:
    """Who does what and when: one branch's compound with the person who keeps its powers."""

    def __init__(self, compound: Compound, by: User, *, now: datetime, calendar: Calendar) -> None:
        self.compound, self.by, self.now, self.calendar = compound, by, now, calendar

    def ago(self, days: int, hours: int = 0) -> datetime:
        """Return a working moment so many days ago."""
        return self.calendar.next_working_moment(self.now - timedelta(days=days, hours=hours))

    def due(self, working_days: int) -> date:
        """Return the working day so many working days ahead of now."""
        return self.calendar.local_day(self.calendar.add_working_days(self.now, working_days))

    def firm(self) -> str:
        """Return who is asked outside the portal."""
        return self.compound.property_firm or self.compound.owners_body_chair or "小区自管小组"


def create(*, now: datetime, small: bool) -> None:
    """Write the records as of `now`; in three other compounds only when `small`. Deterministic."""
    calendar = get_calendar()
    stories: list[Story] = []
    shown = _compounds().filter(community=COMMUNITY, name=SHOWCASE).first()
    if shown is not None:
        stories += _showcase(Town(shown, _secretary(shown), now=now, calendar=calendar))
    rng = Random("powers")
    for compound, by in _others(FEW if small else ELSEWHERE):
        stories += _usual(Town(compound, by, now=now, calendar=calendar), rng)
    _play(stories, until=now)


def _compounds() -> Any:
    return (
        Compound.objects.exclude(branch=None)
        .select_related("branch__unit__division", "community")
        .order_by("community_id", "id")
    )


def _secretary(compound: Compound) -> User:
    """Return who keeps the branch's powers: who sits in its seat, else the community's worker."""
    assert compound.branch is not None
    seat = Appointment.objects.in_force().filter(unit=compound.branch.unit).exclude(unit=None).first()
    return seat.user if seat is not None else _worker(compound.community_id)


def _worker(code: str) -> User:
    held = Appointment.objects.in_force().holding("community_worker").filter(unit__division_id=code)
    return held.select_related("user").order_by("pk")[0].user


def _others(number: int) -> Iterator[tuple[Compound, User]]:
    """Yield one compound each of so many communities with people, those of the showcase county first."""
    manned = Appointment.objects.in_force().holding("community_worker").values("unit__division_id")
    found = _compounds().filter(community__in=manned).exclude(community=COMMUNITY)
    seen: set[str] = set()
    for compound in found:
        if len(seen) == number:
            return
        if compound.community_id not in seen:
            seen.add(compound.community_id)
            yield compound, _worker(compound.community_id)


def _play(stories: list[Story], *, until: datetime) -> None:
    """Let every story go on at its moments, in the order of time, and ring what falls due in between."""
    order = count()
    heap = [(next(story), next(order), story) for story in stories]
    heapq.heapify(heap)
    while heap and heap[0][0] <= until:
        moment, _number, story = heapq.heappop(heap)
        _ring(moment)
        following = next(story, None)
        if following is not None:
            heapq.heappush(heap, (max(following, moment), next(order), story))
    _ring(until)


def _ring(until: datetime) -> None:
    """Climb every rung due by then at its own moment, so that nothing counts as late."""
    act = undertaking_ringing.ringer()
    while True:
        due = UndertakingDeadline.objects.filter(wake_at__lte=until).order_by("wake_at").first()
        if due is None or due.wake_at is None:
            return
        timers.ring_due(model=UndertakingDeadline, owner="undertaking", act=act, now=due.wake_at)


# -- stories -------------------------------------------------------------------------------------------------
def _showcase(town: Town) -> list[Story]:
    """Return the picture's five records, still open, and what the branch has done before."""
    office = Unit.objects.filter(code="530102003-construction").first()
    return [
        _decision(town, "电动车集中充电点选址", begun=14, votes=Votes(38, 35, 1, 2), steps=3),
        _proposal(
            town,
            "更换北门地下管网",
            "北门地下管网渗漏，建议整体更换。",
            begun=9,
            unit=office,
            due_on=town.due(1),
        ),
        _nomination(
            town, "第四届业委会候选人", "owners_committee", _people("第四届", 9), begun=20, failing=2
        ),
        _finding(
            town,
            Found("三季度公共收益未公示", "限期公示停车、广告收入明细。", "firm", "public_income"),
            begun=6,
            due_on=town.due(5),
        ),
        _appraisal(town, "下半年物业服务评议", "2026年下半年", begun=12, asked=200, received=168),
        _decision(town, "单元门禁更换", begun=120, votes=Votes(41, 40), steps=5),
        _decision(town, "老年活动室共建", begun=75, votes=Votes(36, 33, 2, 1), steps=5),
        _proposal(
            town, "增设北门减速带", "北门车速快，建议增设减速带。", begun=90, unit=office, answer="已增设。"
        ),
        _nomination(
            town, "楼栋长人选", "building_head", _people("楼栋长", 12), begun=60, failing=0, chosen=True
        ),
        _finding(
            town,
            Found("化粪池清掏不及时", "按季清掏并公示记录。", "firm", "service"),
            begun=50,
            answer="已清掏并公示。",
        ),
        _appraisal(town, "上半年物业服务评议", "2026年上半年", begun=150, asked=200, received=181, used=True),
    ]


def _usual(town: Town, rng: Random) -> list[Story]:
    """Return three records of another branch: something decided, something asked for, something found."""
    title, text = rng.choice(PROPOSALS)
    found, wanted, about = rng.choice(FINDINGS)
    office = Unit.objects.filter(code=f"{town.compound.community_id[:9]}-construction").first()
    late = rng.random() < 0.35
    stories = [
        _decision(
            town,
            rng.choice(TOPICS),
            begun=rng.randint(12, 40),
            votes=Votes(30, 27, 1, 2),
            steps=rng.randint(1, 3),
        ),
        _proposal(town, title, text, begun=rng.randint(20, 26) if late else rng.randint(3, 11), unit=office),
        _finding(
            town,
            Found(found, wanted, "firm" if town.compound.property_firm else "other", about),
            begun=rng.randint(17, 24) if rng.random() < 0.3 else rng.randint(2, 9),
        ),
    ]
    if rng.random() < 0.5:
        stories.append(
            _appraisal(town, "物业服务评议", "2026年", begun=30, asked=120, received=rng.randint(60, 118))
        )
    return stories


def _people(seed: str, number: int) -> list[str]:
    rng = Random(seed)
    families, given = "李段马杨普赵和张孙罗高周", "云芳国安荫棠春梅志明丽琼晓岚建文"
    names: list[str] = []
    while len(names) < number:
        name = rng.choice(families) + "".join(rng.sample(given, 2))
        if name not in names:
            names.append(name)
    return names


def _decision(town: Town, title: str, *, begun: int, votes: Votes, steps: int) -> Story:
    """A topic; `steps` says how far it goes: meeting, resolution, notice, execution, done."""
    by, at = town.by, town.ago(begun)
    yield at
    record = powers_decisions.open_decision(compound=town.compound, title=title, text="", by=by, now=at)
    yield (at := town.ago(begun - 3))
    powers_decisions.meet(record=record, met_on=town.calendar.local_day(at), votes=votes, by=by, now=at)
    if steps < 2:
        return
    powers_decisions.resolve(record=record, resolution=f"同意{title}方案。", by=by, now=at)
    if steps < 3:
        return
    first = town.calendar.local_day(at)
    last = (
        max(first + timedelta(days=7), town.now.date() + timedelta(days=2))
        if steps == 3
        else first + timedelta(days=7)
    )
    yield (at := at + timedelta(hours=1))
    powers_decisions.announce(record=record, notice_from=first, notice_until=last, by=by, now=at)
    powers_decisions.remark(record=record, remarks=2, remarks_text="有2户建议离楼栋远些。", by=by, now=at)
    if steps < 4:
        return
    yield (at := town.ago(begun - 12))
    record = powers_decisions.execute(record=record, addressee=town.firm(), by=by, now=at)
    yield (at := town.ago(begun - 18))
    undertakings.report(undertaking=_asked(record), text="已按决议办完。", by=by, now=at)
    powers_decisions.finish(record=record, words="现场看过，办结。", by=by, now=at)


def _proposal(
    town: Town,
    title: str,
    text: str,
    *,
    begun: int,
    unit: Unit | None,
    due_on: date | None = None,
    answer: str = "",
) -> Story:
    """A proposal; with an answer it is adopted."""
    at = town.ago(begun)
    yield at
    record = powers_proposals.open_proposal(
        compound=town.compound,
        title=title,
        text=text,
        unit=unit,
        addressee="" if unit is not None else town.firm(),
        due_on=due_on,
        by=town.by,
        now=at,
    )
    if not answer:
        return
    yield (at := town.ago(begun - 6))
    asked = _asked(record)
    who = town.by
    if unit is not None:
        who = Appointment.objects.in_force().holding("liaison").filter(unit=unit).order_by("pk")[0].user
    undertakings.report(undertaking=asked, text=answer, by=who, now=at)
    powers_proposals.adopt(record=record, result=Result.ADOPTED, by=town.by, now=at)


def _nomination(
    town: Town, title: str, post: str, names: list[str], *, begun: int, failing: int, chosen: bool = False
) -> Story:
    """Candidates: vetted and recommended; with `chosen` those entitled have chosen."""
    by, at = town.by, town.ago(begun)
    yield at
    record = powers_personnel.open_nomination(
        compound=town.compound, title=title, post=post, names=names, by=by, now=at
    )
    yield (at := town.ago(begun - 5))
    keys = list(Candidate.objects.filter(nomination=record.pk).order_by("pk").values_list("pk", flat=True))
    passed = len(keys) - failing
    opinions = {
        key: Opinion(n < passed, "" if n < passed else "不符合候选条件。") for n, key in enumerate(keys)
    }
    powers_personnel.vet(record=record, opinions=opinions, by=by, now=at)
    yield (at := town.ago(begun - 8))
    to = "业主大会" if post == "owners_committee" else "楼栋居民"
    powers_personnel.recommend(record=record, recommended_to=to, by=by, now=at)
    if not chosen:
        return
    yield (at := town.ago(begun - 20))
    powers_personnel.choose(
        record=record,
        chosen_by="residents",
        chosen_on=town.calendar.local_day(at),
        chosen=keys[:passed],
        by=by,
        now=at,
    )


def _finding(town: Town, found: Found, *, begun: int, due_on: date | None = None, answer: str = "") -> Story:
    """A finding with whoever is outside the portal; with an answer it is struck off."""
    at = town.ago(begun)
    yield at
    record = powers_supervision.open_finding(
        compound=town.compound, found=found, addressee=town.firm(), due_on=due_on, by=town.by, now=at
    )
    if not answer:
        return
    yield (at := town.ago(begun - 5))
    undertakings.report(undertaking=_asked(record), text=answer, by=town.by, now=at)
    powers_supervision.recheck(record=record, passed=True, words="现场复查到位。", by=town.by, now=at)


def _appraisal(
    town: Town, title: str, period: str, *, begun: int, asked: int, received: int, used: bool = False
) -> Story:
    """A batch; with `used` it is summed up and put to use."""
    by, at = town.by, town.ago(begun)
    yield at
    batch = Batch(title, "firm" if town.compound.property_firm else "owners_body", town.firm(), period, asked)
    record = powers_appraisals.open_appraisal(compound=town.compound, batch=batch, by=by, now=at)
    yield (at := town.ago(begun - 9))
    means = {
        "service": "88.0",
        "cleanliness": "85.5",
        "repairs": "84.0",
        "safety": "89.0",
        "openness": "85.5",
    }
    powers_appraisals.score(
        record=record,
        received=received,
        means={aspect: Decimal(mean) for aspect, mean in means.items()},
        opinions="希望公共收益公示再及时些。",
        by=by,
        now=at,
    )
    if not used:
        return
    yield (at := town.ago(begun - 14))
    powers_appraisals.summarise(record=record, summary="总体满意，公开方面有待加强。", by=by, now=at)
    powers_appraisals.use(record=record, use="rating", by=by, now=at)


def _asked(record: Any) -> Undertaking:
    return Undertaking.objects.get(power_record=record.pk)
