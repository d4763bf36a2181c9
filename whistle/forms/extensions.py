"""The forms of an extension."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui import moments
from kunming_portal.ui.words import Words, area
from whistle.forms.moves import MoveForm, Subject
from whistle.forms.sidepaths import DecisionForm, Facts
from whistle.models import CaseDeadline, Extension
from whistle.selectors import rule_of
from whistle.workflow import Step


class ExtendForm(MoveForm):
    """How many working days more, and why."""

    days = forms.IntegerField(
        label=_("Working days more"),
        min_value=1,
        error_messages={
            "required": _("Say how many working days."),
            "invalid": _("Write a whole number of working days."),
            "min_value": _("At least one working day."),
        },
    )
    reason = Words(
        label=_("Why it takes longer"),
        max_length=500,
        widget=area(4),
        help_text=_("What is done, what remains, what it depends on."),
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        most = rule_of(subject.whistle).extension_days
        self.fields["days"].help_text = gettext("At most %(most)s working days.") % {"most": most}


class DecideExtensionForm(DecisionForm):
    """Granting or refusing more time."""

    facts_title = _("The request")

    def facts(self) -> Facts:
        """Return who asks for how much, why, and when the case falls due now. Two queries."""
        whistle = self.subject.whistle
        rows = Extension.objects.filter(whistle=whistle, answer=Extension.Answer.PENDING)
        asked = rows.select_related("assignment__unit", "asked_by").first()
        limit = CaseDeadline.objects.running().filter(whistle=whistle, step=Step.CLOSE).first()
        if asked is None or limit is None:
            return []
        return [
            (gettext("Asked by"), f"{asked.assignment.unit.short_name} {asked.asked_by.name}"),
            (gettext("Asked for"), gettext("%(days)s working days") % {"days": asked.days}),
            (gettext("Reason"), asked.reason),
            (gettext("Limit so far"), moments.moment(limit.due_at, self.subject.now)),
        ]
