"""The select of divisions above a list: what lies directly below the person's territory."""

from django.db.models import Q
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.models import Division
from kunming_portal.ui.fragments import Field

CITY_DIGITS, COUNTY_DIGITS = 4, 6


def division_fields(user: User, permission: Permission, *, chosen: str) -> list[Field]:
    """Return the select, or nothing for who sees one place only. One query, none without a territory."""
    prefixes = user.scope(permission).prefixes
    if not prefixes:
        return []
    below = Division.objects.filter(Q(parent_id__in=prefixes) | Q(code=chosen)).order_by("code")
    options = list(below.values_list("code", "short_name"))
    if len(options) < 2 and not chosen:
        return []
    lengths = {len(code) for code in prefixes}
    empty = _("All counties") if lengths == {CITY_DIGITS} else _("All communities")
    if lengths == {COUNTY_DIGITS}:
        empty = _("All streets")
    return [Field("division", empty, options, chosen)]
