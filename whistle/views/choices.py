"""What the filter bars offer: a short list for each field, read in at most five queries."""

from datetime import datetime

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.selectors import get_compounds
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.ui.fragments import Choice, Field, as_choices
from whistle.filtersets import LIGHTS, STATUSES
from whistle.models import Case, Kind, SubClass
from whistle.workflow import Ending, Tier

CITY_DIGITS, COUNTY_DIGITS = 4, 6
LONGEST_KEY = 10  # digits


def of(user: User, *, query: QueryDict, now: datetime, with_status: bool = True) -> list[Field]:
    """Return the selects for the cases this person sees; one without a choice is left out. Three to six queries."""
    prefixes = user.scope(Permission.CASE_VIEW).prefixes
    wide = any(len(code) <= COUNTY_DIGITS for code in prefixes)
    kinds = Kind.objects.filter(is_active=True).order_by("position", "code")
    offers: list[tuple[str, str, list[Choice]]] = [
        ("status", _("All statuses"), as_choices(STATUSES) if with_status else []),
        ("ending", _("All endings"), as_choices(Ending.choices) if with_status else []),
        ("light", _("All lights"), as_choices(LIGHTS)),
        ("tier", _("All tiers"), as_choices(Tier.choices) if wide else []),
        ("division", _division_word(prefixes), _divisions(prefixes, query.get("division", ""))),
        ("compound", _("All compounds"), _compounds(user, query.get("compound", ""))),
        ("kind", _("All kinds"), [(kind.code, kind.label) for kind in kinds]),
        ("sub_class", _("All sub-classes"), _sub_classes(query.get("kind", ""))),
        ("unit", _("All units"), _units(user, now)),
        ("source", _("All sources"), as_choices(Case.Source.choices)),
    ]
    fields = [Field(name, empty, options, query.get(name, "")) for name, empty, options in offers]
    return [field for field in fields if len(field.options) > 1 or field.value]


def _division_word(prefixes: tuple[str, ...]) -> str:
    lengths = {len(code) for code in prefixes}
    if lengths == {CITY_DIGITS}:
        return _("All counties")
    return _("All streets") if lengths == {COUNTY_DIGITS} else _("All communities")


def _divisions(prefixes: tuple[str, ...], chosen: str) -> list[Choice]:
    """Return the divisions directly below the person's territory, and a chosen one further down. One query."""
    if not prefixes:
        return []
    below = Division.objects.filter(Q(parent_id__in=prefixes) | Q(code=chosen)).order_by("code")
    return list(below.values_list("code", "short_name"))


def _compounds(user: User, chosen: str) -> list[Choice]:
    """Return the compound whose page led here; a territory has too many to choose from. One query, or none."""
    if not chosen.isascii() or not chosen.isdecimal() or len(chosen) > LONGEST_KEY:
        return []
    return [
        (chosen, name) for name in get_compounds(user=user).filter(pk=chosen).values_list("name", flat=True)
    ]


def _sub_classes(kind: str) -> list[Choice]:
    """Return the sub-classes of the kind that is chosen; without one there are too many to read. One query."""
    if not kind:
        return []
    found = SubClass.objects.filter(kind__code=kind, is_active=True).order_by("position", "code")
    return list(found.values_list("code", "name"))


def _units(user: User, now: datetime) -> list[Choice]:
    """Return the units that can be called from where the person acts, or from just above. One query."""
    codes = {a.unit.division_id for a in user.acting_appointments}
    seats = Q(division_id__in=codes | {code[:9] for code in codes})
    units = Unit.objects.active(timezone.localtime(now).date()).can_be_called().filter(seats)
    return list(units.order_by("division_id", "kind", "name", "id").values_list("code", "short_name"))
