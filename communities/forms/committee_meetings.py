"""Forms of meetings: the agenda, attendance, a decision, the minutes."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.forms.committees import DayField
from communities.models import MeetingAttendance, MeetingTopic
from communities.services.committee_meetings import MOST_TOPICS, Agenda, Attendee, Topic
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area, refuse_absurd

FEWEST_ROWS = 3
ON_RECORD, SOMEBODY_ELSE = "", "other"
MOMENT_WRONG = {
    "required": _("Fill this in."),
    "invalid": _("Write day and time like 2026-11-25 10:24."),
}


class MomentField(forms.DateTimeField):
    """Day and time, chosen in the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        moment = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=moment, error_messages=MOMENT_WRONG, validators=[refuse_absurd], **kwargs)


class AgendaForm(forms.Form):
    """When, where, who chairs, what about. Prefilled with what the last meeting had and left open."""

    template = "communities/committees/agenda_form.html"
    planned_at = MomentField(label=pgettext_lazy("meeting", "Begins"))
    place = Words(label=pgettext_lazy("meeting", "Place"), max_length=60)
    chair = Words(label=pgettext_lazy("meeting", "Chair"), max_length=30)
    guests = Words(
        label=pgettext_lazy("meeting", "Also invited"),
        max_length=200,
        required=False,
        help_text=_("Others than the members of the committee."),
    )

    def __init__(self, *args: Any, agenda: Agenda, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("planned_at", "place", "chair", "guests"):
            self.fields[name].initial = getattr(agenda, name)
        self.rows = self._rows(len(agenda.topics))
        for place in range(1, self.rows + 1):
            topic = agenda.topics[place - 1] if place <= len(agenda.topics) else Topic("")
            self.fields[f"title_{place}"] = Words(
                label=gettext("Topic %(number)s") % {"number": place},
                max_length=80,
                required=False,
                initial=topic.title,
            )
            self.fields[f"proposer_{place}"] = Words(
                label=gettext("Proposed by"), max_length=60, required=False, initial=topic.proposer
            )
            self.fields[f"sort_{place}"] = forms.ChoiceField(
                label=gettext("Sort"),
                choices=MeetingTopic.Sort.choices,
                initial=topic.sort,
                error_messages=CHOOSE,
            )

    def _rows(self, filled: int) -> int:
        """Return how many topics the form has room for: two more than there are, and what was sent."""
        sent = sum(name.startswith("title_") for name in self.data)
        return min(MOST_TOPICS, max(filled + 2, FEWEST_ROWS, sent))

    def topics(self) -> list[tuple[Any, Any, Any]]:
        """Return the fields of each topic: title, proposer, sort."""
        places = range(1, self.rows + 1)
        return [tuple(self[f"{name}_{place}"] for name in ("title", "proposer", "sort")) for place in places]  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """Return what the service takes: the agenda."""
        typed = super().clean() or {}
        if self.errors:
            return typed
        topics = [
            Topic(typed[f"title_{n}"].strip(), typed[f"proposer_{n}"].strip(), typed[f"sort_{n}"])
            for n in range(1, self.rows + 1)
            if typed[f"title_{n}"].strip()
        ]
        plain = {name: typed[name] for name in ("planned_at", "place", "chair", "guests")}
        return {"agenda": Agenda(**plain, topics=topics)}


class HoldForm(forms.Form):
    """When it was held, and who came: everybody, unless it says otherwise."""

    template = "communities/committees/hold_form.html"
    held_at = MomentField(label=pgettext_lazy("meeting", "Held"))

    def __init__(
        self, *args: Any, attendees: Sequence[Attendee], held_at: dt.datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.attendees = attendees
        self.fields["held_at"].initial = held_at
        for one in attendees:
            self.fields[f"came_{one.key}"] = forms.ChoiceField(
                label=f"{one.name} {one.unit_name}".strip(),
                choices=MeetingAttendance.Came.choices,
                initial=MeetingAttendance.Came.PRESENT,
                widget=Tiles,
                error_messages=CHOOSE,
            )

    def rows(self) -> list[Any]:
        """Return the field of each member."""
        return [self[f"came_{one.key}"] for one in self.attendees]

    def clean(self) -> dict[str, Any]:
        """Return what the service takes: the moment, and who came by key."""
        typed = super().clean() or {}
        came = {one.key: typed.get(f"came_{one.key}", "") for one in self.attendees}
        return {"held_at": typed.get("held_at"), "came": came}


class DecideForm(forms.Form):
    """What was decided, and who does it by when."""

    text = Words(label=pgettext_lazy("meeting", "Decision"), max_length=300, widget=area(3))
    topic = forms.ModelChoiceField(
        MeetingTopic.objects.none(),
        label=pgettext_lazy("meeting", "Topic"),
        required=False,
        empty_label=_("None of the topics"),
        error_messages=CHOOSE,
    )
    who = forms.ChoiceField(label=_("Who does it"), required=False, error_messages=CHOOSE)
    addressee = Words(
        label=_("Somebody else"),
        max_length=60,
        required=False,
        help_text=_("A body outside the portal; the community reports for it."),
    )
    due_on = DayField(
        label=_("Report by"),
        required=False,
        help_text=_("Without a day the usual limit of such tasks counts."),
    )

    def __init__(
        self,
        *args: Any,
        topics: QuerySet[MeetingTopic],
        who: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        topic, field = self.fields["topic"], self.fields["who"]
        assert isinstance(topic, forms.ModelChoiceField)
        assert isinstance(field, forms.ChoiceField)
        topic.queryset = topics
        field.choices = [
            (ON_RECORD, gettext("Nobody: it is kept on record")),
            *who,
            (SOMEBODY_ELSE, gettext("Somebody else, written below")),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse "somebody else" without a name, and a name or a day that belongs to nobody."""
        typed = super().clean() or {}
        who, name = typed.get("who", ""), typed.get("addressee", "")
        if who == SOMEBODY_ELSE and not name and "addressee" not in self.errors:
            self.add_error("addressee", gettext("Say who is to do it."))
        if who != SOMEBODY_ELSE and name:
            self.add_error("who", gettext("Choose somebody else here, or take the name below out."))
        if who == ON_RECORD and typed.get("due_on") and not name:
            self.add_error("who", gettext("A day needs somebody who does it."))
        return typed


class MinutesForm(forms.Form):
    """The minutes, begun with what the portal knows already."""

    minutes = Words(label=pgettext_lazy("meeting", "Minutes"), max_length=4000, widget=area(16))
