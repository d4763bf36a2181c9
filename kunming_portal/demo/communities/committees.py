"""Big Party committees of 370 urban communities with 1,490 part-time members in office, and what waits in one county.

The figures are the source article's (domain.md §3). Volume is written in sets, with the events a service would write;
the showcase community's meetings, tasks and appraisals go through the services.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from communities.models import (
    BigCommittee,
    CommitteePost,
    Compound,
    DutyReport,
    MemberAppraisal,
    MemberStatus,
    PartTimeMember,
    Post,
)
from communities.services.committee_members import search_text_of
from communities.services.committee_telling import label_of
from communities.services.committee_terms import years_later
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit import trail
from kunming_portal.demo import names
from kunming_portal.demo.communities import committee_showcase
from kunming_portal.demo.communities.cities import ZHUANTANG, urban_communities
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit

MEMBERS = 1_490
EACH = 4
BATCH = 1000
PART_TIME_PLACES, FULL_TIME_PLACES = 9, 3
# Units a member comes from: the trade of a unit of the street, or a name in the community; and the post there
SEATED = (
    ("police", "副所长"),
    ("property", "项目经理"),
    ("market", "副所长"),
    ("enforcement", "副中队长"),
)
LOCAL = (
    ("{place}小学", "副校长", "课后托管、青少年活动"),
    ("{place}卫生服务站", "站长", "义诊、慢病随访"),
    ("春城农商银行{place}支行", "副行长", "反诈宣传、便民金融"),
    ("{place}幼儿园", "园长", "亲子活动、志愿服务"),
    ("金碧商业管理有限公司{place}项目", "总经理", "商圈治理、灵活就业"),
    ("{place}业委会联席会", "召集人", "业委会协调"),
)
DUTIES = {
    "police": "平安建设、矛盾调解",
    "property": "物业服务、加装电梯协调",
    "market": "食品安全、油烟治理",
    "enforcement": "占道经营、环境整治",
}
REPORTS = (
    "参加大党委会议，协调停车难、飞线充电两件事，均有结果。",
    "带队开展入户走访，推动楼道堆物清理，联系小区2次协调会到场。",
    "落实单位资源2项，组织便民服务4场，完成议定任务。",
)
COMMENTS = ("主动认领任务，协调有力。", "按时参加会议，任务有回音。", "")
GRADES = ("good",) * 5 + ("fairly_good",) * 4 + ("average",)


@dataclass
class City:
    """Who and what the members come from, read once."""

    units: Mapping[tuple[str, str], Unit]
    people: Mapping[tuple[str, str], User]
    compounds: Mapping[str, Sequence[Compound]]


@dataclass
class Written:
    """What waits to be written, in the order in which it refers to each other."""

    committees: list[BigCommittee] = field(default_factory=list)
    posts: list[CommitteePost] = field(default_factory=list)
    members: list[PartTimeMember] = field(default_factory=list)
    reports: list[DutyReport] = field(default_factory=list)
    appraisals: list[MemberAppraisal] = field(default_factory=list)


def create(*, now: datetime, small: bool) -> None:
    """Write committees, members, last year's reports, and the showcase community's history. About three seconds."""
    today = timezone.localdate(now)
    communities = urban_communities(small=small)
    city = read_city()
    rng = Random("committees")
    written = Written()
    extra = 0 if small else MEMBERS - EACH * len(communities)
    people = names.people(rng)
    for number, community in enumerate(communities):
        committee = _committee(community, today)
        written.committees.append(committee)
        written.posts += _posts(committee, city, people)
        chosen = list(_members(committee, city, EACH + (number < extra), rng, people))
        written.members += chosen
        _last_year(chosen, city, written, rng, year=today.year - 1)
    write(written)
    record(written, city)
    committee_showcase.create(now=now)


def read_city() -> City:
    """Read units of streets, people by role and seat, compounds by community. Three queries."""
    held = Appointment.objects.filter(role__in=["community_secretary", "party_secretary", "office_staff"])
    compounds: dict[str, list[Compound]] = defaultdict(list)
    for compound in Compound.objects.order_by("pk"):
        compounds[compound.community_id].append(compound)
    return City(
        units={
            (unit.division_id, unit.code.partition("-")[2]): unit
            for unit in Unit.objects.filter(kind__in=["force", "company"], division__level="street")
        },
        people={
            (one.role, one.unit.division_id): one.user
            for one in held.select_related("user", "unit").order_by("-pk")
        },
        compounds=compounds,
    )


def _committee(community: Division, today: date) -> BigCommittee:
    start = date(today.year - 3, 3, 1)
    return BigCommittee(
        community=community,
        number=2,
        starts_on=start,
        ends_on=years_later(start),
        full_time_places=FULL_TIME_PLACES,
        part_time_places=PART_TIME_PLACES,
    )


def _posts(committee: BigCommittee, city: City, people: Iterator[str]) -> list[CommitteePost]:
    secretary = city.people.get(("community_secretary", committee.community_id))
    first = secretary.name if secretary is not None else next(people)
    found = dict.fromkeys([first, next(people), next(people)])
    posts = (Post.SECRETARY, Post.DEPUTY, Post.MEMBER)
    return [
        CommitteePost(committee=committee, name=name, post=post)
        for name, post in zip(found, posts, strict=False)
    ]


def _members(
    committee: BigCommittee, city: City, number: int, rng: Random, people: Iterator[str]
) -> Iterator[PartTimeMember]:
    """Yield so many members in office, of different units: two of the street's units, the others of the place."""
    code = committee.community_id
    place = committee.community.short_name.removesuffix("社区")
    seated = [one for one in SEATED if (code[:9], one[0]) in city.units]
    origins: list[tuple[str, Unit | None, str, str]] = [
        (city.units[code[:9], trade].name, city.units[code[:9], trade], post, DUTIES[trade])
        for trade, post in rng.sample(seated, min(2, len(seated)))
    ]
    origins += [
        (name.format(place=place), None, post, duties)
        for name, post, duties in rng.sample(LOCAL, number - len(origins))
    ]
    compounds = city.compounds.get(code, ())
    for place_at, (unit_name, unit, post, duties) in enumerate(origins):
        name = next(people)
        recommended = committee.starts_on + timedelta(days=rng.randrange(0, 400))
        approved = recommended + timedelta(days=rng.randrange(5, 15))
        filed = approved + timedelta(days=rng.randrange(5, 20))
        yield PartTimeMember(
            committee=committee,
            name=name,
            unit_name=unit_name,
            unit=unit,
            unit_post=post,
            post=Post.DEPUTY if place_at == 0 and rng.random() < 0.3 else Post.MEMBER,
            duties=duties,
            compound=compounds[place_at % len(compounds)] if compounds else None,
            status=MemberStatus.IN_OFFICE,
            recommended_on=recommended,
            approved_on=approved,
            approved_by=city.people.get(("party_secretary", code[:9])),
            filed_on=filed,
            filed_by=city.people.get(("office_staff", code[:6])),
            in_office_on=filed + timedelta(days=rng.randrange(1, 8)),
            search_text=search_text_of(name, unit_name),
        )


def _last_year(
    members: Sequence[PartTimeMember], city: City, written: Written, rng: Random, *, year: int
) -> None:
    """Let some report on last year, and most of these be appraised."""
    for member in members:
        served = member.in_office_on is not None and member.in_office_on.year <= year
        secretary = city.people.get(("community_secretary", member.committee.community_id))
        if not served or secretary is None or rng.random() > 0.4:
            continue
        report = DutyReport(
            member=member, year=year, given_on=date(year, 12, rng.randrange(8, 29)), text=rng.choice(REPORTS)
        )
        if report.given_on < (member.in_office_on or report.given_on):
            continue
        written.reports.append(report)
        if rng.random() < 0.8 or member.committee.community_id == ZHUANTANG:
            written.appraisals.append(
                MemberAppraisal(
                    report=report,
                    grade=rng.choice(GRADES),
                    comment=rng.choice(COMMENTS),
                    appraised_on=date(year + 1, 1, rng.randrange(8, 20)),
                    appraised_by=secretary,
                )
            )


def write(written: Written) -> None:
    """Write everything. Two statements a thousand rows of each table."""
    BigCommittee.objects.bulk_create(written.committees, batch_size=BATCH)
    CommitteePost.objects.bulk_create(written.posts, batch_size=BATCH)
    PartTimeMember.objects.bulk_create(written.members, batch_size=BATCH)
    DutyReport.objects.bulk_create(written.reports, batch_size=BATCH)
    MemberAppraisal.objects.bulk_create(written.appraisals, batch_size=BATCH)


def record(written: Written, city: City) -> None:
    """Put terms and the steps of members on the trail, as the services would have. A few statements."""
    entries = []
    names_of: dict[BigCommittee, list[str]] = defaultdict(list)
    for post in written.posts:
        names_of[post.committee].append(post.name)
    for one in written.committees:
        facts = {
            "number": one.number,
            "starts_on": one.starts_on.isoformat(),
            "ends_on": one.ends_on.isoformat(),
            "full_time": names_of[one],
            "recommended_again": 0,
        }
        by = city.people.get(("community_secretary", one.community_id))
        entries.append(entry(one, "term_added", one, one.starts_on, by, facts))
    for member in written.members:
        entries += _steps(member, city.people.get(("community_secretary", member.committee.community_id)))
    entries.sort(key=lambda one: one.at)
    for start in range(0, len(entries), 2 * BATCH):
        trail.record_many(entries[start : start + 2 * BATCH])


def _steps(member: PartTimeMember, secretary: User | None) -> Iterator[trail.Entry]:
    """Yield the four events of a member in office."""
    steps = (
        ("member_recommended", member.recommended_on, secretary, MemberStatus.RECOMMENDED),
        ("member_approved", member.approved_on, member.approved_by, MemberStatus.APPROVED),
        ("member_filed", member.filed_on, member.filed_by, MemberStatus.FILED),
        ("member_in_office", member.in_office_on, secretary, MemberStatus.IN_OFFICE),
    )
    for what, day, by, status in steps:
        assert day is not None
        data: dict[str, Any] = {"unit": member.unit_name, "status": status.value}
        if status == MemberStatus.IN_OFFICE:
            data["on"] = day.isoformat()
        yield entry(member.committee, what, member, day, by, data)


def entry(
    committee: BigCommittee,
    what: str,
    subject: BigCommittee | PartTimeMember,
    day: date,
    by: User | None,
    data: dict[str, Any],
) -> trail.Entry:
    """Return an event of a committee as `committee_telling.record` writes it."""
    return trail.Entry(
        stream=committee.stream,
        event=f"committee.{what}",
        subject=subject,
        label=label_of(committee, subject),
        at=timezone.make_aware(datetime.combine(day, time(10, 0))),
        by=by,
        data=data,
    )
