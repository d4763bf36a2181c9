"""What the forms of the side paths share: choosing a unit, a day, a yes or no."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_callable_units
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.forms.moves import MoveForm, Subject

Facts = Sequence[tuple[str, str]]


class UnitField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One of the units that can be called from where the whistle was received."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unit.objects.none(), error_messages=CHOOSE, empty_label=_("Choose"), **kwargs)

    def offer(self, subject: Subject, *, but: int | None = None) -> None:
        """Offer the units of the receiver's level, except one."""
        day = timezone.localdate(subject.now)
        units = get_callable_units(division_code=subject.whistle.receiver.division_id, on=day)
        self.queryset = units if but is None else units.exclude(pk=but)

    def label_from_instance(self, obj: Any) -> str:
        """Return the unit's full name."""
        return str(obj.name)


class DayField(forms.DateField):
    """A day, typed or picked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={
                "required": _("Choose a day."),
                "invalid": _("Write the day like 2026-11-25."),
            },
            **kwargs,
        )


class YesOrNo(forms.TypedChoiceField):
    """Two answers of equal size; the first means yes. Nothing is chosen in advance."""

    def __init__(self, *, label: Any, yes: Any, no: Any) -> None:
        super().__init__(
            label=label,
            choices=[("yes", yes), ("no", no)],
            coerce=lambda value: value == "yes",
            widget=Tiles,
            error_messages=CHOOSE,
        )


class DecisionForm(MoveForm):
    """Granting or refusing what somebody asked for. A refusal needs its reason."""

    is_granted = YesOrNo(label=_("Your decision"), yes=_("Grant it"), no=_("Refuse it"))
    decision = Words(
        label=_("Reason"),
        max_length=300,
        required=False,
        widget=area(),
        help_text=_("A refusal needs one; the others read it."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where it is missing."""
        typed = super().clean() or {}
        if typed.get("is_granted") is False and not typed.get("decision"):
            self.add_error("decision", _("Say why it is refused."))
        return typed
