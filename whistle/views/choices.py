"""What the filter bars offer: a short list for each field, read in at most five queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.models import Division
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from whistle.filtersets import LIGHTS, STATUSES
from whistle.models import Case, Kind, SubClass
from whistle.workflow import Ending, Tier

Choice = tuple[str, str]
CITY_DIGITS, COUNTY_DIGITS = 4, 6


@dataclass(frozen=True)
class Field:
    """One select of a filter bar; `empty` is what stands there when nothing is chosen."""

    name: str
    empty: str
    options: list[Choice]
    value: str = ""


def of(user: User, *, query: QueryDict, now: datetime, with_status: bool = True) -> list[Field]:
    """Return the selects for the cases this person sees; one without a choice is left out. Three to five queries."""
    prefixes = user.scope(Permission.CASE_VIEW).prefixes
    wide = any(len(code) <= COUNTY_DIGITS for code in prefixes)
    kinds = Kind.objects.filter(is_active=True).order_by("position", "code")
    offers: list[tuple[str, str, list[Choice]]] = [
        ("status", _("All statuses"), _labels(STATUSES) if with_status else []),
        ("ending", _("All endings"), _labels(Ending.choices) if with_status else []),
        ("light", _("All lights"), _labels(LIGHTS)),
        ("tier", _("All tiers"), _labels(Tier.choices) if wide else []),
        ("division", _division_word(prefixes), _divisions(prefixes, query.get("division", ""))),
        ("kind", _("All kinds"), [(kind.code, kind.label) for kind in kinds]),
        ("sub_class", _("All sub-classes"), _sub_classes(query.get("kind", ""))),
        ("unit", _("All units"), _units(user, now)),
        ("source", _("All sources"), _labels(Case.Source.choices)),
    ]
    fields = [Field(name, empty, options, query.get(name, "")) for name, empty, options in offers]
    return [field for field in fields if len(field.options) > 1 or field.value]


def refuse(request: HttpRequest, refused: Refused, *, back: str) -> HttpResponse:
    """Say on the list why something was refused; nothing that was chosen there is lost."""
    messages.error(request, refused.sentence)
    return redirect(back)


def _division_word(prefixes: tuple[str, ...]) -> str:
    lengths = {len(code) for code in prefixes}
    if lengths == {CITY_DIGITS}:
        return _("All counties")
    return _("All streets") if lengths == {COUNTY_DIGITS} else _("All communities")


def _labels(pairs: Iterable[tuple[Any, Any]]) -> list[Choice]:
    return [(str(value), str(label)) for value, label in pairs]


def _divisions(prefixes: tuple[str, ...], chosen: str) -> list[Choice]:
    """Return the divisions directly below the person's territory, and a chosen one further down. One query."""
    if not prefixes:
        return []
    below = Division.objects.filter(Q(parent_id__in=prefixes) | Q(code=chosen)).order_by("code")
    return list(below.values_list("code", "short_name"))


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
