"""Some 2,200 community workers in 370 urban communities, graded twice by the real rules. All of them fictional."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from django.utils import timezone

from communities.models import (
    CommunityWorker,
    PopulationFigure,
    PostClass,
    Qualification,
    WorkerPost,
    YearlyAppraisal,
)
from communities.services import regrading, schemes, workers
from communities.services.workers import Award, Person
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.demo import names
from kunming_portal.demo.communities.cities import ZHUANTANG, urban_communities
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text

BATCH = 2000
STREET, COUNTY = ZHUANTANG[:9], ZHUANTANG[:6]
# How many work in a community; 370 communities come to some 2,200
SIZES = (4, 5, 5, 6, 6, 6, 7, 7, 8)
EDUCATIONS = ("college",) * 9 + ("bachelor",) * 8 + ("secondary",) * 2 + ("master",)
RESULTS = ("competent",) * 7 + ("excellent",) * 2 + ("barely",)
TITLES = {
    "junior": "助理社会工作师",
    "intermediate": "社会工作师",
    "senior": "高级社会工作师",
}
HONOURS = {
    "county": ("优秀社区工作者", "优秀党务工作者", "先进个人"),
    "city": ("昆明市优秀社区工作者", "昆明市文明社区建设先进个人"),
    "province": ("云南省优秀社区工作者",),
}
LEAVES = ("resigned", "retired", "transferred")
FIRST_YEAR = 2019


@dataclass
class Written:
    """What waits to be written, in the order in which it refers to each other."""

    workers: list[CommunityWorker] = field(default_factory=list)
    posts: list[WorkerPost] = field(default_factory=list)
    qualifications: list[Qualification] = field(default_factory=list)
    appraisals: list[YearlyAppraisal] = field(default_factory=list)


def create(*, now: datetime, small: bool) -> None:
    """Write files, posts, titles, honours, appraisals, then the grades of two years. Three seconds."""
    today = timezone.localdate(now)
    posts = {post.code: post for post in PostClass.objects.all()}
    fresh = names.people(Random("workers"))
    written = Written()
    for community in urban_communities(small=small):
        rng = Random(f"workers {community.code}")
        for place in range(rng.choice(SIZES)):
            _write_one(written, community, rng, next(fresh), place, posts, today)
    CommunityWorker.objects.bulk_create(written.workers, batch_size=BATCH)
    WorkerPost.objects.bulk_create(written.posts, batch_size=BATCH)
    Qualification.objects.bulk_create(written.qualifications, batch_size=BATCH)
    YearlyAppraisal.objects.bulk_create(written.appraisals, batch_size=BATCH)
    keeper = _holder("office_staff", STREET)
    _showcase(posts, by=keeper, now=now)
    before = date(today.year - 1, 1, 15)
    _grade(before, by=User.objects.get(username="city.official"), now=now, but="")
    on = date(today.year, 1, 15)
    _grade(on, by=User.objects.get(username="city.official"), now=now, but=STREET)
    street = Division.objects.get(code=STREET)
    _grade_through_services(street, today, by=keeper, now=now)
    _coming_version(today, by=User.objects.get(username="county.secretary"), now=now)
    _population(street, today)


def _write_one(
    written: Written,
    community: Division,
    rng: Random,
    name: str,
    place: int,
    posts: dict[str, PostClass],
    today: date,
) -> None:
    """Write one worker: the first of a community leads it, the second is a deputy, the others are full-time."""
    code = ("both" if rng.random() < 0.85 else "chief", "deputy")[place] if place < 2 else "full_time"
    if (community.code, place) in ((ZHUANTANG, 0), (ZHUANTANG, 2)):
        return  # the people of the accounts: through the services
    years = rng.randint(8, 24) if place < 2 else rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15))
    started = today - timedelta(days=years * 365 + rng.randint(20, 340))
    worker = CommunityWorker(
        community=community,
        name=name,
        started_on=started,
        education=rng.choice(EDUCATIONS),
        search_text=get_search_text(name, name),
    )
    written.workers.append(worker)
    changed = started + timedelta(days=(today - started).days // 2)
    if place < 2:
        written.posts.append(_post(worker, posts["full_time"], started, changed - timedelta(days=1)))
    last = _post(worker, posts[code], changed if place < 2 else started, None)
    written.posts.append(last)
    written.qualifications += _qualifications(worker, rng, today)
    written.appraisals += _appraisals(worker, rng, today)
    if place > 3 and rng.random() < 0.08:
        worker.left_on = last.ended_on = max(today - timedelta(days=rng.randint(10, 300)), started)
        worker.leave_reason = rng.choice(LEAVES)


def _post(worker: CommunityWorker, post_class: PostClass, first: date, last: date | None) -> WorkerPost:
    return WorkerPost(
        worker=worker, community=worker.community, post_class=post_class, started_on=first, ended_on=last
    )


def _qualifications(worker: CommunityWorker, rng: Random, today: date) -> Iterator[Qualification]:
    chance = rng.random()
    level = "intermediate" if chance < 0.1 else "junior" if chance < 0.32 else ""
    if level:
        yield _award(worker, "title", level, TITLES[level], rng, today, "职业资格证书")
    for kind, words in HONOURS.items():
        if rng.random() < {"county": 0.22, "city": 0.08, "province": 0.015}[kind]:
            yield _award(worker, "honour", kind, rng.choice(words), rng, today, "表彰决定")


def _award(
    worker: CommunityWorker, kind: str, level: str, name: str, rng: Random, today: date, evidence: str
) -> Qualification:
    days = max((today - worker.started_on).days - 1, 1)
    on = today - timedelta(days=rng.randint(1, days))
    return Qualification(worker=worker, kind=kind, level=level, name=name, on=on, evidence=evidence)


def _appraisals(worker: CommunityWorker, rng: Random, today: date) -> Iterator[YearlyAppraisal]:
    for year in range(max(worker.started_on.year, FIRST_YEAR), today.year):
        yield YearlyAppraisal(worker=worker, year=year, result=rng.choice(RESULTS))


def _showcase(posts: dict[str, PostClass], *, by: User, now: datetime) -> None:
    """Enter the people of the accounts through the services: 段云 reaches the highest band, 杨晓岚 is on the way."""
    community = Division.objects.get(code=ZHUANTANG)
    today = timezone.localdate(now)
    for username, code, started, education in (
        ("community.secretary", "both", date(2003, 7, 1), "bachelor"),
        ("community.worker", "full_time", date(2017, 9, 1), "bachelor"),
    ):
        user = User.objects.get(username=username)
        worker = workers.enter(
            community=community,
            person=Person(user.name, started, education, user),
            post_class=posts[code],
            post_since=started,
            by=by,
            now=now,
        )
        for award in AWARDS[username]:
            workers.record_award(worker=worker, award=award, by=by, now=now)
        for year in range(FIRST_YEAR, today.year):
            excellent = username == "community.secretary" or year % 3 == 0
            result = "excellent" if excellent else "competent"
            workers.record_appraisal(worker=worker, year=year, result=result, by=by, now=now)


AWARDS: dict[str, Sequence[Award]] = {
    "community.secretary": (
        Award("title", "intermediate", "社会工作师", date(2012, 6, 20), "职业资格证书"),
        Award("honour", "county", "五华区优秀党务工作者", date(2016, 7, 1), "表彰决定"),
        Award("honour", "city", "昆明市优秀社区工作者", date(2019, 12, 5), "表彰决定"),
        Award("honour", "province", "云南省优秀社区工作者", date(2022, 5, 10), "表彰决定"),
    ),
    "community.worker": (
        Award("title", "junior", "助理社会工作师", date(2020, 10, 12), "职业资格证书"),
        Award("honour", "county", "五华区优秀社区工作者", date(2023, 12, 5), "表彰决定"),
    ),
}


def _grade(on: date, *, by: User, now: datetime, but: str) -> None:
    """Give the grades of a day to everybody, a street left out; what is written equals what `regrade` writes."""
    rows = CommunityWorker.objects.in_post(on)
    if but:
        rows = rows.exclude(community__code__startswith=but)
    loaded = list(regrading.with_facts(rows.order_by("community_id", "id")))
    found = regrading.compare(
        loaded, regrading.schemes_for({row.community_id for row in loaded}, on=on), on=on
    )
    regrading.give(found.changes, on=on, by=by, now=now)


def _grade_through_services(street: Division, today: date, *, by: User, now: datetime) -> None:
    """Grade the showcase street as its office would; its newest workers wait for the next time."""
    on = today - timedelta(days=200)
    shown = regrading.preview(division=street, on=on, by=by, now=now)
    regrading.regrade(division=street, on=on, token=shown.token, by=by, now=now)


def _coming_version(today: date, *, by: User, now: datetime) -> None:
    """Let the county have a version of its own from next year on: one degree is worth more."""
    scheme = schemes.get_scheme(COUNTY, on=today)
    assert scheme is not None  # seeded by a migration
    draft = schemes.draft_of(scheme)
    division = Division.objects.get(code=COUNTY)
    start = date(today.year + 1, 1, 1)
    name = f"{division.name}社区工作者方案（{start.year}年）"
    schemes.change_scheme(
        division=division,
        draft=schemes.Draft(
            rules=draft.rules,
            grades=draft.grades,
            name=name,
            basis="演示数据，沿用默认方案的分值。",
            staffing_target=draft.staffing_target,
            staffing_source=draft.staffing_source,
        ),
        valid_from=start,
        by=by,
        now=now,
    )


def _population(street: Division, today: date) -> None:
    """Give the communities of the showcase street a figure of residents each, but for the last."""
    places = list(Division.objects.filter(parent=street).order_by("code"))
    rng = Random("population")
    PopulationFigure.objects.bulk_create(
        PopulationFigure(
            division=place,
            year=today.year - 1,
            residents=rng.randint(2800, 5200),
            source="街道实有人口台账（演示）",
        )
        for place in places[:-1]
    )


def _holder(role: str, seat: str) -> User:
    held = Appointment.objects.filter(role=role, unit__division=seat).select_related("user").order_by("pk")
    return held[0].user
