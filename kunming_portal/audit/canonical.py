"""The one spelling of a row of the trail, version 1, from which its link is computed (ADR 0016).

A row is written as a JSON array, UTF-8, without blanks, keys of objects sorted by code point:

    [1, key id, id, stream, seq, at, event, actor_id, actor_name, unit_name, object_type, object_id,
     object_label, data, reason, ip, request_id]

`at` is a whole number of microseconds since 1970 UTC; `ip` the bytes of the address in hexadecimal; nothing is `null`.
Numbers inside `data` are spelled by value: whole ones without a fraction (1.0 and 1e2 are 1 and 100), others as the
shortest decimal that gives the same double. So the spelling of what is about to be written and of what comes back
from jsonb, timestamptz and inet is the same. A new column or rule is a new version; old rows keep theirs.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

VERSION = 1
# The columns in the order in which they are spelled, read and written
COLUMNS = (
    "id",
    "stream",
    "seq",
    "at",
    "event",
    "actor_id",
    "actor_name",
    "unit_name",
    "object_type",
    "object_id",
    "object_label",
    "data",
    "reason",
    "ip",
    "request_id",
)
AT, DATA, IP = (COLUMNS.index(name) for name in ("at", "data", "ip"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_spell = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def spelled(key_id: str, values: Sequence[Any]) -> bytes:
    """Return the spelling of a row whose values stand in the order of `COLUMNS`.

    Refuses with `ValueError` what JSON does not know: infinite numbers, half characters.
    """
    row = [VERSION, key_id, *values]
    row[AT + 2] = moment(values[AT])
    row[DATA + 2] = plain(values[DATA])
    row[IP + 2] = address(values[IP])
    return _spell(row).encode()


def read_data(text: str) -> Any:
    """Parse jsonb as text so that no digit of a number is lost before it is spelled."""
    return json.loads(text, parse_float=Decimal)


def moment(at: datetime | int | None) -> int | None:
    """Return microseconds since 1970 UTC, the precision of timestamptz. What was read is that already."""
    return (at - EPOCH) // MICROSECOND if isinstance(at, datetime) else at


def written_at(microseconds: int | None) -> str:
    """Return a moment for reading: ISO 8601 in UTC; empty where a changed row holds none that a calendar knows."""
    try:
        return (EPOCH + (microseconds or 0) * MICROSECOND).isoformat() if microseconds is not None else ""
    except OverflowError:
        return ""


@lru_cache(maxsize=4096)
def address(ip: str | None) -> str | None:
    """Return an address by its bytes; what is no single address (a changed row) is kept as it stands."""
    if not ip:
        return None
    try:
        return ip_address(ip).packed.hex()
    except ValueError:
        return f"?{ip}"


def plain(value: Any) -> Any:
    """Return a value with every number and key as it comes back from jsonb."""
    if isinstance(value, str) or value is None or value is True or value is False:
        return value
    if isinstance(value, dict):
        return {key if type(key) is str else _key(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (float, Decimal)):
        return _number(value)
    return value


def _key(key: Any) -> str:
    """Return the name that JSON gives a key which is no text."""
    name: str = next(iter(json.loads(json.dumps({key: 0}, allow_nan=False))))
    return name


def _number(value: float | Decimal) -> Any:
    """Return a whole number as int, any other as the double of this value, or by its digits where none has it."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        raise ValueError("The trail holds finite numbers only.")
    if exact == exact.to_integral_value():
        return int(exact)
    double = float(exact)
    return double if Decimal(repr(double)) == exact else {"digits": str(exact)}
