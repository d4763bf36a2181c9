"""Which case a case is merged into, and why."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.duplicates import Duplicate, duplicates_of
from whistle.forms.moves import MoveForm, ReasonForm, Subject
from whistle.models import Case
from whistle.selectors import get_cases


class MergeForm(MoveForm):
    """One of the cases that look alike, or any other by its number."""

    suggested = forms.ChoiceField(
        label=_("Looks like the same matter"),
        required=False,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    number = forms.CharField(
        label=_("Another case, by its number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = Words(label=_("Why it is the same matter"), max_length=300, widget=area(2))

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        self.found: list[Duplicate] = duplicates_of(
            subject.whistle.case, kind_id=subject.whistle.kind_id, user=subject.by, now=subject.now
        )
        self.found = [twin for twin in self.found if twin.is_open]
        field = self.fields["suggested"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(twin.case.pk), f"{twin.case} · {twin.why}") for twin in self.found]
        if not self.found:
            del self.fields["suggested"]

    def clean(self) -> dict[str, Any]:
        """Return the case as `into`; a number that is typed stands above a tile."""
        typed = self.cleaned_data
        number = typed.pop("number", "").strip()
        chosen = typed.pop("suggested", "")
        cases = get_cases(user=self.subject.by)
        if number:
            into: Case | None = cases.filter(number=number).first()
        else:
            into = cases.filter(pk=chosen).first() if chosen else None
        if into is None and "number" not in self.errors:
            sentence = _("No case you can see has this number.") if number else _("Choose the other case.")
            self.add_error("number", ValidationError(sentence, code="into"))
        typed["into"] = into
        return typed


class UnmergeForm(ReasonForm):
    """Why it is a matter of its own after all."""
