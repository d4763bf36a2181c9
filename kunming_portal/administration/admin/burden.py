"""The figures of admission, and how long the portal's own steps take a community: a fixed set of rows, changed here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from communities.models import BurdenRules, PortalAsk
from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.audited import AuditedAdmin


class FixedRowsAdmin(AuditedAdmin):
    """Rows that a migration wrote: each may be changed, none is added."""

    right = Permission.CONFIGURE

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(BurdenRules)
class BurdenRulesAdmin(FixedRowsAdmin):
    event = "config.burden_rules"
    list_display = ("__str__", "longest_days", "usual_days", "warn_days", "refused_days", "count_days")
    fields = ("longest_days", "usual_days", "warn_days", "refused_days", "count_days")
    ordering = ("id",)


@admin.register(PortalAsk)
class PortalAskAdmin(FixedRowsAdmin):
    event = "config.portal_ask"
    list_display = ("step", "minutes")
    fields = ("step", "minutes")
    readonly_fields = ("step",)
    ordering = ("id",)
