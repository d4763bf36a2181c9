"""The forms of objection and consultation."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.words import Words, area
from whistle.forms.moves import DispatchForm, MoveForm, Subject
from whistle.forms.sidepaths import DayField, Facts, UnitField, YesOrNo
from whistle.models import Assignment, Objection


class ObjectForm(MoveForm):
    """Why the matter is not this unit's, by which law, and whose it is."""

    reason = Words(label=_("Why it is not your unit's"), max_length=500, widget=area(4))
    basis = Words(
        label=_("Legal basis"),
        max_length=300,
        widget=area(2),
        help_text=_("Law and article, list of powers, or a decision of the committee for posts."),
    )
    suggested = UnitField(label=_("Whose it is"))

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        own = subject.assignment.unit_id if subject.assignment is not None else None
        field = self.fields["suggested"]
        assert isinstance(field, UnitField)
        field.offer(subject, but=own)


class DecideObjectionForm(MoveForm):
    """Whether the unit is right, and who is called instead."""

    facts_title = _("The objection")
    upheld = YesOrNo(
        label=_("Your decision"), yes=_("Upheld: the unit is released"), no=_("Refused: the unit stays on it")
    )
    replacement = UnitField(
        label=_("Called instead"),
        required=False,
        help_text=_("Only when it is upheld. An assisting unit may go without another, the lead may not."),
    )
    decision = Words(
        label=_("Reason"), max_length=500, widget=area(), help_text=_("The unit and the caller read it.")
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        duty = subject.assignment
        self.objection = pending_of(duty) if duty is not None else None
        field = self.fields["replacement"]
        assert isinstance(field, UnitField)
        field.offer(subject, but=duty.unit_id if duty is not None else None)
        if self.objection is not None:
            self.initial.setdefault("replacement", self.objection.suggested_id)

    def facts(self) -> Facts:
        """Return what the unit wrote."""
        return facts_of(self.objection) if self.objection is not None else ()


class ConsultForm(DispatchForm):
    """Who took part, what was decided, who leads and who assists."""

    template = "whistle/moves/consult.html"
    instruction = None  # type: ignore[assignment]  # how Django takes a field of the class above away
    facts_title = _("The objections")
    held_on = DayField(label=_("Held on"))
    participants = Words(
        label=_("Who took part"),
        max_length=300,
        widget=area(2),
        help_text=_("Units and who spoke for them."),
    )
    decision = Words(
        label=_("What was decided"),
        max_length=1000,
        widget=area(5),
        help_text=_("It is final: the units named cannot object again."),
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        self.initial.setdefault("held_on", timezone.localdate(subject.now))
        duties = Assignment.objects.counting().filter(whistle=subject.whistle)
        self.initial.setdefault("assists", [duty.unit_id for duty in duties if not duty.is_lead])
        rows = Objection.objects.filter(whistle=subject.whistle)
        self.objections = list(rows.select_related("unit", "suggested").order_by("asked_at", "id"))

    def clean(self) -> dict[str, Any]:
        """A unit leads or assists; who leads is no longer among the assisting ones."""
        typed = super().clean() or {}
        lead = typed.get("lead")
        if lead is not None and "assists" in typed:
            typed["assists"] = [unit for unit in typed["assists"] if unit != lead]
        return typed

    def facts(self) -> Facts:
        """Return what each unit wrote, in short."""
        return [
            (
                row.unit.short_name,
                gettext("%(reason)s Basis: %(basis)s. Suggests %(unit)s.")
                % {"reason": row.reason, "basis": row.basis.rstrip("。."), "unit": row.suggested.short_name},
            )
            for row in self.objections
        ]


def pending_of(duty: Assignment) -> Objection | None:
    """Return a unit's objection that waits for its decision. One query."""
    rows = Objection.objects.filter(assignment=duty, answer=Objection.Answer.PENDING)
    return rows.select_related("unit", "suggested", "asked_by").first()


def facts_of(objection: Objection) -> Facts:
    """Return an objection as label and text."""
    return [
        (gettext("Reason"), objection.reason),
        (gettext("Legal basis"), objection.basis),
        (gettext("Suggested unit"), objection.suggested.name),
        (gettext("Written by"), objection.asked_by.name),
    ]
