"""Keeps what somebody typed when the session had ended: sealed, because a form may name a reporter."""

import json

from django.core import signing
from django.http import HttpRequest, QueryDict

from kunming_portal.encryption import cipher

SALT = "kunming_portal.accounts.kept"
MAX_AGE = 12 * 3600
NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "kept"})


def pack(request: HttpRequest) -> str:
    """Return address and fields of a form post, encrypted and dated, without passwords and tokens."""
    plain = json.dumps({"path": request.get_full_path(), "fields": fields_of(request.POST)})
    return signing.dumps(cipher.encrypt(plain, context=SALT), salt=SALT)


def unpack(packed: str) -> tuple[str, list[tuple[str, str]]] | None:
    """Return address and fields, or None for a text that is altered or older than twelve hours."""
    try:
        data = json.loads(cipher.decrypt(signing.loads(packed, salt=SALT, max_age=MAX_AGE), context=SALT))
    except (signing.BadSignature, cipher.Undecipherable):
        return None
    return data["path"], [(key, value) for key, value in data["fields"]]


def fields_of(post: QueryDict) -> list[tuple[str, str]]:
    """Return the fields of a post that may be shown and sent again."""
    return [(key, value) for key, values in post.lists() if may_be_kept(key) for value in values]


def may_be_kept(name: str) -> bool:
    """Whether a field may be shown again: no token, and no password, whatever the form calls it."""
    return name not in NEVER_KEPT and "password" not in name
