"""What is only read: the trail for the audit administrator, notices that could not be sent."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration import event_names
from kunming_portal.administration.audited import AuditedAdmin, pretty
from kunming_portal.audit.models import AuditEvent
from kunming_portal.audit.selectors import get_last_seal, get_last_verification
from kunming_portal.notifications.models import Delivery

AREAS = {
    "case": (_("Cases"), ("case.", "whistle.", "assignment.", "deadline.", "reporter.", "list.", "figures.")),
    "account": (_("Accounts"), ("account.", "api_token.")),
    "config": (_("Configuration"), ("config.",)),
}


class AreaFilter(admin.SimpleListFilter):
    """Events by what they are about: the first word of their name."""

    title = _("area")
    parameter_name = "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, label) for key, (label, _prefixes) in AREAS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in AREAS:
            return queryset
        condition = Q()
        for prefix in AREAS[str(self.value())][1]:
            condition |= Q(event__startswith=prefix)
        return queryset.filter(condition)


class ReadOnlyAdmin(AuditedAdmin):
    """A page that changes nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    right = Permission.AUDIT_VIEW
    event = "audit"
    list_display = ("at", "actor_name", "unit_name", "event_name", "object_label")
    list_display_links = ("at",)
    list_filter = (AreaFilter,)
    search_fields = ("stream__exact", "actor_name", "object_label", "event")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    fields = (
        "at",
        "actor_name",
        "unit_name",
        "event_name",
        "event",
        "object_label",
        "details",
        "reason",
        "ip",
        "request_id",
        "stream",
        "seq",
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say above the list how far the trail is sealed and what the last check found. Two queries more."""
        return super().changelist_view(request, {"subtitle": _state_of_the_trail(), **(extra_context or {})})

    def stream(self, obj: AuditEvent) -> str:
        """The history of an event is the history of the thing it happened to."""
        return obj.stream

    @admin.display(description=_("what happened"), ordering="event")
    def event_name(self, row: AuditEvent) -> str:
        return event_names.name_of(row.event)

    @admin.display(description=_("before and after"))
    def details(self, row: AuditEvent) -> str:
        return pretty(row.data)


def _state_of_the_trail() -> str:
    """Return the newest seal and the last check in one line."""
    seal, check = get_last_seal(), get_last_verification()
    said = [
        gettext("Sealed up to %(at)s (seal %(number)d).") % {"at": _moment(seal.at), "number": seal.number}
        if seal is not None
        else gettext("Not sealed yet.")
    ]
    if check is not None and check.findings:
        said.append(gettext("The check of %(at)s found something wrong.") % {"at": _moment(check.at)})
    elif check is not None:
        said.append(gettext("The check of %(at)s found nothing wrong.") % {"at": _moment(check.at)})
    return " ".join(said)


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The outbox, without the sentences: an administrator sees that something is stuck, not what it says."""

    right = Permission.CONFIGURE
    event = "config.delivery"
    list_display = ("id", "channel", "kind", "attempts", "due_at", "sent_at", "given_up_at")
    list_select_related = ("notice",)
    list_filter = (
        "channel",
        ("given_up_at", admin.EmptyFieldListFilter),
        ("sent_at", admin.EmptyFieldListFilter),
    )
    ordering = ("-due_at", "id")
    fields = ("id", "channel", "kind", "attempts", "due_at", "sent_at", "given_up_at", "failure")

    @admin.display(description=_("kind"))
    def kind(self, row: Delivery) -> str:
        return row.notice.kind
