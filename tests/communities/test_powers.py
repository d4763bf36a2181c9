"""Each of the five powers walked to its end, and refused where it must be."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from communities.guards import CommunityRefused
from communities.models import Compound, CompoundBranch, PowerRecord, Undertaking, UndertakingDeadline
from communities.models.power_steps import FLOWS, MOVES, Power, Result, Step
from communities.services import (
    powers,
    powers_appraisals,
    powers_decisions,
    powers_personnel,
    powers_proposals,
    powers_supervision,
    undertakings,
)
from communities.services.powers_decisions import Votes
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from tests.communities.people import Place
from tests.communities.walks import (
    MEANS,
    announced,
    appraised,
    decided,
    executed,
    found,
    nominated,
    proposed,
    recommended,
    scored,
    vetted,
)
from tests.whistle.people import COMMUNITY, NOW, World, person, unit

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=8)


def refused(code: str, run: Any, **terms: Any) -> CommunityRefused:
    """Assert that this is refused with this code and a sentence; return the refusal."""
    with pytest.raises(CommunityRefused) as caught:
        run(**terms)
    assert caught.value.code == code, caught.value.sentence
    assert caught.value.sentence
    return caught.value


def events(place: Place) -> list[str]:
    rows = AuditEvent.objects.filter(stream=place.compound.stream).order_by("seq")
    return list(rows.values_list("event", flat=True))


def step(record: PowerRecord) -> Step:
    return PowerRecord.objects.with_details().get(pk=record.pk).step


# -- tables ------------------------------------------------------------------------------------------------
def test_the_tables_name_every_step() -> None:
    drawn = {step for flow in FLOWS.values() for step in flow}
    assert drawn | {Step.CLOSED} == set(Step)
    assert set(MOVES) <= set(Step)
    assert set(FLOWS) == set(Power)
    assert {move for moves in MOVES.values() for move in moves} <= set(powers.EVENTS)


# -- decision ----------------------------------------------------------------------------------------------
def test_a_decision_goes_from_topic_to_execution(world: World, place: Place) -> None:
    by = world.compound_secretary
    record = decided(world, place)
    assert step(record) is Step.MEETING
    record = powers_decisions.meet(
        record=record, met_on=NOW.date(), votes=Votes(38, 35, 1, 2), by=by, now=NOW
    )
    assert step(record) is Step.RESOLUTION
    record = powers_decisions.resolve(record=record, resolution="选址北门绿地旁。", by=by, now=NOW)
    assert step(record) is Step.NOTICE
    record = powers_decisions.announce(
        record=record, notice_from=date(2026, 11, 23), notice_until=date(2026, 11, 30), by=by, now=NOW
    )
    record = powers_decisions.remark(record=record, remarks=2, remarks_text="离3栋太近。", by=by, now=NOW)
    record = powers_decisions.execute(record=record, addressee="滇泉城市服务", by=by, now=LATER)
    assert step(record) is Step.EXECUTION
    asked = Undertaking.objects.get()
    assert (asked.sort, asked.title, asked.text) == ("execution", record.title, "选址北门绿地旁。")
    undertakings.report(undertaking=asked, text="已建成。", by=by, now=LATER)
    record = powers_decisions.finish(record=record, words="验收合格。", by=by, now=LATER)
    assert (step(record), record.result) == (Step.CLOSED, Result.CARRIED_OUT)
    asked.refresh_from_db()
    assert asked.status == "done"
    assert events(place) == [
        "power.opened",
        "power.met",
        "power.resolved",
        "power.announced",
        "power.remarked",
        "power.executed",
        "power.finished",
    ]


def test_what_a_meeting_must_say(world: World, place: Place) -> None:
    record, by = decided(world, place), world.compound_secretary
    meet = powers_decisions.meet
    refused("met_on", meet, record=record, met_on=date(2026, 11, 24), votes=Votes(9, 9), by=by, now=NOW)
    refused("attended", meet, record=record, met_on=NOW.date(), votes=Votes(0, 0), by=by, now=NOW)
    refused("in_favour", meet, record=record, met_on=NOW.date(), votes=Votes(9, 9, 1), by=by, now=NOW)
    refused("step", powers_decisions.resolve, record=record, resolution="好", by=by, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():  # the database keeps it too
        type(record.decision).objects.filter(pk=record.pk).update(attended=3, in_favour=4)


def test_half_is_not_a_majority(world: World, place: Place) -> None:
    record, by = decided(world, place), world.compound_secretary
    powers_decisions.meet(record=record, met_on=NOW.date(), votes=Votes(10, 5, 5), by=by, now=NOW)
    refused("votes", powers_decisions.resolve, record=record, resolution="通过。", by=by, now=NOW)
    record = powers.end(record=record, reason="未获通过。", by=by, now=NOW)
    assert record.result == Result.ENDED


def test_nothing_is_carried_out_before_the_notice_is_over(world: World, place: Place) -> None:
    record, by = announced(world, place), world.compound_secretary
    assert record.decision.notice_until == date(2026, 11, 30)
    execute = powers_decisions.execute
    refused("notice", execute, record=record, addressee="物业", by=by, now=NOW + timedelta(days=7))
    refused("addressee", execute, record=record, addressee=" ", by=by, now=LATER)
    execute(record=record, unit=world.units["construction"], by=by, now=LATER)


def test_a_notice_that_makes_no_sense(world: World, place: Place) -> None:
    record, by = announced(world, place), world.compound_secretary
    announce = powers_decisions.announce
    for first, last in (
        (date(2026, 11, 25), date(2026, 11, 24)),
        (date(2026, 11, 1), date(2026, 11, 5)),
        (date(2026, 11, 25), date(2027, 6, 1)),
    ):
        refused("notice_until", announce, record=record, notice_from=first, notice_until=last, by=by, now=NOW)


def test_an_execution_is_confirmed_after_its_report_only(world: World, place: Place) -> None:
    record, by = executed(world, place), world.compound_secretary
    refused("status", powers_decisions.finish, record=record, by=by, now=LATER)
    undertakings.drop(undertaking=Undertaking.objects.get(), reason="不建了。", by=by, now=LATER)
    refused("status", powers_decisions.finish, record=record, by=by, now=LATER)


# -- proposal ----------------------------------------------------------------------------------------------
def test_a_proposal_is_answered_and_adopted(world: World, place: Place) -> None:
    record = proposed(world, place)
    assert step(record) is Step.REPLY
    asked = Undertaking.objects.get()
    refused(
        "step",
        powers_proposals.adopt,
        record=record,
        result=Result.ADOPTED,
        by=world.compound_secretary,
        now=NOW,
    )
    undertakings.report(undertaking=asked, text="列入明年计划。", by=world.construction_liaison, now=NOW)
    assert step(record) is Step.ADOPTION
    record = powers_proposals.adopt(
        record=record, result=Result.PARTLY, words="先换北段。", by=world.compound_secretary, now=NOW
    )
    assert (step(record), record.result) == (Step.CLOSED, "partly")
    asked.refresh_from_db()
    assert asked.status == "done"


def test_the_community_concludes_what_the_branch_asked_for(world: World, place: Place) -> None:
    record = proposed(world, place)
    undertakings.report(
        undertaking=Undertaking.objects.get(), text="答复。", by=world.construction_liaison, now=NOW
    )
    record = powers_proposals.adopt(record=record, result=Result.ADOPTED, by=world.community_worker, now=NOW)
    assert record.result == "adopted"
    event = AuditEvent.objects.get(event="undertaking.accepted")
    assert event.unit_name == "篆塘社区"


def test_what_a_proposal_must_say(world: World, place: Place) -> None:
    refused("text", proposed, world=world, place=place, text=" ")
    refused("title", proposed, world=world, place=place, title="  ")
    refused("addressee", proposed, world=world, place=place, unit=None)
    refused("due_on", proposed, world=world, place=place, due_on=date(2026, 11, 28))
    assert not PowerRecord.objects.exists()
    assert not Undertaking.objects.exists()


def test_an_outcome_that_is_none(world: World, place: Place) -> None:
    record, by = proposed(world, place), world.compound_secretary
    refused("result", powers_proposals.adopt, record=record, result=Result.USED, by=by, now=NOW)
    undertakings.drop(undertaking=Undertaking.objects.get(), reason="改走吹哨。", by=by, now=NOW)
    refused("result", powers_proposals.adopt, record=record, result=Result.ADOPTED, by=by, now=NOW)
    record = powers_proposals.adopt(record=record, result=Result.NOT_ADOPTED, by=by, now=NOW)
    powers_proposals.check_whistle(record, by=world.community_worker)


# -- personnel ---------------------------------------------------------------------------------------------
def test_candidates_are_vetted_recommended_and_elected_by_others(world: World, place: Place) -> None:
    record, by = nominated(world, place), world.compound_secretary
    assert step(record) is Step.VETTING
    record = vetted(world, place)
    assert step(record) is Step.RECOMMENDATION
    record = powers_personnel.recommend(record=record, recommended_to="业主大会", by=by, now=NOW)
    assert step(record) is Step.CHOICE
    passed = list(record.nomination.candidates.filter(passed=True).values_list("pk", flat=True))
    record = powers_personnel.choose(
        record=record, chosen_by="owners", chosen_on=NOW.date(), chosen=passed[:1], by=by, now=NOW
    )
    assert (step(record), record.result) == (Step.CLOSED, "chosen")
    assert record.nomination.candidates.filter(chosen=True).count() == 1


def test_the_owners_committee_is_elected_by_the_owners_only(world: World, place: Place) -> None:
    record, by = recommended(world, place), world.compound_secretary
    refused(
        "chosen_by",
        powers_personnel.choose,
        record=record,
        chosen_by="community",
        chosen_on=NOW.date(),
        chosen=[],
        by=by,
        now=NOW,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        type(record.nomination).objects.filter(pk=record.pk).update(chosen_by="body", chosen_on=NOW.date())


def test_who_did_not_pass_is_not_chosen(world: World, place: Place) -> None:
    record, by = recommended(world, place), world.compound_secretary
    failed = record.nomination.candidates.get(passed=False)
    terms = {"record": record, "chosen_by": "owners", "by": by, "now": NOW}
    refused("chosen", powers_personnel.choose, chosen=[failed.pk], chosen_on=NOW.date(), **terms)
    refused("chosen_on", powers_personnel.choose, chosen=[], chosen_on=date(2026, 11, 24), **terms)
    refused("chosen_on", powers_personnel.choose, chosen=[], chosen_on=date(2026, 11, 22), **terms)


@pytest.mark.parametrize(
    "names", [[], [" "], ["李荫棠", "李荫棠"], ["名" * 31], [f"某{n}" for n in range(61)]]
)
def test_names_that_cannot_be_taken_down(world: World, place: Place, names: list[str]) -> None:
    refused("names", nominated, world=world, place=place, names=names)


def test_a_no_needs_words_and_everybody_an_opinion(world: World, place: Place) -> None:
    record, by = nominated(world, place), world.compound_secretary
    keys = list(record.nomination.candidates.values_list("pk", flat=True))
    vet, opinion = powers_personnel.vet, powers_personnel.Opinion
    refused("opinions", vet, record=record, opinions={keys[0]: opinion(True)}, by=by, now=NOW)
    refused("opinions", vet, record=record, opinions=dict.fromkeys(keys, opinion(False)), by=by, now=NOW)
    record = vet(record=record, opinions=dict.fromkeys(keys, opinion(False, "不符合条件。")), by=by, now=NOW)
    refused("nobody", powers_personnel.recommend, record=record, recommended_to="业主大会", by=by, now=NOW)


# -- supervision -------------------------------------------------------------------------------------------
def test_a_finding_is_put_right_on_the_second_attempt(world: World, place: Place) -> None:
    record, by = found(world, place), world.compound_secretary
    asked = Undertaking.objects.get()
    assert (step(record), asked.unit, asked.issuer) == (Step.RECTIFICATION, None, world.units["branch"])
    recheck = powers_supervision.recheck
    refused("step", recheck, record=record, passed=True, words="", by=by, now=NOW)
    undertakings.report(undertaking=asked, text="已公示停车收入。", by=by, now=NOW)
    refused("words", recheck, record=record, passed=False, words=" ", by=by, now=NOW)
    record = recheck(record=record, passed=False, words="缺广告收入。", by=by, now=NOW)
    assert (step(record), record.step) == (Step.RECTIFICATION, Step.RECTIFICATION)
    assert UndertakingDeadline.objects.filter(ended_at=None).count() == 1
    undertakings.report(undertaking=asked, text="广告收入已补。", by=by, now=NOW)
    record = recheck(record=record, passed=True, words="", by=by, now=NOW)
    assert (record.result, record.finding.rechecks) == ("struck_off", 2)


def test_a_rectification_judged_on_its_own_page(world: World, place: Place) -> None:
    record, by = found(world, place), world.compound_secretary
    asked = Undertaking.objects.get()
    undertakings.report(undertaking=asked, text="已公示。", by=by, now=NOW)
    undertakings.accept(undertaking=asked, by=by, now=NOW)
    recheck = powers_supervision.recheck
    refused("passed", recheck, record=record, passed=False, words="还缺。", by=by, now=NOW)
    assert recheck(record=record, passed=True, words="", by=by, now=NOW).result == "struck_off"
    other = found(world, place)
    assert other.undertaking is not None
    undertakings.drop(undertaking=other.undertaking, reason="撤。", by=by, now=NOW)
    refused("status", recheck, record=other, passed=True, words="", by=by, now=NOW)


# -- appraisal ---------------------------------------------------------------------------------------------
def test_an_appraisal_is_scored_summed_up_and_used(world: World, place: Place) -> None:
    record, by = appraised(world, place), world.compound_secretary
    assert step(record) is Step.SCORES
    record = scored(world, place)
    assert step(record) is Step.SUMMARY
    record = powers_appraisals.score(
        record=record, received=170, means={"service": Decimal("90.0")}, by=by, now=NOW
    )
    assert record.appraisal.scores.count() == 1
    record = powers_appraisals.summarise(record=record, summary="总体满意。", by=by, now=NOW)
    refused("step", powers_appraisals.score, record=record, received=1, means=MEANS, by=by, now=NOW)
    record = powers_appraisals.use(record=record, use="rating", by=by, now=NOW)
    assert (step(record), record.appraisal.use) == (Step.CLOSED, "rating")


def test_scores_that_cannot_be(world: World, place: Place) -> None:
    record, by = appraised(world, place), world.compound_secretary
    score = powers_appraisals.score
    refused("received", score, record=record, received=201, means=MEANS, by=by, now=NOW)
    refused("received", score, record=record, received=0, means=MEANS, by=by, now=NOW)
    refused("means", score, record=record, received=5, means={}, by=by, now=NOW)
    refused("means", score, record=record, received=5, means={"service": Decimal(101)}, by=by, now=NOW)
    refused("step", powers_appraisals.summarise, record=record, summary="好", by=by, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(record.appraisal).objects.filter(pk=record.pk).update(received=999)


def test_nothing_is_appraised_without_a_branch(world: World, place: Place) -> None:
    bare = Compound.objects.create(
        community=place.community, name="无支部小区", address="某街1号", kind="old"
    )
    refusal = refused("branch", appraised, world=world, place=place, compound=bare, by=world.community_worker)
    assert "无支部小区" in refusal.sentence
    for walk in (decided, proposed, nominated, found):
        refused("branch", walk, world=world, place=place, compound=bare, by=world.community_worker)
    assert not PowerRecord.objects.exists()


# -- who ---------------------------------------------------------------------------------------------------
def neighbours(world: World, place: Place) -> User:
    """A secretary of another branch of the same community."""
    seat = unit("branch2", "西坝新村党支部", "branch", COMMUNITY)
    CompoundBranch.objects.create(community=place.community, name="西坝新村党支部", unit=seat)
    return person("neighbour", "compound_secretary", seat)


def test_a_branch_exercises_its_own_powers_only(world: World, place: Place) -> None:
    record = found(world, place)
    others = [neighbours(world, place), world.stranger, world.street_secretary, world.inspector]
    for who in [*others, world.construction_liaison, world.city_official]:
        refused("role", decided, world=world, place=place, by=who)
        refused("role", powers.end, record=record, reason="x", by=who, now=NOW)
    for who in (world.community_worker, world.community_secretary, world.compound_secretary):
        decided(world, place, by=who)


def test_an_ended_record_asks_nobody_any_more(world: World, place: Place) -> None:
    record, by = proposed(world, place), world.compound_secretary
    refused("reason", powers.end, record=record, reason=" ", by=by, now=NOW)
    record = powers.end(record=record, reason="并入另一建议。", by=by, now=NOW)
    asked = Undertaking.objects.get()
    assert (record.result, asked.status) == ("ended", "dropped")
    assert not UndertakingDeadline.objects.filter(wake_at__isnull=False).exists()
    refused("closed", powers.end, record=record, reason="再来。", by=by, now=NOW)


def test_a_compound_out_of_use_has_no_new_records(world: World, place: Place) -> None:
    place.compound.ended_on = NOW.date()
    refused("ended", decided, world=world, place=place)


def test_the_database_keeps_the_frame(world: World, place: Place) -> None:
    record = proposed(world, place)
    rows = PowerRecord.objects.filter(pk=record.pk)
    for wrong in ({"undertaking": None}, {"result": "used"}, {"closed_at": NOW}, {"power": "appraisal"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(branch=None)
