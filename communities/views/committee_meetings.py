"""Meetings of a big Party committee: planning, telling the members, holding, deciding, the minutes."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.committee_selectors import get_committees, get_meetings
from communities.forms import committee_meetings as forms_of
from communities.models import CommitteeMeeting
from communities.presenters import committee_meetings, committees
from communities.services import committee_meetings as services
from communities.services import committee_rights as rights
from communities.services.committee_meetings import Agenda, Task, Topic
from communities.views.committees import refusal, visible_committee
from communities.views.frame import act, form_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit

USUAL_HOUR = dt.time(14, 30)
DAYS_AHEAD = 7


def visible_meeting(user: User, pk: int) -> CommitteeMeeting:
    """Return the meeting, or 404. People of a member's unit see it too."""
    return get_object_or_404(get_meetings(user=user).select_related("committee__community"), pk=pk)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Plan a meeting; the form has the last one's place and chair, and the topics it left open."""
    user, now = signed_in(request), timezone.now()
    found = visible_committee(user, pk)
    day = timezone.localdate(now) + dt.timedelta(days=DAYS_AHEAD)
    usual = timezone.make_aware(dt.datetime.combine(day, USUAL_HOUR))
    form = forms_of.AgendaForm(request.POST or None, agenda=services.like_the_last(found, planned_at=usual))
    context = {
        "title": _("Plan a meeting"),
        "verb": _("Save the agenda"),
        "icon": "check2",
        "lede": _("Place, chair and the topics left open are taken over from the last meeting."),
        "ways": committees.crumbs_of(found.community_id, "committees"),
        "back_label": _("the committee"),
        "refusal": refusal(request, lambda: rights.check_meets(found, by=user)),
    }
    return form_page(
        request,
        form,
        lambda typed: services.plan(committee=found, by=user, now=now, **typed),
        context=context,
        done=_("The meeting is planned. Tell the members now."),
        back=found.get_absolute_url(),
    )


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a meeting."""
    user, now = signed_in(request), timezone.now()
    found = visible_meeting(user, pk)
    sees = get_committees(user=user).filter(pk=found.committee_id).exists()
    context = {
        "page": committee_meetings.meeting_page(found, user=user, now=now, sees_committee=sees),
        "meeting": found,
        "committee": found.committee,
        "crumbs": committees.crumbs_of(found.committee.community_id, "committees") if sees else [],
        "now": now,
    }
    return render(request, "communities/committees/meeting.html", context)


@dataclass(frozen=True)
class MeetingForm:
    """A step of a meeting: its form, what it does, what is said when it is done."""

    build: Callable[[HttpRequest, CommitteeMeeting, dt.datetime], forms.Form]
    run: Callable[[CommitteeMeeting, User, dt.datetime, dict[str, Any]], object]
    done: Callable[[], str]


def _change_form(request: HttpRequest, meeting: CommitteeMeeting, _now: dt.datetime) -> forms.Form:
    topics = [Topic(one.title, one.proposer, one.sort) for one in meeting.topics.order_by("place")]
    agenda = Agenda(meeting.planned_at, meeting.place, meeting.chair, meeting.guests, topics)
    return forms_of.AgendaForm(request.POST or None, agenda=agenda)


def _hold_form(request: HttpRequest, meeting: CommitteeMeeting, now: dt.datetime) -> forms.Form:
    attendees = services.attendees_of(meeting.committee)
    return forms_of.HoldForm(request.POST or None, attendees=attendees, held_at=min(meeting.planned_at, now))


def _decide_form(request: HttpRequest, meeting: CommitteeMeeting, _now: dt.datetime) -> forms.Form:
    topics = meeting.topics.order_by("place")
    left = topics.filter(decisions=None).first()
    return forms_of.DecideForm(
        request.POST or None,
        topics=topics,
        who=who_does(meeting),
        initial={"topic": left.pk if left is not None else None},
    )


def who_does(meeting: CommitteeMeeting) -> list[tuple[str, str]]:
    """Return who can be given a task: units of members (in the portal u, outside n), and the community. Two queries."""
    members = meeting.committee.members.in_office().select_related("unit").order_by("pk")
    found: dict[str, str] = {}
    for one in members:
        if one.unit is not None:
            found.setdefault(f"u{one.unit_id}", one.unit.name)
        else:
            found.setdefault(f"n{one.unit_name}", one.unit_name)
    own = Unit.objects.filter(division_id=meeting.committee.community_id, kind="community").first()
    if own is not None:
        found.setdefault(f"u{own.pk}", own.name)
    return list(found.items())


def _decide(meeting: CommitteeMeeting, user: User, now: dt.datetime, typed: dict[str, Any]) -> object:
    who, due_on = typed["who"], typed["due_on"]
    task = None
    if who.startswith("u"):
        task = Task(unit=Unit.objects.get(pk=int(who[1:])), due_on=due_on)
    elif who:
        task = Task(addressee=typed["addressee"] or who[1:], due_on=due_on)
    services.decide(meeting=meeting, text=typed["text"], topic=typed["topic"], task=task, by=user, now=now)
    return None


def _minutes_form(request: HttpRequest, meeting: CommitteeMeeting, _now: dt.datetime) -> forms.Form:
    draft = committee_meetings.draft_of_minutes(meeting) if meeting.is_over else ""
    return forms_of.MinutesForm(request.POST or None, initial={"minutes": draft})


MOVES: dict[str, MeetingForm] = {
    "change": MeetingForm(
        _change_form,
        lambda meeting, user, now, typed: services.change(meeting=meeting, by=user, now=now, **typed),
        lambda: _("The agenda was changed."),
    ),
    "hold": MeetingForm(
        _hold_form,
        lambda meeting, user, now, typed: services.hold(meeting=meeting, by=user, now=now, **typed),
        lambda: _("Attendance is on record. Record the decisions now."),
    ),
    "decide": MeetingForm(_decide_form, _decide, lambda: _("The decision is on record.")),
    "minute": MeetingForm(
        _minutes_form,
        lambda meeting, user, now, typed: services.minute(
            meeting=meeting, text=typed["minutes"], by=user, now=now
        ),
        lambda: _("The minutes are written."),
    ),
}


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Make a step with a meeting: telling the members at once, the others after their form."""
    user, now = signed_in(request), timezone.now()
    found = visible_meeting(user, pk)
    back = found.get_absolute_url()
    if move == "notify":
        if request.method != "POST":
            raise Http404
        return act(
            request,
            lambda: services.notify(meeting=found, by=user, now=now),
            done=_("The members' units that are in the portal were told. Call the others."),
            back=back,
        )
    if move not in MOVES:
        raise Http404
    step = MOVES[move]
    label, icon = committee_meetings.meeting_words(move)
    context = {
        "title": label,
        "verb": label,
        "icon": icon,
        "lede": _("Meeting %(number)d, %(community)s")
        % {"number": found.number, "community": found.committee.community.short_name},
        "ways": committees.crumbs_of(found.committee.community_id, "committees"),
        "back_label": _("the meeting"),
        "refusal": refusal(request, lambda: rights.check_meeting_move(move, found, by=user)),
    }
    return form_page(
        request,
        step.build(request, found, now),
        lambda typed: step.run(found, user, now, typed),
        context=context,
        done=step.done(),
        back=back,
    )
