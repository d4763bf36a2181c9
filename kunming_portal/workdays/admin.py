"""The calendar in the administration. What is entered here is the office's and survives a seeding."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kunming_portal.workdays import services
from kunming_portal.workdays.models import CalendarDay, CalendarYear, WorkingHours


class OfficeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A row that a person saves is marked as the office's."""

    readonly_fields = ("source",)

    def save_model(
        self, request: HttpRequest, obj: CalendarDay | CalendarYear, form: Any, change: bool
    ) -> None:
        obj.source = services.OFFICE
        super().save_model(request, obj, form, change)


@admin.register(CalendarYear)
class CalendarYearAdmin(OfficeAdmin):
    list_display = ("year", "status", "notice_no", "source")
    list_filter = ("status",)
    ordering = ("-year",)

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarYear | None = None) -> tuple[str, ...]:
        return ("year", "source") if obj else ("source",)


@admin.register(CalendarDay)
class CalendarDayAdmin(OfficeAdmin):
    list_display = ("date", "name", "is_working", "source")
    list_filter = ("is_working", "source")
    search_fields = ("name",)
    date_hierarchy = "date"
    ordering = ("-date",)

    def get_readonly_fields(self, request: HttpRequest, obj: CalendarDay | None = None) -> tuple[str, ...]:
        return ("date", "source") if obj else ("source",)


@admin.register(WorkingHours)
class WorkingHoursAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "valid_from")
    ordering = ("-valid_from",)
