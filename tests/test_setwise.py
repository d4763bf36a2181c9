"""Rows written by one statement are those the model's own path writes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, models, transaction

from kunming_portal import setwise
from kunming_portal.notifications.models import Delivery, Notice
from tests.whistle.people import NOW, World, blown
from whistle.models import CaseDeadline, CaseRung


def columns(row: models.Model, *, but: str = "id") -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname != but}


def pair(model: type[models.Model], keys: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    one, other = (columns(model._default_manager.get(pk=key)) for key in keys)
    return one, other


def test_a_notice_is_the_one_bulk_create_writes(world: World) -> None:
    values = {"case": "大观1 'x' \\ %s", "step": {"msgid": "Close"}, "n": 3}
    given = {"kind": "t", "sentence": "%(case)s", "link": "/x", "urgent": True, "created_at": NOW}
    mine = Notice(recipient=world.stranger, values=values, **given)
    Notice.objects.bulk_create([mine])
    rows = {name: [value] for name, value in given.items() if name != "created_at"}
    key = setwise.insert(
        Notice,
        {"recipient": [world.stranger.pk], "values": [setwise.as_json(values)], **rows},
        same={"created_at": NOW},
    )[0]
    one, other = pair(Notice, [mine.pk, key])
    assert one == other


def test_defaults_are_the_models(world: World) -> None:
    notice = Notice.objects.create(recipient=world.stranger, kind="t", sentence="x", created_at=NOW)
    bare = setwise.insert(
        Notice, {"recipient": [world.stranger.pk]}, same={"kind": "t", "sentence": "x", "created_at": NOW}
    )
    assert columns(Notice.objects.get(pk=bare[0])) == columns(notice)
    mine = Delivery.objects.create(notice=notice, channel="email", due_at=NOW)
    key = setwise.insert(
        Delivery, {"id": [uuid4()], "notice": bare, "due_at": [NOW]}, same={"channel": "email"}
    )[0]
    one, other = columns(mine), columns(Delivery.objects.get(pk=key))
    assert one | {"notice_id": None} == other | {"notice_id": None}


def test_keys_come_in_the_order_given(world: World) -> None:
    people = [world.stranger.pk, world.inspector.pk, world.stranger.pk]
    keys = setwise.insert(
        Notice, {"recipient": people}, same={"kind": "t", "sentence": "x", "created_at": NOW}
    )
    assert keys == sorted(keys)
    assert [Notice.objects.get(pk=key).recipient_id for key in keys] == people


def test_what_is_there_already_is_left_and_has_no_key(world: World) -> None:
    blown(world)
    deadline = CaseDeadline.objects.get(step="dispatch")
    old = CaseRung.objects.create(deadline=deadline, rung="yellow", planned_at=NOW, climbed_at=NOW)
    keys = setwise.insert(
        CaseRung,
        {"deadline": [deadline.pk, deadline.pk], "rung": ["yellow", "red"], "planned_at": [NOW, NOW]},
        same={"climbed_at": NOW + timedelta(days=1)},
        unless=("deadline", "rung"),
    )
    assert keys[0] is None
    assert CaseRung.objects.get(pk=keys[1]).rung == "red"
    old.refresh_from_db()
    assert old.climbed_at == NOW


def test_what_is_too_long_is_refused_and_not_cut(world: World) -> None:
    with pytest.raises(DataError), transaction.atomic():
        setwise.insert(
            Notice,
            {"recipient": [world.stranger.pk], "kind": ["k" * 61]},
            same={"sentence": "x", "created_at": NOW},
        )


def test_update_gives_each_row_its_values(world: World) -> None:
    blown(world)
    blown(world)
    rows = list(CaseDeadline.objects.order_by("pk"))
    setwise.update(
        CaseDeadline,
        [row.pk for row in rows],
        {"failures": list(range(len(rows))), "wake_at": [None] * len(rows)},
    )
    found = CaseDeadline.objects.order_by("pk").values_list("failures", "wake_at")
    assert list(found) == [(n, None) for n in range(len(rows))]


def test_nothing_costs_no_query(world: World, django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert setwise.insert(Notice, {"recipient": []}) == []
        setwise.update(Notice, [], {"kind": []})
