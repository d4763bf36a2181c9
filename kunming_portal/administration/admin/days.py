"""The calendar. What is entered here is the office's and survives a seeding; running deadlines stay put."""

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.audited import AuditedAdmin, AuditedForm
from kunming_portal.administration.running import offer_change
from kunming_portal.errors import Refused
from kunming_portal.workdays import services
from kunming_portal.workdays.models import CalendarDay, CalendarYear, WorkingHours
from whistle.services import previewing

SOURCES = {
    services.OFFICE: _("Entered by hand"),
    services.NOTICE: _("From the State Council notice"),
    services.SEEDED: _("From the public holiday calendar"),
}


class SourceFilter(admin.SimpleListFilter):
    """Days by who entered them."""

    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(SOURCES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(source=self.value()) if self.value() in SOURCES else queryset


class DaysAdmin(AuditedAdmin):
    """A page that changes days: running deadlines that cross them stay, and the way to a preview is offered."""

    right = Permission.CONFIGURE

    def days_of(self, obj: Any) -> tuple[date, date | None]:
        """Return the first and the last day the row is about; no last day: all from the first on."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.has_changed():
            services.keep_version(now=timezone.now())
            first, last = self.days_of(obj)
            number = previewing.count_crossing(first=first, last=last)
            offer_change(request, number=number, most=previewing.COUNTED, first=first, last=last)


class OfficeAdmin(DaysAdmin):
    """A row that a person saves is marked as the office's."""

    @admin.display(description=_("source"), ordering="source")
    def source_name(self, row: CalendarDay | CalendarYear) -> str:
        """Who entered the row, in words."""
        return str(SOURCES.get(row.source, row.source or "-"))

    def save_model(
        self, request: HttpRequest, obj: CalendarDay | CalendarYear, form: Any, change: bool
    ) -> None:
        obj.source = services.OFFICE
        super().save_model(request, obj, form, change)


@admin.register(CalendarYear)
class CalendarYearAdmin(OfficeAdmin):
    event = "config.calendar_year"
    list_display = ("year", "status", "notice_no", "source_name")
    fields = ("year", "status", "notice_no", "source_name")
    list_filter = ("status",)
    ordering = ("-year",)

    def days_of(self, obj: CalendarYear) -> tuple[date, date | None]:
        return date(obj.year, 1, 1), date(obj.year, 12, 31)

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarYear | None = None) -> tuple[str, ...]:
        return ("year", "source_name") if obj else ("source_name",)


class CalendarDayForm(AuditedForm):
    """Refuses the rest day after which nothing would be open any more."""

    errors_at: ClassVar[dict[str, str]] = {"rest_day_has_no_hours": "segments"}

    def check_rules(self) -> None:
        super().check_rules()
        if self.errors:
            return
        try:
            services.check_still_open(day=self.instance, now=timezone.now())
        except Refused as refused:
            self.add_error("is_working", refused.sentence)


@admin.register(CalendarDay)
class CalendarDayAdmin(OfficeAdmin):
    event = "config.calendar_day"
    form = CalendarDayForm
    list_display = ("date", "name", "is_working", "source_name")
    list_filter = ("is_working", SourceFilter)
    fields = ("date", "is_working", "name", "segments", "source_name")
    search_fields = ("name",)
    date_hierarchy = "date"
    ordering = ("-date",)

    def days_of(self, obj: CalendarDay) -> tuple[date, date | None]:
        return obj.date, obj.date

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarDay | None = None) -> tuple[str, ...]:
        return ("date", "source_name") if obj else ("source_name",)


@admin.register(WorkingHours)
class WorkingHoursAdmin(DaysAdmin):
    event = "config.working_hours"
    list_display = ("name", "valid_from", "place")
    list_filter = ("place",)
    ordering = ("-valid_from",)

    def days_of(self, obj: WorkingHours) -> tuple[date, date | None]:
        return obj.valid_from, None

    def get_readonly_fields(self, request: HttpRequest, obj: WorkingHours | None = None) -> tuple[str, ...]:
        """The first day stays; hours that change get a row of their own."""
        return ("valid_from", "place") if obj else ()
