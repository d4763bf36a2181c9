"""The notices page and the bell."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kunming_portal.accounts.models import User
from kunming_portal.notifications import services
from kunming_portal.notifications.models import Notice
from kunming_portal.notifications.services import Message
from kunming_portal.ui import keypages
from tests.whistle.crowd import page, signed_in
from tests.whistle.people import World


def told(user: User, number: int = 1, *, link: str = "/cases/", urgent: bool = False) -> list[Notice]:
    """Write notices, each a minute after the other."""
    now = timezone.now() - timedelta(hours=1)
    made = []
    for n in range(number):
        message = Message("test", "%(case)s was blown.", {"case": f"大观{n}"}, link=link, urgent=urgent)
        made += services.write([(user, message)], now=now + timedelta(minutes=n))
    return list(Notice.objects.filter(pk__in=made).order_by("pk"))


def test_newest_first_and_unread_marked(world: World) -> None:
    told(world.community_worker, 2)
    text = page(world.community_worker, "/notices/")
    assert text.index("大观1 was blown.") < text.index("大观0 was blown.")
    assert text.count('class="is-unread"') == 2
    assert "Notices, 2 unread" in text


def test_opening_marks_as_read_and_leads_on(world: World) -> None:
    notice = told(world.community_worker)[0]
    answer = signed_in(world.community_worker).post(f"/notices/{notice.pk}/")
    assert answer.headers["Location"] == "/cases/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "All read" in page(world.community_worker, "/notices/")


def test_a_notice_never_leads_out_of_the_portal(world: World) -> None:
    notice = told(world.community_worker, link="//evil.example/")[0]
    answer = signed_in(world.community_worker).post(f"/notices/{notice.pk}/")
    assert answer.headers["Location"] == "/notices/"


def test_others_notices_are_not_there(world: World) -> None:
    notice = told(world.community_worker)[0]
    client = signed_in(world.stranger)
    assert client.post(f"/notices/{notice.pk}/").status_code == 404
    assert client.post("/notices/read/").status_code == 302
    notice.refresh_from_db()
    assert notice.read_at is None
    assert "大观0" not in page(world.stranger, "/notices/")
    assert "No notices yet" in page(world.stranger, "/notices/")


def test_looking_changes_nothing(world: World) -> None:
    notice = told(world.community_worker)[0]
    client = signed_in(world.community_worker)
    assert client.get(f"/notices/{notice.pk}/").status_code == 405
    assert client.get("/notices/read/").status_code == 405
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_marked_at_once(world: World) -> None:
    told(world.community_worker, 3)
    told(world.stranger)
    signed_in(world.community_worker).post("/notices/read/")
    assert list(Notice.objects.filter(read_at=None).values_list("recipient_id", flat=True)) == [
        world.stranger.pk
    ]


def test_pages_show_every_notice_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = told(world.community_worker, 5)
    Notice.objects.update(created_at=timezone.now())
    monkeypatch.setattr(keypages.read_page, "__kwdefaults__", {"size": 2})
    client, seen, key = signed_in(world.community_worker), [], ""
    for _page in range(3):
        context = client.get(f"/notices/?after={key}").context
        seen += [notice.pk for _day, some in context["days"] for notice in some]
        key = context["page"].next_key
    assert key == ""
    assert seen == sorted((notice.pk for notice in made), reverse=True)


def test_the_page_costs_the_same_at_one_and_at_fifty(world: World) -> None:
    def cost() -> int:
        client = signed_in(world.community_worker)
        with CaptureQueriesContext(connection) as queries:
            client.get("/notices/")
        return len(queries)

    told(world.community_worker)
    one = cost()
    told(world.community_worker, 50)
    assert cost() == one
