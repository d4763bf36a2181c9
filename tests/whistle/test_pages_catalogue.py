"""The pages of the dispatch catalogue, the suggestion at dispatch and in the queue, the accuracy report."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from kunming_portal.audit.models import AuditEvent
from tests.whistle.people import NOW, STREET, World
from tests.whistle.test_catalogue import LATER, accepted, sent, town, written  # noqa: F401  # a fixture
from tests.whistle.test_exports import cells
from whistle.models import Assignment, CatalogueEntry, SubClass, SuggestionOutcome
from whistle.services import catalogue
from whistle.services.catalogue import Named


@pytest.fixture(autouse=True)
def _clock() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def typed(**more: Any) -> dict[str, Any]:
    entry = {
        "lead": "street:urban",
        "assists": ["street:market"],
        "power": "城管执法",
        "legal_basis": "条例第12条",
    }
    return entry | more


def test_an_entry_is_written_changed_and_withdrawn(town: World, client: Client) -> None:  # noqa: F811
    client.force_login(town.city_dispatcher)
    finer = SubClass.objects.get(code="street_vendor")
    new = {"sub_class": finer.pk, "tier": "1", "division": ""}
    for wrong in (
        {"division": "999999"},
        {"lead": ""},
        {"lead_unit": "nobody"},
        {"assists": ["street:urban"]},
        {"legal_basis": ""},
        {"tier": "3"},
    ):
        answer = client.post("/catalogue/new/", typed(**new) | wrong)
        assert answer.status_code == 422, wrong
        assert set(wrong) & set(answer.context["form"].errors) or "lead" in answer.context["form"].errors
        assert "条例第12条" in answer.content.decode() or "legal_basis" in wrong, "nothing typed is lost"
    assert client.post("/catalogue/new/", typed(**new)).status_code == 302
    entry = CatalogueEntry.objects.get()
    assert (entry.label, entry.assists.count()) == ("街道·城市管理执法", 1)
    page = client.get(f"/catalogue/{entry.pk}/change/").content.decode()
    assert 'value="street:urban" selected' in page
    with time_machine.travel(LATER, tick=False):
        changed = typed(assists=[], lead_unit="market", note="市场所接管")
        assert client.post(f"/catalogue/{entry.pk}/change/", changed).status_code == 302
        new_one = CatalogueEntry.objects.get(version=2)
        assert new_one.unit == town.units["market"]
        history = client.get(f"/catalogue/{entry.pk}/").content.decode()
        assert "市场所接管" in history
        assert client.post(f"/catalogue/{new_one.pk}/withdraw/", {"reason": ""}).status_code == 302
        assert CatalogueEntry.objects.filter(valid_to=None).count() == 1
        client.post(f"/catalogue/{new_one.pk}/withdraw/", {"reason": "并入"})
        assert CatalogueEntry.objects.filter(valid_to=None).count() == 0


def test_a_county_s_page_has_no_change_for_what_holds_everywhere(town: World, client: Client) -> None:  # noqa: F811
    entry = written(town)
    own = written(town, division=STREET)
    client.force_login(town.county_dispatcher)
    assert client.get(f"/catalogue/{entry.pk}/").status_code == 200
    assert client.get(f"/catalogue/{entry.pk}/change/").status_code == 403
    assert client.post(f"/catalogue/{entry.pk}/withdraw/", {"reason": "x"}).status_code == 403
    assert client.get(f"/catalogue/{own.pk}/change/").status_code == 200
    client.force_login(town.street_dispatcher)
    assert client.get(f"/catalogue/{own.pk}/change/").status_code == 403


def test_the_list_is_filtered_and_exported(
    town: World,  # noqa: F811
    client: Client,
    django_assert_max_num_queries: Any,
) -> None:
    entry = written(town, Named(function="market", level="street"))
    road = written(town, code="road", division=STREET)
    catalogue.withdraw_entry(entry=road, reason="x", by=town.city_dispatcher, now=NOW)
    client.force_login(town.street_dispatcher)

    def listed(**query: str) -> list[CatalogueEntry]:
        return list(client.get("/catalogue/", query).context["rows"])

    assert listed() == [entry]
    assert set(listed(versions="all")) == {entry, road}
    assert listed(q="占道") == [entry]
    assert listed(q="没有") == []
    assert listed(kind="service") == []
    assert listed(tier="1", division="530103001") == [entry], "everywhere holds there too"
    assert "filter" in client.get("/catalogue/", {"division": "x"}).context
    rows = cells(b"".join(client.get("/catalogue/export/")))
    assert [row[1] for row in rows[1:]] == ["占道经营"]
    assert AuditEvent.objects.get(event="list.exported").data["list"] == "catalogue"


def test_the_form_shows_the_proposal_and_one_button_follows_it(town: World, client: Client) -> None:  # noqa: F811
    entry = written(town, Named(function="market", level="street"))
    whistle = accepted(town)
    client.force_login(town.street_dispatcher)
    url = f"/cases/{whistle.case_id}/dispatch/"
    page = client.get(url).content.decode()
    assert "按建议派单" in page
    assert "checked" not in page.split('name="lead"')[1].split(">")[0], "nothing is chosen in advance"
    answer = client.post(url, {"as_suggested": str(entry.pk + 1)})
    assert answer.status_code == 422
    assert "lead" in answer.context["form"].errors
    assert client.post(url, {"as_suggested": str(entry.pk), "instruction": "今天到场"}).status_code == 302
    duties = Assignment.objects.order_by("-is_lead").values_list("unit__code", "is_lead")
    assert list(duties) == [("enforcement", True), ("market", False)]
    assert SuggestionOutcome.objects.get().entry == entry


def test_a_matter_of_the_county_has_no_such_button(town: World, client: Client) -> None:  # noqa: F811
    entry = written(town, lead=Named(function="water", level="county"), code="drainage")
    whistle = accepted(town, "drainage")
    client.force_login(town.street_dispatcher)
    url = f"/cases/{whistle.case_id}/dispatch/"
    assert "按建议派单" not in client.get(url).content.decode()
    assert client.post(url, {"as_suggested": str(entry.pk)}).status_code == 422
    answer = client.post(url, {"lead": town.units["market"].pk})
    assert answer.status_code == 409
    assert "水务局" in answer.content.decode()


def test_the_queue_shows_the_proposal_dashed(town: World, client: Client) -> None:  # noqa: F811
    written(town)
    accepted(town)
    client.force_login(town.street_dispatcher)
    page = client.get("/queue/").content.decode()
    assert "is-maybe" in page
    assert "目录第1版" in page


def test_a_proposal_is_confirmed_on_the_page(town: World, client: Client) -> None:  # noqa: F811
    entry = written(town)
    proposal = catalogue.learn_from_objection(
        assignment=sent(town, accepted(town)),
        by=town.street_dispatcher,
        now=NOW,
        taken_by=town.units["market"],
    )
    assert proposal is not None
    client.force_login(town.street_dispatcher)
    assert client.post(f"/catalogue/proposals/{proposal.pk}/confirm/").status_code == 403
    client.force_login(town.city_dispatcher)
    assert "异议" in client.get(f"/catalogue/{entry.pk}/").content.decode()
    assert client.post(f"/catalogue/proposals/{proposal.pk}/confirm/").status_code == 302
    assert CatalogueEntry.objects.get(valid_to=None).function == "market"
    assert client.post(f"/catalogue/proposals/{proposal.pk}/dismiss/").status_code == 302, "told, not broken"


def test_accuracy_has_fractions_and_no_share_of_few(town: World, client: Client) -> None:  # noqa: F811
    written(town)
    for number in range(5):
        duty = sent(town, accepted(town), "market" if number == 4 else "enforcement")
    catalogue.learn_from_objection(
        assignment=duty, by=town.street_dispatcher, now=NOW, taken_by=town.units["enforcement"]
    )
    client.force_login(town.street_dispatcher)
    total, line = client.get("/catalogue/accuracy/").context["lines"]
    assert (total.followed.percent, total.followed.fraction) == ("80%", "4/5")
    assert (line.upheld.percent, line.upheld.fraction) == ("–", "0/4")
    assert client.get("/catalogue/accuracy/", {"since": "2026-11-24"}).context["lines"] == []
    assert "这" in client.get("/catalogue/accuracy/", {"since": "x"}).content.decode()
    assert cells(b"".join(client.get("/catalogue/accuracy/export/")))[1][2:4] == ["4/5", "80%"]
    client.force_login(town.other_dispatcher)
    assert client.get("/catalogue/accuracy/").context["lines"] == [], "their cases are not this street's"
