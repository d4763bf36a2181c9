"""Volunteers in the urban communities: service points, activities held and to come, sign-ups. All fictional."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from django.utils import timezone

from communities.models import Activity, CheckIn, VolunteerBrand, VolunteerPlace
from communities.services import importing_activities, volunteering
from kunming_portal.accounts.models import User
from kunming_portal.demo import names
from kunming_portal.demo.communities.cities import ZHUANTANG, urban_communities
from kunming_portal.divisions.models import Division

# title, brand, place, what came of it
ACTIVITIES = (
    ("入湖河道巡护", 1, "河道步道", "清理岸线600米，捡拾垃圾21袋，发现排口1处并上报。"),
    ("为老人义剪义诊", 0, "社区活动室", "服务老人46人，测血压38人。"),
    ("楼道大扫除", 0, "小区东门", "清理楼道9个单元，居民参加27人。"),
    ("滇池保护进课堂", 1, "社区学校", "两个班的孩子听讲，带回倡议书80份。"),
    ("电动车安全宣传", 0, "小区广场", "发放资料120份，登记飞线充电3处。"),
)
PAST, SIGNED = 3, 9


def create(*, now: datetime, small: bool) -> None:
    """Write a service point and activities for every urban community; walk the showcase community's through states."""
    places = urban_communities(small=small)
    by = User.objects.get(username="city.official")
    brands = list(VolunteerBrand.objects.order_by("position").values_list("pk", flat=True))
    VolunteerPlace.objects.bulk_create(
        [
            VolunteerPlace(
                community=community,
                name=f"{community.place_name}志愿服务点",
                address=Random(f"point {community.code}").choice(names.ROADS) + "社区服务中心一楼",
            )
            for community in places
        ]
    )
    rows = [row for community in places for row in _activities(community, brands, now=now)]
    importing_activities.import_activities(new=rows, changed=[], by=by, now=now)
    _walk(now=now)


def _activities(community: Division, brands: list[int], *, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield some activities of the last months, which were held, and one or two to come."""
    rng = Random(f"activities {community.code}")
    whole = len(ACTIVITIES) if community.code == ZHUANTANG else PAST
    morning = timezone.localtime(now).replace(hour=9, minute=0, second=0, microsecond=0)
    for number, (title, brand, place, outcome) in enumerate(rng.sample(ACTIVITIES, whole)):
        held = number < PAST - 1
        days = -rng.randint(5, 150) if held else rng.randint(2, 20)
        wanted = rng.randint(10, 30)
        yield {
            "community": community.code,
            "title": title,
            "starts_at": morning + timedelta(days=days),
            "ends_at": morning + timedelta(days=days, hours=2),
            "brand": brands[brand],
            "place_text": place,
            "organiser": community.place_name,
            "wanted": wanted,
            "text": "",
            "came": rng.randint(6, wanted) if held else None,
            "outcome": outcome if held else "",
        }


def _walk(*, now: datetime) -> None:
    """Open an activity of the showcase community for members who checked in, close one, cancel one."""
    by = User.objects.get(username="community.worker")
    coming = list(Activity.objects.filter(community=ZHUANTANG, state="planned").order_by("pk"))
    opened = volunteering.move_activity(activity=coming[0], move="open", by=by, now=now)
    rng = Random("sign-ups")
    members = CheckIn.objects.members().filter(community=ZHUANTANG).order_by("pk")[:SIGNED]
    for member in members:
        volunteering.sign_up(
            activity=opened, name=member.name, phone=names.mobile(rng), check_in=member, by=by, now=now
        )
    for name in islice(names.people(rng), 2):
        volunteering.sign_up(activity=opened, name=name, by=by, now=now)
    if len(coming) > 1:
        closed = volunteering.move_activity(activity=coming[1], move="open", by=by, now=now)
        volunteering.move_activity(activity=closed, move="close", by=by, now=now)
    if len(coming) > 2:
        volunteering.cancel_activity(activity=coming[2], outcome="当天有大雨预警，改期举办。", by=by, now=now)
