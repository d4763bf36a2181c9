"""What the list and the pages of volunteer activities show, and the buttons a person has there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from communities.guards import keeper_of
from communities.models import Activity, SignUp
from communities.services.volunteering import can_move
from kunming_portal.accounts.models import User
from kunming_portal.ui import parts


@dataclass(frozen=True)
class ActivityPage:
    """The page of an activity."""

    sign_ups: Sequence[SignUp]
    places: str
    keeps: bool
    moves: parts.Moves


def rows_of(found: list[Activity]) -> list[tuple[Activity, str]]:
    """Return the activities of a page, each with its places in words. One query."""
    counted = SignUp.objects.filter(activity__in=found).values_list("activity").annotate(n=Count("pk"))
    taken = dict(counted.order_by())
    return [(row, places_text(row, taken.get(row.pk, 0))) for row in found]


def places_text(row: Activity, taken: int) -> str:
    """Return how many have signed up of how many places; of a past one, how many came."""
    if row.state == Activity.State.DONE:
        return _("%(came)s came") % {"came": row.came}
    return _("%(taken)s of %(wanted)s signed up") % {"taken": taken, "wanted": row.wanted}


def page_of(row: Activity, *, user: User, now: datetime) -> ActivityPage:
    """Return what the page shows. One query."""
    signed = list(SignUp.objects.filter(activity=row).order_by("pk"))
    keeps = keeper_of(row.community_id, by=user) is not None
    return ActivityPage(
        sign_ups=signed if keeps else [],
        places=places_text(row, len(signed)),
        keeps=keeps,
        moves=_moves(row, user=user, now=now) if keeps else parts.Moves(),
    )


def _moves(row: Activity, *, user: User, now: datetime) -> parts.Moves:
    """Return the buttons, the likeliest red: sign up while it is open, say what came of it once it has begun."""

    def link(label: str, name: str, *more: str, icon: str, primary: bool = False) -> parts.Move:
        return parts.Move(label, reverse(name, args=[row.pk, *more]), icon=icon, primary=primary)

    begun = row.starts_at <= now
    moves: list[parts.Move] = []
    if row.state == Activity.State.OPEN and not begun:
        moves.append(link(_("Sign somebody up"), "sign-up-new", icon="person-plus", primary=True))
    if can_move(row, "finish", by=user) and begun:
        moves.append(link(_("Say what came of it"), "activity-end", "finish", icon="check2", primary=True))
    for move, label in (("open", _("Open the sign-up")), ("close", _("Close the sign-up"))):
        if can_move(row, move, by=user):
            moves.append(
                parts.Move(
                    label, reverse("activity-move", args=[row.pk, move]), icon="door-open", method="post"
                )
            )
    if can_move(row, "cancel", by=user):
        moves.append(link(_("Change"), "activity-change", icon="pen"))
        moves.append(link(_("Cancel the activity"), "activity-end", "cancel", icon="x-circle"))
    moves.append(
        parts.Move(_("Plan another like it"), f"{reverse('activity-new')}?like={row.pk}", icon="copy")
    )
    return parts.Moves(allowed=moves)
