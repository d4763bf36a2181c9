"""Undertakings as lists and pages show them: light, time left, whose turn, the one verb, the record behind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.guards import CommunityRefused, check_judges, check_reports
from communities.models import Sort, Undertaking
from communities.presenters import clocks
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui import parts
from kunming_portal.workdays.calendar import Calendar

Status = Undertaking.Status
# sort -> how the record it belongs to is reached from it
RECORDS: dict[str, str] = {
    Sort.EXECUTION: "power_record",
    Sort.REPLY: "power_record",
    Sort.RECTIFICATION: "power_record",
    Sort.MEETING_TASK: "meeting_task",
    Sort.ADMISSION: "admission_request",
}


@dataclass(frozen=True)
class Row:
    """One undertaking; `turn` says who has to do what, `verb` is this person's part in it."""

    undertaking: Undertaking
    due: parts.Due
    turn: str
    verb: parts.Move | None


def present(
    undertakings: Iterable[Undertaking], *, user: User, now: datetime, calendar: Calendar
) -> list[Row]:
    """Return the rows of these undertakings, which come with unit and issuer, in their order. One query."""
    given = list(undertakings)
    found = clocks.newest(given, calendar=calendar)
    return [
        Row(
            undertaking=one,
            due=clocks.face(one, found.get(one.pk), now=now, calendar=calendar),
            turn=turn_of(one),
            verb=verb_of(one, user),
        )
        for one in given
    ]


def turn_of(undertaking: Undertaking) -> str:
    """Return whose turn it is in a short sentence. No query."""
    if undertaking.status == Status.OPEN:
        return _("%(addressee)s to report") % {"addressee": undertaking.addressee}
    if undertaking.status == Status.REPORTED:
        return _("%(unit)s to judge the report") % {"unit": undertaking.issuer.short_name}
    return str(undertaking.get_status_display())


def verb_of(undertaking: Undertaking, user: User) -> parts.Move | None:
    """Return the button of what this person has to do now, or None. No query once rights are loaded."""
    if _may(check_reports, undertaking, user):
        label = pgettext("verb", "Report") if undertaking.unit_id else _("Enter the report")
        return parts.Move(label=label, url=move_url(undertaking, "report"), icon="pen")
    if undertaking.status == Status.REPORTED and _may(check_judges, undertaking, user):
        return parts.Move(label=_("Judge the report"), url=undertaking.get_absolute_url(), icon="list-check")
    return None


def get_moves(undertaking: Undertaking, user: User) -> parts.Moves:
    """Return what this person may do on the page; at most one is primary. No query once rights are loaded."""
    allowed: list[parts.Move] = []
    verb = verb_of(undertaking, user)
    if verb is not None and undertaking.status == Status.OPEN:
        allowed.append(parts.Move(verb.label, verb.url, icon=verb.icon, primary=True))
    if _may(check_judges, undertaking, user):
        if undertaking.status == Status.REPORTED:
            accept = parts.Move(
                _("Accept the report"), move_url(undertaking, "accept"), icon="check2", primary=True
            )
            back = parts.Move(
                _("Send the report back"), move_url(undertaking, "return"), icon="arrow-left-right"
            )
            allowed += [accept, back]
        allowed.append(parts.Move(_("Drop it"), move_url(undertaking, "drop"), icon="x-lg"))
    return parts.Moves(allowed=allowed)


def move_url(undertaking: Undertaking, move: str) -> str:
    """Return the address of a move."""
    return reverse("undertaking-move", args=[undertaking.pk, move])


def get_record(undertaking: Undertaking, user: User) -> tuple[str, str] | None:
    """Return name and address of the record this belongs to, or None: there is none, or this person does not see it.

    A family that is not installed, or has no page, has no link. At most two queries.
    """
    name = RECORDS.get(undertaking.sort, "")
    try:
        relation = Undertaking._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    model: Any = relation.related_model
    rows = model.objects.filter(**{relation.field.name: undertaking.pk})  # type: ignore[union-attr]
    rights: Sequence[P] = (P.COMMUNITY_VIEW, P.BURDEN_APPLY)
    for right in rights:
        record: Model | None = rows.filter(pk__in=model.objects.visible_to(user, right)).first()
        if record is not None:
            return _address(record)
    return None


def _address(record: Model) -> tuple[str, str] | None:
    try:
        return str(record), record.get_absolute_url()  # type: ignore[attr-defined]
    except NoReverseMatch:
        return None


def _may(check: Any, undertaking: Undertaking, user: User) -> bool:
    try:
        check(undertaking, by=user)
    except CommunityRefused:
        return False
    return True
