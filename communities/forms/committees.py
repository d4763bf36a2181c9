"""Forms of big Party committees: the term, a recommendation, the steps of the chain, the year."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.models import MOST_PLACES, Compound, MemberAppraisal, Post
from communities.services.committee_members import Proposal
from communities.services.committee_terms import Term
from kunming_portal.organisations.models import Unit
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area, refuse_absurd

POST_ROWS = 6
DAY_WRONG = {"required": _("Fill this in."), "invalid": _("Write a day like 2026-11-25.")}
NUMBER_WRONG = {"required": _("Fill this in."), "invalid": _("Write a whole number.")}
PART_TIME_POSTS = [(post.value, post.label) for post in (Post.MEMBER, Post.DEPUTY)]


class DayField(forms.DateField):
    """A day, chosen in the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=day, error_messages=DAY_WRONG, validators=[refuse_absurd], **kwargs)


class TermForm(forms.Form):
    """A term: number, days, places, and the full-time members. Prefilled with what the last one said."""

    template = "communities/committees/term_form.html"
    number = forms.IntegerField(
        label=pgettext_lazy("big committee", "Term number"),
        min_value=1,
        max_value=99,
        error_messages=NUMBER_WRONG,
    )
    starts_on = DayField(label=pgettext_lazy("big committee", "First day of the term"))
    ends_on = DayField(
        label=pgettext_lazy("big committee", "Last day of the term"),
        help_text=_("The term follows the community committee's, which is five years."),
    )
    full_time_places = forms.IntegerField(
        label=_("Places of full-time members"),
        min_value=0,
        max_value=MOST_PLACES,
        error_messages=NUMBER_WRONG,
    )
    part_time_places = forms.IntegerField(
        label=_("Places of part-time members"),
        min_value=0,
        max_value=MOST_PLACES,
        error_messages=NUMBER_WRONG,
    )

    def __init__(self, *args: Any, term: Term, renewable: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("number", "starts_on", "ends_on", "full_time_places", "part_time_places"):
            self.fields[name].initial = getattr(term, name)
        rows = [*term.posts, *([("", Post.MEMBER.value)] * POST_ROWS)][: max(POST_ROWS, len(term.posts))]
        self.rows = len(rows)
        for place, (name, post) in enumerate(rows, start=1):
            self.fields[f"name_{place}"] = Words(
                label=gettext("Full-time member %(number)s") % {"number": place},
                max_length=30,
                required=False,
                initial=name,
            )
            self.fields[f"post_{place}"] = forms.ChoiceField(
                label=pgettext("big committee", "Post"),
                choices=Post.choices,
                initial=post,
                error_messages=CHOOSE,
            )
        if renewable:
            self.fields["again"] = forms.BooleanField(
                label=gettext("Recommend the %(number)d part-time members of the last term again")
                % {"number": renewable},
                required=False,
                initial=True,
            )

    def posts(self) -> list[tuple[Any, Any]]:
        """Return the fields of each full-time member: name and post."""
        return [(self[f"name_{place}"], self[f"post_{place}"]) for place in range(1, self.rows + 1)]

    def clean(self) -> dict[str, Any]:
        """Return what the service takes: the term, and whether members are recommended again."""
        typed = super().clean() or {}
        if self.errors:
            return typed
        found = [
            (typed[f"name_{place}"].strip(), typed[f"post_{place}"])
            for place in range(1, self.rows + 1)
            if typed[f"name_{place}"].strip()
        ]
        term = Term(
            typed["number"],
            typed["starts_on"],
            typed["ends_on"],
            typed["full_time_places"],
            typed["part_time_places"],
            found,
        )
        return {"term": term, "again": bool(typed.get("again"))}


class RecommendForm(forms.Form):
    """Who is recommended, of which unit, for what."""

    name = Words(label=pgettext_lazy("of a person", "Name"), max_length=30)
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("Unit of the member"),
        required=False,
        empty_label=_("Another unit, written below"),
        error_messages=CHOOSE,
        help_text=_("Units of the portal are told of meetings and tasks by themselves."),
    )
    unit_name = Words(label=_("Another unit"), max_length=60, required=False)
    unit_post = Words(label=_("Post in the unit"), max_length=40, required=False)
    post = forms.ChoiceField(
        label=_("Post on the committee"),
        choices=PART_TIME_POSTS,
        initial=Post.MEMBER,
        widget=Tiles,
        error_messages=CHOOSE,
    )
    duties = Words(label=_("Division of work"), max_length=200, required=False, widget=area(2))
    compound = forms.ModelChoiceField(
        Compound.objects.none(),
        label=_("Contact compound"),
        required=False,
        empty_label=pgettext_lazy("contact compound", "None yet"),
        error_messages=CHOOSE,
    )
    recommended_on = DayField(label=_("Recommended on"))

    def __init__(
        self,
        *args: Any,
        units: QuerySet[Unit],
        compounds: QuerySet[Compound],
        today: dt.date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        unit, compound = self.fields["unit"], self.fields["compound"]
        assert isinstance(unit, forms.ModelChoiceField)
        assert isinstance(compound, forms.ModelChoiceField)
        unit.queryset, compound.queryset = units, compounds
        self.fields["recommended_on"].initial = today

    def clean(self) -> dict[str, Any]:
        """Return what the service takes. Either a unit is chosen or one is written."""
        typed = super().clean() or {}
        unit, written = typed.get("unit"), (typed.get("unit_name") or "").strip()
        if unit is None and not written and "unit_name" not in self.errors:
            self.add_error("unit_name", gettext("Choose a unit, or write the name of another one."))
        if unit is not None and written and written != unit.name:
            self.add_error(
                "unit_name", gettext("One person is a part-time member for one unit. Choose or write one.")
            )
        if self.errors:
            return typed
        name = unit.name if unit is not None else written
        return {"proposal": Proposal(**{**typed, "unit_name": name, "name": typed["name"].strip()})}


class AmendForm(forms.Form):
    """What may change of a member: posts, work, contact compound."""

    unit_post = Words(label=_("Post in the unit"), max_length=40, required=False)
    post = forms.ChoiceField(
        label=_("Post on the committee"), choices=PART_TIME_POSTS, widget=Tiles, error_messages=CHOOSE
    )
    duties = Words(label=_("Division of work"), max_length=200, required=False, widget=area(2))
    compound = forms.ModelChoiceField(
        Compound.objects.none(),
        label=_("Contact compound"),
        required=False,
        empty_label=pgettext_lazy("contact compound", "None yet"),
        error_messages=CHOOSE,
    )

    def __init__(self, *args: Any, compounds: QuerySet[Compound], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        compound = self.fields["compound"]
        assert isinstance(compound, forms.ModelChoiceField)
        compound.queryset = compounds


class ReasonForm(forms.Form):
    """Why something is refused."""

    reason = Words(
        label=pgettext_lazy("refusal", "Reason"),
        max_length=200,
        widget=area(),
        help_text=_("The community reads it."),
    )


class AppointForm(forms.Form):
    """From which day the member is in office."""

    on = DayField(label=_("In office since"))


class LeaveForm(forms.Form):
    """When and why a member left."""

    on = DayField(label=_("Left on"))
    reason = Words(label=pgettext_lazy("leaving", "Reason"), max_length=200, widget=area(2))


class YearForm(forms.Form):
    """One of the years that are possible, the newest chosen beforehand."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int, error_messages=CHOOSE)

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["year"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(year, str(year)) for year in years]
        field.initial = years[0] if years else None


class DutyReportForm(YearForm):
    """What a member reported on a year."""

    given_on = DayField(label=_("Given on"))
    text = Words(label=_("What was reported"), max_length=2000, widget=area(8))


class AppraiseForm(YearForm):
    """The community's appraisal of a year."""

    grade = forms.ChoiceField(
        label=_("Appraisal"), choices=MemberAppraisal.Grade.choices, widget=Tiles, error_messages=CHOOSE
    )
    comment = Words(
        label=_("Comment"),
        max_length=300,
        required=False,
        widget=area(3),
        help_text=_("It stands in the letter to the member's unit."),
    )
