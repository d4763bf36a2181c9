"""Kinds of whistle, and how long their steps may take. A policy is never overwritten: it gets a next version."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.admin.versions import VersionedAdmin, VersionFilter
from kunming_portal.administration.audited import AuditedAdmin, AuditedForm, actor
from kunming_portal.administration.running import offer_change
from kunming_portal.errors import Refused
from whistle import limits, services
from whistle.models import DeadlinePolicy, Kind, KindRule
from whistle.selectors import get_newest_policies, get_newest_rules, get_uncovered_steps
from whistle.services import configuring, previewing, ruling
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
    event = "config.kind"
    form = KindForm
    list_display = ("name", "code", "tier_names", "is_emergency", "is_active", "position")
    list_filter = ("is_active", "is_emergency")
    search_fields = ("name", "name_en", "code")
    ordering = ("position", "code")
    fields = (
        "code",
        "name",
        "name_en",
        "scope",
        "tiers",
        "approval_tiers",
        "is_emergency",
        "is_active",
        "position",
    )

    @admin.display(description=_("tiers"))
    def tier_names(self, kind: Kind) -> str:
        return "、".join(str(Tier(tier).label) for tier in sorted(kind.tiers))

    def get_readonly_fields(self, request: HttpRequest, obj: Kind | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


class PolicyForm(AuditedForm):
    """Checks the terms by the rules of the service, at the field each is about."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        try:
            terms = configuring.Terms(**{name: data[name] for name in TERMS})
            place = (
                configuring.place_of(self.instance)
                if self.instance.pk
                else configuring.Place(**{name: data[name] for name in PLACE})
            )
        except KeyError:  # a field is wrong by itself and has said so
            return data
        try:
            configuring.check_terms(place=place, terms=terms)
            if not self.instance.pk:
                configuring.check_is_new(place)
        except Refused as refused:
            self.add_error(refused.code if refused.code in self.fields else None, refused.sentence)
        return data

    def check_rules(self) -> None:
        """Nothing here: a change is a new row, which the service numbers."""


TERMS = tuple(configuring.Terms.__dataclass_fields__)
PLACE = tuple(configuring.Place.__dataclass_fields__)


@admin.register(DeadlinePolicy)
class DeadlinePolicyAdmin(CoverageAdmin, VersionedAdmin):
    event = configuring.POLICY_EVENT
    form = PolicyForm
    holds_for = _("Version %(version)d holds for deadlines that begin from now on. Running ones stay.")
    list_display = ("kind", "tier", "step", "zone_class", "limit_text", "version")
    list_select_related = ("kind",)
    list_filter: ClassVar[tuple[Any, ...]] = (VersionFilter, "kind", "tier", "step", "zone_class")
    ordering = ("kind__position", "tier", "step", "zone_class", "-version", "id")
    fields = (*PLACE, *TERMS, "version", "valid_from")

    @admin.display(description=_("limit"))
    def limit_text(self, policy: DeadlinePolicy) -> str:
        return limits.text_of(policy.limit)

    def get_readonly_fields(self, request: HttpRequest, obj: DeadlinePolicy | None = None) -> tuple[str, ...]:
        return (*PLACE, "version", "valid_from") if obj else ("version", "valid_from")

    def newest(self) -> QuerySet[DeadlinePolicy]:
        return get_newest_policies()

    def stream(self, obj: DeadlinePolicy) -> str:
        return configuring.policy_stream(obj)

    def save_model(self, request: HttpRequest, obj: DeadlinePolicy, form: Any, change: bool) -> None:
        """Add a first or a next version through the service, which also writes the trail."""
        terms = configuring.terms_of(obj)
        now = timezone.now()
        if change:
            stored = DeadlinePolicy.objects.select_related("kind").get(pk=obj.pk)
            saved = services.change_policy(policy=stored, terms=terms, by=actor(request), now=now)
        else:
            saved = services.add_policy(
                place=configuring.place_of(obj), terms=terms, by=actor(request), now=now
            )
        obj.pk, obj.version, obj.valid_from = saved.pk, saved.version, saved.valid_from
        offer_change(
            request, number=previewing.count_followers(saved), most=previewing.COUNTED, policy=saved.pk
        )


class RuleForm(AuditedForm):
    """Checks the terms by the rules of the service, at the field each is about."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        row = self.instance
        try:
            terms = ruling.RuleTerms(**{name: data[name] for name in RULE_TERMS})
            kind, tier = (row.kind, row.tier) if row.pk else (data["kind"], data["tier"])
        except KeyError:  # a field is wrong by itself and has said so
            return data
        try:
            ruling.check_rule(kind=kind, tier=tier, terms=terms)
            if not row.pk:
                ruling.check_rule_is_new(kind=kind, tier=tier)
        except Refused as refused:
            self.add_error(refused.code if refused.code in self.fields else None, refused.sentence)
        return data

    def check_rules(self) -> None:
        """Nothing here: a change is a new row, which the service numbers."""


RULE_TERMS = tuple(ruling.RuleTerms.__dataclass_fields__)


@admin.register(KindRule)
class KindRuleAdmin(VersionedAdmin):
    right = Permission.CONFIGURE
    event = ruling.RULE_EVENT
    form = RuleForm
    holds_for = _("Version %(version)d holds for whistles blown from now on. Earlier ones keep theirs.")
    list_display = ("kind", "tier", "extension_count", "extension_days", "rework_share_percent", "version")
    list_select_related = ("kind",)
    list_filter: ClassVar[tuple[Any, ...]] = (VersionFilter, "kind", "tier")
    ordering = ("kind__position", "tier", "-version", "id")
    fields = ("kind", "tier", *RULE_TERMS, "version", "valid_from")

    def newest(self) -> QuerySet[KindRule]:
        return get_newest_rules()

    def get_readonly_fields(self, request: HttpRequest, obj: KindRule | None = None) -> tuple[str, ...]:
        return ("kind", "tier", "version", "valid_from") if obj else ("version", "valid_from")

    def stream(self, obj: KindRule) -> str:
        return ruling.rule_stream(obj)

    def save_model(self, request: HttpRequest, obj: KindRule, form: Any, change: bool) -> None:
        """Write the next version through the service, which also writes the trail."""
        saved = services.set_rule(
            kind=obj.kind,
            tier=obj.tier,
            terms=ruling.terms_of_rule(obj),
            by=actor(request),
            now=timezone.now(),
            expected=obj.version if change else 0,
        )
        obj.pk, obj.version, obj.valid_from = saved.pk, saved.version, saved.valid_from
