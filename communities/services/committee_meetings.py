"""Meetings of a big Party committee: planned, members told, held with attendance, decisions as tasks, minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused
from communities.models import (
    MEETING_MOVES,
    BigCommittee,
    CommitteeMeeting,
    MeetingAttendance,
    MeetingDecision,
    MeetingState,
    MeetingTopic,
    Sort,
)
from communities.services import committee_telling as telling
from communities.services import undertakings
from communities.services.committee_members import lock_committee
from communities.services.committee_rights import check_meeting_move, check_meets
from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit

Came = MeetingAttendance.Came
MOST_TOPICS = 8
TITLE_LIMIT = 80
INVITED = gettext_noop(
    "%(community)s invites to meeting %(number)s of its big Party committee: %(moment)s, %(place)s."
)


@dataclass(frozen=True)
class Topic:
    """One topic: what, who proposed it, which sort of matter."""

    title: str
    proposer: str = ""
    sort: str = MeetingTopic.Sort.IMPORTANT


@dataclass(frozen=True)
class Agenda:
    """What is known of a meeting before it is held."""

    planned_at: datetime
    place: str
    chair: str
    guests: str = ""
    topics: Sequence[Topic] = ()


@dataclass(frozen=True)
class Task:
    """Who has to do what a decision says, by when: a unit of the portal or somebody outside it."""

    unit: Unit | None = None
    addressee: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class Attendee:
    """Somebody whose coming is kept; `key` is m and a part-time member's number, or p and a full-time one's."""

    key: str
    name: str
    unit_name: str = ""


# -- before ------------------------------------------------------------------------------------------------
def like_the_last(committee: BigCommittee, *, planned_at: datetime) -> Agenda:
    """Return an agenda as the last meeting had it: place, chair, guests, and the topics it left open. Two queries."""
    last = committee.meetings.order_by("-number").first()
    if last is None:
        secretary = committee.posts.filter(post="secretary").first()
        return Agenda(planned_at, place="", chair=secretary.name if secretary is not None else "")
    left = last.topics.filter(decisions=None).order_by("place")
    return Agenda(
        planned_at=planned_at,
        place=last.place,
        chair=last.chair,
        guests=last.guests,
        topics=[Topic(one.title, one.proposer, one.sort) for one in left],
    )


def plan(*, committee: BigCommittee, agenda: Agenda, by: User, now: datetime) -> CommitteeMeeting:
    """Plan a meeting; return it, with the next number of the term.

    Refuses as `check_meets`, a moment outside the term, and a meeting without a topic. About seven queries.
    """
    with transaction.atomic():
        locked = lock_committee(committee)
        held = check_meets(locked, by=by)
        _check_agenda(locked, agenda)
        last = locked.meetings.aggregate(last=Max("number"))["last"] or 0
        meeting = CommitteeMeeting.objects.create(
            committee=locked,
            number=last + 1,
            planned_at=agenda.planned_at,
            place=agenda.place,
            chair=agenda.chair,
            guests=agenda.guests,
        )
        _write_topics(meeting, agenda)
        _record(meeting, "meeting_planned", by=by, now=now, unit=held.unit)
    return meeting


def change(*, meeting: CommitteeMeeting, agenda: Agenda, by: User, now: datetime) -> CommitteeMeeting:
    """Change a planned meeting before its members are told. Refuses as `plan`, and later than that."""
    with transaction.atomic():
        locked, unit = _begin("change", meeting, by=by)
        _check_agenda(locked.committee, agenda)
        locked.planned_at, locked.place = agenda.planned_at, agenda.place
        locked.chair, locked.guests = agenda.chair, agenda.guests
        locked.save()
        locked.topics.all().delete()
        _write_topics(locked, agenda)
        _record(locked, "meeting_changed", by=by, now=now, unit=unit)
    return locked


def notify(*, meeting: CommitteeMeeting, by: User, now: datetime) -> int:
    """Tell the members' units that are in the portal; return how many people. Members outside it are called.

    Refuses as `check_meeting_move`, and a meeting whose moment has passed.
    """
    with transaction.atomic():
        locked, unit = _begin("notify", meeting, by=by)
        if locked.planned_at <= now:
            raise CommunityRefused(
                _("The moment of the meeting has passed. Record it as held."), code="planned_at"
            )
        locked.state, locked.notified_at = MeetingState.NOTIFIED, now
        locked.save()
        told = telling.tell_member_units(
            locked.committee,
            INVITED,
            {
                "community": locked.committee.community.short_name,
                "number": str(locked.number),
                "moment": f"{timezone.localtime(locked.planned_at):%Y-%m-%d %H:%M}",
                "place": locked.place,
            },
            link=locked.get_absolute_url(),
            but=by,
            now=now,
        )
        _record(locked, "meeting_notified", by=by, now=now, unit=unit, data={"told": told})
    return told


# -- the meeting ----------------------------------------------------------------------------------------------
def attendees_of(committee: BigCommittee) -> list[Attendee]:
    """Return whose coming is kept: full-time members, then part-time members in office. Two queries."""
    own = [Attendee(f"p{one.pk}", one.name) for one in committee.posts.order_by("pk")]
    others = committee.members.in_office().order_by("pk")
    return own + [Attendee(f"m{one.pk}", one.name, one.unit_name) for one in others]


def hold(
    *,
    meeting: CommitteeMeeting,
    held_at: datetime,
    came: Mapping[str, str],
    by: User,
    now: datetime,
) -> CommitteeMeeting:
    """Record that the meeting was held, and who came (`came` by the key of `attendees_of`, missing: absent).

    Refuses as `check_meeting_move`, and a moment to come. About eight queries.
    """
    with transaction.atomic():
        locked, unit = _begin("hold", meeting, by=by)
        if held_at > now:
            raise CommunityRefused(_("The moment must not lie after now."), code="held_at")
        _check_within_term(locked.committee, held_at, field="held_at")
        locked.state, locked.held_at = MeetingState.HELD, held_at
        locked.save()
        rows = [
            MeetingAttendance(
                meeting=locked,
                member_id=int(one.key[1:]) if one.key.startswith("m") else None,
                post_id=int(one.key[1:]) if one.key.startswith("p") else None,
                name=one.name,
                unit_name=one.unit_name,
                came=came.get(one.key, Came.ABSENT),
            )
            for one in attendees_of(locked.committee)
        ]
        MeetingAttendance.objects.bulk_create(rows)
        present = sum(row.came == Came.PRESENT for row in rows)
        _record(
            locked,
            "meeting_held",
            by=by,
            now=now,
            unit=unit,
            data={"present": present, "members": len(rows)},
        )
    return locked


def decide(
    *,
    meeting: CommitteeMeeting,
    text: str,
    by: User,
    now: datetime,
    topic: MeetingTopic | None = None,
    task: Task | None = None,
) -> MeetingDecision:
    """Record a decision of a held meeting; with a task it becomes an undertaking with a clock. Return the decision.

    Refuses as `check_meeting_move`, no text, a topic of another meeting, and as `undertakings.assign`.
    """
    with transaction.atomic():
        locked, unit = _begin("decide", meeting, by=by)
        if not text.strip():
            raise CommunityRefused(_("Write what was decided."), code="text")
        if topic is not None and topic.meeting_id != locked.pk:
            raise CommunityRefused(_("This topic belongs to another meeting."), code="topic")
        made = MeetingDecision.objects.create(meeting=locked, topic=topic, text=text)
        if task is not None:
            made.undertaking = undertakings.assign(
                sort=Sort.MEETING_TASK,
                community=locked.committee.community,
                title=title_of(text),
                text=text if len(text) > TITLE_LIMIT else "",
                issuer=unit,
                unit=task.unit,
                addressee=task.addressee,
                due_on=task.due_on,
                by=by,
                now=now,
            )
            made.save()
        _record(locked, "decided", by=by, now=now, unit=unit, data={"task": task is not None, "text": text})
    return made


def minute(*, meeting: CommitteeMeeting, text: str, by: User, now: datetime) -> CommitteeMeeting:
    """Write the minutes: the meeting is closed, decisions included. Refuses as `check_meeting_move`, and no text."""
    with transaction.atomic():
        locked, unit = _begin("minute", meeting, by=by)
        if not text.strip():
            raise CommunityRefused(_("Write the minutes."), code="minutes")
        locked.state, locked.minutes = MEETING_MOVES["minute"][1], text
        locked.save()
        _record(locked, "meeting_minuted", by=by, now=now, unit=unit)
    return locked


def title_of(text: str) -> str:
    """Return a decision as the title of a task: its first line, cut where a title ends."""
    line = text.strip().splitlines()[0]
    return line if len(line) <= TITLE_LIMIT else f"{line[: TITLE_LIMIT - 1]}…"


# -- pieces ---------------------------------------------------------------------------------------------------
def _begin(move: str, meeting: CommitteeMeeting, *, by: User) -> tuple[CommitteeMeeting, Unit]:
    rows = CommitteeMeeting.objects.select_for_update(of=("self",)).select_related("committee__community")
    locked = rows.get(pk=meeting.pk)
    return locked, check_meeting_move(move, locked, by=by).unit


def _check_agenda(committee: BigCommittee, agenda: Agenda) -> None:
    _check_within_term(committee, agenda.planned_at, field="planned_at")
    if not agenda.topics:
        raise CommunityRefused(_("A meeting needs at least one topic."), code="title_1")


def _check_within_term(committee: BigCommittee, moment: datetime, *, field: str) -> None:
    if not committee.starts_on <= timezone.localdate(moment) <= committee.ends_on:
        raise CommunityRefused(
            _("The meeting lies outside the term from %(start)s to %(end)s.")
            % {"start": committee.starts_on.isoformat(), "end": committee.ends_on.isoformat()},
            code=field,
        )


def _write_topics(meeting: CommitteeMeeting, agenda: Agenda) -> None:
    MeetingTopic.objects.bulk_create(
        MeetingTopic(meeting=meeting, place=place, title=one.title, proposer=one.proposer, sort=one.sort)
        for place, one in enumerate(agenda.topics, start=1)
    )


def _record(
    meeting: CommitteeMeeting,
    what: str,
    *,
    by: User,
    now: datetime,
    unit: Unit,
    data: dict[str, object] | None = None,
) -> None:
    telling.record(
        meeting.committee,
        what,
        subject=meeting,
        by=by,
        now=now,
        unit=unit,
        data={"number": meeting.number} | (data or {}),
    )
