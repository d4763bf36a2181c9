"""The forms of an absence, a shift, and a hand-over."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import Absence, User
from kunming_portal.duty.models import DutyShift
from kunming_portal.organisations.models import Unit
from kunming_portal.staffing.selectors import get_people_for_duty, get_stand_ins
from kunming_portal.staffing.services import Shift
from kunming_portal.ui.words import refuse_absurd

REQUIRED = {"required": _("Fill this in.")}
CHOOSE = {
    "required": _("Choose one."),
    "invalid_choice": _("This choice does not exist any more. Choose again."),
}
DAY = {**REQUIRED, "invalid": _("Write a day like 2026-11-25.")}
CLOCK = {**REQUIRED, "invalid": _("Write a time of day like 22:00.")}
FORESEEN = timedelta(days=366)
NIGHT_BEGINS, NIGHT_ENDS = time(17, 30), time(8, 30)


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day, in the form browsers understand."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages=DAY, validators=[refuse_absurd], **more)


def clock_field(label: Any, **more: Any) -> forms.TimeField:
    """Return a field for a time of day."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, error_messages=CLOCK, **more)


class AbsenceForm(forms.Form):
    """From when to when somebody is away, why, and who stands in."""

    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"), help_text=_("The last day counts as well."))
    reason = forms.ChoiceField(
        label=_("Reason"), choices=Absence.Reason.choices, widget=forms.RadioSelect, error_messages=CHOOSE
    )
    stand_in = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Who stands in"),
        empty_label=_("Choose"),
        error_messages=CHOOSE,
        help_text=_("Somebody of the same place. They get the notices and may do what you may do there."),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stand_in"].queryset = get_stand_ins(person=person)  # type: ignore[attr-defined]


class ShiftForm(forms.Form):
    """Who is on duty, as what, when, reachable how."""

    user = forms.ModelChoiceField(
        User.objects.none(), label=_("Who"), empty_label=_("Choose"), error_messages=CHOOSE
    )
    post = forms.ChoiceField(
        label=_("As"),
        choices=DutyShift.Post.choices,
        widget=forms.RadioSelect,
        initial=DutyShift.Post.OFFICER,
        error_messages=CHOOSE,
    )
    day = day_field(_("Day"))
    starts = clock_field(_("Begins"), initial=NIGHT_BEGINS)
    ends = clock_field(
        _("Ends"), initial=NIGHT_ENDS, help_text=_("A time before the beginning means the next day.")
    )
    phone = forms.CharField(
        label=_("Duty phone"),
        required=False,
        max_length=20,
        help_text=_("Leave it empty for the person's own duty phone."),
        widget=forms.TextInput(attrs={"type": "tel"}),
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = get_people_for_duty(unit=unit)  # type: ignore[attr-defined]

    def clean_day(self) -> date:
        """A roster is for the time that can be foreseen."""
        day: date = self.cleaned_data["day"]
        if day - timezone.localdate() > FORESEEN:
            raise forms.ValidationError(_("Write a day within the next year."), code="day")
        return day

    @property
    def shift(self) -> Shift:
        """The shift that was typed; an end that is not after the beginning lies on the next day."""
        typed = self.cleaned_data
        day: date = typed["day"]
        after = typed["ends"] <= typed["starts"]
        return Shift(
            user=typed["user"],
            starts_at=_moment(day, typed["starts"]),
            ends_at=_moment(day + timedelta(days=int(after)), typed["ends"]),
            post=typed["post"],
            phone=typed["phone"] or typed["user"].duty_phone,
        )


class HandOverForm(forms.Form):
    """What is open at the end of a shift."""

    left_open = forms.CharField(
        label=_("What is open"),
        max_length=2000,
        error_messages={
            "required": _("Say what is open, or that nothing is."),
            "max_length": _("At most %(limit_value)d characters; now there are %(show_value)d."),
        },
        widget=forms.Textarea(attrs={"rows": 10}),
    )


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(settings.TIME_ZONE))
