"""What the pages of meetings show: topics, decisions with the lights of their tasks, attendance, a draft of minutes."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import (
    MEETING_MOVES,
    BigCommittee,
    CommitteeMeeting,
    MeetingAttendance,
    MeetingDecision,
    MeetingTopic,
    Undertaking,
)
from communities.presenters import clocks
from communities.services import committee_rights as rights
from kunming_portal.accounts.models import User
from kunming_portal.ui import parts
from kunming_portal.workdays.selectors import get_calendar


@dataclass(frozen=True)
class DecisionRow:
    """A decision, and how far its task is."""

    decision: MeetingDecision
    due: parts.Due | None

    @property
    def task(self) -> Undertaking | None:
        """What somebody undertook, if anybody did."""
        return self.decision.undertaking


def decision_rows(decisions: QuerySet[MeetingDecision], *, now: dt.datetime) -> list[DecisionRow]:
    """Return the rows of these decisions, in their order. Two queries, and those of the calendar."""
    found = list(decisions.select_related("undertaking__unit", "undertaking__issuer", "topic", "meeting"))
    calendar = get_calendar()
    tasks = [one.undertaking for one in found if one.undertaking is not None]
    newest = clocks.newest(tasks, calendar=calendar)
    return [
        DecisionRow(
            one,
            clocks.face(one.undertaking, newest.get(one.undertaking.pk), now=now, calendar=calendar)
            if one.undertaking is not None
            else None,
        )
        for one in found
    ]


def open_tasks(committee: BigCommittee, *, now: dt.datetime) -> list[DecisionRow]:
    """Return the decisions of a committee whose task has not ended, in the order of the meetings. Two queries."""
    rows = MeetingDecision.objects.filter(meeting__committee=committee, undertaking__ended_at=None)
    return decision_rows(rows.exclude(undertaking=None).order_by("pk"), now=now)


@dataclass(frozen=True)
class MeetingPage:
    """A meeting: what was on the list, who came, what was decided, what this person may do."""

    meeting: CommitteeMeeting
    topics: Sequence[MeetingTopic]
    attendance: Sequence[MeetingAttendance]
    decisions: list[DecisionRow]
    moves: parts.Moves
    sees_committee: bool

    @property
    def present(self) -> int:
        """How many came."""
        return sum(one.came == MeetingAttendance.Came.PRESENT for one in self.attendance)


def meeting_page(
    meeting: CommitteeMeeting, *, user: User, now: dt.datetime, sees_committee: bool
) -> MeetingPage:
    """Return what the page of a meeting shows. Five queries, and those of the calendar."""
    return MeetingPage(
        meeting=meeting,
        topics=list(meeting.topics.order_by("place")),
        attendance=list(meeting.attendance.order_by("pk")),
        decisions=decision_rows(meeting.decisions.order_by("pk"), now=now),
        moves=meeting_moves(meeting, user=user, now=now),
        sees_committee=sees_committee,
    )


def meeting_words(move: str) -> tuple[str, str]:
    """Return what a button of a meeting's page says, and its icon."""
    return {
        "change": (_("Change the agenda"), "pen"),
        "notify": (_("Tell the members"), "send"),
        "hold": (_("Record as held"), "people-fill"),
        "decide": (_("Record a decision"), "clipboard-check"),
        "minute": (_("Write the minutes"), "journal-text"),
    }[move]


def meeting_moves(meeting: CommitteeMeeting, *, user: User, now: dt.datetime) -> parts.Moves:
    """Return what this person may do with a meeting; the next step is the red one. No query once rights are loaded."""
    found = [
        move
        for move in MEETING_MOVES
        if rights.may(partial(rights.check_meeting_move, move, meeting, by=user))
        and not (move == "notify" and meeting.planned_at <= now)
    ]
    red = next((move for move in ("notify", "hold", "decide", "minute") if move in found), "")
    allowed = []
    for move in sorted(found, key=lambda one: one != red):
        label, icon = meeting_words(move)
        allowed.append(
            parts.Move(
                label=label,
                url=reverse("committee-meeting-move", args=[meeting.pk, move]),
                icon=icon,
                primary=move == red,
                method="post" if move == "notify" else "get",
            )
        )
    return parts.Moves(allowed=allowed)


def draft_of_minutes(meeting: CommitteeMeeting) -> str:
    """Return minutes begun with what is on record: when, where, who came, topics, decisions. Three queries."""
    came = list(meeting.attendance.order_by("pk"))
    lines = [
        _("Time: %(moment)s") % {"moment": f"{timezone.localtime(meeting.held_at):%Y-%m-%d %H:%M}"},
        _("Place: %(place)s") % {"place": meeting.place},
        _("Chair: %(name)s") % {"name": meeting.chair},
    ]
    for value, label in MeetingAttendance.Came.choices:
        names = [one.name for one in came if one.came == value]
        if names:
            joined = pgettext("between names", ", ").join(names)
            lines.append(_("%(word)s: %(names)s") % {"word": label, "names": joined})
    lines += ["", *_numbered(_("Topics"), [one.title for one in meeting.topics.order_by("place")])]
    lines += ["", *_numbered(_("Decisions"), [one.text for one in meeting.decisions.order_by("pk")])]
    return "\n".join(lines).strip()


def _numbered(title: str, texts: Iterable[str]) -> list[str]:
    found = [f"{number}. {text}" for number, text in enumerate(texts, start=1)]
    return [title, *found] if found else []
