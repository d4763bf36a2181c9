"""Divisions and units: entered and ended, never deleted (cases keep the code they had)."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.audited import AuditedAdmin, AuditedForm
from kunming_portal.divisions import naming
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit


class DivisionForm(AuditedForm):
    """An empty short name is derived from the name."""

    errors_at: ClassVar[dict[str, str]] = {
        "division_code_has_the_length_of_its_level": "code",
        "division_code_starts_with_its_parents": "parent",
        "division_kind_belongs_to_its_level": "kind",
        "division_ends_after_it_begins": "valid_to",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "short_name" in self.fields:
            self.fields["short_name"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("short_name") and data.get("name") and data.get("kind"):
            data["short_name"] = naming.get_short_name(data["name"], data["kind"])
        return data


@admin.register(Division)
class DivisionAdmin(AuditedAdmin):
    right = Permission.CONFIGURE
    event = "config.division"
    form = DivisionForm
    list_display = ("code", "name", "kind", "zone_class", "valid_from", "valid_to")
    list_filter = ("level", "kind", "zone_class")
    search_fields = ("code__startswith", "search_text")
    ordering = ("code",)
    autocomplete_fields = ("parent",)
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

    def save_model(self, request: HttpRequest, obj: Division, form: Any, change: bool) -> None:
        obj.search_text = naming.get_search_text(obj.name, obj.short_name, obj.aliases)
        super().save_model(request, obj, form, change)


class UnitForm(AuditedForm):
    errors_at: ClassVar[dict[str, str]] = {
        "division_has_one_centre": "division",
        "only_forces_are_posted": "posting",
        "unit_ends_after_it_begins": "valid_to",
        "unit_does_not_supervise_itself": "supervised_by",
    }


@admin.register(Unit)
class UnitAdmin(AuditedAdmin):
    right = Permission.CONFIGURE
    readers = (Permission.APPOINT,)
    event = "config.unit"
    personal = frozenset({"duty_phone"})
    form = UnitForm
    list_display = ("name", "kind", "division", "supervised_by", "valid_from", "valid_to")
    list_select_related = ("division", "supervised_by")
    list_filter = ("kind", "function", "posting")
    search_fields = ("name", "search_text", "code", "division__code__startswith")
    ordering = ("division", "kind", "name", "id")
    autocomplete_fields = ("division", "supervised_by")
    fields = (
        "code",
        "name",
        "short_name",
        "mark",
        "kind",
        "function",
        "posting",
        "division",
        "supervised_by",
        "duty_phone",
        "valid_from",
        "valid_to",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> tuple[str, ...]:
        """Code and seat stay: cases and numbers of the past hang on them."""
        return ("code", "division") if obj else ()

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        obj.search_text = naming.get_search_text(obj.name, obj.short_name)
        super().save_model(request, obj, form, change)
