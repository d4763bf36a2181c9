"""The page of one record of the powers: facts, way, people or scores, the whistle behind, what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from communities.guards import CommunityRefused
from communities.models import Power, PowerRecord
from communities.models.power_steps import Step
from communities.presenters import undertakings
from communities.services import powers, powers_proposals
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui import parts

# move -> label, icon
LABELS: dict[str, tuple[str | Promise, str]] = {
    "meet": (gettext_lazy("Record the meeting"), "people"),
    "resolve": (gettext_lazy("Record the resolution"), "pen"),
    "announce": (gettext_lazy("Put up for notice"), "megaphone"),
    "remark": (gettext_lazy("Record remarks"), "chat-square-text"),
    "execute": (gettext_lazy("Assign the execution"), "send"),
    "finish": (gettext_lazy("Confirm the execution"), "check2"),
    "adopt": (gettext_lazy("Record the outcome"), "check2"),
    "vet": (gettext_lazy("Vet the candidates"), "person-check"),
    "recommend": (gettext_lazy("Recommend"), "send"),
    "choose": (gettext_lazy("Record who was chosen"), "check2"),
    "recheck": (gettext_lazy("Re-check"), "search"),
    "score": (gettext_lazy("Enter the scores"), "pen"),
    "summarise": (gettext_lazy("Sum up"), "journal-text"),
    "use": (pgettext_lazy("appraisal", "Put to use"), "check2"),
    "end": (gettext_lazy("End early"), "x-lg"),
}
Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Whistled:
    """The case that a proposal became, as far as this person may know."""

    number: str
    title: str
    status: str
    url: str


def get_moves(record: PowerRecord, user: User, *, today: date) -> parts.Moves:
    """Return what this person may do; the step's own move is the red one. No query once rights are loaded."""
    allowed: list[parts.Move] = []
    asked = record.undertaking
    if asked is not None and record.step in (Step.REPLY, Step.RECTIFICATION, Step.EXECUTION):
        verb = undertakings.verb_of(asked, user)
        if verb is not None and asked.status == asked.Status.OPEN:
            allowed.append(parts.Move(verb.label, verb.url, icon=verb.icon, primary=True))
    refused: list[parts.Refusal] = []
    for move in _possible(record, user):
        label, icon = LABELS[move]
        if move == "execute" and record.decision.notice_until and today <= record.decision.notice_until:
            until = _("The notice runs until %(day)s. It is carried out afterwards.")
            refused.append(
                parts.Refusal(str(label), until % {"day": record.decision.notice_until.isoformat()})
            )
            continue
        first = move != "end" and not any(one.primary for one in allowed)
        url = reverse("power-move", args=[record.pk, move])
        allowed.append(parts.Move(str(label), url, icon=icon, primary=first))
    whistle = whistle_url(record, user)
    if whistle:
        allowed.insert(min(1, len(allowed)), parts.Move(_("Turn into a whistle"), whistle, icon="whistle"))
    return parts.Moves(allowed=allowed, refused=refused)


def _possible(record: PowerRecord, user: User) -> list[str]:
    """Return the moves whose time has come and which are this person's."""
    found = []
    for move in record.moves:
        try:
            powers.check_move(record, move, by=user)
        except CommunityRefused:
            continue
        found.append(move)
    return [move for move in found if _has_come(record, move)]


def _has_come(record: PowerRecord, move: str) -> bool:
    """Whether the move makes sense within its step: what is on notice is not put up again as the next thing to do."""
    asked = record.undertaking
    if move == "finish":
        return asked is not None and asked.status in (asked.Status.REPORTED, asked.Status.DONE)
    if record.step is not Step.NOTICE or move == "end":
        return True
    return (record.decision.notice_until is None) == (move == "announce")


def whistle_url(record: PowerRecord, user: User) -> str:
    """Return the address of the whistle's form with this proposal, or nothing. No query once rights are loaded."""
    if not user.can(P.CASE_OPEN) or record.power != Power.PROPOSAL:
        return ""
    try:
        powers_proposals.check_whistle(record, by=user)
        return f"{reverse('case-new')}?proposal={record.pk}&compound={record.compound_id}"
    except (CommunityRefused, NoReverseMatch):
        return ""


def get_whistles(record: PowerRecord, user: User) -> list[Whistled]:
    """Return the cases blown from a proposal that this person sees. One query, none for other powers.

    The whistle lies above communities; it is reached by the relation it has declared.
    """
    if record.power != Power.PROPOSAL:
        return []
    try:
        model: Any = PowerRecord._meta.get_field("cases").related_model
    except FieldDoesNotExist:
        return []
    rows = model.objects.visible_to(user, P.CASE_VIEW).filter(proposal=record).order_by("-id")
    return [Whistled(row.number, row.title, row.get_status_display(), row.get_absolute_url()) for row in rows]


def facts_of(record: PowerRecord) -> Facts:
    """Return what stands in the power's own row, label and text; what is empty is left out. No query."""
    say = {
        Power.DECISION: _decision,
        Power.PROPOSAL: _nothing,
        Power.PERSONNEL: _personnel,
        Power.SUPERVISION: _supervision,
        Power.APPRAISAL: _appraisal,
    }[Power(record.power)]
    return [(label, text) for label, text in say(record) if text]


def _nothing(_record: PowerRecord) -> Facts:
    return []


def _decision(record: PowerRecord) -> Facts:
    decision = record.decision
    votes = _(
        "%(attended)d attended, %(in_favour)d in favour, %(against)d against, %(abstained)d abstained"
    ) % {
        "attended": decision.attended,
        "in_favour": decision.in_favour,
        "against": decision.against,
        "abstained": decision.abstained,
    }
    remarks = str(decision.remarks) if decision.notice_from else ""
    return [
        (_("Meeting"), f"{decision.met_on:%Y-%m-%d} {votes}" if decision.met_on else ""),
        (_("Resolution"), decision.resolution),
        (
            _("Public notice"),
            _("%(first)s to %(last)s") % {"first": decision.notice_from, "last": decision.notice_until}
            if decision.notice_from
            else "",
        ),
        (_("Remarks received"), f"{remarks} {decision.remarks_text}".strip()),
    ]


def _personnel(record: PowerRecord) -> Facts:
    nomination = record.nomination
    return [
        (pgettext("power", "Post"), nomination.get_post_display()),
        (_("Vetted"), _day(nomination.vetted_on)),
        (_("Recommended to"), f"{nomination.recommended_to} {_day(nomination.recommended_on)}".strip()),
        (
            _("Who chose"),
            f"{nomination.get_chosen_by_display()} {_day(nomination.chosen_on)}"
            if nomination.chosen_by
            else "",
        ),
    ]


def _supervision(record: PowerRecord) -> Facts:
    finding = record.finding
    return [
        (_("Of whom"), finding.get_of_whom_display()),
        (_("About"), finding.get_about_display()),
        (
            _("Re-checks"),
            f"{finding.rechecks} {_day(finding.rechecked_on)}" if finding.rechecked_on is not None else "",
        ),
    ]


def _appraisal(record: PowerRecord) -> Facts:
    appraisal = record.appraisal
    received = appraisal.received
    return [
        (_("Of whom"), f"{appraisal.get_of_whom_display()} {appraisal.name}"),
        (_("Period"), appraisal.period),
        (
            _("Forms"),
            _("%(asked)d handed out") % {"asked": appraisal.asked}
            if received is None
            else _("%(received)d of %(asked)d forms received")
            % {"received": received, "asked": appraisal.asked},
        ),
        (_("Opinions"), appraisal.opinions),
        (_("Summary"), appraisal.summary),
        (_("What it is used for"), appraisal.get_use_display() if appraisal.use else ""),
    ]


def _day(day: Any) -> str:
    return day.isoformat() if day is not None else ""


def get_rows(record: PowerRecord) -> Sequence[tuple[str, ...]]:
    """Return the lines of the table below the facts: candidates with opinion and outcome, or aspects with means.

    One query, none for the other powers.
    """
    if record.power == Power.PERSONNEL:
        words = {None: "", True: _("chosen"), False: _("not chosen")}
        passed = {None: _("to be vetted"), True: _("passed"), False: _("not passed")}
        return [
            (one.name, passed[one.passed], one.opinion, words[one.chosen])
            for one in record.nomination.candidates.order_by("pk")
        ]
    if record.power == Power.APPRAISAL:
        return [(one.get_aspect_display(), f"{one.mean}") for one in record.appraisal.scores.order_by("pk")]
    return []
