"""The blow form: six fields, everything else is derived."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.models import Compound
from kunming_portal.accounts.models import User
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, StaffPhone, Words, area, refuse_emoji
from whistle.forms.files import PLACE, PLACE_HINT, WithFiles
from whistle.forms.numbers import SYSTEMS, number_field
from whistle.models import Kind, SubClass
from whistle.services import Matter, PolicyRefused
from whistle.services.classing import check_sub_class
from whistle.suggestions import suggest_sub_classes

NO_SUB_CLASS = "none"
DRAFT = {"data-draft-field": "yes"}
TRIED = [
    ("signs", _("Put up warnings")),
    ("property", _("Asked the property firm")),
    ("hotline", _("Called 12345")),
    ("talked", _("Talked to those concerned")),
]
TRIED_MAX = 300


@dataclass(frozen=True)
class Offer:
    """One sub-class to choose: suggested ones are dashed until somebody chooses."""

    value: str
    label: str
    hint: str = ""
    suggested: bool = False
    chosen: bool = False


class BlowForm(WithFiles):
    """What happened (of which kind, perhaps sub-class), where, how urgent, photos, who reported it, what was tried.

    `kinds` and `sub_classes` are those of the caller's tier. "Urgent" takes the emergency kind, whichever tile is
    chosen; the question is left out where the tier has no such kind.
    """

    description = Words(
        label=_("What happened"),
        max_length=500,
        widget=area(3, **DRAFT),
        help_text=_("The microphone on the keyboard writes for you."),
    )
    kind = forms.TypedChoiceField(label=_("Which kind is it"), widget=Tiles, error_messages=CHOOSE)
    sub_class = forms.TypedChoiceField(
        label=_("Sub-class"), required=False, widget=Tiles, empty_value=None, error_messages=CHOOSE
    )
    compound = forms.TypedChoiceField(
        label=_("Compound"), required=False, empty_value=None, error_messages=CHOOSE
    )
    place = Words(
        label=_("Where"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off", **DRAFT})
    )
    urgent = forms.ChoiceField(
        label=_("How urgent is it"),
        choices=[("no", pgettext_lazy("urgency", "Ordinary")), ("yes", pgettext_lazy("urgency", "Urgent"))],
        widget=Tiles(
            notes={"no": _("The clock runs in working hours"), "yes": _("The clock runs day and night")}  # type: ignore[dict-item]
        ),
        initial="no",
        error_messages=CHOOSE,
    )
    reporter_name = forms.CharField(
        label=pgettext_lazy("reporter", "Name"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        validators=[refuse_emoji],
    )
    reporter_phone = StaffPhone(
        label=pgettext_lazy("reporter", "Phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "tel"}),
    )
    system = forms.ChoiceField(label=_("System"), choices=SYSTEMS, required=False, error_messages=CHOOSE)
    number = number_field()
    tried = forms.MultipleChoiceField(
        label=_("What was already tried"), choices=TRIED, required=False, widget=forms.CheckboxSelectMultiple
    )
    tried_more = Words(
        label=_("Something else"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Something else"), **DRAFT}),
    )
    with_place = forms.BooleanField(label=PLACE, required=False, help_text=PLACE_HINT)
    submission = forms.UUIDField(widget=forms.HiddenInput, required=False)
    caller = forms.IntegerField(widget=forms.HiddenInput, required=False)
    proposal = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        kinds: list[Kind],
        sender: User,
        sub_classes: Sequence[SubClass] = (),
        compounds: Sequence[Compound] = (),
        **kwargs: Any,
    ) -> None:
        self.sender = sender
        super().__init__(*args, **kwargs)
        self.offer_compounds(compounds)
        self.initial.setdefault("submission", uuid.uuid4())
        self.kinds = kinds
        self.emergency = next((kind for kind in kinds if kind.is_emergency), None)
        self.ordinary = {str(kind.pk): kind for kind in kinds if not kind.is_emergency}
        field = self.fields["kind"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(key, kind.label) for key, kind in self.ordinary.items()]
        field.coerce = self.ordinary.__getitem__
        field.required = self.data.get("urgent") != "yes"
        if self.ordinary:
            self.initial.setdefault("kind", next(iter(self.ordinary)))
        else:
            del self.fields["kind"]
        if self.emergency is None:
            del self.fields["urgent"]
        self.sub_classes = {str(row.pk): row for row in sub_classes}
        finer = self.fields["sub_class"]
        assert isinstance(finer, forms.TypedChoiceField)
        finer.choices = [
            (NO_SUB_CLASS, NO_SUB_CLASS),
            *((key, row.name) for key, row in self.sub_classes.items()),
        ]
        finer.coerce = self.sub_classes.get

    def offer_compounds(self, compounds: Sequence[Compound]) -> None:
        """Let choose one of the caller's compounds, or none; leave the question out where there are none."""
        self.compounds = list(compounds)
        known = {str(row.pk): row for row in self.compounds}
        field = self.fields["compound"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [
            ("", pgettext("compound", "In none of them")),
            *((key, row.name) for key, row in known.items()),
        ]
        field.coerce = known.get
        if not known:
            del self.fields["compound"]
            return
        chosen = known.get(str(self.initial.get("compound", "")))
        if chosen is not None:
            self.initial.setdefault("place", chosen.name)

    def clean(self) -> dict[str, Any]:
        """Refuse ticks and text that are too long together, and a sub-class of another kind."""
        kind, finer = self.chosen_kind, self.cleaned_data.get("sub_class")
        if kind is not None and finer is not None:
            try:
                check_sub_class(finer, kind=kind, tier=finer.tiers[0])
            except PolicyRefused as refused:
                self.add_error("sub_class", refused.sentence)
        if len(self.tried_words()) > TRIED_MAX:
            self.add_error("tried_more", ValidationError(_("This is too long."), code="max_length"))
        typed = self.cleaned_data
        if bool(typed.get("system")) != bool(typed.get("number")) and "number" not in self.errors:
            missing = "number" if typed.get("system") else "system"
            self.add_error(missing, ValidationError(_("Number and system belong together."), code="number"))
        return self.cleaned_data

    @property
    def chosen_kind(self) -> Kind | None:
        """The kind that is chosen at this moment, valid or not: what the list of times is computed for."""
        urgent = "urgent" in self.fields and self["urgent"].value() == "yes"
        if self.emergency is not None and (urgent or not self.ordinary):
            return self.emergency
        found = self.ordinary.get(str(self["kind"].value())) if self.ordinary else None
        return found or next(iter(self.ordinary.values()), None)

    def offers(self) -> tuple[list[Offer], list[Offer]]:
        """Return the sub-classes of the kind chosen now: those that the words suggest or somebody chose; the rest."""
        kind = self.chosen_kind
        own = [row for row in self.sub_classes.values() if kind is not None and row.kind_id == kind.pk]
        suggested = suggest_sub_classes(str(self["description"].value() or ""), among=own)
        chosen = str(self["sub_class"].value() or NO_SUB_CLASS)
        near: list[Offer] = []
        rest: list[Offer] = []
        for row in [*suggested, *(row for row in own if row not in suggested)]:
            offer = Offer(str(row.pk), row.name, row.scope, row in suggested, str(row.pk) == chosen)
            (near if offer.suggested or offer.chosen else rest).append(offer)
        if own:
            is_none = not any(offer.chosen for offer in near)
            near.append(Offer(NO_SUB_CLASS, pgettext("sub-class", "None of them"), chosen=is_none))
        return near, rest

    def tried_words(self) -> str:
        """Return what was tried as one text."""
        ticked = [str(label) for key, label in TRIED if key in self.cleaned_data.get("tried", ())]
        more = self.cleaned_data.get("tried_more", "")
        return gettext(", ").join([*ticked, more] if more else ticked)

    def matter(self) -> Matter:
        """Return what was typed, for `services.open_case`. Only after `is_valid`."""
        kind = self.chosen_kind
        assert kind is not None, "views show the form only where there are kinds"
        typed = self.cleaned_data
        return Matter(
            description=typed["description"],
            place=typed["place"],
            kind=kind,
            sub_class=typed.get("sub_class"),
            compound=typed.get("compound"),
            tried=self.tried_words(),
            reporter_name=typed["reporter_name"],
            reporter_phone=typed["reporter_phone"],
            numbers=((typed["system"], typed["number"]),) if typed.get("number") else (),
        )
