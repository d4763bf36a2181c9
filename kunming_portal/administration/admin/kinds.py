"""Kinds of whistle and their sub-classes. What one says is kept in versions for the whistles blown under it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.audited import AuditedAdmin, AuditedForm, actor
from whistle.models import Kind, SubClass
from whistle.selectors import get_uncovered_steps
from whistle.services import classing
from whistle.workflow import Tier

SHOWN = 12


def warn_of_uncovered(request: HttpRequest) -> None:
    """Say on the page which steps no policy covers: there the next move would be refused."""
    uncovered = get_uncovered_steps()
    if uncovered:
        steps = [f"{kind.label} · {tier.label} · {step.label}" for kind, tier, step in uncovered]
        more = "…" if len(steps) > SHOWN else ""
        messages.warning(
            request,
            gettext("No deadline policy covers: %(steps)s") % {"steps": "；".join(steps[:SHOWN]) + more},
        )


def tier_names(tiers: list[int]) -> str:
    """Return the names of tiers, from the lowest up."""
    return "、".join(str(Tier(tier).label) for tier in sorted(tiers))


class CoverageAdmin(AuditedAdmin):
    """A page whose list begins with what is not covered."""

    right = Permission.CONFIGURE

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "GET" and self.has_view_permission(request):
            warn_of_uncovered(request)
        return super().changelist_view(request, extra_context)


class KindForm(AuditedForm):
    """Tiers as boxes to tick; sign-off only where the kind is blown."""

    tiers = forms.TypedMultipleChoiceField(
        label=_("tiers"), choices=Tier.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    approval_tiers = forms.TypedMultipleChoiceField(
        label=_("tiers that need the secretary's sign-off"),
        choices=Tier.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_approval_tiers(self) -> list[int]:
        chosen: list[int] = self.cleaned_data["approval_tiers"]
        if not set(chosen) <= set(self.cleaned_data.get("tiers", [])):
            raise forms.ValidationError(gettext("Sign-off is only possible at tiers of this kind."))
        return chosen


@admin.register(Kind)
class KindAdmin(CoverageAdmin):
    event = classing.KIND_EVENT
    form = KindForm
    list_display = ("name", "code", "tier_names", "is_emergency", "is_active", "position", "version")
    list_filter = ("is_active", "is_emergency")
    search_fields = ("name", "name_en", "code")
    ordering = ("position", "code")
    fields = (
        "code",
        "name",
        "name_en",
        "scope",
        "standard",
        "tiers",
        "approval_tiers",
        "is_emergency",
        "is_active",
        "position",
    )

    @admin.display(description=_("tiers"))
    def tier_names(self, kind: Kind) -> str:
        return tier_names(kind.tiers)

    def get_readonly_fields(self, request: HttpRequest, obj: Kind | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Kind, form: Any, change: bool) -> None:
        """Save through the service, which keeps the version and writes the trail."""
        classing.save_kind(kind=obj, by=actor(request), now=timezone.now())


class SubClassForm(AuditedForm):
    """Tiers as boxes to tick, among those of the kind."""

    tiers = forms.TypedMultipleChoiceField(
        label=_("tiers"), choices=Tier.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind") or (self.instance.kind if self.instance.pk else None)
        if kind is not None and not set(data.get("tiers", [])) <= set(kind.tiers):
            self.add_error("tiers", gettext("Choose among the tiers of the kind."))
        return data


@admin.register(SubClass)
class SubClassAdmin(AuditedAdmin):
    right = Permission.CONFIGURE
    event = classing.SUB_CLASS_EVENT
    form = SubClassForm
    list_display = ("name", "kind", "tier_names", "scope", "is_default", "is_active", "version")
    list_select_related = ("kind",)
    list_filter = ("kind", "is_active", "is_default")
    search_fields = ("name", "code", "scope", "keywords")
    ordering = ("kind__position", "position", "code")
    fields = (
        "code",
        "name",
        "kind",
        "tiers",
        "scope",
        "standard",
        "keywords",
        "is_default",
        "is_active",
        "position",
    )

    @admin.display(description=_("tiers"))
    def tier_names(self, sub_class: SubClass) -> str:
        return tier_names(sub_class.tiers)

    def get_readonly_fields(self, request: HttpRequest, obj: SubClass | None = None) -> tuple[str, ...]:
        return ("code", "kind") if obj else ()

    def save_model(self, request: HttpRequest, obj: SubClass, form: Any, change: bool) -> None:
        """Save through the service, which keeps the version and writes the trail."""
        classing.save_sub_class(sub_class=obj, by=actor(request), now=timezone.now())
