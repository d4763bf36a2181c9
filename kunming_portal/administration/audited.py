"""The one kind of admin page: rights from appointments, every change in the trail, nothing deleted."""

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from kunming_portal.accounts.models import User
from kunming_portal.administration import changes, event_names
from kunming_portal.audit import trail
from kunming_portal.audit.models import AuditEvent

HISTORY_ROWS = 200


class AuditedForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks every constraint of the table and shows its sentence at the field it is about.

    Fields that the page shows read-only are checked too: Django would leave a constraint out that
    touches one, and the database would answer with an error page. `errors_at` maps constraint to field.
    """

    errors_at: ClassVar[dict[str, str]] = {}

    def _post_clean(self) -> None:
        """Let Django check fields and uniqueness; the constraints are checked here, one by one."""
        self.instance.validate_constraints = _nothing
        try:
            super()._post_clean()  # type: ignore[misc]  # private in Django, and the only place for it
        finally:
            del self.instance.validate_constraints
        self.check_rules()

    def check_rules(self) -> None:
        """Run the table's constraints. Forms add rules that need the whole row."""
        wrong = set(self.errors)
        for model, constraints in self.instance.get_constraints():
            for constraint in constraints:
                try:
                    constraint.validate(model, self.instance, exclude=wrong)
                except ValidationError as error:
                    field = self.errors_at.get(constraint.name, "")
                    self.add_error(field if field in self.fields else None, error.messages)


def _nothing(exclude: object = None) -> None:
    """Stands in for the model's own check, which leaves out what a read-only field touches."""


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Base of every page: `right` may change, `readers` may look (to pick a row), `event` names the trail's.

    Django's own log is not written: there is one trail. Rights are asked of the portal's roles, because
    users here have neither groups nor a superuser.
    """

    right: ClassVar[str]
    event: ClassVar[str]
    readers: ClassVar[tuple[str, ...]] = ()
    personal: ClassVar[frozenset[str]] = frozenset()
    form = AuditedForm
    actions: Any = None
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False

    # -- rights -----------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the index lists the page: for those who work with it, not for mere readers."""
        return actor(request).can(self.right)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(actor(request).can(right) for right in (self.right, *self.readers))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor(request).can(self.right)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor(request).can(self.right)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes: what ends gets a last day, and cases keep what they point at."""
        return False

    # -- the trail --------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and record what differs, in the transaction that Django opens around the form."""
        before = changes.snapshot(self.model._base_manager.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        differs = changes.difference(before, changes.snapshot(obj), personal=self.personal)
        if differs:
            self.record(request, obj, "changed" if change else "added", differs)

    def record(self, request: HttpRequest, obj: Any, what: str, differs: dict[str, Any]) -> None:
        """Write `<event>.<what>` with before and after of every changed field."""
        user = actor(request)
        held = next((a for a in user.acting_appointments if self.right in a.role_definition.allows), None)
        trail.record(
            trail.Entry(
                stream=self.stream(obj),
                event=f"{self.event}.{what}",
                subject=obj,
                label=str(obj),
                at=timezone.now(),
                by=user,
                unit_name=held.unit.short_name if held else "",
                data={"fields": differs},
                reason=str(getattr(obj, "reason", "")),
                ip=request.META.get("REMOTE_ADDR") or None,
            )
        )

    def stream(self, obj: Any) -> str:
        """Return the name of a row's history in the trail."""
        return f"{self.event}:{obj.pk}"

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: `record` has written the trail."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: `record` has written the trail."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the trail says of this row, newest first."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise PermissionDenied
        rows = AuditEvent.objects.filter(stream=self.stream(obj)).order_by("-seq")[:HISTORY_ROWS]
        context = {
            **self.admin_site.each_context(request),
            "title": str(obj),
            "opts": self.opts,
            "object": obj,
            "events": [(row, event_names.name_of(row.event), pretty(row.data)) for row in rows],
        }
        return TemplateResponse(request, "administration/history.html", context)


def actor(request: HttpRequest) -> User:
    """Return the signed-in person; for anybody else a user without rights."""
    return request.user if isinstance(request.user, User) else User()


def pretty(data: dict[str, Any]) -> str:
    """Return an event's data for reading."""
    return json.dumps(data, ensure_ascii=False, indent=1)
