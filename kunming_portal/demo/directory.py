"""Who can be asked: centres, called units and people by seat, and the rules by kind, tier and place. In memory."""

from collections import defaultdict
from datetime import datetime
from functools import cached_property

from kunming_portal.accounts.models import Appointment
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.demo.units import trade_of
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.calendar import Calendar
from whistle import selectors
from whistle.models import Case, DeadlinePolicy, Kind, KindRule, SubClass, Whistle
from whistle.services import upgrading
from whistle.suggestions import suggest_sub_classes

# In which role people usually make the moves of a right, the more frequent the more often
USUALLY = {
    P.WHISTLE_VERIFY: ("community_worker", "dispatcher"),
    P.WHISTLE_APPROVE: ("community_secretary", "party_secretary"),
    P.CASE_OPEN: ("community_worker", "dispatcher"),
    P.CASE_UPGRADE: ("party_secretary",),
    P.WHISTLE_ACCEPT: ("dispatcher",),
    P.WHISTLE_DISPATCH: ("dispatcher",),
}


class Directory:
    """Units, people and rules of the demonstration, looked up without a query."""

    def __init__(self, units: list[Unit], appointments: list[Appointment], calendar: Calendar) -> None:
        self.calendar = calendar
        self.units = {unit.code: unit for unit in units}
        self.communities = [unit for unit in units if unit.kind == Unit.Kind.COMMUNITY]
        self.kinds = {kind.code: kind for kind in Kind.objects.all()}
        self._centres = {unit.division_id: unit for unit in units if unit.kind == Unit.Kind.CENTRE}
        self._callable: dict[str, dict[str, Unit]] = defaultdict(dict)
        self._by_role: dict[tuple[str, str], list[Appointment]] = defaultdict(list)
        self._liaisons: dict[int, list[Appointment]] = defaultdict(list)
        self._rules: dict[tuple[int, int, str], dict[str, DeadlinePolicy]] = {}
        self._side_paths: dict[tuple[int, int], KindRule] = {}
        self._next: dict[tuple[int, int], Kind] = {}
        self._sub_classes: dict[int, list[SubClass]] = defaultdict(list)
        for row in SubClass.objects.order_by("position", "code"):
            self._sub_classes[row.kind_id].append(row)
        for unit in units:
            if unit.kind in ("department", "force", "company"):
                self._callable[unit.division_id][trade_of(unit)] = unit
        for held in appointments:
            self._by_role[held.unit.division_id, held.role].append(held)
            if held.role == "liaison":
                self._liaisons[held.unit_id].append(held)

    @cached_property
    def streets(self) -> list[str]:
        """The codes of the streets that have communities, in order."""
        return sorted({unit.division_id[:9] for unit in self.communities})

    def who(self, permission: P, seat: str) -> Appointment:
        """Return the appointment in which a move of this right is usually made at this seat."""
        return next(held for role in USUALLY[permission] for held in self._by_role[seat, role])

    def colleague(self, permission: P, seat: str, number: int) -> Appointment:
        """Return one of several who may make the move at this seat, by any number."""
        found = [held for role in USUALLY[permission] for held in self._by_role[seat, role]]
        return found[number % len(found)]

    def liaison(self, unit: Unit) -> Appointment:
        """Return who acts for a called unit."""
        return self._liaisons[unit.pk][0]

    def centre(self, seat: str) -> Unit:
        """Return the governance centre of a street, county or the city."""
        return self._centres[seat]

    def called(self, seat: str, trades: tuple[str, ...]) -> list[Unit]:
        """Return the units of these trades at a seat; a trade that does not exist there is left out."""
        here = self._callable[seat]
        found = [here[trade] for trade in trades if trade in here]
        return found or [here["party"] if "party" in here else next(iter(here.values()))]

    def rules(self, kind: Kind, tier: int, division_code: str, at: datetime) -> dict[str, DeadlinePolicy]:
        """Return the policies in force, each question asked once of the whistle's own selector."""
        key = (kind.pk, tier, division_code[:6])
        if key not in self._rules:
            seat = next(u for u in self.units.values() if u.division_id.startswith(division_code))
            self._rules[key] = selectors.get_policies(kind=kind, tier=tier, division=seat.division, at=at)
            for policy in self._rules[key].values():
                policy.kind = kind
        return self._rules[key]

    def rule(self, kind: Kind, tier: int, at: datetime) -> KindRule:
        """Return the kind's rule of side paths: the selector's own answer, asked once; rules do not change here."""
        key = (kind.pk, tier)
        if key not in self._side_paths:
            self._side_paths[key] = selectors.get_rule(kind=kind, tier=tier, at=at)
        return self._side_paths[key]

    def sub_class(self, kind: Kind, tier: int, case: Case, *, before: list[Whistle]) -> SubClass | None:
        """Return at first what the words suggest, as if people followed it; at the next tier what goes on."""
        if before:
            return upgrading.next_sub_class(before[0], kind=kind, tier=tier)
        own = [row for row in self._sub_classes[kind.pk] if tier in row.tiers]
        return next(iter(suggest_sub_classes(case.description, among=own, most=1)), None)

    def next_kind(self, kind: Kind, tier: int) -> Kind:
        """Return the kind with which a case goes on at the next tier: the service's own answer, asked once."""
        key = (kind.pk, tier)
        if key not in self._next:
            self._next[key] = self.kinds[upgrading.next_kind(kind, tier=tier).code]
        return self._next[key]
