"""Forms of compound branches and their cross-posts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.forms.days import DayField
from communities.models import Compound, CompoundBranch, CrossPost
from communities.services.branches import FACTS, BranchFacts, PostFacts
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, StaffPhone, Words

MOST_MEMBERS = 9_999


def label_of(name: str) -> Any:
    """Return what the model calls a field."""
    return CompoundBranch._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # own columns only


class BranchForm(forms.Form):
    """What is on record about a branch, and which compounds of its community it leads."""

    template = "communities/compounds/branch_fields.html"

    name = Words(label=label_of("name"), max_length=60)
    form = forms.ChoiceField(
        label=label_of("form"), choices=CompoundBranch.Form.choices, widget=Tiles, error_messages=CHOOSE
    )
    compounds = forms.ModelMultipleChoiceField(
        label=_("Compounds it leads"),
        queryset=Compound.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A joint branch leads two or more."),
    )
    superior = Words(label=label_of("superior"), max_length=60, required=False)
    secretary = Words(label=label_of("secretary"), max_length=30, required=False)
    secretary_phone = StaffPhone(label=label_of("secretary_phone"), max_length=20, required=False)
    members_registered = forms.IntegerField(
        label=label_of("members_registered"), min_value=0, max_value=MOST_MEMBERS, required=False
    )
    members_active = forms.IntegerField(
        label=label_of("members_active"), min_value=0, max_value=MOST_MEMBERS, required=False
    )
    founded_on = DayField(label=label_of("founded_on"), required=False)

    def __init__(
        self, *args: Any, compounds: Sequence[Compound], branch: CompoundBranch | None = None, **kwargs: Any
    ) -> None:
        known = {} if branch is None else {name: getattr(branch, name) for name in FACTS}
        kwargs["initial"] = {"form": "single", **known, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        field = self.fields["compounds"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Compound.objects.filter(pk__in=[row.pk for row in compounds]).order_by("name")

    def facts(self) -> BranchFacts:
        """Return what was typed. Only after `is_valid`."""
        typed = {name: self.cleaned_data[name] for name in FACTS}
        for name in ("members_registered", "members_active"):
            typed[name] = typed[name] or 0
        return BranchFacts(**typed)


class PostForm(forms.Form):
    """Who holds which post in the branch, and which in another body."""

    name = Words(label=pgettext_lazy("of a person", "Name"), max_length=30)
    branch_post = Words(label=_("Post in the branch"), max_length=30)
    body = forms.ChoiceField(
        label=_("Other body"), choices=CrossPost.Body.choices, widget=Tiles, error_messages=CHOOSE
    )
    body_post = Words(label=_("Post there"), max_length=30)
    starts_on = DayField(label=_("Since"))

    def facts(self) -> PostFacts:
        """Return what was typed. Only after `is_valid`."""
        return PostFacts(**self.cleaned_data)
