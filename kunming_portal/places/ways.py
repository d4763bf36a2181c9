"""The way down to a place, and the page of each division on it."""

from collections.abc import Sequence

from django.urls import reverse

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.selectors import get_ancestors
from kunming_portal.ui import parts


def get_ways(code: str, *, user: User, to_itself: bool = True) -> Sequence[parts.Crumb]:
    """Return the divisions from the city down to a community, with links where the person sees them. One query.

    `to_itself`: whether the community's own crumb is a link, too.
    """
    return [
        parts.Crumb(
            label=division.short_name if division.level == Division.Level.CITY else division.place_name,
            url=_page_of(division, code, user=user, to_itself=to_itself),
            current=division.code == code and not to_itself,
        )
        for division in get_ancestors(code)
    ]


def _page_of(division: Division, code: str, *, user: User, to_itself: bool) -> str:
    if division.code == code:
        return reverse("community-page", args=[code]) if to_itself else ""
    prefixes = user.scope(P.COMMUNITY_VIEW).prefixes
    if any(division.code.startswith(prefix) for prefix in prefixes):
        return f"{reverse('community')}?division={division.code}"
    return ""
