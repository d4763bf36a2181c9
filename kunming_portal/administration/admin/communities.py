"""What communities choose from, and how long they wait: service classes, brands, limits of undertakings."""

from django.contrib import admin

from communities.models import ServiceClass, UndertakingPolicy, VolunteerBrand
from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.admin.burden import FixedRowsAdmin
from kunming_portal.administration.audited import AuditedAdmin, AuditedForm


@admin.register(ServiceClass)
class ServiceClassAdmin(AuditedAdmin):
    right = Permission.CONFIGURE
    event = "config.service_class"
    list_display = ("name", "scope", "is_active", "position")
    search_fields = ("name", "scope")
    ordering = ("position", "pk")
    fields = ("name", "scope", "is_active", "position")


@admin.register(VolunteerBrand)
class VolunteerBrandAdmin(AuditedAdmin):
    right = Permission.CONFIGURE
    event = "config.volunteer_brand"
    list_display = ("name", "is_active", "position")
    search_fields = ("name",)
    ordering = ("position", "pk")
    fields = ("name", "is_active", "position")


class LimitForm(AuditedForm):
    """Shows each rule's sentence at its field."""

    errors_at = {
        "undertaking_limit_is_working_days": "amount",
        "undertaking_yellow_comes_before_due": "yellow_percent",
        "undertaking_leaders_hear_after_supervision": "leaders_after",
    }


@admin.register(UndertakingPolicy)
class UndertakingPolicyAdmin(FixedRowsAdmin):
    """A change holds for undertakings that begin from now on; running ones keep their day."""

    event = "config.undertaking_policy"
    form = LimitForm
    list_display = ("sort", "amount", "unit", "supervision_after", "leaders_after")
    fields = ("sort", "amount", "unit", "yellow_percent", "supervision_after", "leaders_after")
    readonly_fields = ("sort", "unit")
    ordering = ("id",)
