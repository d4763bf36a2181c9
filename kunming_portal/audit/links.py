"""Links of the chain: HMAC-SHA256 over the link before and the row's spelling, under a key outside the database."""

import base64
import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings

from kunming_portal.audit import canonical

FIRST = b""  # what stands before the first row of a stream and the first seal


class UnknownKey(Exception):
    """A row or seal names a key that AUDIT_KEYS does not hold."""


def current_key_id() -> str:
    """Return the key that links what is written now: the first of AUDIT_KEYS."""
    return next(iter(settings.AUDIT_KEYS))


def link(previous: bytes, values: Sequence[Any], *, key_id: str) -> bytes:
    """Return the link of a row (values in the order of `canonical.COLUMNS`) after the link `previous`.

    Raises `UnknownKey` for a key that is not configured.
    """
    return hmac.digest(_key(key_id), previous + canonical.spelled(key_id, values), "sha256")


def signed(message: bytes, *, key_id: str) -> bytes:
    """Return the keyed hash of a seal's spelling. Raises `UnknownKey`."""
    return hmac.digest(_key(key_id), message, "sha256")


def fingerprint(key_id: str) -> str:
    """Return 16 digits by which a key is told from another of the same name; they give nothing of it away."""
    return hmac.digest(_key(key_id), b"fingerprint", "sha256").hex()[:16]


def _key(key_id: str) -> bytes:
    try:
        return _bytes(settings.AUDIT_KEYS[key_id])
    except KeyError as error:
        raise UnknownKey(key_id) from error


@lru_cache(maxsize=16)
def _bytes(key: str) -> bytes:
    return base64.b64decode(key)
