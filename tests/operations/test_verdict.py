"""In one look: what is red, what wants a look, what is well."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kunming_portal.heartbeats.clocks import Trust
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.heartbeats.rhythms import RHYTHMS
from kunming_portal.heartbeats.states import Pulse, State
from kunming_portal.operations.figures import Clocks, Figures
from kunming_portal.operations.presenting import show
from kunming_portal.operations.verdict import Level, in_words, judge
from tests.whistle.people import NOW

WELL = Figures(
    now=NOW,
    pulses=[
        Pulse(name, Heartbeat(name=name, started_at=NOW, last_ok_at=NOW, done=1, failed=2), State.OK)
        for name in RHYTHMS
    ],
    clocks=Clocks(Trust.OK, 0.1, 0.0, "one"),
    oldest_alarm=None,
    backlog=0,
    failing=0,
    oldest_message=None,
    messages=0,
    given_up=0,
    findings={},
    wrong=0,
    outdated=0,
    sealed_at=NOW,
    broken_trail=0,
    this_year="official",
    next_year="provisional",
)


def with_state(name: str, state: State) -> Figures:
    pulses = [replace(pulse, state=state) if pulse.name == name else pulse for pulse in WELL.pulses]
    return replace(WELL, pulses=pulses)


def test_all_well_is_said_without_a_reason() -> None:
    assert judge(WELL).level is Level.OK
    shown = show(WELL)
    assert (shown.light, shown.headline) == ("normal", "正常")
    assert [figure.light for figure in shown.ledger] == [None] * len(shown.ledger)


@pytest.mark.parametrize(
    ("figures", "level", "check"),
    [
        (with_state("ring due deadlines", State.LATE), Level.STOPPED, "ring due deadlines"),
        (with_state("ring due deadlines", State.NEVER), Level.STOPPED, "ring due deadlines"),
        (with_state("ring due deadlines", State.FAILING), Level.STOPPED, "ring due deadlines"),
        (replace(WELL, clocks=Clocks(Trust.HALT, 11, 0, "one")), Level.STOPPED, "clocks"),
        (replace(WELL, clocks=Clocks(Trust.ALARM, 3, 0, "one")), Level.ATTENTION, "clocks"),
        (replace(WELL, oldest_alarm=NOW - timedelta(seconds=31)), Level.ATTENTION, "overdue alarms"),
        (replace(WELL, oldest_alarm=NOW - timedelta(minutes=6)), Level.STOPPED, "overdue alarms"),
        (replace(WELL, wrong=2), Level.ATTENTION, "deadline check"),
        (replace(WELL, broken_trail=1), Level.ATTENTION, "trail"),
        (with_state("canary", State.LATE), Level.ATTENTION, "canary"),
        (with_state("deliver notices", State.FAILING), Level.ATTENTION, "deliver notices"),
        (replace(WELL, oldest_message=NOW - timedelta(minutes=11)), Level.ATTENTION, "outbox"),
        (replace(WELL, given_up=1), Level.ATTENTION, "given up messages"),
        (replace(WELL, failing=2), Level.ATTENTION, "failing deadlines"),
        (replace(WELL, findings={"silent": {"count": 1, "rows": []}}), Level.ATTENTION, "reconciliation"),
        (replace(WELL, this_year="provisional"), Level.ATTENTION, "calendar"),
    ],
)
def test_each_fault_has_its_reason(figures: Figures, level: Level, check: str) -> None:
    verdict = judge(figures)
    assert (verdict.level, [reason.check for reason in verdict.reasons]) == (level, [check])


@pytest.mark.django_db
def test_the_page_shows_the_word_and_lights_what_is_wrong() -> None:
    shown = show(replace(WELL, failing=1, clocks=Clocks(Trust.HALT, 3600, 0, "one")))
    assert (shown.headline, shown.light) == ("已停", "over")
    assert [figure.light for figure in shown.ledger if figure.light] == ["over", "soon"]
    assert show(replace(WELL, failing=1)).headline == "需要留意"


def test_an_alarm_of_this_moment_is_no_fault_and_a_daily_sweep_may_not_have_come_round() -> None:
    assert judge(replace(WELL, oldest_alarm=NOW - timedelta(seconds=20))).level is Level.OK
    assert judge(with_state("clean up files", State.NEVER)).level is Level.OK


def test_the_gravest_reason_stands_first() -> None:
    verdict = judge(replace(with_state("ring due deadlines", State.LATE), failing=1))
    assert [reason.level for reason in verdict.reasons] == [Level.STOPPED, Level.ATTENTION]


@pytest.mark.parametrize(
    ("seconds", "words"), [(-3, "0秒"), (59, "59秒"), (60, "1分钟"), (7300, "2小时"), (90000, "1天")]
)
def test_lengths_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
