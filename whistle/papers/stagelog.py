"""The complete stage log of a case: who did what when, from which status to which, and why. From the trail alone."""

import html
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.audit.models import AuditEvent
from whistle.models import Assignment, Whistle
from whistle.presenters import timeline
from whistle.workflow import MOVES, WORKING_ASSIGNMENT, AssignmentStatus, Move, MoveRule, WhistleStatus

MOVE_OF: dict[str, tuple[Move, MoveRule]] = {rule.audit: (move, rule) for move, rule in MOVES.items()}


@dataclass(frozen=True)
class Stage:
    """One line of the log."""

    at: datetime
    who: str
    what: str
    way: str
    why: str


def get_stages(
    events: Sequence[AuditEvent],
    *,
    whistles: Sequence[Whistle],
    duties: Sequence[Assignment],
    teller: timeline.Teller,
) -> list[Stage]:
    """Return a line for every event, oldest first, in the order given. No query."""
    walk = Walk(whistles, duties, events)
    stages = []
    for place, event in enumerate(events):
        entry = teller.tell(event)
        who = pgettext("unit and person", "%(unit)s %(person)s") % {
            "unit": teller.short(event.unit_name),
            "person": event.actor_name,
        }
        why = " ".join(words for words in (entry.detail, entry.timing) if words)
        what = html.unescape(strip_tags(entry.text)).removeprefix(teller.short(event.unit_name)).strip()
        stages.append(Stage(event.at, who.strip(), what, walk.take(place, event), why))
    return stages


@dataclass
class Walk:
    """Replays the statuses of whistles and duties, to say from where to where each event led."""

    whistles: Sequence[Whistle]
    duties: Sequence[Assignment]
    events: Sequence[AuditEvent]
    statuses: dict[int, str] = field(default_factory=dict)
    working: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, place: int, event: AuditEvent) -> str:
        """Return the change of status an event made, in words, or nothing."""
        tier = event.data.get("tier")
        if event.event not in MOVE_OF or not isinstance(tier, int):
            return ""
        move, rule = MOVE_OF[event.event]
        if rule.is_about_assignment:
            return self._duty(move, rule, tier, event)
        before = self.statuses.get(tier, rule.sources[0].value)
        after = self._target(place, tier, rule, before)
        self.statuses[tier] = after
        self._consequences(move, tier, after, event)
        return _way(_whistle(before), _whistle(after))

    def _duty(self, move: Move, rule: MoveRule, tier: int, event: AuditEvent) -> str:
        before = self.working[tier].get(event.object_id, rule.assignment_sources[0].value)
        after = (rule.assignment_targets or rule.assignment_sources)[0].value
        self.working[tier][event.object_id] = after
        way = _way(_assignment(before), _assignment(after))
        if move is Move.FEED_BACK and not any(s in WORKING_ASSIGNMENT for s in self.working[tier].values()):
            whole = _way(_whistle(WhistleStatus.HANDLING), _whistle(WhistleStatus.AWAITING_VERIFICATION))
            self.statuses[tier] = WhistleStatus.AWAITING_VERIFICATION
            way = _("%(way)s; whistle %(whole)s") % {"way": way, "whole": whole} if way else whole
        return way

    def _target(self, place: int, tier: int, rule: MoveRule, before: str) -> str:
        """Return where a move led: its only target, else the one from which the next move set out."""
        if not rule.targets:
            return before
        wanted = [target.value for target in rule.targets]
        if len(wanted) == 1:
            return wanted[0]
        for event in self.events[place + 1 :]:
            known = MOVE_OF.get(event.event)
            if known is None or event.data.get("tier") != tier or known[1].is_about_assignment:
                continue
            fitting = [value for value in wanted if value in known[1].sources]
            return fitting[0] if fitting else wanted[0]
        now = next((w.status for w in self.whistles if w.tier == tier), "")
        return now if now in wanted else wanted[0]

    def _consequences(self, move: Move, tier: int, after: str, event: AuditEvent) -> None:
        whistle = next((w for w in self.whistles if w.tier == tier), None)
        called = [str(d.pk) for d in self.duties if whistle is not None and d.whistle_id == whistle.pk]
        if move is Move.DISPATCH:
            self.working[tier] = dict.fromkeys(called, AssignmentStatus.AWAITING_SIGNATURE.value)
        if move is Move.REWORK:
            again = {str(d.pk) for d in self.duties if d.unit.name in event.data.get("units", ())}
            back = dict.fromkeys(again & set(self.working[tier]), AssignmentStatus.HANDLING.value)
            self.working[tier] = self.working[tier] | back
        if after == WhistleStatus.UPGRADED:
            self.statuses[tier + 1] = WhistleStatus.AWAITING_ACCEPTANCE.value


def _whistle(value: str) -> str:
    return str(WhistleStatus(value).label)


def _assignment(value: str) -> str:
    return str(AssignmentStatus(value).label)


def _way(before: str, after: str) -> str:
    return f"{before}→{after}" if before != after else ""
