"""What the people who watch over the portal are told when it cannot be trusted by itself."""

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_holders
from kunming_portal.heartbeats import guard
from kunming_portal.heartbeats.services import Beat
from kunming_portal.notifications.services import Message, write


def clocks_agree(beat: Beat) -> bool:
    """Return whether moments may be decided now, and tell the system administrators once when that ends.

    What was found stands in the facts of the sweep. Three statements; two more when a halt begins.
    """
    watch = guard.look()
    beat.facts["clocks"] = watch.judgement.trust.value
    if watch.begins:
        worst = max(watch.judgement.apart, watch.judgement.jumped, key=abs)
        message = Message(
            kind="operations.clocks",
            sentence=_("No deadline rings: the clocks of database and worker are %(seconds)s seconds apart."),
            values={"seconds": round(abs(worst.total_seconds()))},
            link=reverse("operations"),
            urgent=True,
        )
        holders = get_holders(permission=Permission.OPERATIONS_WATCH)
        write([(person, message) for person in holders], now=watch.database_now)
    return watch.may_ring
