"""Kinds of fields that forms share, and what they refuse."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kunming_portal.encryption.personal import Personal, find_personal, tidy_phone

# Pictographs, their joiners and flags. Characters of names outside the basic plane (𬭎) are none of these.
EMOJI = re.compile("[\U0001f000-\U0001faff\U000e0020-\U000e007f\ufe0f\u200d\u20e3]")
FIRST_YEAR, LAST_YEAR = 1900, 2199  # as in workbooks
CHOOSE = {
    "required": _("Choose one."),
    "invalid_choice": _("This choice does not exist any more. Choose again."),
}
PERSONAL = {
    Personal.CITIZEN_NUMBER: _(
        "An ID-card number stands here. Take it out; the portal keeps none, not even for the reporter."
    ),
    Personal.MOBILE: _(
        "A mobile number stands here. Take it out; only the reporter's field, which is encrypted, holds one."
    ),
}


def refuse_emoji(text: str) -> None:
    """Refuse pictographs: neither circulars nor the systems next door can carry them."""
    found = EMOJI.search(text)
    if found:
        raise ValidationError(
            _("Emoji cannot be kept; take it out: %(sign)s"), params={"sign": found.group()}, code="emoji"
        )


def refuse_personal(text: str) -> None:
    """Refuse a citizen number or a mobile number in free text (standards.md §2, §7.3)."""
    found = find_personal(text)
    if found:
        raise ValidationError(PERSONAL[found], code=found.value)


def refuse_absurd(day: date) -> None:
    """Refuse a day or moment that nobody can have meant; next to year 1 and 9999 no zone can be worked out."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("The year %(year)d cannot be right."), params={"year": day.year}, code="absurd"
        )


class Words(forms.CharField):
    """Free text of the chain: no emoji, nobody's number, with sentences a person understands."""

    default_error_messages = {
        "required": _("Fill this in."),
        "max_length": _("At most %(limit_value)d characters; now there are %(show_value)d."),
    }
    default_validators = [*forms.CharField.default_validators, refuse_emoji, refuse_personal]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave the browser's own limit out: it cuts what is pasted short without a word."""
        attrs = super().widget_attrs(widget)
        return {name: value for name, value in attrs.items() if name != "maxlength"}

    def to_python(self, value: Any) -> Any:
        """Count a line break as one character, as the counter under the field does."""
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class StaffPhone(forms.CharField):
    """A phone number on which somebody on duty can be reached."""

    default_error_messages = {"required": _("Fill this in.")}

    def clean(self, value: Any) -> Any:
        """Return the number as it is stored; refuse what is no number."""
        text = super().clean(value)
        if not text:
            return text
        number = tidy_phone(text)
        if number is None:
            raise ValidationError(
                _("This is no phone number: 11 digits, or a landline like 0871-63100000."), code="phone"
            )
        return number


def area(rows: int = 3, **attrs: str) -> forms.Textarea:
    """Return a text area of so many rows."""
    return forms.Textarea(attrs={"rows": rows, **attrs})
