"""Forms of a new version of a scheme: rules and grades, or the pay bands; filled with the version before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from communities.grading import Rule
from communities.models import Education, PointRule, PostClass, Qualification, YearlyAppraisal
from communities.models.workers import TITLES
from communities.services.schemes import Bands, Draft
from kunming_portal.staffing.forms import day_field
from kunming_portal.ui.words import Words

MORE_GRADES = 2
NUMBER = {
    "invalid": gettext_lazy("Write a number like 1.5."),
    "min_value": gettext_lazy("Write zero or more."),
    "max_decimal_places": gettext_lazy("At most one digit after the point."),
    "required": gettext_lazy("Fill this in."),
}


def rule_choices() -> list[tuple[str, str, str]]:
    """Return what a rule may be about: source, value, what the value is called."""
    levels = Qualification.Level.choices
    From = PointRule.From  # noqa: N806  # a class
    return [
        (From.SERVICE.value, "", _("each full year")),
        *((From.EDUCATION.value, value, str(label)) for value, label in Education.choices),
        *((From.TITLE.value, value, str(label)) for value, label in levels if value in TITLES),
        *((From.HONOUR.value, value, str(label)) for value, label in levels if value not in TITLES),
        *((From.APPRAISAL.value, value, str(label)) for value, label in YearlyAppraisal.Result.choices),
    ]


def number_field(label: str) -> forms.DecimalField:
    """Return a field for points."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_digits=5,
        decimal_places=1,
        error_messages=NUMBER,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
    )


@dataclass(frozen=True)
class Line:
    """One line of a table in a form: what it is about, and its fields."""

    head: str
    what: str
    cells: Sequence[BoundField]


class SchemeForm(forms.Form):
    """Rules and grades of a new version; `draft` is what it begins with."""

    template = "communities/workers/scheme_fields.html"
    valid_from = day_field(gettext_lazy("Valid from"))
    name = Words(label=gettext_lazy("Name"), max_length=60)
    basis = Words(
        label=gettext_lazy("Basis"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The document it follows."),
    )
    staffing_target = forms.DecimalField(
        label=gettext_lazy("Workers per 10,000 residents aimed at"),
        min_value=1,
        max_value=200,
        max_digits=5,
        decimal_places=1,
        error_messages=NUMBER,
    )
    staffing_source = Words(
        label=gettext_lazy("Where this number comes from"), max_length=120, required=False
    )

    def __init__(self, *args: Any, draft: Draft, valid_from: date, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(draft, valid_from)
        super().__init__(*args, **kwargs)
        self.draft = draft
        self.grade_count = len(draft.grades) + MORE_GRADES
        for place, _rule in enumerate(rule_choices()):
            self.fields[f"points_{place}"] = number_field(_("points"))
            self.fields[f"most_{place}"] = number_field(_("at most"))
        for place in range(self.grade_count):
            self.fields[f"grade_{place}"] = Words(
                label=pgettext("of workers", "Grade"), max_length=20, required=False
            )
            self.fields[f"from_{place}"] = number_field(_("from points"))

    @property
    def single(self) -> list[BoundField]:
        """The fields that stand alone."""
        return [self[name] for name in ("valid_from", "name", "basis", "staffing_target", "staffing_source")]

    @property
    def rule_lines(self) -> list[Line]:
        """The rules as lines of a table."""
        lines, last = [], ""
        for place, (source, _value, label) in enumerate(rule_choices()):
            head = str(PointRule.From(source).label)
            lines.append(
                Line(head if head != last else "", label, [self[f"points_{place}"], self[f"most_{place}"]])
            )
            last = head
        return lines

    @property
    def grade_lines(self) -> list[Line]:
        """The grades as lines of a table, the highest last, two free lines below."""
        return [Line("", "", [self[f"grade_{n}"], self[f"from_{n}"]]) for n in range(self.grade_count)]

    def clean(self) -> dict[str, Any]:
        """Say at the line what a grade lacks: a name without points, points without a name."""
        typed: dict[str, Any] = super().clean() or {}
        for place in range(self.grade_count):
            name, points = typed.get(f"grade_{place}"), typed.get(f"from_{place}")
            if name and points is None and f"from_{place}" not in self.errors:
                self.add_error(f"from_{place}", _("Say from how many points on."))
        return typed

    @property
    def typed_draft(self) -> Draft:
        """The version that was typed."""
        typed = self.cleaned_data
        rules = [
            Rule(source, value, typed[f"points_{place}"], typed[f"most_{place}"])
            for place, (source, value, _label) in enumerate(rule_choices())
            if typed[f"points_{place}"] is not None
        ]
        grades = [
            (typed[f"grade_{place}"], typed[f"from_{place}"])
            for place in range(self.grade_count)
            if typed[f"grade_{place}"]
        ]
        return replace(
            self.draft,
            rules=rules,
            grades=grades,
            **{name: typed[name] for name in ("name", "basis", "staffing_target", "staffing_source")},
        )

    @property
    def mark(self) -> str:
        """What stands for exactly this version: it was looked at before it is confirmed."""
        said = repr((self.typed_draft, self.cleaned_data["valid_from"]))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class PayForm(forms.Form):
    """Base pay and bonus of each grade and post class; for whom pay is shown to."""

    template = "communities/workers/pay_fields.html"
    valid_from = day_field(gettext_lazy("Valid from"))
    insurances_included = forms.BooleanField(
        label=gettext_lazy("The five insurances are included."), required=False
    )

    def __init__(
        self,
        *args: Any,
        draft: Draft,
        bands: Bands,
        posts: Sequence[PostClass],
        valid_from: date,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = _paid(draft, bands, posts) | {
            "valid_from": valid_from,
            "insurances_included": draft.insurances_included,
        }
        super().__init__(*args, **kwargs)
        self.draft, self.posts = draft, posts
        for row, (grade, _points) in enumerate(draft.grades):
            for post in posts:
                label = f"{grade} {post.name}"
                self.fields[f"base_{row}_{post.pk}"] = yuan_field(f"{label} {_('Base pay')}")
                self.fields[f"bonus_{row}_{post.pk}"] = yuan_field(f"{label} {_('Bonus')}")

    @property
    def rows(self) -> list[Line]:
        """A line a grade: base and bonus of each post class."""
        return [
            Line(
                grade,
                "",
                [self[f"{what}_{row}_{post.pk}"] for post in self.posts for what in ("base", "bonus")],
            )
            for row, (grade, _points) in enumerate(self.draft.grades)
        ]

    @property
    def typed_draft(self) -> Draft:
        """The version with the bands that were typed; one without a base is left out."""
        typed = self.cleaned_data
        bands = {
            (grade, post.pk): (typed[f"base_{row}_{post.pk}"], typed[f"bonus_{row}_{post.pk}"] or 0)
            for row, (grade, _points) in enumerate(self.draft.grades)
            for post in self.posts
            if typed[f"base_{row}_{post.pk}"] is not None
        }
        return replace(self.draft, bands=bands, insurances_included=typed["insurances_included"])


def yuan_field(label: str) -> forms.IntegerField:
    """Return a field for an amount of yuan a month."""
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=99_999, error_messages=NUMBER
    )


def _initial(draft: Draft, valid_from: date) -> Mapping[str, Any]:
    known = {(rule.source, rule.value): rule for rule in draft.rules}
    values: dict[str, Any] = {
        "valid_from": valid_from,
        "name": draft.name,
        "basis": draft.basis,
        "staffing_target": draft.staffing_target,
        "staffing_source": draft.staffing_source,
    }
    for place, (source, value, _label) in enumerate(rule_choices()):
        rule = known.get((source, value))
        if rule is not None:
            values |= {f"points_{place}": _short(rule.points), f"most_{place}": _short(rule.most)}
    for place, (name, points) in enumerate(draft.grades):
        values |= {f"grade_{place}": name, f"from_{place}": _short(points)}
    return values


def _short(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def _paid(draft: Draft, bands: Bands, posts: Sequence[PostClass]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for row, (grade, _points) in enumerate(draft.grades):
        for post in posts:
            if (grade, post.pk) in bands:
                base, bonus = bands[grade, post.pk]
                values |= {f"base_{row}_{post.pk}": base, f"bonus_{row}_{post.pk}": bonus}
    return values
