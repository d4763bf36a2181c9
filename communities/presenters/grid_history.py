"""The history of a grid, or of what sinks to a compound, from the trail: newest first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import Grid, GridPost
from kunming_portal.audit.models import AuditEvent

SHOWN = 50
FIELDS: dict[str, Callable[[], str]] = {
    "name": lambda: str(Grid._meta.get_field("name").verbose_name),
    "kind": lambda: str(Grid._meta.get_field("kind").verbose_name),
    "area": lambda: str(Grid._meta.get_field("area").verbose_name),
    "party_group": lambda: str(Grid._meta.get_field("party_group").verbose_name),
    "households": lambda: str(Grid._meta.get_field("households").verbose_name),
}


@dataclass(frozen=True)
class Line:
    """One thing that happened: when, what, by whom, and what was said."""

    at: datetime
    text: str
    who: str
    detail: str = ""


def history(stream: str) -> Sequence[Line]:
    """Return the newest fifty lines of a history. One query."""
    events = AuditEvent.objects.filter(stream=stream).order_by("-seq")[:SHOWN]
    return [_line(event) for event in events]


def _line(event: AuditEvent) -> Line:
    sentence = SENTENCES.get(event.event)
    who = pgettext("between notes", ", ").join(part for part in (event.unit_name, event.actor_name) if part)
    text = sentence(event.data) if sentence is not None else event.event
    return Line(at=event.at, text=text, who=who, detail=event.reason)


def _joined(names: Sequence[str]) -> str:
    return pgettext("between places", ", ").join(names)


def _changed(data: Mapping[str, Any]) -> str:
    names = [FIELDS[name]() for name in data.get("changed", {}) if name in FIELDS]
    return _("Changed: %(fields)s") % {"fields": _joined(names)}


def _moved(data: Mapping[str, Any]) -> str:
    said = []
    if data.get("in"):
        said.append(_("Put in: %(buildings)s") % {"buildings": _joined(data["in"])})
    if data.get("from"):
        said.append(_("from grid %(grids)s") % {"grids": _joined(data["from"])})
    if data.get("out"):
        said.append(_("Taken out: %(buildings)s") % {"buildings": _joined(data["out"])})
    if data.get("to"):
        said.append(_("to grid %(grids)s") % {"grids": data["to"]})
    return pgettext("between notes", ", ").join(said)


def _post(data: Mapping[str, Any]) -> dict[str, str]:
    known = {choice.value: str(choice.label) for choice in GridPost.Post}
    return {"name": data.get("name", ""), "post": known.get(data.get("post", ""), "")}


def _yuan(data: Mapping[str, Any]) -> str:
    amount = data.get("amount")
    return _("%(amount)s yuan") % {"amount": amount} if amount else str(data.get("quantity") or "")


SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "grid.added": lambda data: _("Grid added with the code %(code)s") % {"code": data.get("code", "")},
    "grid.changed": _changed,
    "grid.ended": lambda _data: _("Grid ended"),
    "grid.buildings": _moved,
    "grid.appointed": lambda data: _("%(name)s became %(post)s") % _post(data),
    "grid.person_changed": lambda data: _("%(name)s, %(post)s: entry changed") % _post(data),
    "grid.relieved": lambda data: _("%(name)s is no longer %(post)s") % _post(data),
    "grant.given": lambda data: _("Entered: %(amount)s") % {"amount": _yuan(data)},
    "grant.changed": lambda data: _("Entry changed: %(amount)s") % {"amount": _yuan(data)},
    "grant.used": lambda data: _("Used: %(amount)s") % {"amount": _yuan(data)},
    "grant.use_struck": lambda data: _("A use was taken out: %(amount)s") % {"amount": _yuan(data)},
}
