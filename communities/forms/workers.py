"""Forms about one community worker: each asks what changed and nothing else."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models import (
    CommunityWorker,
    Education,
    PostClass,
    Qualification,
    YearlyAppraisal,
)
from communities.models.workers import TITLES
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.staffing.forms import day_field
from kunming_portal.ui.words import CHOOSE, Words, area

WHOLE = {"required": _("Fill this in."), "invalid": _("Write a whole number.")}
Choices = list[tuple[str, str]]
MOST_RESIDENTS = 99_999_999


class PostChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """One of the post classes in use."""

    def __init__(self, **kwargs: Any) -> None:
        posts = PostClass.objects.filter(is_active=True).order_by("position", "pk")
        super().__init__(
            posts, label=_("Post class"), empty_label=_("Choose"), error_messages=CHOOSE, **kwargs
        )


class PlaceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """One of the places given, as they lie below each other."""

    def __init__(self, places: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(places, empty_label=_("Choose"), error_messages=CHOOSE, **kwargs)

    def label_from_instance(self, place: Division) -> str:
        """Return the place with the street it lies in."""
        above = place.parent
        return f"{above.place_name} {place.place_name}" if above is not None else place.name


class EnterForm(forms.Form):
    """A new file: where, who, as what, since when."""

    template = ""

    def __init__(self, *args: Any, places: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {
            "community": PlaceChoice(places, label=_("Community")),
            "name": Words(label=pgettext_lazy("of a person", "Name"), max_length=40),
            "post_class": PostChoice(),
            "started_on": day_field(
                _("In community work since"), help_text=_("Years of service count from this day.")
            ),
            "education": forms.ChoiceField(
                label=_("Education"),
                choices=[("", _("Choose")), *Education.choices],
                error_messages=CHOOSE,
            ),
            "post_since": day_field(
                _("In this post since"),
                required=False,
                help_text=_("Leave it empty when the post began with community work."),
            ),
        }


class CorrectForm(forms.Form):
    """What a file says about somebody."""

    template = ""
    name = Words(label=pgettext_lazy("of a person", "Name"), max_length=40)
    started_on = day_field(_("In community work since"))
    education = forms.ChoiceField(label=_("Education"), choices=Education.choices, error_messages=CHOOSE)
    account = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Account"),
        required=False,
        empty_label=_("No account"),
        help_text=_("With an account people see their own grade and their own pay."),
        error_messages=CHOOSE,
    )

    def __init__(self, *args: Any, worker: CommunityWorker, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Q(appointments__unit__division=worker.community_id, appointments__ends_on=None)
        free = Q(worker_file=None) | Q(worker_file=worker)
        accounts = User.objects.filter(here & free).distinct().order_by("username")
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]


class PostForm(forms.Form):
    """Another post class from a day on."""

    template = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {"post_class": PostChoice(), "on": day_field(pgettext_lazy("first day", "From"))}


class MoveForm(forms.Form):
    """Another community from a day on."""

    template = ""

    def __init__(self, *args: Any, places: QuerySet[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {
            "community": PlaceChoice(places, label=_("To community")),
            "on": day_field(pgettext_lazy("first day", "From")),
        }


class LeaveForm(forms.Form):
    """The last day and the reason."""

    template = ""
    on = day_field(_("Last day of work"))
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=CommunityWorker.LeaveReason.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )


class AwardForm(forms.Form):
    """A professional title or an honour: the level says which of them it is."""

    template = ""
    level = forms.ChoiceField(label=_("Title or honour"), error_messages=CHOOSE)
    name = Words(label=_("What it is called"), max_length=60)
    on = day_field(_("Received on"))
    evidence = Words(
        label=_("Evidence"),
        max_length=120,
        required=False,
        help_text=_("Certificate or document, in words."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles, honours = _levels(titles=True), _levels(titles=False)
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            (_("Professional title"), titles),
            (_("Honour"), honours),
        ]

    @staticmethod
    def kind_of(level: str) -> str:
        """Return whether a level is one of titles or of honours."""
        return Qualification.Kind.TITLE if level in TITLES else Qualification.Kind.HONOUR


class RemoveForm(forms.Form):
    """Why something is taken back."""

    template = ""
    reason = Words(label=_("Reason"), max_length=200, widget=area())


class AppraisalForm(forms.Form):
    """A year and its result."""

    template = ""
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, error_messages=CHOOSE)
    result = forms.ChoiceField(
        label=_("Result"),
        choices=YearlyAppraisal.Result.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]


class GradingForm(forms.Form):
    """Where and from which day on grades are given."""

    template = ""

    def __init__(self, *args: Any, places: QuerySet[Division], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {
            "division": PlaceChoice(places, label=_("Street or community"), to_field_name="code"),
            "on": day_field(_("Valid from"), initial=on),
        }


class PopulationForm(forms.Form):
    """How many people live in a place, as of when, according to whom."""

    template = ""
    residents = forms.IntegerField(
        label=_("Residents"), min_value=1, max_value=MOST_RESIDENTS, error_messages=WHOLE
    )
    year = forms.IntegerField(label=_("As of the year"), error_messages=WHOLE)
    source = Words(
        label=_("Source of the figure"),
        max_length=120,
        help_text=_("For example the census, or the street's register of residents."),
    )


def _levels(*, titles: bool) -> Choices:
    return [(str(v), str(label)) for v, label in Qualification.Level.choices if (v in TITLES) == titles]
