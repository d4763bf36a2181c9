"""What communities choose from: service classes of check-ins, brands of volunteers."""

from django.contrib import admin

from communities.models import ServiceClass, VolunteerBrand
from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.audited import AuditedAdmin


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
