"""What 篆塘社区's big Party committee did, walked through the services: meetings, tasks, what waits for a signature."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from communities.models import BigCommittee, CommitteeMeeting, PartTimeMember, UndertakingDeadline
from communities.services import (
    committee_meetings,
    committee_members,
    undertaking_ringing,
    undertakings,
)
from communities.services.committee_meetings import Agenda, Attendee, Task, Topic
from communities.services.committee_members import Proposal
from kunming_portal.accounts.models import User
from kunming_portal.deadlines import timers
from kunming_portal.demo.communities.cities import ZHUANTANG
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar

STREET = "530102003"
PLACE = "社区党群服务中心二楼会议室"
# days ago, topics with sort and proposer, decisions: text, trade of a unit of the street or a body outside, days to
# report, what became of it
MEETINGS: tuple[tuple[int, tuple[tuple[str, str, str], ...], tuple[tuple[str, str, int, str], ...]], ...] = (
    (
        96,
        (
            ("丹桂里小区北门停车难", "difficult", "丹桂里小区党支部"),
            ("暑期青少年活动安排", "important", "社区"),
        ),
        (
            ("在北门外划定临时停车位24个，设置限时标识。", "construction", 25, "done"),
            ("暑期托管开两个班，名单报社区备案。", "篆塘小学", 20, "done"),
        ),
    ),
    (
        38,
        (
            ("西坝路夜市油烟扰民", "difficult", "居民代表"),
            ("加装电梯意见征集", "major", "社区"),
            ("冬季消防隐患排查", "important", "大观派出所"),
        ),
        (
            ("西坝路12家餐饮安装油烟净化装置，逐户核验。", "market", 15, "open"),
            ("飞线充电每周联合检查一次，查到即处置。", "enforcement", 18, "reported"),
            ("会议纪要抄送各委员单位。", "", 0, ""),
        ),
    ),
    (
        9,
        (("老旧小区雨污管网改造进场", "major", "社区"), ("小区电动车集中充电点选址", "difficult", "物业")),
        (
            ("施工期间出入口值守方案由物业拟定。", "property", 12, "open"),
            ("充电点选址两处，公示后报街道。", "construction", 14, "open"),
        ),
    ),
)
NEXT = (("加装电梯意见征集", "major", "社区"), ("春节前困难群众走访", "important", "社区"))
# Who waits in which community, and how far: the street's and the county's desks have something to sign
WAITING = (
    (ZHUANTANG, "李荫桐", "云岫口腔门诊", "院长", "recommended"),
    (ZHUANTANG, "普惠芳", "篆塘河畔物业服务中心", "经理", "approved"),
    (ZHUANTANG, "尹国栋", "大观电信营业厅", "经理", "filed"),
    ("530102003004", "毕春生", "春城农商银行西苑支行", "副行长", "recommended"),
    ("530102003006", "沐晓燕", "怡安养老服务中心", "主任", "recommended"),
    ("530102003007", "和建军", "听松书店", "店长", "approved"),
    ("530102003001", "段美仙", "春曦物业服务中心", "经理", "refused"),
)


@dataclass(frozen=True)
class Stage:
    """Who acts, by which calendar, and until when."""

    secretary: User
    leader: User
    filer: User
    calendar: Calendar
    now: datetime

    def ago(self, days: int, hour: int = 10) -> datetime:
        """Return this hour of the day so many days ago, or of the working day before it."""
        day = timezone.localdate(self.now) - timedelta(days=days)
        while not self.calendar.is_working_day(day):
            day -= timedelta(days=1)
        return timezone.make_aware(datetime.combine(day, time(hour, 0)))

    def after(self, day: date, hour: int = 10) -> datetime:
        """Return this hour of the day, or of the next working day."""
        while not self.calendar.is_working_day(day):
            day += timedelta(days=1)
        return timezone.make_aware(datetime.combine(day, time(hour, 0)))


def create(*, now: datetime) -> None:
    """Let the showcase community's committee work. A second; nothing happens where its accounts are missing."""
    committee = BigCommittee.objects.select_related("community").filter(community=ZHUANTANG).first()
    accounts = {
        user.username: user
        for user in User.objects.filter(
            username__in=["community.secretary", "street.secretary", "county.staff"]
        )
    }
    if committee is None or len(accounts) < 3:
        return
    stage = Stage(
        accounts["community.secretary"],
        accounts["street.secretary"],
        accounts["county.staff"],
        get_calendar(),
        now,
    )
    _waiting(stage)
    for days, topics, decisions in MEETINGS:
        _meeting(stage, committee, days, topics, decisions)
    _next_meeting(stage, committee)
    _ring(now)


def _ring(until: datetime) -> None:
    """Climb every rung due by then at its own moment, so that nothing counts as late."""
    act = undertaking_ringing.ringer()
    while True:
        due = UndertakingDeadline.objects.filter(wake_at__lte=until).order_by("wake_at").first()
        if due is None or due.wake_at is None:
            return
        timers.ring_due(model=UndertakingDeadline, owner="undertaking", act=act, now=due.wake_at)


def _waiting(stage: Stage) -> None:
    committees = {
        one.community_id: one
        for one in BigCommittee.objects.select_related("community").filter(community__code__startswith=STREET)
    }
    for number, (code, name, unit_name, unit_post, until) in enumerate(WAITING):
        if code not in committees:
            continue
        by = stage.secretary if code == ZHUANTANG else _keeper(code)
        if by is None:
            continue
        at = stage.ago(20 - number)
        member = committee_members.recommend(
            committee=committees[code], proposal=Proposal(name, unit_name, unit_post=unit_post), by=by, now=at
        )
        _walk(stage, member, until, number)


def _walk(stage: Stage, member: PartTimeMember, until: str, number: int) -> None:
    """Take a recommended member as far as it got."""
    if until == "refused":
        committee_members.refuse(
            member=member,
            reason="该单位已有一名兼职委员，建议明年再推荐。",
            by=stage.leader,
            now=stage.ago(8),
        )
    if until in ("approved", "filed"):
        committee_members.approve(member=member, by=stage.leader, now=stage.ago(12 - number, hour=15))
    if until == "filed":
        committee_members.file(member=member, by=stage.filer, now=stage.ago(3, hour=16))


def _keeper(code: str) -> User | None:
    held = User.objects.filter(appointments__role="community_secretary", appointments__unit__division_id=code)
    return held.first()


def _meeting(
    stage: Stage,
    committee: BigCommittee,
    days: int,
    topics: tuple[tuple[str, str, str], ...],
    decisions: tuple[tuple[str, str, int, str], ...],
) -> None:
    """Plan a meeting a week ahead, hold it, record what was decided and what became of it, write its minutes."""
    begins = stage.ago(days, hour=15)
    agenda = Agenda(
        planned_at=begins,
        place=PLACE,
        chair=stage.secretary.name,
        topics=[Topic(title, proposer, sort) for title, sort, proposer in topics],
    )
    by = stage.secretary
    meeting = committee_meetings.plan(committee=committee, agenda=agenda, by=by, now=stage.ago(days + 7))
    committee_meetings.notify(meeting=meeting, by=by, now=stage.ago(days + 6))
    attendees = committee_meetings.attendees_of(committee)
    meeting = committee_meetings.hold(
        meeting=meeting, held_at=begins, came=dict(_came(attendees, days)), by=by, now=begins
    )
    for place, decision in enumerate(decisions):
        _decision(stage, meeting, place, decision, begins + timedelta(minutes=50 + place))
    text = "\n".join(f"{place}. {one[0]}" for place, one in enumerate(decisions, start=1))
    committee_meetings.minute(
        meeting=meeting, text=f"会议议定：\n{text}", by=by, now=min(begins + timedelta(days=1), stage.now)
    )


def _came(attendees: list[Attendee], salt: int) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(attendees):
        came = "excused" if (place + salt) % 7 == 0 else "absent" if (place + salt) % 11 == 0 else "present"
        yield one.key, came


def _decision(
    stage: Stage, meeting: CommitteeMeeting, place: int, decision: tuple[str, str, int, str], at: datetime
) -> None:
    text, who, days, fate = decision
    task = _task(stage, who, timezone.localdate(at) + timedelta(days=days)) if who else None
    topics = list(meeting.topics.order_by("place"))
    made = committee_meetings.decide(
        meeting=meeting,
        text=text,
        topic=topics[place] if place < len(topics) and who else None,
        task=task,
        by=stage.secretary,
        now=at,
    )
    if made.undertaking is None or fate not in ("done", "reported"):
        return
    reporter = _reporter(made.undertaking.unit) or stage.secretary
    reported = undertakings.report(
        undertaking=made.undertaking,
        text="已落实，现场照片存社区。",
        by=reporter,
        now=at + timedelta(days=max(days - 4, 1)),
    )
    if fate == "done":
        undertakings.accept(
            undertaking=reported, by=stage.secretary, now=at + timedelta(days=max(days - 2, 2))
        )


def _task(stage: Stage, who: str, day: date) -> Task:
    unit = Unit.objects.filter(code=f"{STREET}-{who}").first()
    due_on = timezone.localdate(stage.after(day))
    return Task(unit=unit, due_on=due_on) if unit is not None else Task(addressee=who, due_on=due_on)


def _reporter(unit: Unit | None) -> User | None:
    held = User.objects.filter(appointments__unit=unit, appointments__role="liaison")
    return held.first() if unit is not None else None


def _next_meeting(stage: Stage, committee: BigCommittee) -> None:
    begins = stage.after(timezone.localdate(stage.now) + timedelta(days=5), hour=15)
    agenda = Agenda(
        planned_at=begins,
        place=PLACE,
        chair=stage.secretary.name,
        guests="市人大代表李荫棠",
        topics=[Topic(title, proposer, sort) for title, sort, proposer in NEXT],
    )
    meeting = committee_meetings.plan(
        committee=committee, agenda=agenda, by=stage.secretary, now=stage.ago(2)
    )
    committee_meetings.notify(meeting=meeting, by=stage.secretary, now=stage.ago(1))
