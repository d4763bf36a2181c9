"""Choosing a place on a page about communities: in a filter bar, and on a form."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.ui.fragments import Field

CITY_DIGITS, COUNTY_DIGITS = 4, 6


def check_sees(user: User) -> None:
    """Refuse whoever sees no records of communities at all (403)."""
    if not user.can(P.COMMUNITY_VIEW):
        raise PermissionDenied(_("You do not hold a role that sees the records of communities."))


def division_fields(user: User, query: QueryDict, *, permission: P = P.COMMUNITY_VIEW) -> list[Field]:
    """Return the select of divisions directly below the person's territory, with a chosen one further down.

    None where there is nothing to choose. One query.
    """
    prefixes = user.scope(permission).prefixes
    chosen = query.get("division", "")
    if not prefixes:
        return []
    below = Division.objects.filter(Q(parent_id__in=prefixes) | Q(code=chosen)).real().order_by("code")
    options = list(below.values_list("code", "short_name"))
    lengths = {len(code) for code in prefixes}
    word = _("All communities")
    if lengths == {CITY_DIGITS}:
        word = _("All counties")
    elif lengths == {COUNTY_DIGITS}:
        word = _("All streets")
    return [Field("division", word, options, chosen)] if len(options) > 1 or chosen else []
