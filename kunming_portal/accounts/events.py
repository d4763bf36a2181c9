"""What happens to accounts, told to whoever keeps the trail.

The trail lies above this package, so it is reached through the setting ACCOUNT_EVENTS (docs/adr/0010).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from kunming_portal.accounts.models import User

SIGNED_IN = "account.signed_in"
SIGNED_OUT = "account.signed_out"
SIGN_IN_FAILED = "account.sign_in_failed"
SIGN_IN_LOCKED = "account.sign_in_locked"
PASSWORD_CHANGED = "account.password_changed"


@dataclass(frozen=True)
class AccountEvent:
    """One event: about whom, by whom (nobody for a visitor who did not get in), from which address."""

    event: str
    at: datetime
    user: User | None
    by: User | None
    ip: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def tell(
    event: str,
    *,
    request: HttpRequest,
    user: User | None,
    by: User | None,
    data: dict[str, Any] | None = None,
) -> None:
    """Pass an event of a request on. The change and its event belong in one transaction of the caller."""
    ip = request.META.get("REMOTE_ADDR") or None
    recorder()(AccountEvent(event=event, at=timezone.now(), user=user, by=by, ip=ip, data=data or {}))


@functools.cache
def recorder() -> Callable[[AccountEvent], None]:
    """Return the function that ACCOUNT_EVENTS names."""
    found: Callable[[AccountEvent], None] = import_string(settings.ACCOUNT_EVENTS)
    return found
