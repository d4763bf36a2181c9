"""Workers of the small world: entered through the services, with what gives points."""

from datetime import date
from typing import Any

from communities.models import CommunityWorker, PostClass
from communities.services import regrading, workers
from communities.services.workers import Award, Person
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from tests.whistle.people import COMMUNITY, NOW, STREET, World

ON = date(2026, 11, 23)


def post(code: str = "full_time") -> PostClass:
    return PostClass.objects.get(code=code)


def place(code: str = COMMUNITY) -> Division:
    return Division.objects.get(code=code)


def entered(world: World, name: str = "杨晓岚", *, by: User | None = None, **more: Any) -> CommunityWorker:
    """Walk to the file of a worker of 篆塘社区: ten full years, a bachelor."""
    fields: dict[str, Any] = {"started_on": date(2016, 3, 1), "education": "bachelor"} | more
    code = fields.pop("community", COMMUNITY)
    which = fields.pop("post_class", "full_time")
    return workers.enter(
        community=place(code),
        person=Person(name=name, **fields),
        post_class=post(which),
        by=by or world.street_staff,
        now=NOW,
    )


def honoured(world: World, worker: CommunityWorker, **more: Any) -> None:
    """Record an honour of the city."""
    fields: dict[str, Any] = {
        "kind": "honour",
        "level": "city",
        "name": "昆明市优秀社区工作者",
        "on": date(2024, 7, 1),
    } | more
    workers.record_award(worker=worker, award=Award(**fields), by=world.street_staff, now=NOW)


def graded(world: World, *, on: date = ON, by: User | None = None) -> int:
    """Grade everybody of the street on a day, as previewed."""
    keeper = by or world.street_staff
    shown = regrading.preview(division=place(STREET), on=on, by=keeper, now=NOW)
    return regrading.regrade(division=place(STREET), on=on, token=shown.token, by=keeper, now=NOW)
