"""Accounts and appointments: the security administrator's pages."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts import services
from kunming_portal.accounts.models import SYSTEM_USERNAME, Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration import accounts
from kunming_portal.administration.audited import AuditedAdmin, AuditedForm, actor
from kunming_portal.errors import Refused


class UserForm(AuditedForm):
    """Refuses to switch off the last holder of an administrator's role."""

    def clean_is_active(self) -> bool:
        active: bool = self.cleaned_data["is_active"]
        if self.instance.pk and not active and "is_active" in self.changed_data:
            try:
                services.check_switch_off(user=self.instance, today=timezone.localdate())
            except Refused as refused:
                self.add_error("is_active", refused.sentence)
        return active


@admin.register(User)
class UserAdmin(AuditedAdmin):
    right = Permission.APPOINT
    event = "account.user"
    personal = frozenset({"email", "duty_phone"})
    form = UserForm
    list_display = ("username", "name", "is_active", "last_login", "created_at")
    list_filter = ("is_active",)
    search_fields = ("username", "name")
    ordering = ("username",)
    fields = ("username", "name", "email", "duty_phone", "wants_email", "is_active", "last_login")
    actions = ("give_password", "unlock")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """The actor of the timers is nobody's account."""
        return super().get_queryset(request).exclude(username=SYSTEM_USERNAME)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """The account's name stays: the trail is read by it."""
        return ("username", "last_login") if obj else ("is_active", "last_login")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new account gets a generated password, shown once."""
        password = "" if change else services.set_generated_password(obj)
        super().save_model(request, obj, form, change)
        if password:
            show_once(request, obj, password)

    @admin.action(description=_("Give a new password, shown once"))
    def give_password(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """New random passwords; the old ones and their sessions end."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        with transaction.atomic():
            for user in queryset.select_for_update().order_by("username"):
                password = accounts.give_password(user=user, by=actor(request), now=timezone.now())
                show_once(request, user, password)

    @admin.action(description=_("Unlock after failed sign-ins"))
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Forget the failed attempts."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        users = list(queryset.order_by("username"))
        for user in users:
            accounts.unlock(user=user, by=actor(request), now=timezone.now())
        done = ngettext("%(count)d account unlocked.", "%(count)d accounts unlocked.", len(users))
        messages.success(request, done % {"count": len(users)})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Never stored: it may show a password once."""
        response: HttpResponse = super().changelist_view(request, extra_context)
        response["Cache-Control"] = "no-store"
        return response


class AppointmentForm(AuditedForm):
    """Checks the place of the role, who appoints whom, and that administrators remain."""

    errors_at = {
        "appointment_ends_after_it_begins": "ends_on",
        "appointment_is_held_once": "role",
        "administrator_roles_are_apart": "role",
    }
    by: User  # who fills the form in; set by the page

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        try:
            if self.instance.pk is None:
                self._check_new(data)
            elif "ends_on" in self.changed_data and "ends_on" in data:
                services.check_granter(user=self.instance.user, by=self.by)
                services.check_end(appointment=self.instance, ends_on=data["ends_on"])
        except Refused as refused:
            field = {"unit": "unit", "user": "user", "last": "ends_on"}.get(refused.code)
            self.add_error(field if field in self.fields else None, refused.sentence)
        return data

    def _check_new(self, data: dict[str, Any]) -> None:
        if data.get("role") and data.get("unit"):
            services.check_place(role=data["role"], unit=data["unit"])
        if data.get("user"):
            services.check_granter(user=data["user"], by=self.by)


@admin.register(Appointment)
class AppointmentAdmin(AuditedAdmin):
    right = Permission.APPOINT
    event = "account.appointment"
    form = AppointmentForm
    list_display = ("user", "role", "unit", "starts_on", "ends_on", "granted_by")
    list_select_related = ("user", "unit", "granted_by")
    list_filter = ("role",)
    search_fields = ("user__username", "user__name", "unit__name", "unit__search_text")
    ordering = ("-starts_on", "-id")
    autocomplete_fields = ("user", "unit")
    fields = ("user", "role", "unit", "starts_on", "ends_on", "reason", "granted_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Appointment | None = None) -> tuple[str, ...]:
        """An appointment is closed by its last day; another role is another appointment."""
        return ("user", "role", "unit", "starts_on", "granted_by") if obj else ("granted_by",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = actor(request)  # type: ignore[attr-defined]  # the class is made for this request
        return form

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        if not change:
            obj.granted_by = actor(request)
        super().save_model(request, obj, form, change)


def show_once(request: HttpRequest, user: User, password: str) -> None:
    """Show a generated password in the next page; it is kept nowhere in clear."""
    messages.success(
        request,
        gettext("Password of %(account)s, shown only now: %(password)s")
        % {"account": user.username, "password": password},
    )
