"""The dispatch catalogue: proposed, never decided; kept in versions; learns from upheld objections by a person."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from tests.whistle.people import COMMUNITY, NOW, OTHER_STREET, STREET, World, opened, unit, whistle_of
from whistle import services
from whistle.models import Assignment, CatalogueEntry, CatalogueProposal, SubClass, SuggestionOutcome, Whistle
from whistle.services import catalogue
from whistle.services.catalogue import EntryPlace, EntryTerms, Named
from whistle.suggestions import Suggestion, suggest_units

LATER = NOW + timedelta(hours=1)
URBAN = Named(function="urban", level="street")
BASIS = {"power": "城管执法", "legal_basis": "《昆明市城市市容和环境卫生管理条例》第12条"}
FUNCTIONS = {"enforcement": "urban", "market": "market", "construction": "housing", "water_bureau": "water"}


@pytest.fixture
def town(world: World) -> World:
    """The small world with functions, so that the catalogue finds its units."""
    for code, function in FUNCTIONS.items():
        world.units[code].function = function
        world.units[code].save()
    return world


def place(*, code: str = "street_vendor", tier: int = 1, division: str | None = None) -> EntryPlace:
    where = Division.objects.get(code=division) if division else None
    return EntryPlace(SubClass.objects.select_related("kind").get(code=code), tier, where)


def terms(lead: Named = URBAN, *assists: Named, **more: Any) -> EntryTerms:
    return EntryTerms(lead=lead, assists=assists, **{**BASIS, **more})


def written(world: World, *assists: Named, lead: Named = URBAN, **where: Any) -> CatalogueEntry:
    return catalogue.add_entry(
        place=place(**where), terms=terms(lead, *assists), by=world.city_dispatcher, now=NOW
    )


def accepted(world: World, code: str | None = "street_vendor", *, now: datetime = NOW) -> Whistle:
    """Walk to a whistle of this sub-class that waits for dispatch at the street."""
    finer = SubClass.objects.select_related("kind").get(code=code) if code else None
    whistle = whistle_of(opened(world, kind="general", sub_class=finer, now=now))
    services.blow(whistle=whistle, by=world.community_secretary, now=now)
    services.accept(whistle=whistle, by=world.street_dispatcher, now=now)
    return whistle


def proposed(whistle: Whistle, *, now: datetime = NOW) -> Suggestion | None:
    return suggest_units([whistle], now=now).get(whistle.pk)


def sent(world: World, whistle: Whistle, lead: str = "enforcement", *, now: datetime = NOW) -> Assignment:
    duties = services.dispatch(whistle=whistle, lead=world.units[lead], by=world.street_dispatcher, now=now)
    return duties[0]


# -- what is proposed -----------------------------------------------------------------------------------
def test_an_entry_for_everywhere_proposes_the_street_s_own_units(town: World) -> None:
    written(town, Named(function="market", level="street"))
    found = proposed(accepted(town))
    assert found is not None
    assert (found.lead, found.assists) == (town.units["enforcement"], [town.units["market"]])
    assert "城管执法" in found.source
    assert "第12条" in found.source


def test_the_most_specific_place_wins(town: World) -> None:
    written(town)
    whistle = accepted(town)
    for code, lead in ((STREET, "market"), (COMMUNITY, "construction")):
        written(town, lead=Named(unit=town.units[lead]), division=code)
        found = proposed(whistle)
        assert found is not None
        assert found.lead == town.units[lead]
    written(town, lead=Named(unit=town.units["empty"]), division=OTHER_STREET)
    found = proposed(whistle)
    assert found is not None
    assert found.lead == town.units["construction"]


def test_nothing_is_proposed_without_sub_class_or_entry_or_before_it_holds(town: World) -> None:
    assert proposed(accepted(town, None)) is None
    whistle = accepted(town)
    assert proposed(whistle) is None
    written(town)
    assert proposed(whistle, now=NOW - timedelta(seconds=1)) is None
    assert proposed(accepted(town, "road")) is None


def test_several_units_of_one_function_are_nobody_s_lead(town: World) -> None:
    written(town)
    unit("second", "第二中队", "force", STREET, function="urban")
    found = proposed(accepted(town))
    assert found is not None
    assert found.lead is None


def test_any_number_of_whistles_costs_the_same(town: World, django_assert_num_queries: Any) -> None:
    written(town, Named(function="market", level="street"))
    whistles = [accepted(town) for _n in range(3)]
    with django_assert_num_queries(3):  # entries, assists, units
        assert len(suggest_units(whistles, now=NOW)) == 3
    with django_assert_num_queries(0):
        assert suggest_units([accepted_without_sub_class(whistles[0])], now=NOW) == {}


def accepted_without_sub_class(whistle: Whistle) -> Whistle:
    return Whistle(case=whistle.case, sub_class=None)


# -- the grass roots ------------------------------------------------------------------------------------
def test_a_department_s_matter_is_not_handed_to_the_street(town: World) -> None:
    water = Named(function="water", level="county")
    written(town, Named(function="housing", level="street"), lead=water, code="drainage")
    whistle = accepted(town, "drainage")
    found = proposed(whistle)
    assert found is not None
    assert found.is_above
    with pytest.raises(services.MoveRefused) as refused:
        sent(town, whistle, "market")
    assert refused.value.code == "units"
    assert town.units["construction"].short_name in refused.value.sentence, "says who would be allowed"
    assert Assignment.objects.count() == 0
    assert sent(town, whistle, "construction").is_lead, "the catalogue lists it"


def test_a_force_stationed_by_the_leading_department_counts_as_it(town: World) -> None:
    bureau = unit("urban_bureau", "五华区城管局", "department", STREET[:6], function="urban")
    Unit.objects.filter(pk=town.units["enforcement"].pk).update(supervised_by=bureau)
    town.units["enforcement"].refresh_from_db()
    written(town, lead=Named(function="urban", level="county"))
    with pytest.raises(services.MoveRefused):
        sent(town, accepted(town), "construction")
    sent(town, accepted(town), "enforcement")


def test_without_a_sub_class_everything_goes_on_as_before(town: World) -> None:
    written(town, lead=Named(function="water", level="county"), code="drainage")
    assert sent(town, accepted(town, None), "market").is_lead
    assert sent(town, accepted(town, "road"), "market").is_lead


# -- versions -------------------------------------------------------------------------------------------
def test_a_change_ends_the_version_and_writes_the_next(town: World) -> None:
    old = written(town)
    new = catalogue.change_entry(
        entry=old, terms=terms(Named(function="market", level="street")), by=town.city_dispatcher, now=LATER
    )
    old.refresh_from_db()
    assert (new.version, new.replaces, old.valid_to) == (2, old, LATER)
    whistle = accepted(town)
    assert (before := proposed(whistle)) is not None
    assert (after := proposed(whistle, now=LATER)) is not None
    assert (before.lead, after.lead) == (town.units["enforcement"], town.units["market"])
    event = AuditEvent.objects.get(event="config.catalogue.changed")
    assert set(event.data["fields"]) == {"lead"}
    with pytest.raises(catalogue.CatalogueRefused) as refused:
        catalogue.change_entry(entry=old, terms=terms(power="别的"), by=town.city_dispatcher, now=LATER)
    assert refused.value.code == "stale"
    same = catalogue.change_entry(
        entry=new, terms=catalogue.terms_of(new), by=town.city_dispatcher, now=LATER
    )
    assert same == new


def test_one_entry_for_a_place_at_a_time(town: World) -> None:
    entry = written(town)
    with pytest.raises(catalogue.CatalogueRefused):
        written(town)
    with pytest.raises(IntegrityError, match="entry_is_alone"), transaction.atomic():
        CatalogueEntry.objects.create(
            sub_class=entry.sub_class,
            tier=1,
            function="market",
            level="street",
            valid_from=NOW,
            written_by=town.city_dispatcher,
            **BASIS,
        )
    written(town, division=STREET)
    catalogue.withdraw_entry(entry=entry, reason="合并", by=town.city_dispatcher, now=LATER)
    again = catalogue.add_entry(place=place(), terms=terms(), by=town.city_dispatcher, now=LATER)
    assert again.version == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"power": " "}, "power"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"lead": Named()}, "lead"),
        ({"lead": Named(function="urban")}, "lead"),
        ({"assists": (URBAN,)}, "assists"),
    ],
)
def test_nonsense_is_refused_at_its_field(town: World, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(catalogue.CatalogueRefused) as refused:
        catalogue.add_entry(place=place(), terms=replace(terms(), **wrong), by=town.city_dispatcher, now=NOW)
    assert refused.value.code == field


def test_a_county_keeps_its_own_places_and_a_street_none(town: World) -> None:
    for who, code, error in (
        (town.street_dispatcher, STREET, "role"),
        (town.county_dispatcher, None, "division"),
        (town.county_dispatcher, OTHER_STREET, "division"),
        (town.inspector, None, "role"),
    ):
        with pytest.raises(catalogue.CatalogueRefused) as refused:
            catalogue.add_entry(place=place(division=code), terms=terms(), by=who, now=NOW)
        assert refused.value.code == error
    catalogue.add_entry(place=place(division=STREET), terms=terms(), by=town.county_dispatcher, now=NOW)
    catalogue.add_entry(place=place(), terms=terms(), by=town.system_admin, now=NOW)
    assert CatalogueEntry.objects.count() == 2


# -- learning -------------------------------------------------------------------------------------------
def test_what_was_proposed_and_chosen_is_kept(town: World) -> None:
    entry = written(town)
    sent(town, accepted(town))
    sent(town, accepted(town), "market")
    sent(town, accepted(town, "road"), "market")
    kept = SuggestionOutcome.objects.order_by("id").values_list("entry", "suggested", "chosen")
    enforcement, market = town.units["enforcement"].pk, town.units["market"].pk
    assert list(kept) == [(entry.pk, enforcement, enforcement), (entry.pk, enforcement, market)]


def test_an_upheld_objection_proposes_the_unit_that_took_it(town: World) -> None:
    entry = written(town)
    for times in (1, 2):
        duty = sent(town, accepted(town))
        proposal = catalogue.learn_from_objection(
            assignment=duty, by=town.street_dispatcher, now=LATER, taken_by=town.units["market"]
        )
        assert proposal is not None
        assert (proposal.entry, proposal.function, proposal.level) == (entry, "market", "street")
        assert proposal.times == times
    assert proposal is not None
    entry.refresh_from_db()
    assert (entry.valid_to, entry.function) == (None, "urban"), "nobody has decided yet"
    changed = catalogue.confirm_proposal(proposal=proposal, by=town.city_dispatcher, now=LATER)
    assert (changed.function, changed.version) == ("market", 2)
    with pytest.raises(catalogue.CatalogueRefused):
        catalogue.dismiss_proposal(proposal=proposal, by=town.city_dispatcher, now=LATER)


def test_a_dismissed_proposal_changes_nothing_and_may_come_again(town: World) -> None:
    entry = written(town)

    def object_() -> CatalogueProposal:
        duty = sent(town, accepted(town))
        found = catalogue.learn_from_objection(
            assignment=duty, by=town.street_dispatcher, now=LATER, taken_by=town.units["market"]
        )
        assert found is not None
        return found

    first = object_()
    with pytest.raises(catalogue.CatalogueRefused):
        catalogue.dismiss_proposal(proposal=first, by=town.street_dispatcher, now=LATER)
    catalogue.dismiss_proposal(proposal=first, by=town.city_dispatcher, now=LATER)
    assert object_().pk != first.pk
    assert CatalogueEntry.objects.get() == entry


def test_nothing_is_learnt_where_the_catalogue_was_not_followed_or_from_an_assist(town: World) -> None:
    written(town)
    whistle = accepted(town)
    duties = services.dispatch(
        whistle=whistle,
        lead=town.units["market"],
        assists=[town.units["construction"]],
        by=town.street_dispatcher,
        now=NOW,
    )
    for duty in duties:
        found = catalogue.learn_from_objection(
            assignment=duty, by=town.street_dispatcher, now=LATER, taken_by=town.units["enforcement"]
        )
        assert found is None
    outcome = SuggestionOutcome.objects.get()
    assert outcome.overturned_at == LATER, "the objection against the lead counts all the same"
    assert CatalogueProposal.objects.count() == 0


def test_the_objection_itself_teaches_the_catalogue(town: World) -> None:
    entry = written(town)
    duty = sent(town, accepted(town))
    services.object_to(
        assignment=duty,
        reason="属于食品摊点",
        basis="食品安全法第六条",
        suggested=town.units["market"],
        by=town.enforcement_liaison,
        now=NOW,
    )
    services.decide_objection(
        assignment=duty,
        upheld=True,
        decision="由市场所牵头",
        replacement=town.units["market"],
        by=town.street_dispatcher,
        now=LATER,
    )
    proposal = CatalogueProposal.objects.get()
    assert (proposal.entry, proposal.function, proposal.times) == (entry, "market", 1)
    outcome = SuggestionOutcome.objects.get()
    assert (outcome.overturned_at, outcome.taken_by) == (LATER, town.units["market"])
