"""Writes what happens to accounts into the trail: the hook that ACCOUNT_EVENTS names."""

from django.db import transaction

from kunming_portal.accounts.events import AccountEvent
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail


@transaction.atomic
def record(event: AccountEvent) -> None:
    """Append one event, in the caller's transaction if there is one. Two or three queries.

    An attempt to enter an account that does not exist goes to one stream of its own.
    """
    trail.record(
        trail.Entry(
            stream=f"account:{event.user.pk}" if event.user is not None else "account:unknown",
            event=event.event,
            subject=event.user if event.user is not None else User(),
            label=str(event.user) if event.user is not None else "",
            at=event.at,
            by=event.by,
            data=event.data,
            ip=event.ip,
        )
    )
