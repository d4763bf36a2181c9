"""A proposal of a compound's branch becomes a whistle: filled in, linked, on both histories, refused where settled."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communities.guards import CommunityRefused
from communities.models import Compound, Undertaking
from communities.models.power_steps import Result
from communities.services import powers_proposals, undertakings
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from tests.communities.people import Place, build_place
from tests.communities.walks import found, proposed
from tests.whistle.people import NOW, World, matter
from whistle import services
from whistle.models import Case, Kind

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(world: World) -> Place:
    return build_place(world)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(**more: Any) -> dict[str, Any]:
    kind = Kind.objects.get(code="general")
    return {
        "description": "北门地下管网渗漏，建议更换。",
        "place": "西坝路128号",
        "kind": str(kind.pk),
        "urgent": "no",
    } | more


def test_the_button_leads_to_a_form_that_is_filled_in(world: World, place: Place) -> None:
    record = proposed(world, place)
    client = signed_in(world.community_worker)
    urls = [one.url for one in client.get(record.get_absolute_url()).context["moves"].allowed]
    wanted = f"{reverse('case-new')}?proposal={record.pk}&compound={place.compound.pk}"
    assert wanted in urls
    form = client.get(wanted).context["form"]
    assert "北门地下管网渗漏" in form["description"].value()
    assert form["place"].value() == "西坝路128号"
    assert str(form["proposal"].value()) == str(record.pk)
    branch = signed_in(world.compound_secretary).get(record.get_absolute_url())  # blows no whistles itself
    assert not [one for one in branch.context["moves"].allowed if "proposal" in one.url]


def test_the_case_is_linked_and_shown_to_who_sees_it(world: World, place: Place) -> None:
    record = proposed(world, place)
    client = signed_in(world.community_worker)
    answer = client.post(reverse("case-new"), typed(proposal=str(record.pk)))
    assert answer.status_code == 302
    case = Case.objects.get()
    assert (case.proposal_id, case.title, case.source) == (record.pk, record.title, "branch")
    event = AuditEvent.objects.get(stream=place.compound.stream, event="power.whistled")
    assert event.reason == case.number
    assert case.number in client.get(record.get_absolute_url()).content.decode()
    # the branch follows no cases: it reads the number in the history, and gets no link
    page = signed_in(world.compound_secretary).get(record.get_absolute_url())
    assert page.context["whistles"] == []
    # sent again: no second case, no second line
    assert Case.objects.count() == 1


def test_a_foreign_or_senseless_proposal_is_left_out(world: World, place: Place) -> None:
    record = proposed(world, place)
    stranger = signed_in(world.stranger)
    assert (
        stranger.get(f"{reverse('case-new')}?proposal={record.pk}").context["form"]["proposal"].value()
        is None
    )
    assert stranger.post(reverse("case-new"), typed(proposal=str(record.pk))).status_code == 302
    assert Case.objects.get().proposal is None
    client = signed_in(world.community_worker)
    finding = found(world, place)
    for wrong in ("x", "9" * 30, "-1", str(finding.pk)):
        assert client.get(f"{reverse('case-new')}?proposal={wrong}").status_code == 200


def test_a_settled_proposal_needs_no_whistle(world: World, place: Place) -> None:
    record = proposed(world, place)
    undertakings.report(
        undertaking=Undertaking.objects.get(), text="已换。", by=world.construction_liaison, now=NOW
    )
    powers_proposals.adopt(record=record, result=Result.ADOPTED, by=world.compound_secretary, now=NOW)
    answer = signed_in(world.community_worker).post(reverse("case-new"), typed(proposal=str(record.pk)))
    assert answer.status_code == 409
    assert not Case.objects.exists()
    assert "北门地下管网渗漏" in answer.content.decode()  # nothing typed is lost


def test_only_who_exercises_the_power_turns_it_into_a_whistle(world: World, place: Place) -> None:
    record = proposed(world, place)
    Compound.objects.filter(pk=place.compound.pk).update(branch=None)
    with pytest.raises(CommunityRefused) as refused:
        services.open_case(
            matter=matter(proposal=record),
            caller=world.units["community"],
            by=world.community_worker,
            now=NOW,
        )
    assert refused.value.code == "branch"
    assert not Case.objects.exists()
