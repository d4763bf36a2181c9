"""What an administrator types about days: a year's notice by lines or by file, days of a place."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.administration import calendars
from kunming_portal.errors import Refused
from kunming_portal.ui.widgets import Tiles
from kunming_portal.workdays import notices
from kunming_portal.workdays.entering import LocalRule, Notice
from kunming_portal.workdays.models import parse_segments

MOST_BYTES = 200_000
LINES = "2027-01-01至2027-01-03 休 元旦\n2027-02-06 班 春节调休上班"
SPAN = re.compile(r"^(\d{1,2})[:：](\d{2})\s*[-–~～至到]\s*(\d{1,2})[:：](\d{2})$")
CLOSED, OPEN = "closed", "open"
DATE = {"invalid": _("Write the day like 2026-11-25."), "required": _("Name the day.")}


class NoticeForm(forms.Form):
    """The notice number and its days. A file fills in the lines, so that what came out of it can be read and mended."""

    number = forms.CharField(
        label=_("Notice number"),
        max_length=60,
        help_text=_("For example 国办发明电〔2026〕12号."),
        error_messages={"required": _("Name the notice.")},
    )
    days = forms.CharField(
        label=_("Days off and days worked in exchange"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "12", "placeholder": LINES, "spellcheck": "false"}),
        help_text=_("A line a day or a run of days: the day, 休 or 班, the occasion."),
        strip=True,
    )
    file = forms.FileField(
        label=_("or a file"),
        required=False,
        help_text=_("JSON of holiday-cn, a table (CSV) or a calendar file (ICS). It replaces the lines."),
        widget=forms.FileInput(attrs={"accept": ".json,.csv,.ics,.txt"}),
    )

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.data = dict(self.data.items())  # plain values: what a file holds is written into the lines
        self.year = year
        self.notice: Notice | None = None

    def clean_file(self) -> str:
        """Return the text of the file; refuses what is too large or no text."""
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("The file is too large: a year has some thirty days."))
        try:
            return str(file.read(), "utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("This file is no text in UTF-8.")) from error

    def clean(self) -> dict[str, Any]:
        """Read the days; a file's days stand in the lines from then on."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "file" not in cleaned or "days" not in cleaned:
            return cleaned
        field, text = ("file", cleaned["file"]) if cleaned["file"] else ("days", cleaned["days"])
        try:
            days = notices.read(text)
            if field == "file":
                self.data = {**self.data, "days": notices.write(days)}
            notices.check(days, year=self.year)
        except Refused as refused:
            self.add_error(field, refused.sentence)
            return cleaned
        self.notice = Notice(year=self.year, number=cleaned.get("number", ""), days=days)
        return cleaned


class LocalForm(forms.Form):
    """Days that differ at one place, or everywhere."""

    place = forms.CharField(
        label=_("Place"),
        max_length=60,
        required=False,
        help_text=_("Code or name of a division or unit; it holds for everything below. Empty: everywhere."),
        widget=forms.TextInput(attrs={"list": "places", "autocomplete": "off"}),
    )
    first_day = forms.DateField(
        label=_("First day"),
        error_messages=DATE,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        error_messages=DATE,
        help_text=_("Empty: one day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    effect = forms.ChoiceField(
        label=_("What these days are"),
        choices=[
            (CLOSED, pgettext_lazy("calendar", "Closed")),
            (OPEN, pgettext_lazy("calendar", "Working days")),
        ],
        widget=Tiles,
        error_messages={"required": _("Choose one.")},
    )
    hours = forms.CharField(
        label=_("Own hours"),
        max_length=100,
        required=False,
        help_text=_("Only for working days with other hours, for example 09:00-12:00 14:00-16:00."),
    )
    name = forms.CharField(
        label=_("Occasion"),
        max_length=60,
        error_messages={"required": _("Name the occasion; it stands in every worksheet.")},
    )

    def clean_place(self) -> str:
        """Return the code of the place."""
        text: str = self.cleaned_data["place"]
        if not text.strip():
            return ""
        code = calendars.find_place(text)
        if code is None:
            raise ValidationError(
                _(
                    "No division or unit has this code or name, or several have. Write the code, for example 530102."
                )
            )
        return code

    def clean_hours(self) -> list[list[str]] | None:
        """Return the hours in the stored shape; None for the usual ones."""
        text: str = self.cleaned_data["hours"].strip()
        if not text:
            return None
        found = []
        for part in re.split(r"[\s,，;；、]+", text):
            match = SPAN.match(part)
            if match is None:
                raise ValidationError(_("Write the hours like 09:00-12:00 14:00-16:00."))
            found.append([f"{int(match[1]):02d}:{match[2]}", f"{int(match[3]):02d}:{match[4]}"])
        try:
            parse_segments(found)
        except Refused as refused:
            raise ValidationError(refused.sentence) from refused
        except ValueError as error:
            raise ValidationError(_("Write the hours like 09:00-12:00 14:00-16:00.")) from error
        return found

    def rule(self) -> LocalRule:
        """Return what was typed as the calendar takes it."""
        data = self.cleaned_data
        return LocalRule(
            place=data["place"],
            first=data["first_day"],
            last=data["last_day"] or data["first_day"],
            is_working=data["effect"] == OPEN,
            name=data["name"].strip(),
            segments=parse_segments(data["hours"]) if data["hours"] else None,
        )

    def refuse(self, refused: Refused) -> None:
        """Show a refusal at its field."""
        self.add_error(
            refused.code if refused.code in self.fields else None, refused.sentence or _t("Refused")
        )
