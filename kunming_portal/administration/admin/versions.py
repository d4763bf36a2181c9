"""Tables whose rows are versions: only the newest takes a change, and the change is the next row."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.administration.audited import AuditedAdmin
from kunming_portal.errors import Refused


class VersionFilter(admin.SimpleListFilter):
    """The newest versions, unless somebody asks for all."""

    title = _("versions")
    parameter_name = "versions"

    def __init__(self, request: HttpRequest, params: Any, model: type[Model], model_admin: Any) -> None:
        self.model_admin = model_admin
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("with earlier versions"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Name the default for what it is: Django would call it "all"."""
        newest, *others = super().choices(changelist)
        yield {**newest, "display": gettext("newest only")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() == "all" else queryset.filter(pk__in=self.model_admin.newest())


class VersionedAdmin(AuditedAdmin):
    """Base of such a page. `newest` names the rows that hold; the service that saves writes the trail."""

    holds_for: Any = _("Version %(version)d holds for what begins from now on. What runs keeps its version.")

    def newest(self) -> QuerySet[Any]:
        """Return the newest versions."""
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only the newest version takes a change; earlier ones are history."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or self.newest().filter(pk=obj.pk).exists()

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.info(request, str(self.holds_for) % {"version": obj.version})
        return super().response_change(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Answer a version that was overtaken while the form was open with its sentence."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            messages.error(request, refused.sentence)
            return self.response_post_save_change(request, self.model())
