"""System checks: what an operator can get wrong, said at start instead of at the first case."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.backends.postgresql import psycopg_any
from django.utils.module_loading import import_string

KEY_BYTES = 32
NAME_LENGTH = 20
KEY_SETTINGS = ("FIELD_ENCRYPTION_KEYS", "AUDIT_KEYS")
HOOKS = ("ACCOUNT_EVENTS", "DUTY_MATTERS")


def encryption_keys_fit(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Complain about a key of FIELD_ENCRYPTION_KEYS or AUDIT_KEYS that is not 32 bytes in base64 or has no name."""
    return [
        Error(
            f"The key {name!r} of {setting} is not {KEY_BYTES} bytes in base64.",
            hint=f"One key: `openssl rand -base64 32`. Write {setting} as name:key,name:key.",
            id="portal.E001",
        )
        for setting in KEY_SETTINGS
        for name, key in getattr(settings, setting).items()
        if not name or "." in name or len(name) > NAME_LENGTH or _length(key) != KEY_BYTES
    ]


def keys_are_apart(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Complain when one key both encrypts reporters and links the trail: who may hold one need not hold the other."""
    if not set(settings.FIELD_ENCRYPTION_KEYS.values()) & set(settings.AUDIT_KEYS.values()):
        return []
    hint = "Make a key of its own for AUDIT_KEYS: `openssl rand -base64 32`."
    return [
        Error("FIELD_ENCRYPTION_KEYS and AUDIT_KEYS share a key.", hint=hint, id="portal.E004"),
    ]


def hooks_exist(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Complain about a hook in the settings that names nothing."""
    found: list[CheckMessage] = []
    named = [(name, getattr(settings, name, "")) for name in HOOKS]
    named += [(f"NOTICE_PAGES[{route!r}]", path) for route, path in settings.NOTICE_PAGES.items()]
    for name, path in named:
        try:
            import_string(path)
        except (AttributeError, ImportError) as error:
            found.append(Error(f"{name} names nothing that can be imported: {error}", id="portal.E002"))
    return found


def driver_is_the_tested_one(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Complain when psycopg 3 is installed: Django would prefer it, and the portal is tested with psycopg2."""
    if not psycopg_any.is_psycopg3:
        return []
    hint = "Uninstall psycopg; psycopg2-binary is enough."
    return [Error("psycopg 3 is installed beside psycopg2.", hint=hint, id="portal.E003")]


def _length(key: str) -> int:
    try:
        return len(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return 0
