"""What happened to a record of communities, newest first, in words: the history below its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from communities.presenters.burden_events import BURDEN_EVENTS
from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines.models import RungChoices

# event -> its name; the pages of administration name them by this table too
EVENTS: dict[str, str | Promise] = {
    "undertaking.assigned": pgettext_lazy("event", "Undertaking assigned"),
    "undertaking.reported": pgettext_lazy("event", "Undertaking reported on"),
    "undertaking.accepted": pgettext_lazy("event", "Report accepted"),
    "undertaking.returned": pgettext_lazy("event", "Report sent back"),
    "undertaking.dropped": pgettext_lazy("event", "Undertaking dropped"),
    "power.opened": pgettext_lazy("event", "Power record opened"),
    "power.met": pgettext_lazy("event", "Meeting recorded"),
    "power.resolved": pgettext_lazy("event", "Resolution recorded"),
    "power.announced": pgettext_lazy("event", "Public notice put up"),
    "power.remarked": pgettext_lazy("event", "Remarks on the notice recorded"),
    "power.executed": pgettext_lazy("event", "Execution assigned"),
    "power.finished": pgettext_lazy("event", "Execution confirmed"),
    "power.adopted": pgettext_lazy("event", "Outcome of the proposal recorded"),
    "power.whistled": pgettext_lazy("event", "Whistle blown from a proposal"),
    "power.vetted": pgettext_lazy("event", "Candidates vetted"),
    "power.recommended": pgettext_lazy("event", "Candidates recommended"),
    "power.outcome": pgettext_lazy("event", "Outcome of the choice recorded"),
    "power.rechecked": pgettext_lazy("event", "Rectification re-checked"),
    "power.scored": pgettext_lazy("event", "Scores entered"),
    "power.summarised": pgettext_lazy("event", "Appraisal summarised"),
    "power.used": pgettext_lazy("event", "Use of the appraisal recorded"),
    "power.ended": pgettext_lazy("event", "Power record ended early"),
    **BURDEN_EVENTS,
}
RUNGS = dict(RungChoices.choices)
SHOWN = 50


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `light` is the light of a timer's rung."""

    at: datetime
    text: str
    who: str
    reason: str
    light: str


@dataclass(frozen=True)
class Day:
    """The entries of one day, newest first."""

    date: date
    entries: Sequence[Entry]


def get_history(stream: str, *, subject: str = "", key: int | None = None) -> list[Day]:
    """Return the last events of a stream by day; with `subject` (app.model) and `key` those about that row only.

    One query.
    """
    events = AuditEvent.objects.filter(stream=stream)
    if subject:
        events = events.filter(object_type=subject, object_id=str(key))
    days: dict[date, list[Entry]] = {}
    for event in events.order_by("-seq")[:SHOWN]:
        days.setdefault(timezone.localtime(event.at).date(), []).append(_entry(event))
    return [Day(day, entries) for day, entries in days.items()]


def _entry(event: AuditEvent) -> Entry:
    about, _dot, last = event.event.rpartition(".")
    light = {"yellow": "soon"}.get(last, "over") if about == "deadline" else ""
    name = EVENTS.get(event.event, event.event)
    text = _("Deadline: %(rung)s") % {"rung": RUNGS[last]} if light and last in RUNGS else str(name)
    who = " ".join(part for part in (event.unit_name, event.actor_name) if part) if not light else ""
    return Entry(at=event.at, text=text, who=who, reason=event.reason, light=light)
