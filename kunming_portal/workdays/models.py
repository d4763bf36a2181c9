"""What the offices publish about their days: years, exceptions, hours. The arithmetic is in `calendar.py`."""

import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.workdays import calendar


def parse_segments(value: object) -> tuple[calendar.Segment, ...]:
    """Return the hours stored as `[["09:00", "12:00"], ["13:00", "17:00"]]` (local wall times).

    Raises `calendar.BadHours` for hours that overlap and the like, `ValueError` for another shape.
    """
    if not isinstance(value, list):
        raise ValueError("Hours are a list of pairs.")
    segments: list[calendar.Segment] = []
    for pair in value:
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)):
            raise ValueError("Each span of hours is a pair of times.")
        start, end = (datetime.time.fromisoformat(text) for text in pair)
        if start.tzinfo or end.tzinfo:
            raise ValueError("Hours are wall times without a zone.")
        segments.append((start, end))
    calendar.check_segments(tuple(segments))
    return tuple(segments)


def validate_segments(value: object) -> None:
    """Form validation of stored hours."""
    try:
        parse_segments(value)
    except calendar.BadHours as refusal:
        raise ValidationError(refusal.sentence) from refusal
    except ValueError as error:
        raise ValidationError(
            _('Write the hours as pairs of times, for example [["09:00", "12:00"], ["13:00", "17:00"]].')
        ) from error


def office_hours() -> list[list[str]]:
    """Return the usual hours in the stored shape."""
    return [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in calendar.OFFICE_HOURS]


OWN_HOURS = _("Only when they differ from the usual hours.")


class CalendarYear(models.Model):
    """Whether the State Council notice on a year's holidays is known. Without a row a year is provisional."""

    class Status(models.TextChoices):
        OFFICIAL = "official", _("Official")
        PROVISIONAL = "provisional", _("Provisional")

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    notice_no = models.CharField(_("notice number"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=60)

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """An exception from the week: a holiday, a make-up day, a day with hours of its own."""

    date = models.DateField(_("date"), primary_key=True)
    is_working = models.BooleanField(_("working day"))
    name = models.CharField(_("occasion"), max_length=60)
    segments = models.JSONField(
        _("own hours"),
        null=True,
        blank=True,
        validators=[validate_segments],
        help_text=OWN_HOURS,
    )
    source = models.CharField(
        _("source"),
        max_length=60,
        help_text=_("“office” marks a day entered by hand: seeding the calendar leaves it alone."),
    )

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rest_day_has_no_hours",
                condition=models.Q(is_working=True) | models.Q(segments__isnull=True),
                violation_error_message=_("A rest day has no working hours."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"

    def as_rule(self) -> calendar.DayRule:
        """Return this row as the calendar's rule for its date."""
        segments = None if self.segments is None else parse_segments(self.segments)
        return calendar.DayRule(working=self.is_working, name=self.name, segments=segments)


class LocalDay(models.Model):
    """A day that is different at one place: closed for a local festival, a short day, a day worked in addition.

    `place` is the code of a division or of a unit; the day holds for everything below it, and the nearest place
    wins over wider ones and over the day of all. Kept as a bare code: places lie above this package.
    """

    place = models.CharField(
        _("place"), max_length=40, help_text=_("Code of the division or unit where it holds.")
    )
    date = models.DateField(_("date"))
    is_working = models.BooleanField(_("working day"))
    name = models.CharField(_("occasion"), max_length=60)
    segments = models.JSONField(
        _("own hours"), null=True, blank=True, validators=[validate_segments], help_text=OWN_HOURS
    )

    class Meta:
        verbose_name = _("local day")
        verbose_name_plural = _("local days")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "date"],
                name="place_has_one_rule_a_day",
                violation_error_message=_("This place already has a rule for this day."),
            ),
            models.CheckConstraint(
                name="local_rest_day_has_no_hours",
                condition=models.Q(is_working=True) | models.Q(segments__isnull=True),
                violation_error_message=_("A rest day has no working hours."),
            ),
            models.CheckConstraint(
                name="local_day_names_its_place",
                condition=~models.Q(place=""),
                violation_error_message=_("Name the place."),
            ),
        ]
        indexes = [models.Index(fields=["date"], name="local_day_by_date")]

    def __str__(self) -> str:
        return f"{self.place} {self.date} {self.name}"


class CalendarVersion(models.Model):
    """Everything the calendar was made of from one moment on: by it a deadline of that time can be computed again.

    Written whenever a day, a year or the hours were changed, and by the nightly check for changes past the pages.
    """

    since = models.DateTimeField(pgettext_lazy("calendar", "since"))
    stamp = models.CharField(max_length=64, editable=False)
    rows = models.JSONField(_("days, hours and official years"))

    class Meta:
        verbose_name = _("version of the calendar")
        verbose_name_plural = _("versions of the calendar")

    def __str__(self) -> str:
        return f"{self.pk} {self.since}"


class WorkingHours(models.Model):
    """The hours of an ordinary working day, in force from a day on until the next row of the same place."""

    name = models.CharField(_("name"), max_length=60)
    valid_from = models.DateField(_("in force from"))
    place = models.CharField(
        _("place"),
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"^[0-9A-Za-z-]+$", _("A code consists of digits, letters and hyphens."))],
        help_text=_("Code of the division or unit whose hours they are; empty: everywhere."),
    )
    segments = models.JSONField(_("hours of the day"), default=office_hours, validators=[validate_segments])

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "valid_from"],
                name="place_has_one_change_of_hours_a_day",
                violation_error_message=_("This place already has hours from this day on."),
            )
        ]

    def __str__(self) -> str:
        return self.name
