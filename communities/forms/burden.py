"""What a person types about community work: an item, a request, its decision, an ask. Services decide."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models import Ask, Frequency, WorkItem, WorkKind
from communities.querysets import WorkItemQuerySet
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.ui.words import CHOOSE, Words, area, refuse_absurd

DAY_WRONG = {"required": _("Fill this in."), "invalid": _("Write the day like 2026-11-25.")}
HOURS_WRONG = {
    "required": _("Fill this in."),
    "invalid": _("Write hours like 0.5 or 3."),
    "min_value": _("Write hours like 0.5 or 3."),
    "max_value": _("At most 999 hours."),
    "max_decimal_places": _("One decimal is enough."),
    "max_digits": _("At most 999 hours."),
    "max_whole_digits": _("At most 999 hours."),
}
OUTCOMES = [
    ("admit", pgettext_lazy("verb", "Admit")),
    ("refuse", pgettext_lazy("verb", "Refuse")),
    ("return", _("Return for completion")),
]


class Day(forms.DateField):
    """A day, chosen in the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, error_messages=DAY_WRONG, validators=[refuse_absurd], **kwargs)


class Hours(forms.DecimalField):
    """Hours with at most one decimal."""

    def __init__(self, *, least: Decimal = Decimal(0), **kwargs: Any) -> None:
        super().__init__(
            min_value=least,
            max_value=Decimal(999),
            max_digits=5,
            decimal_places=1,
            error_messages=HOURS_WRONG,
            **kwargs,
        )


class Place(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """One of the places offered, by its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Division.objects.none(), empty_label=None, error_messages=CHOOSE, **kwargs)

    def label_from_instance(self, division: Division) -> str:
        """Return the place as it is called, the whole of it."""
        return division.name


class Item(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """One of the items offered, by number and title."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(WorkItem.objects.none(), required=False, error_messages=CHOOSE, **kwargs)

    def label_from_instance(self, item: WorkItem) -> str:
        """Return number and title."""
        return f"{item.number} {item.title}"


class AdmissionForm(forms.Form):
    """What a department applies for."""

    template = ""
    title = Words(label=_("Title"), max_length=80)
    text = Words(label=_("What communities are to do"), max_length=1000, widget=area(4))
    scope = Place(label=_("Communities of"))
    kind = forms.ChoiceField(
        label=pgettext_lazy("noun", "List"),
        choices=WorkKind.choices,
        initial="assistance",
        error_messages=CHOOSE,
    )
    legal_basis = Words(
        label=_("Legal basis"),
        max_length=200,
        help_text=_("The law or document that makes communities do it."),
    )
    frequency = forms.ChoiceField(
        label=_("How often"), choices=Frequency.choices, initial="monthly", error_messages=CHOOSE
    )
    hours = Hours(
        label=_("Hours a time"),
        least=Decimal("0.1"),
        help_text=_("An honest estimate for one community, each time."),
    )
    means = Words(label=_("Forms or system used"), max_length=200, required=False)
    resources = Words(
        label=_("Money and people that come with it"),
        max_length=200,
        help_text=_("Duties come with rights, work comes with money. Write “none” if nothing comes."),
    )
    starts_on = Day(label=pgettext_lazy("first day", "From"))
    ends_on = Day(label=pgettext_lazy("last day", "Until"))
    replaces = Item(label=_("Replaces on the list"), empty_label=_("Nothing"))

    def __init__(
        self, *args: Any, places: Iterable[Division], replaceable: WorkItemQuerySet, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "scope", Division.objects.filter(pk__in=[one.pk for one in places]).order_by("code"))
        offer(self, "replaces", replaceable)
        if not replaceable.exists():
            del self.fields["replaces"]


class DecisionForm(forms.Form):
    """The decision, its reasons, and until when the work is admitted."""

    template = ""
    outcome = forms.ChoiceField(
        label=pgettext_lazy("admission", "Decision"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    reason = Words(label=_("Reasons"), max_length=500, widget=area(4))
    until = Day(
        label=_("Admitted until"),
        required=False,
        help_text=_("Only for an admission; it then lapses by itself."),
    )
    number = Words(label=_("Document number"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the last day where the work is admitted."""
        typed = super().clean() or {}
        if typed.get("outcome") == "admit" and not typed.get("until") and "until" not in self.errors:
            self.add_error("until", _("An admission needs its last day."))
        return typed


class ReasonForm(forms.Form):
    """Why something is given up."""

    template = ""
    reason = Words(label=_("Reason"), max_length=300, widget=area())


class ExitForm(forms.Form):
    """The last day of an item and why it leaves the list."""

    template = ""
    last_day = Day(label=_("Last day on the list"))
    reason = Words(label=_("Why it leaves the list"), max_length=200, widget=area())


class ItemForm(forms.Form):
    """An item as it stands on its list."""

    template = ""
    number = Words(label=_("Number"), max_length=20)
    title = Words(label=_("Title"), max_length=80)
    kind = forms.ChoiceField(
        label=pgettext_lazy("noun", "List"), choices=WorkKind.choices, error_messages=CHOOSE
    )
    scope = Place(label=_("Valid in"))
    department = Words(label=_("Sponsoring department"), max_length=60)
    legal_basis = Words(label=_("Legal basis"), max_length=200, required=False)
    frequency = forms.ChoiceField(label=_("How often"), choices=Frequency.choices, error_messages=CHOOSE)
    hours = Hours(label=_("Hours a time"))
    resources = Words(label=_("Money and people that come with it"), max_length=200, required=False)
    valid_from = Day(label=pgettext_lazy("first day", "From"))
    valid_to = Day(label=pgettext_lazy("last day", "Until"), required=False)
    approval_number = Words(label=_("Document number"), max_length=60, required=False)

    def __init__(self, *args: Any, places: Iterable[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "scope", Division.objects.filter(pk__in=[one.pk for one in places]).order_by("code"))


class StepForm(forms.Form):
    """A step in the history of the lists."""

    template = ""
    day = Day(label=pgettext_lazy("first day", "From"))
    document = Words(label=_("Document"), max_length=120)
    note = Words(label=pgettext_lazy("of a step", "Note"), max_length=300, required=False, widget=area())


class AskForm(forms.Form):
    """What a community is asked for, on one screen of a phone."""

    template = "communities/burden/ask_form.html"
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("Who asks"),
        required=False,
        empty_label=_("Not in this list"),
        error_messages=CHOOSE,
    )
    asker = Words(
        label=_("Who asks, by name"),
        max_length=60,
        required=False,
        help_text=_("Only if the list above does not hold it."),
    )
    title = Words(label=pgettext_lazy("an ask", "What for"), max_length=80)
    means = forms.ChoiceField(
        label=_("How"), choices=Ask.Means.choices, initial="form", error_messages=CHOOSE
    )
    asked_on = Day(label=pgettext_lazy("an ask", "When"))
    hours = Hours(label=_("Hours it takes"), initial=Decimal(1))
    item = Item(label=_("On the list"), empty_label=_("Not on the list"))
    at_once = forms.BooleanField(label=_("Refuse it at once"), required=False)

    def __init__(
        self, *args: Any, units: Iterable[Unit], items: WorkItemQuerySet, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            "unit",
            Unit.objects.filter(pk__in=[one.pk for one in units]).order_by("-division_id", "name"),
        )
        field: Any = self.fields["unit"]
        field.label_from_instance = lambda unit: unit.name
        offer(self, "item", items)
        self.fields["asked_on"].initial = today


def offer(form: forms.Form, name: str, rows: Any) -> None:
    """Offer these rows in a field of the form."""
    field: Any = form.fields[name]
    field.queryset = rows
