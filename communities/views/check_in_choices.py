"""What the lists of double report and volunteers offer to choose from, and where a person may write."""

from datetime import date

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.filtersets.check_ins import EARLIEST, STATES
from communities.models import CheckIn, CommunityNeed, ServiceClass
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet
from kunming_portal.organisations.models import Unit
from kunming_portal.ui.fragments import Field, as_choices

COMMUNITY_DIGITS = 12
MOST_UNITS = 200
YEARS = 5
Tab = tuple[str, str, bool]


def tabs_of(now_at: str) -> list[Tab]:
    """Return the lists of double report as tabs: label, address, whether it is shown."""
    words = [
        ("check-ins", _("Units checked in")),
        ("member-check-ins", _("Members checked in")),
        ("service-records", _("Service records")),
        ("needs", _("Needs and posts")),
    ]
    return [(label, reverse(name), name == now_at) for name, label in words]


def kept_communities(user: User) -> DivisionQuerySet:
    """Return the communities whose registers the person keeps, without what exists for statistics only."""
    return Division.objects.within(*user.scope(P.COMMUNITY_KEEP).prefixes).level("community").real()


def own_unit(user: User) -> Unit | None:
    """Return the unit for which the person checks in, if there is one. No query once rights are loaded."""
    ids = user.scope(P.CHECK_IN).unit_ids
    return next((a.unit for a in user.acting_appointments if a.unit_id in ids), None)


def writable_communities(user: User) -> DivisionQuerySet:
    """Return where the person may check somebody in: what is kept; for a unit's people everywhere."""
    if user.can(P.COMMUNITY_KEEP):
        return kept_communities(user)
    return Division.objects.level("community").real()


def division_field(user: User, query: QueryDict) -> Field:
    """Return the select of divisions just below the person's territory, and one chosen further down. One query."""
    prefixes = user.scope(P.COMMUNITY_VIEW).prefixes
    chosen = query.get("division", "")
    found = Division.objects.none()
    if prefixes:
        found = Division.objects.filter(Q(parent_id__in=prefixes) | Q(code=chosen)).order_by("code")
    word = _("All divisions")
    return Field("division", word, list(found.values_list("code", "short_name")), chosen)


def class_field(query: QueryDict) -> Field:
    """Return the select of service classes. One query."""
    rows = ServiceClass.objects.order_by("position", "pk").values_list("pk", "name")
    return Field("service_class", _("All service classes"), as_choices(rows), query.get("service_class", ""))


def unit_field(user: User, query: QueryDict) -> Field:
    """Return the select of units, for those who look at one community only: a city has too many. At most one query."""
    chosen = query.get("unit", "")
    prefixes = user.scope(P.COMMUNITY_VIEW).prefixes
    names: list[str] = [chosen] if chosen else []
    if len(prefixes) == 1 and len(prefixes[0]) == COMMUNITY_DIGITS:
        rows = CheckIn.objects.units().filter(community=prefixes[0]).order_by("unit_name")
        names = list(rows.values_list("unit_name", flat=True)[:MOST_UNITS])
    return Field("unit", _("All units"), [(name, name) for name in names], chosen)


def state_field(query: QueryDict) -> Field:
    """Return the select of active and ended."""
    return Field("state", _("Active and ended"), as_choices(STATES), query.get("state", ""))


def need_state_field(query: QueryDict) -> Field:
    """Return the select of the states of a need."""
    return Field("state", _("All states"), as_choices(CommunityNeed.State.choices), query.get("state", ""))


def year_field(query: QueryDict, *, today: date) -> Field:
    """Return the select of the last years."""
    first = max(today.year - YEARS, EARLIEST)
    years = [
        (str(year), pgettext("a calendar year", "%(year)s") % {"year": year})
        for year in range(today.year, first, -1)
    ]
    return Field("year", _("All years"), years, query.get("year", ""))


def offered(*fields: Field) -> list[Field]:
    """Leave out what offers no choice."""
    return [field for field in fields if len(field.options) > 1 or field.value]
