"""Divisions in the administration: entered and ended, never deleted (cases keep the code they had)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from kunming_portal.divisions import naming
from kunming_portal.divisions.models import Division


class DivisionForm(forms.ModelForm):  # type: ignore[type-arg]
    """An empty short name is derived from the name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["short_name"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("short_name") and data.get("name") and data.get("kind"):
            data["short_name"] = naming.get_short_name(data["name"], data["kind"])
        return data


@admin.register(Division)
class DivisionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = DivisionForm
    list_display = ("code", "name", "kind", "zone_class", "valid_from", "valid_to")
    list_filter = ("level", "kind", "zone_class")
    search_fields = ("code__startswith", "search_text")
    ordering = ("code",)
    raw_id_fields = ("parent",)
    fields = (
        "code",
        "level",
        "parent",
        "kind",
        "name",
        "short_name",
        "aliases",
        "zone_class",
        "valid_from",
        "valid_to",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Division | None = None) -> tuple[str, ...]:
        return ("code", "level", "parent") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Division | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Division, form: Any, change: bool) -> None:
        obj.search_text = naming.get_search_text(obj.name, obj.short_name, obj.aliases)
        super().save_model(request, obj, form, change)
