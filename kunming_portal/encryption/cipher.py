"""AES-256-GCM for single fields, and keyed hashes to find them again (standards.md §0.5, DA-3, DA-4).

The ciphertext carries its key id: `key-id.base64(nonce + sealed)`. The first key of
`FIELD_ENCRYPTION_KEYS` encrypts, every key decrypts, so a key is rotated by putting a new one in front.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class Undecipherable(Exception):
    """The text was altered, or its key is not among the configured ones."""


def encrypt(plain: str, *, context: str) -> str:
    """Seal `plain`. `context` names table and column; a text moved elsewhere does not open there."""
    if not plain:
        return ""
    key_id = next(iter(settings.FIELD_ENCRYPTION_KEYS))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_key(key_id)).encrypt(nonce, plain.encode(), context.encode())
    return f"{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def decrypt(cipher: str, *, context: str) -> str:
    """Open what `encrypt` sealed. Raises `Undecipherable` for altered text or an unknown key."""
    if not cipher:
        return ""
    key_id, _, payload = cipher.partition(".")
    try:
        raw = base64.b64decode(payload, validate=True)
        return AESGCM(_key(key_id)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
    except (InvalidTag, ValueError, KeyError) as error:
        raise Undecipherable(f"key {key_id!r}") from error


def keyed_hash(plain: str, *, context: str) -> str:
    """Return a 64-digit HMAC-SHA256 by which an encrypted value can be found, never read.

    The last configured key hashes: it is the oldest, so hashes survive the rotation of keys.
    """
    key_id = list(settings.FIELD_ENCRYPTION_KEYS)[-1]
    return hmac.new(_key(key_id), f"{context}:{plain}".encode(), hashlib.sha256).hexdigest()


def _key(key_id: str) -> bytes:
    return base64.b64decode(settings.FIELD_ENCRYPTION_KEYS[key_id])
