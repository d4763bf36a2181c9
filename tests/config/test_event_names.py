"""What the audit administrator reads: every event has a name in the reader's language."""

import pytest
from django.utils.translation import override

from kunming_portal.accounts import events
from kunming_portal.administration import event_names
from kunming_portal.deadlines.ladder import Rung
from whistle.presenters.timeline import SENTENCES
from whistle.workflow import MOVES

ACCOUNTS = (
    events.SIGNED_IN,
    events.SIGNED_OUT,
    events.SIGN_IN_FAILED,
    events.SIGN_IN_LOCKED,
    events.PASSWORD_CHANGED,
)


@pytest.mark.parametrize(
    "event",
    [
        *ACCOUNTS,
        *SENTENCES,
        *(rule.audit for rule in MOVES.values()),
        *(f"deadline.{rung}" for rung in Rung),
        "config.policy.changed",
        "account.appointment.added",
        "api_token.revoked",
    ],
)
def test_every_event_has_a_chinese_name(event: str) -> None:
    with override("zh-hans"):
        name = event_names.name_of(event)
    assert name != event
    assert name.isascii() is False


def test_names_say_what_happened_to_which_row() -> None:
    with override("zh-hans"):
        assert event_names.name_of("config.policy.changed") == "修改时限规则"
        assert event_names.name_of("deadline.yellow") == "时限黄灯"


def test_an_event_without_a_name_keeps_its_code() -> None:
    assert event_names.name_of("weather.rained") == "weather.rained"
