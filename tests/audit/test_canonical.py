"""A row is spelled the same before it is written and after it was read, whatever is in it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kunming_portal.audit import canonical

# What PostgreSQL takes as text: no zero character, no half characters
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
KEYS = TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
DATA = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)
ZONES = st.sampled_from([UTC, ZoneInfo("Asia/Shanghai"), timezone(timedelta(hours=-3, minutes=-7))])
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001
ADDRESSES = st.none() | st.ip_addresses().map(str)


def values_of(**given_values: Any) -> list[Any]:
    """Values in the order of the columns; those not given are small and plain."""
    plain: dict[str, Any] = dict.fromkeys(canonical.COLUMNS, "x") | {"id": 1, "seq": 1, "actor_id": None}
    plain |= {"at": datetime(2026, 9, 21, tzinfo=UTC), "data": {}, "ip": None}
    return list((plain | given_values).values())


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DATA, MOMENTS, ADDRESSES, TEXTS)
def test_spelled_alike_before_and_after(data: Any, at: datetime, ip: str | None, reason: str) -> None:
    before = canonical.spelled("k", values_of(data=data, at=at, ip=ip, reason=reason))
    with connection.cursor() as cursor:
        cursor.execute(
            "select e.data::text, (extract(epoch from e.at) * 1000000)::bigint, e.ip, e.reason "
            "from (select %s::jsonb as data, %s::timestamptz as at, %s::inet as ip, %s::text as reason) e",
            [json.dumps(data), at, ip, reason],
        )
        text, moment, address, words = cursor.fetchone()
    again = values_of(data=canonical.read_data(text), at=moment, ip=address, reason=words)
    assert canonical.spelled("k", again) == before


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (1.0, "1"),
        (1e23, "100000000000000000000000"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (5e-324, "5e-324"),
        (Decimal("0.10"), "0.1"),
        (True, "true"),
        ({2: "b", "1": "a", None: 0, 1.5: 0}, '{"1":"a","1.5":0,"2":"b","null":0}'),
        (("è", [None]), '["è",[null]]'),
    ],
)
def test_version_one_spells(value: Any, spelling: str) -> None:
    """These spellings never change: a new rule is a new version."""
    assert canonical.spelled("k", values_of(data=value)).decode() == (
        f'[1,"k",1,"x",1,1789948800000000,"x",null,"x","x","x","x","x",{spelling},"x",null,"x"]'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_what_json_does_not_know_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"finite|surrogates"):
        canonical.spelled("k", values_of(data={"x": value}))


def test_a_number_that_no_double_has_is_another_number() -> None:
    near, exact = canonical.read_data("0.1000000000000000000001"), canonical.read_data("0.1")
    assert canonical.plain(near) != canonical.plain(exact) == canonical.plain(0.1)


@given(MOMENTS.map(lambda at: at.astimezone(UTC)))  # a local clock has hours that are there twice or never
def test_no_microsecond_is_lost(at: datetime) -> None:
    assert canonical.moment(at + timedelta(microseconds=1)) == (canonical.moment(at) or 0) + 1
    assert datetime.fromisoformat(canonical.written_at(canonical.moment(at))) == at


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:0DB8:0:0::1", True),
        ("::ffff:192.0.2.7", "::ffff:c000:207", True),
        ("::ffff:192.0.2.7", "192.0.2.7", False),
        ("", None, True),
    ],
)
def test_addresses_by_their_bytes(one: str | None, other: str | None, same: bool) -> None:
    assert (canonical.address(one) == canonical.address(other)) is same
