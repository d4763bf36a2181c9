"""What the list and the page of needs show, and the buttons a person has there."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, keeper_of
from communities.models import CommunityNeed, NeedClaim
from communities.models.needs import MOVES
from communities.services import checking_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui import parts


@dataclass(frozen=True)
class ClaimLine:
    """A claim, and the address that gives it back if I may."""

    claim: NeedClaim
    release_url: str


@dataclass(frozen=True)
class NeedPage:
    """The page of a need."""

    claims: Sequence[ClaimLine]
    moves: parts.Moves


def rows_of(found: list[CommunityNeed]) -> list[tuple[CommunityNeed, int]]:
    """Return the needs of a page, each with the number of its claims. One query."""
    counted = NeedClaim.objects.filter(need__in=found).values_list("need").annotate(n=Count("pk"))
    claims = dict(counted.order_by())
    return [(need, claims.get(need.pk, 0)) for need in found]


def check_can_claim(need: CommunityNeed, *, user: User, some: bool) -> None:
    """Refuse with a sentence when nothing can be claimed: the need is taken or ended, or nobody has checked in."""
    if need.state not in MOVES["claim"]:
        raise CommunityRefused(
            _("Now: %(state)s. This is not possible any more.") % {"state": need.get_state_display()}
        )
    if not some:
        raise CommunityRefused(
            _("Nobody you may claim for has checked in to this community. Check in first.")
        )


def page_of(need: CommunityNeed, *, user: User) -> NeedPage:
    """Return what the page shows. One query."""
    rows = NeedClaim.objects.filter(need=need).select_related("check_in__unit", "claimed_by").order_by("pk")
    lines = [
        ClaimLine(
            claim=row,
            release_url=reverse("need-release", args=[need.pk, row.check_in_id])
            if need.is_running
            and checking_in.standing(need.community_id, row.check_in.unit, by=user) is not None
            else "",
        )
        for row in rows
    ]
    return NeedPage(claims=lines, moves=_moves(need, claimed=bool(lines), user=user))


def _moves(need: CommunityNeed, *, claimed: bool, user: User) -> parts.Moves:
    keeps = keeper_of(need.community_id, by=user) is not None
    if not need.is_running or not (keeps or user.can(P.CHECK_IN)):
        return parts.Moves()
    moves: list[parts.Move] = []
    if need.state in MOVES["claim"]:
        moves.append(
            parts.Move(
                _("Claim"),
                reverse("need-claim", args=[need.pk]),
                icon="hand-index",
                primary=not (keeps and claimed),
            )
        )
    if keeps and claimed:
        moves.insert(
            0,
            parts.Move(
                _("Need met"), reverse("need-end", args=[need.pk, "finish"]), icon="check2", primary=True
            ),
        )
    if keeps and need.state in MOVES["change"]:
        moves.append(parts.Move(_("Change"), reverse("need-change", args=[need.pk]), icon="pen"))
    if keeps:
        moves.append(
            parts.Move(_("Withdraw"), reverse("need-end", args=[need.pk, "withdraw"]), icon="x-circle")
        )
    return parts.Moves(allowed=moves)
