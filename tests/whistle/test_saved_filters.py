"""Saved filters: kept from a list, one's own alone, renamed and deleted."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.whistle.crowd import crowd, signed_in
from tests.whistle.people import World
from whistle import services
from whistle.models import SavedFilter


def keep(world: World, name: str, query: str, *, page: str = "queue", who: str = "street_dispatcher") -> Any:
    """Save a filter from the list."""
    sent = {"do": "keep", "name": name, "query": query}
    return signed_in(world.people[who]).post(f"/saved-filters/{page}/", sent)


def test_a_filter_is_kept_tidied_and_shown_as_a_chip(world: World) -> None:
    crowd(world, 1)
    answer = keep(world, "应急来件", "source=patrol&kind=emergency&after=x&nonsense=1&turn=open")
    assert answer.headers["Location"] == "/queue/?turn=open&kind=emergency&source=patrol"
    chips = signed_in(world.street_dispatcher).get(answer.headers["Location"]).context["saved"].chips
    assert [(chip.name, chip.is_now) for chip in chips] == [("应急来件", True)]
    other = signed_in(world.street_dispatcher).get("/queue/?kind=emergency").context["saved"]
    assert (other.chips[0].is_now, other.query) == (False, "kind=emergency")
    assert signed_in(world.street_dispatcher).get("/cases/").context["saved"].chips == []


def test_a_filter_belongs_to_one_person(world: World) -> None:
    keep(world, "应急", "kind=emergency")
    kept = SavedFilter.objects.get()
    stranger = signed_in(world.other_dispatcher)
    assert stranger.get("/queue/").context["saved"].chips == []
    for do in ("rename", "forget"):
        sent = {"do": do, "filter": kept.pk, "name": "别人的"}
        assert stranger.post("/saved-filters/queue/", sent).status_code == 404
    with pytest.raises(services.FilterRefused, match="Only whoever saved"):
        services.forget_filter(kept=kept, by=world.other_dispatcher)
    assert SavedFilter.objects.get().name == "应急"


@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [
        ("", "kind=emergency", "Fill this in"),
        ("一二三四五六七八九十一二三四五六七八九十一", "kind=emergency", "At most 20"),
        ("空的", "turn=open", "Choose first what to filter by"),
        ("坏的", "division=abc", "Choose first what to filter by"),
        ("应急", "kind=general", "filter of this name already"),
    ],
)
def test_a_refusal_stands_at_the_field_and_keeps_the_name(
    world: World, name: str, query: str, sentence: str
) -> None:
    keep(world, "应急", "kind=emergency")
    answer = keep(world, name, query)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert sentence in text
    assert f'value="{name}"' in text or not name
    assert SavedFilter.objects.count() == 1


def test_the_same_twice_is_one_and_a_thirteenth_is_refused(world: World) -> None:
    keep(world, "应急", "kind=emergency")
    assert keep(world, "应急", "kind=emergency").status_code == 302
    for n in range(11):
        keep(world, f"第{n}个", f"q=路面{n}")
    assert SavedFilter.objects.count() == 12
    assert "At most 12 filters" in keep(world, "多一个", "q=多一个").content.decode()


def test_it_is_renamed_and_deleted(world: World) -> None:
    keep(world, "应急", "kind=emergency")
    keep(world, "路面", "q=路面")
    client = signed_in(world.street_dispatcher)
    kept = SavedFilter.objects.get(name="应急")
    client.post("/saved-filters/queue/", {"do": "rename", "filter": kept.pk, "name": "急的"})
    kept.refresh_from_db()
    assert kept.name == "急的"
    clash = client.post("/saved-filters/queue/", {"do": "rename", "filter": kept.pk, "name": "路面"})
    assert clash.status_code == 422
    assert 'value="路面"' in clash.content.decode()
    client.post("/saved-filters/queue/", {"do": "forget", "filter": kept.pk})
    assert list(SavedFilter.objects.values_list("name", flat=True)) == ["路面"]
    assert "路面" in client.get("/saved-filters/queue/").content.decode()


def test_addresses_nobody_is_given_lead_nowhere(world: World) -> None:
    client = signed_in(world.street_dispatcher)
    assert client.get("/saved-filters/nonsense/").status_code == 404
    for sent in ({}, {"do": "burn"}, {"do": "forget"}, {"do": "forget", "filter": "²"}):
        assert client.post("/saved-filters/queue/", sent).status_code == 404


def test_the_database_keeps_names_apart(world: World) -> None:
    kept = {"user": world.street_dispatcher, "page": "queue", "name": "应急", "query": "kind=emergency"}
    SavedFilter.objects.create(**kept)
    with pytest.raises(IntegrityError, match="filter_is_named_once"), transaction.atomic():
        SavedFilter.objects.create(**kept)
    with pytest.raises(IntegrityError, match="filter_filters_something"), transaction.atomic():
        SavedFilter.objects.create(**kept | {"name": "空", "query": ""})
