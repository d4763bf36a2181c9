"""Forms of the moves on a record of the five powers: each asks only for what this step adds."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.forms.powers import WHOLE, Addressed
from communities.forms.undertakings import DueOn
from communities.models import Appraisal, AppraisalScore, Candidate, Nomination, PowerRecord
from communities.models.power_steps import ADOPTIONS
from communities.services.powers_decisions import Votes
from communities.services.powers_personnel import Opinion
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area

YES_NO = [("yes", pgettext_lazy("vetting", "Passed")), ("no", pgettext_lazy("vetting", "Not passed"))]


class Count(forms.IntegerField):
    """A number of people or forms."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=30_000, error_messages=WHOLE, **kwargs)


class MeetForm(forms.Form):
    """The meeting and its votes."""

    met_on = DueOn(label=_("Day of the meeting"))
    attended = Count(label=_("Attended"))
    in_favour = Count(label=_("In favour"))
    against = Count(label=_("Against"), required=False)
    abstained = Count(label=_("Abstained"), required=False)

    def votes(self) -> Votes:
        """Return what was typed; a vote left empty is none."""
        typed = self.cleaned_data
        names = ("attended", "in_favour", "against", "abstained")
        return Votes(*(typed.get(name) or 0 for name in names))


class ResolveForm(forms.Form):
    """What was resolved."""

    resolution = Words(label=_("Resolution"), max_length=1000, widget=area(5))


class AnnounceForm(forms.Form):
    """From when to when the resolution hangs out."""

    notice_from = DueOn(label=_("Notice from"))
    notice_until = DueOn(
        label=_("Notice until"), help_text=_("Five working days are usual; the last day counts.")
    )


class RemarkForm(forms.Form):
    """The remarks so far."""

    remarks = Count(label=_("Remarks received so far"))
    remarks_text = Words(label=_("What they say"), max_length=1000, required=False, widget=area(4))


class ExecuteForm(Addressed):
    """Who carries it out."""


class WordsForm(forms.Form):
    """A closing word."""

    words = Words(label=_("In words"), max_length=300, required=False, widget=area())


class AdoptForm(forms.Form):
    """How the proposal came out."""

    result = forms.ChoiceField(
        label=_("How it came out"),
        choices=[(one.value, one.label) for one in ADOPTIONS],
        widget=Tiles,
        error_messages=CHOOSE,
    )
    words = Words(label=_("In words"), max_length=300, required=False, widget=area())


class VetForm(forms.Form):
    """The branch's opinion of each candidate."""

    def __init__(self, *args: Any, record: PowerRecord, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = list(record.nomination.candidates.order_by("pk"))
        for one in self.candidates:
            self.fields[f"passed_{one.pk}"] = forms.ChoiceField(
                label=one.name, choices=YES_NO, widget=Tiles, error_messages=CHOOSE
            )
            self.fields[f"opinion_{one.pk}"] = Words(
                label=_("Opinion on %(name)s") % {"name": one.name}, max_length=200, required=False
            )

    def opinions(self) -> dict[int, Opinion]:
        """Return what was typed, by candidate."""
        typed = self.cleaned_data
        return {
            one.pk: Opinion(typed[f"passed_{one.pk}"] == "yes", typed[f"opinion_{one.pk}"])
            for one in self.candidates
        }


class RecommendForm(forms.Form):
    """To whom those who passed are recommended."""

    recommended_to = Words(label=_("Recommended to"), max_length=60)
    words = Words(label=_("In words"), max_length=300, required=False, widget=area())


class Candidates(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # none at run time
    """Those who were recommended, to be ticked."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, one: Candidate) -> str:
        """Return the name."""
        return one.name


class ChooseForm(forms.Form):
    """Whom those entitled chose."""

    chosen_by = forms.ChoiceField(
        label=_("Who chose"), choices=Nomination.ChosenBy.choices, error_messages=CHOOSE
    )
    chosen_on = DueOn(label=_("Chosen on"))
    chosen = Candidates(
        Candidate.objects.none(), label=_("Who was chosen"), required=False, error_messages=CHOOSE
    )
    words = Words(label=_("In words"), max_length=300, required=False, widget=area())

    def __init__(self, *args: Any, record: PowerRecord, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nomination = record.nomination
        chosen: Any = self.fields["chosen"]
        chosen.queryset = nomination.candidates.filter(passed=True).order_by("pk")
        if nomination.post == Nomination.Post.OWNERS_COMMITTEE:
            owners = Nomination.ChosenBy.OWNERS
            self.fields["chosen_by"].choices = [(owners.value, owners.label)]  # type: ignore[attr-defined]


class RecheckForm(forms.Form):
    """Whether it was put right."""

    passed = forms.ChoiceField(
        label=_("Was it put right?"),
        choices=[
            ("yes", pgettext_lazy("re-check", "Put right, strike it off")),
            ("no", pgettext_lazy("re-check", "Not yet, send it back")),
        ],
        widget=Tiles,
        error_messages=CHOOSE,
    )
    words = Words(label=_("What was seen, what is missing"), max_length=300, required=False, widget=area())
    due_on = DueOn(
        label=_("If sent back: due by the end of"),
        required=False,
        help_text=_("Empty: the usual limit runs anew."),
    )


class ScoreForm(forms.Form):
    """How many came back, and the mean of each aspect."""

    received = Count(label=_("Forms received"))
    opinions = Words(
        label=_("What people wrote, summed up"),
        max_length=1000,
        required=False,
        widget=area(4),
        help_text=_("Without names."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for aspect, label in AppraisalScore.Aspect.choices:
            self.fields[f"mean_{aspect}"] = forms.DecimalField(
                label=_("%(aspect)s, mean of 0 to 100") % {"aspect": label},
                required=False,
                min_value=0,
                max_value=100,
                max_digits=4,
                decimal_places=1,
                error_messages={
                    "invalid": _("Write a number such as 86.5."),
                    "min_value": _("A score lies between 0 and 100."),
                    "max_value": _("A score lies between 0 and 100."),
                    "max_decimal_places": _("One decimal is enough."),
                    "max_digits": _("A score lies between 0 and 100."),
                },
            )
        self.order_fields(
            ["received", *(name for name in self.fields if name.startswith("mean_")), "opinions"]
        )

    def means(self) -> dict[str, Decimal]:
        """Return the means that were typed, by aspect."""
        return dict(self._means())

    def _means(self) -> Iterator[tuple[str, Decimal]]:
        for name, value in self.cleaned_data.items():
            if name.startswith("mean_") and value is not None:
                yield name.removeprefix("mean_"), value


class SummariseForm(forms.Form):
    """What came out."""

    summary = Words(label=_("Summary"), max_length=1000, widget=area(5))


class UseForm(forms.Form):
    """What it is used for."""

    use = forms.ChoiceField(
        label=_("What it is used for"), choices=Appraisal.Use.choices, widget=Tiles, error_messages=CHOOSE
    )
    words = Words(label=_("In words"), max_length=300, required=False, widget=area())


class EndForm(forms.Form):
    """Why it ends here."""

    reason = Words(label=_("Why it ends here"), max_length=300, widget=area())
