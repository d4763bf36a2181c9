"""The forms of a hold: asking with a plan, deciding, reviewing, renewing."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.forms.moves import MoveForm, Subject
from whistle.forms.sidepaths import DayField, DecisionForm, Facts
from whistle.models import Hold, HoldMilestone
from whistle.services.holding import Plan, last_day

MILESTONES = 4


class HoldForm(MoveForm):
    """Class and words of the reason, the last day, and a plan of at least one milestone."""

    template = "whistle/moves/hold.html"
    reason_class = forms.ChoiceField(
        label=_("What stands in the way"),
        choices=Hold.ReasonClass.choices,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    reason = Words(
        label=_("Why it cannot be finished now"),
        max_length=500,
        widget=area(4),
        help_text=_("Everybody who sees figures reads it: matters on hold are listed openly."),
    )
    until = DayField(label=_("On hold until"))

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        most = last_day(subject.whistle, now=subject.now).isoformat()
        self.fields["until"].help_text = gettext("Until %(most)s at the latest.") % {"most": most}
        for place in range(1, MILESTONES + 1):
            self.fields[f"milestone_{place}"] = Words(
                label=gettext("Milestone %(number)s") % {"number": place}, max_length=120, required=place == 1
            )
            self.fields[f"day_{place}"] = DayField(label=gettext("Reached by"), required=place == 1)

    def milestones(self) -> list[tuple[Any, Any]]:
        """Return the fields of each milestone: text and day."""
        return [(self[f"milestone_{place}"], self[f"day_{place}"]) for place in range(1, MILESTONES + 1)]

    def clean(self) -> dict[str, Any]:
        """Return what the service takes: the plan. A text needs its day, a day its text, within the hold."""
        typed = super().clean() or {}
        found: list[tuple[str, dt.date]] = []
        until = typed.get("until")
        for place in range(1, MILESTONES + 1):
            text, day = typed.pop(f"milestone_{place}", ""), typed.pop(f"day_{place}", None)
            if text and day is None and f"day_{place}" not in self.errors:
                self.add_error(f"day_{place}", _("Choose the day of this milestone."))
            if day is not None and not text and f"milestone_{place}" not in self.errors:
                self.add_error(f"milestone_{place}", _("Say what is reached on this day."))
            if day is not None and until is not None and day > until:
                self.add_error(
                    f"day_{place}", _("A milestone lies within the hold, on its last day at the latest.")
                )
            if text and day is not None:
                found.append((text, day))
        if not self.errors:
            plan = Plan(typed.pop("reason_class"), typed.pop("reason"), typed.pop("until"), found)
            return {"expected": typed.get("expected"), "plan": plan}
        return typed


class DecideHoldForm(DecisionForm):
    """Granting or refusing a hold."""

    facts_title = _("The request")

    def facts(self) -> Facts:
        """Return who asks for what, and the plan. Two queries."""
        rows = Hold.objects.filter(whistle=self.subject.whistle, answer=Hold.Answer.PENDING)
        asked = rows.select_related("unit", "asked_by").prefetch_related("milestones").first()
        if asked is None:
            return []
        plan = sorted(asked.milestones.all(), key=lambda one: one.due_on)
        return [
            (gettext("Asked by"), f"{asked.unit.short_name} {asked.asked_by.name}"),
            (gettext("Class of reason"), asked.get_reason_class_display()),
            (gettext("Reason"), asked.reason),
            (gettext("Until"), asked.until.isoformat()),
            (gettext("Plan"), "\n".join(f"{one.due_on.isoformat()} {one.text}" for one in plan)),
        ]


class MilestoneField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Milestones, shown with their days."""

    def label_from_instance(self, obj: Any) -> str:
        """Return day and text."""
        return f"{obj.due_on.isoformat()} {obj.text}"


class ReviewForm(MoveForm):
    """How far the plan is."""

    progress = Words(
        label=_("How far it is"),
        max_length=500,
        widget=area(4),
        help_text=_("What was done since the last review, what comes next."),
    )
    reached = MilestoneField(
        HoldMilestone.objects.none(),
        label=_("Milestones reached"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        lasting = {"hold__whistle": subject.whistle, "hold__answer": "granted", "hold__ended_at": None}
        found = HoldMilestone.objects.filter(**lasting, reached_at=None).order_by("due_on", "id")
        if found.exists():
            self.fields["reached"].queryset = found  # type: ignore[attr-defined]
        else:
            del self.fields["reached"]


class RenewForm(MoveForm):
    """Until when, and why it is still not possible."""

    until = DayField(label=_("On hold until"))
    reason = Words(label=_("Why it lasts longer"), max_length=500, widget=area(3))

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        most = last_day(subject.whistle, now=subject.now).isoformat()
        self.fields["until"].help_text = gettext("Until %(most)s at the latest.") % {"most": most}


class ResumeForm(MoveForm):
    """Why it goes on."""

    reason = Words(
        label=_("Why it goes on now"), max_length=300, widget=area(), help_text=_("The others read it.")
    )
