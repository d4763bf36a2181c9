"""What the offices publish about their days: years, exceptions, hours. The arithmetic is in `calendar.py`."""

import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

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
        help_text=_("Only when they differ from the usual hours."),
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


class WorkingHours(models.Model):
    """The hours of an ordinary working day, in force from a day on until the next row."""

    name = models.CharField(_("name"), max_length=60)
    valid_from = models.DateField(_("in force from"), unique=True)
    segments = models.JSONField(_("hours of the day"), default=office_hours, validators=[validate_segments])

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")

    def __str__(self) -> str:
        return self.name
