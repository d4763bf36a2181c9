"""The history of a case from its trail: by day, newest first. No query."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from kunming_portal.audit.models import AuditEvent
from kunming_portal.deadlines.ladder import Rung
from kunming_portal.ui import moments, spans
from whistle.models import Assessment, CaseNote, Exclusion, Whistle
from whistle.presenters.evidence import files_text
from whistle.workflow import Step, Tier

Dot = Literal["blow", "move", "ring", "soon", "over"]
Filter = Literal["all", "moves", "time"]


@dataclass(frozen=True)
class Entry:
    """One thing that happened: a whistle (red), a move (ink), anything else (ring), or a timer (its light)."""

    at: dt.datetime
    dot: Dot
    text: SafeString
    detail: str = ""
    timing: str = ""


@dataclass(frozen=True)
class Day:
    """The entries of one day, newest first."""

    date: dt.date
    entries: Sequence[Entry]


# event -> dot, sentence in which {who} is the unit (or person) in bold
SENTENCES: dict[str, tuple[Dot, Any]] = {
    "case.opened": ("ring", gettext_lazy("{who} wrote the case down, {person}")),
    "case.rewritten": ("ring", gettext_lazy("{who} rewrote the case, {person}")),
    "case.noted": ("ring", gettext_lazy("{who} added, {person}")),
    "case.upgraded": ("blow", gettext_lazy("{who} upgraded it, {person}; {to} is called")),
    "case.merged": ("move", gettext_lazy("{who} merged it into {into}, {person}")),
    "case.unmerged": ("move", gettext_lazy("{who} took it out of {into} again, {person}")),
    "case.absorbed": ("ring", gettext_lazy("{who} merged {from} into it, blown by {caller}")),
    "case.released": ("ring", gettext_lazy("{who} took {from} out of it again")),
    "case.numbered": ("ring", gettext_lazy("{who} added an external number: {number}")),
    "whistle.blown": ("blow", gettext_lazy("{who} blew the {tier}, {person}")),
    "whistle.approved": ("move", gettext_lazy("{who} signed off, {person}")),
    "whistle.sent_back": ("move", gettext_lazy("{who} sent it back to the writer, {person}")),
    "whistle.accepted": ("move", gettext_lazy("{who} accepted, {person}")),
    "whistle.dispatched": ("move", gettext_lazy("{who} dispatched: {lead} leads{assists}")),
    "whistle.verified": ("move", gettext_lazy("{who} verified: {verdict}{satisfaction}")),
    "whistle.sent_for_rework": ("move", gettext_lazy("{who} sent it back for rework: {units}")),
    "whistle.returned": ("move", gettext_lazy("{who} returned it for completion, {person}")),
    "whistle.completed": ("move", gettext_lazy("{who} completed it and handed it in again, {person}")),
    "whistle.withdrawn": ("move", gettext_lazy("{who} withdrew the whistle, {person}")),
    "whistle.answered": ("move", gettext_lazy("{who} gave the final answer, signed by {person}{basis}")),
    "whistle.reopened": ("blow", gettext_lazy("{who} reopened the case, {person}: {units}")),
    "whistle.assessed": ("ring", gettext_lazy("{who} on the whistle: {opinion}{cause}")),
    "whistle.lapsed": ("move", gettext_lazy("{who} closed the case without an answer")),
    "exclusion.asked": ("ring", gettext_lazy("{who} asked to leave {what} out of the figures: {ground}")),
    "exclusion.granted": ("ring", gettext_lazy("{who} left {what} out of the figures, {person}")),
    "exclusion.refused": ("ring", gettext_lazy("{who} keeps {what} in the figures, {person}")),
    "whistle.closed": ("move", gettext_lazy("{who} closed the case, {person}")),
    "assignment.signed": ("move", gettext_lazy("{who} signed for it, {person}")),
    "assignment.reported_in": ("move", gettext_lazy("{who} reported in, {comes} comes")),
    "assignment.fed_back": ("move", gettext_lazy("{who} fed back, {person}")),
    "assignment.delegated": ("ring", gettext_lazy("{who} put it into the hands of {to_person}, {person}")),
    "assignment.evaluated": ("move", gettext_lazy("{who} rated {unit}: {grades}")),
    "deadline.recalculated": (
        "ring",
        gettext_lazy("{owner}: {step} was computed again, due {before} until now, {after} then"),
    ),
    "evidence.added": ("ring", gettext_lazy("{who} added {files}, {person}")),
    "evidence.removed": ("ring", gettext_lazy("{who} withdrew a picture or paper, {person}")),
    "assignment.objected": ("move", gettext_lazy("{who} objected and suggests {suggested}, {person}")),
    "assignment.objection_decided": (
        "move",
        gettext_lazy("{who} decided the objection of {unit}: {upheld}{to_after}"),
    ),
    "whistle.consulted": ("move", gettext_lazy("{who} held the consultation: {lead} leads{assists}")),
    "extension.asked": ("move", gettext_lazy("{who} asked for {days} more working days, {person}")),
    "extension.decided": (
        "move",
        gettext_lazy("{who} decided on the extension: {granted}, {days} working days"),
    ),
    "extension.decided_by_leader": (
        "move",
        gettext_lazy("{who} decided on the extension: {granted}, {days} working days"),
    ),
    "hold.asked": ("move", gettext_lazy("{who} asked for a hold until {until}, {person}")),
    "hold.proposed": ("move", gettext_lazy("{who} proposed a hold until {until}, {person}")),
    "hold.decided": ("move", gettext_lazy("{who} decided on the hold until {until}: {granted}")),
    "hold.reviewed": ("ring", gettext_lazy("{who} reviewed the hold, {person}")),
    "hold.renewed": ("move", gettext_lazy("{who} renewed the hold until {until}, {person}")),
    "hold.ended": ("move", gettext_lazy("{who} resumed handling, {person}; the clocks run on")),
    "whistle.pressed": ("move", gettext_lazy("{who} pressed {units}, {person}")),
    "supervision.issued": ("move", gettext_lazy("{who} issued {number} to {unit}")),
    "supervision.replied": ("move", gettext_lazy("{who} replied to {number}, {person}")),
    "supervision.returned": ("move", gettext_lazy("{who} sent the reply to {number} back, {person}")),
    "supervision.closed": ("move", gettext_lazy("{who} closed {number}, {person}")),
    "instruction.given": ("move", gettext_lazy("{who} gave an instruction to {unit}, {person}")),
    "instruction.reported": ("move", gettext_lazy("{who} reported on the instruction, {person}")),
    "instruction.returned": ("move", gettext_lazy("{who} sent the report on the instruction back, {person}")),
    "instruction.closed": ("move", gettext_lazy("{who} confirmed the instruction as done, {person}")),
    "paper.taken": ("ring", gettext_lazy("{who} took a paper: {paper}, {person}")),
    "reporter.revealed": ("ring", gettext_lazy("{who} read the reporter's name and phone")),
}
TAKEN_BACK = gettext_lazy("{who} took it back for the whole unit, {person}")
# what the timers did by themselves: no unit and no person to name
BY_ITSELF: dict[str, Any] = {
    "hold.ended": gettext_lazy("The hold ended by itself; the clocks run on"),
    "case.upgraded": gettext_lazy("{who} upgraded it; {to} is called"),
}
RUNGS: dict[str, tuple[Dot, Any]] = {
    Rung.YELLOW: ("soon", pgettext_lazy("rung", "yellow light")),
    Rung.RED: ("over", pgettext_lazy("rung", "red light")),
    Rung.SUPERVISION: ("over", pgettext_lazy("rung", "supervision")),
    Rung.LEADERS: ("over", pgettext_lazy("rung", "reported to the leaders")),
    Rung.UPGRADE: ("over", pgettext_lazy("rung", "automatic upgrade")),
    Rung.LAPSE: ("over", pgettext_lazy("rung", "closed without an answer")),
}
AFTER_RUNG = {
    Rung.YELLOW: gettext_lazy("; those who have to act were told"),
    Rung.RED: gettext_lazy("; pressed automatically, the unit's leader was told"),
    Rung.SUPERVISION: gettext_lazy("; a supervision notice went to the unit's leader and the centre"),
    Rung.LEADERS: gettext_lazy("; the leaders above were told"),
    Rung.UPGRADE: gettext_lazy("; the next tier is called"),
    Rung.LAPSE: gettext_lazy("; what nobody judged counts as not evaluated"),
}


@dataclass(frozen=True)
class Teller:
    """What is needed to put events into words: short names of units, texts of notes, the moment."""

    now: dt.datetime
    short_names: Mapping[str, str]
    notes: Mapping[int, CaseNote]

    def short(self, name: str) -> str:
        """Return the short name of a unit of this case, else the name as it stands."""
        return self.short_names.get(name, name)

    def tell(self, event: AuditEvent) -> Entry:
        """Return the entry of one event; an event without words of its own is shown by its name."""
        kind, _dot, rung = event.event.partition(".")
        if kind == "deadline" and rung in RUNGS:
            return self._timer(event, rung)
        dot, sentence = SENTENCES.get(event.event, ("ring", "{who} " + event.event))
        if not event.unit_name:
            sentence = BY_ITSELF.get(event.event, sentence)
        if event.event == "assignment.delegated" and not event.data.get("to_person"):
            sentence = TAKEN_BACK
        text = format_html(str(sentence), **self._words(event))
        if event.data.get("for") and "{person}" not in str(sentence):
            text = format_html("{}{}{}", text, _(", "), _person(event))
        return Entry(at=event.at, dot=dot, text=text, detail=self._detail(event))

    def _words(self, event: AuditEvent) -> dict[str, Any]:
        data = event.data
        who = self.short(event.unit_name) or event.actor_name
        tell: dict[str, Callable[[], str]] = {
            "to": lambda: self.short(data.get("to", "")),
            "tier": lambda: _tier(data.get("tier")),
            "lead": lambda: self.short(data.get("lead", "")),
            "assists": lambda: self._list(_("; assisting: %(units)s"), data.get("assists")),
            "units": lambda: self._list("%(units)s", data.get("units")),
            "unit": lambda: self.short(data.get("unit", "")),
            "number": lambda: data.get("number", ""),
            "paper": lambda: data.get("paper", ""),
            "to_person": lambda: data.get("to_person", ""),
            "comes": lambda: data.get("person", ""),
            "verdict": lambda: _choice(Whistle.Verdict, data.get("verdict")),
            "satisfaction": lambda: _after(_choice(Whistle.Satisfaction, data.get("satisfaction"))),
            "opinion": lambda: _choice(Assessment.Opinion, data.get("opinion")),
            "cause": lambda: _after(_choice(Assessment.Cause, data.get("cause"))),
            "ground": lambda: _choice(Exclusion.Ground, data.get("ground")),
            "what": lambda: self.short(data["unit"]) if data.get("unit") else _("the whistle"),
            "basis": lambda: _after(data.get("basis", "")),
            "grades": lambda: grades_text(data),
            "into": lambda: str(data.get("into", "")),
            "from": lambda: str(data.get("from", "")),
            "caller": lambda: self.short(data.get("caller", "")),
            "owner": lambda: self._owner(data),
            "step": lambda: _choice(Step, data.get("step")),
            "before": lambda: self._moment(data.get("before")),
            "after": lambda: self._moment(data.get("after")),
            "files": lambda: files_text(data),
            "suggested": lambda: self.short(data.get("suggested", "")),
            "upheld": lambda: _("upheld") if data.get("upheld") else pgettext("objection", "Refused"),
            "granted": lambda: _("granted") if data.get("granted") else _("refused"),
            "to_after": lambda: self._list(
                _("; called instead: %(units)s"), [data["to"]] if data.get("to") else []
            ),
            "days": lambda: str(data.get("days", "")),
            "until": lambda: _day_text(data.get("until"), self.now),
        }
        return {"who": format_html("<b>{}</b>", who), "person": _person(event)} | {
            key: say() for key, say in tell.items()
        }

    def _list(self, sentence: str, names: Any) -> str:
        if not names:
            return ""
        return sentence % {"units": _(", ").join(self.short(name) for name in names)}

    def _detail(self, event: AuditEvent) -> str:
        if event.event == "case.noted":
            note = self.notes.get(event.data.get("note", 0))
            return note.text if note is not None else ""
        return event.reason

    def _timer(self, event: AuditEvent, rung: str) -> Entry:
        dot, light = RUNGS[rung]
        data = event.data
        step = _choice(Step, data.get("step")) or _task(data)
        text = format_html(
            _("{owner}: {step} turned to {light}{after}"),
            owner=self._owner(data),
            step=step,
            light=format_html("<b>{}</b>", light),
            after=AFTER_RUNG[Rung(rung)],
        )
        return Entry(at=event.at, dot=dot, text=text, timing=self._timing(event))

    def _owner(self, data: Mapping[str, Any]) -> str:
        """Return whose promise a timer is about: a unit's, or the whole whistle's."""
        return self.short(data["unit"]) if data.get("unit") else _tier(data.get("tier"))

    def _moment(self, value: Any) -> str:
        return moments.moment(dt.datetime.fromisoformat(value), self.now) if isinstance(value, str) else ""

    def _timing(self, event: AuditEvent) -> str:
        planned = dt.datetime.fromisoformat(event.data["planned"])
        same = timezone.localtime(planned).date() == timezone.localtime(event.at).date()
        told = _("Planned %(planned)s, actual %(actual)s") % {
            "planned": moments.clock(planned) if same else moments.moment(planned, self.now),
            "actual": moments.clock(event.at) if same else moments.moment(event.at, self.now),
        }
        if event.data.get("late_minutes"):
            late = _("%(told)s, %(span)s late because the timers stood still")
            return late % {"told": told, "span": spans.span_text(event.data["late_minutes"], "natural")}
        return told


def by_day(entries: Sequence[Entry]) -> list[Day]:
    """Return the entries under the days they happened on, in the order given; the last of a day ends its line."""
    days: list[Day] = []
    for entry in entries:
        date = timezone.localtime(entry.at).date()
        if not days or days[-1].date != date:
            days.append(Day(date, []))
        held = days[-1]
        days[-1] = Day(date, [*held.entries, entry])
    return days


def grades_text(data: Mapping[str, Any]) -> str:
    """Return the three grades of a rating in words."""
    from_value = {"good": _("Good"), "fair": _("Fair"), "poor": _("Poor")}
    return _("speed %(speed)s, cooperation %(cooperation)s, effect %(effect)s") % {
        key: from_value.get(str(data.get(key)), "–") for key in ("speed", "cooperation", "effect")
    }


def _day_text(value: Any, now: dt.datetime) -> str:
    """Return a day of the trail as pages print days."""
    if not value:
        return ""
    noon = dt.datetime.combine(dt.date.fromisoformat(value), dt.time(12))
    return moments.day(timezone.make_aware(noon), now)


def _person(event: AuditEvent) -> str:
    """Return who did it, and for whom when they stood in."""
    absent = event.data.get("for")
    if not absent:
        return event.actor_name
    return _("%(name)s for %(absent)s") % {"name": event.actor_name, "absent": absent}


def _tier(value: Any) -> str:
    return str(Tier(value).label) if value in Tier.values else ""


def _choice(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


def _task(data: Mapping[str, Any]) -> str:
    """Return what a supervision task's clock is about."""
    if data.get("number"):
        return _("reply to %(number)s") % {"number": data["number"]}
    return _("report on the instruction")


def _after(text: str) -> str:
    return _(", ") + text if text else ""
