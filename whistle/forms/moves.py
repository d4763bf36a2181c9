"""One form per move. `expected` is the version of the case the person saw (`services.Stale`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_units_with_people
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_callable_units
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, StaffPhone, Words, area
from whistle.forms.files import WithFiles, offer_pairs
from whistle.models import Assignment, Evidence, Whistle
from whistle.selectors import get_kinds
from whistle.services.dispatching import listed_below
from whistle.services.upgrading import next_kind
from whistle.suggestions import suggest_units
from whistle.workflow import AssignmentStatus, Tier


@dataclass(frozen=True)
class Subject:
    """What a move is made on, by whom, when."""

    whistle: Whistle
    assignment: Assignment | None
    by: User
    now: datetime


class MoveForm(forms.Form):
    """A move without anything to type."""

    template = ""  # a body of its own instead of the fields one below the other
    # What somebody wrote before and the person must know to answer: label and text
    facts_title: str | Promise = ""
    facts: Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]] = ()
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("expected", subject.whistle.case.version)
        self.subject = subject


class ReasonForm(MoveForm):
    """Sending a draft back to its writer."""

    reason = Words(label=_("Reason"), max_length=300, widget=area(), help_text=_("The others read it."))


class DispatchForm(MoveForm):
    """Which unit leads, which assist, and what they are to know."""

    template = "whistle/moves/dispatch.html"
    lead = forms.ModelChoiceField(
        Unit.objects.none(), label=_("Lead"), widget=forms.RadioSelect, error_messages=CHOOSE
    )
    assists = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("Assisting"), required=False, widget=forms.CheckboxSelectMultiple
    )
    instruction = Words(label=_("Instruction to the units"), max_length=300, required=False, widget=area())
    as_suggested = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        place = subject.whistle.receiver.division_id
        self.suggestion = suggest_units([subject.whistle], now=subject.now).get(subject.whistle.pk)
        units = get_callable_units(division_code=place, on=timezone.localdate(subject.now))
        below = [unit.pk for unit in listed_below(self.suggestion, whistle=subject.whistle)]
        if below:
            units = Unit.objects.filter(Q(pk__in=units.values("pk")) | Q(pk__in=below)).order_by(
                "kind", "name", "id"
            )
        self.fields["lead"].queryset = self.fields["assists"].queryset = units  # type: ignore[attr-defined]
        if self.wants_suggestion:
            self.fields["lead"].required = False
        self.units = list(units)
        self.staffed = get_units_with_people(
            permission=Permission.ASSIGNMENT_HANDLE, unit_ids=[unit.pk for unit in self.units]
        )

    @property
    def wants_suggestion(self) -> bool:
        """Whether the button was pressed that takes what the catalogue proposes."""
        return bool(self.is_bound and self.data.get("as_suggested"))

    @property
    def can_follow(self) -> bool:
        """Whether what the catalogue proposes can be called from here as it stands."""
        return (
            self.suggestion is not None
            and self.suggestion.lead is not None
            and not self.suggestion.is_above
            and self.suggestion.lead.pk in self.staffed
        )

    def clean(self) -> dict[str, Any]:
        """Take lead and assists from the catalogue when asked to, if it still says what the person saw."""
        data = super().clean() or self.cleaned_data
        seen = data.pop("as_suggested", None)
        if not self.wants_suggestion:
            return data
        if self.suggestion is None or seen != self.suggestion.entry.pk or not self.can_follow:
            self.add_error(
                "lead", _("The catalogue says something else now. Look at it and choose the units.")
            )
            return data
        data["lead"] = self.suggestion.lead
        data["assists"] = [unit for unit in self.suggestion.assists if unit.pk in self.staffed]
        return data

    def rows(self) -> list[dict[str, Any]]:
        """Return the units for the table: whom one may call, and whom not because nobody is appointed there."""
        lead, assists = str(self["lead"].value() or ""), {str(pk) for pk in self["assists"].value() or ()}
        proposed = {unit.pk for unit in self.suggestion.listed} if self.suggestion is not None else set()
        rows = [
            {
                "unit": unit,
                "suggested": unit.pk in proposed,
                "can": unit.pk in self.staffed,
                "leads": str(unit.pk) == lead,
                "assists": str(unit.pk) in assists,
            }
            for unit in self.units
        ]
        return sorted(rows, key=lambda row: (not row["can"], not row["suggested"]))


class ReportInForm(MoveForm):
    """Who comes, how to reach them, since when."""

    person = Words(
        label=_("Who comes"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = StaffPhone(label=_("Reachable at"), max_length=20, widget=forms.TextInput(attrs={"type": "tel"}))
    arrived_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        help_text=_("Leave it empty for now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Write day and time like 2026-11-25 10:24.")},
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        handler = subject.assignment.handler if subject.assignment else None
        comes = handler or subject.by
        phone = comes.duty_phone or (subject.assignment.unit.duty_phone if subject.assignment else "")
        self.initial.setdefault("person", comes.name)
        self.initial.setdefault("phone", phone)

    def clean_arrived_at(self) -> datetime | None:
        """The field knows minutes only: the minute of the call itself means the call."""
        arrived: datetime | None = self.cleaned_data["arrived_at"]
        called = self.subject.assignment.created_at if self.subject.assignment else None
        if arrived and called and called.replace(second=0, microsecond=0) == arrived:
            return called
        return arrived


class FeedBackForm(WithFiles, MoveForm):
    """What was done, who was met, and the pictures that show it."""

    measures = Words(label=_("What was done"), max_length=2000, widget=area(5))
    met_whom = Words(
        label=_("Who was met"),
        max_length=120,
        required=False,
        help_text=_("For example: the property firm, three households of building 2."),
    )
    pair = forms.ChoiceField(
        label=_("Same spot as the earlier picture"),
        required=False,
        help_text=_("The two are shown side by side."),
        error_messages=CHOOSE,
    )
    field_order = ("expected", "uploads", "measures", "met_whom", "photos", "pair")

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        self.sender = subject.by
        super().__init__(*args, subject=subject, **kwargs)
        self.fields["photos"].label = _("Photos afterwards")
        offer_pairs(self, subject.whistle.case, suggest=True)

    def clean(self) -> dict[str, Any]:
        """Put the files into the words the service takes."""
        typed = self.cleaned_data
        typed.pop("uploads", None)
        pair = typed.pop("pair", "")
        if "photos" in typed:
            typed["pieces"] = self.pieces(moment=Evidence.Moment.AFTER, pair=pair)
            del typed["photos"]
        return typed


class VerifyForm(MoveForm):
    """Is it solved, and how satisfied is the caller. Nothing is chosen in advance."""

    template = "whistle/moves/verify.html"
    verdict = forms.ChoiceField(
        label=_("Is it solved?"), choices=Whistle.Verdict.choices, widget=Tiles, error_messages=CHOOSE
    )
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are you?"),
        choices=Whistle.Satisfaction.choices,
        required=False,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    comment = Words(label=_("Comment"), max_length=300, required=False, widget=area())


class EvaluateForm(MoveForm):
    """Three grades for one unit, its part, one's satisfaction. Nothing is chosen in advance."""

    template = "whistle/moves/evaluate.html"
    speed = forms.ChoiceField(
        label=_("Speed"), choices=Assignment.Grade.choices, widget=Tiles, error_messages=CHOOSE
    )
    cooperation = forms.ChoiceField(
        label=_("Cooperation"), choices=Assignment.Grade.choices, widget=Tiles, error_messages=CHOOSE
    )
    effect = forms.ChoiceField(
        label=_("Effect"), choices=Assignment.Grade.choices, widget=Tiles, error_messages=CHOOSE
    )
    solved = forms.ChoiceField(
        label=_("Did the unit solve its part?"),
        choices=Whistle.Verdict.choices,
        required=False,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are you with it?"),
        choices=Whistle.Satisfaction.choices,
        required=False,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    comment = Words(label=_("Comment"), max_length=300, required=False, widget=area())


class UnitsOfDuty(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Duties, shown by their unit."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the unit's short name."""
        return str(obj.unit.short_name)


class ReworkForm(MoveForm):
    """Which units do it again, and why."""

    units = UnitsOfDuty(
        Assignment.objects.none(),
        label=_("Which units"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one unit."),
            "invalid_choice": CHOOSE["invalid_choice"],
        },
    )
    reason = Words(
        label=_("What is still missing"), max_length=300, widget=area(), help_text=_("The units read it.")
    )

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        duties = Assignment.objects.filter(whistle=subject.whistle, status=AssignmentStatus.FED_BACK)
        found = duties.select_related("unit").order_by("-is_lead", "id")
        self.fields["units"].queryset = found  # type: ignore[attr-defined]


class UpgradeForm(MoveForm):
    """Why this tier cannot solve it, and as which kind it goes on."""

    reason = Words(label=_("Why this tier cannot solve it"), max_length=500, widget=area())
    kind = forms.TypedChoiceField(label=_("Goes on as"), widget=Tiles, error_messages=CHOOSE)

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        tier = min(subject.whistle.tier + 1, Tier.COUNTY)
        kinds = {str(kind.pk): kind for kind in get_kinds(tier=tier)}
        field = self.fields["kind"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(key, kind.label) for key, kind in kinds.items()]
        field.coerce = kinds.__getitem__
        if kinds:
            self.initial.setdefault("kind", str(next_kind(subject.whistle.kind, tier=tier).pk))


class NoteForm(WithFiles):
    """Something to add to a case."""

    text = Words(
        label=pgettext_lazy("case", "What is new"),
        max_length=1000,
        widget=area(4),
        help_text=_("Everybody on the case reads it."),
    )
    field_order = ("uploads", "text", "photos")

    def __init__(self, *args: Any, sender: User, **kwargs: Any) -> None:
        self.sender = sender
        super().__init__(*args, **kwargs)


class WithdrawForm(forms.Form):
    """Why a picture or paper is withdrawn."""

    template = "whistle/evidence/withdraw.html"
    reason = Words(label=_("Reason"), max_length=200, widget=area(2), help_text=_("The others read it."))


class RevealForm(forms.Form):
    """Why the reporter's name and phone are needed."""

    reason = Words(
        label=_("Why you need to reach the reporter"),
        max_length=200,
        widget=area(2),
        help_text=_("Your name, the time and the reason are put on record."),
    )
