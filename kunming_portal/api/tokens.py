"""Giving out and revoking API tokens, on the audit trail; the token itself is never written anywhere."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.api.models import ApiToken
from kunming_portal.audit import trail
from kunming_portal.errors import Refused

LONGEST_DAYS = 90
MOST_TOKENS = 10
USE_NOTED_EVERY = timedelta(minutes=1)


class TokenRefused(Refused):
    """A token that may not be given out."""


def get_tokens(*, user: User) -> QuerySet[ApiToken]:
    """Return the person's own tokens, newest first. Nobody sees another's."""
    found: QuerySet[ApiToken] = ApiToken.objects.filter(user=user).order_by("-created", "digest")
    return found


def create_token(*, name: str, days: int, by: User, now: datetime) -> tuple[ApiToken, str]:
    """Give out a token that ends after `days` (1 to 90); return the row and the token, shown this once.

    Refuses without the right to hold tokens, a longer life, and an eleventh token that has not ended.
    """
    if not may_hold(by):
        raise TokenRefused(_("You do not hold a role that may hold API tokens."), code="role")
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenRefused(
            _("A token lives at least 1 and at most %(days)d days.") % {"days": LONGEST_DAYS}, code="days"
        )
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # two pages at once must not pass the limit together
        if get_tokens(user=by).filter(expiry__gt=now).count() >= MOST_TOKENS:
            raise TokenRefused(
                _("You hold %(most)d tokens already. Revoke one first.") % {"most": MOST_TOKENS}, code="many"
            )
        make = ApiToken.objects.create  # knox answers with the row and the token itself
        token, secret = make(user=by, name=name, expiry=timedelta(days=days))  # type: ignore[no-untyped-call]
        trail.record(_entry(token, "api_token.created", by=by, now=now, days=days))
    return token, secret


def revoke_token(*, token: ApiToken, by: User, now: datetime) -> None:
    """Revoke one's own token: the next request with it is refused."""
    if token.user_id != by.pk:
        raise TokenRefused(_("This token is not yours."), code="role")
    with transaction.atomic():
        trail.record(_entry(token, "api_token.revoked", by=by, now=now))
        token.delete()


def may_hold(user: User) -> bool:
    """Whether somebody may hold and use tokens now: active, no timer, appointed to a role that allows it."""
    return user.is_active and not user.is_system and user.can(Permission.API_USE)


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Remember when the token was used last, at most once a minute. At most one query."""
    stale = now - USE_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < stale:
        rows = ApiToken.objects.filter(pk=token.pk)
        rows.filter(Q(last_used_at=None) | Q(last_used_at__lt=stale)).update(last_used_at=now)


def _entry(token: ApiToken, event: str, *, by: User, now: datetime, **data: int) -> trail.Entry:
    # the primary key is the token's hash: the trail names the token by its visible beginning instead
    return trail.Entry(
        stream=f"user:{by.pk}",
        event=event,
        subject=by,
        label=f"{token.name} ({token.token_key})",
        at=now,
        by=by,
        data={"token": token.token_key, "name": token.name, **data},
    )
