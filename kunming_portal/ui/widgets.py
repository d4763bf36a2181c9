"""Form controls dressed for the portal; the admin's own controls stay as they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

TILES = (forms.RadioSelect, forms.CheckboxSelectMultiple)
CHECKS = (forms.CheckboxInput,)
DJANGO_ROWS = "10"  # what a text area has when nobody said; ten rows fill a phone


class Tiles(forms.RadioSelect):
    """One of few, as tiles of equal size and colour.

    `notes`: a second line by value, which makes the tiles big. `suggested`: values the portal proposes;
    their outline is dashed until a person chooses.
    """

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Sequence[tuple[Any, Any]] = (),
        *,
        notes: Mapping[str, str] | None = None,
        suggested: Sequence[str] = (),
    ) -> None:
        super().__init__(attrs, choices)
        self.notes = dict(notes or {})
        self.suggested = tuple(suggested)


def render(field: BoundField) -> SafeString:
    """Return the control of a field with the portal's classes; label, hint and error stand around it."""
    control = field.field.widget
    if is_tiles(field):
        return _tiles(field)
    attrs: dict[str, str | bool] = {
        "class": " ".join(part for part in (control.attrs.get("class", ""), _css(control)) if part)
    }
    if control.use_fieldset and field.aria_describedby:
        # Django leaves this to the fieldset, which a single control does not get here
        attrs["aria-describedby"] = field.aria_describedby
    if isinstance(control, forms.Textarea) and control.attrs.get("rows") == DJANGO_ROWS:
        attrs["rows"] = "3"
    return field.as_widget(attrs=attrs)


def is_tiles(field: BoundField) -> bool:
    """Return whether the field is a group of tiles, which needs a fieldset and a legend."""
    return isinstance(field.field.widget, TILES)


def counts(field: BoundField) -> int | None:
    """Return the longest length a text may have, where the form shows a counter."""
    longest = field.field.widget.attrs.get("maxlength") or getattr(field.field, "max_length", None)
    if isinstance(field.field.widget, forms.Textarea) and longest:
        return int(longest)
    return None


def _css(control: forms.Widget) -> str:
    if isinstance(control, forms.Select):
        return "form-select"
    if isinstance(control, CHECKS):
        return "form-check-input"
    return "form-control"


def _tiles(field: BoundField) -> SafeString:
    control = field.field.widget
    notes = getattr(control, "notes", {})
    suggested = getattr(control, "suggested", ())
    options = [
        {
            "control": option,
            "note": notes.get(str(option.data["value"]), ""),
            "suggested": str(option.data["value"]) in suggested,
        }
        for option in field.subwidgets
        if str(option.data["value"]) != ""
    ]
    return render_to_string(
        "ui/widgets/tiles.html", {"options": options, "is_big": bool(notes), "field": field}
    )
