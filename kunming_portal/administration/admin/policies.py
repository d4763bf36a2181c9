"""How long steps may take, and what else a kind allows. A row is never overwritten: it gets a next version."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.permissions import Permission
from kunming_portal.administration.admin.kinds import CoverageAdmin
from kunming_portal.administration.admin.versions import VersionedAdmin, VersionFilter
from kunming_portal.administration.audited import AuditedForm, actor
from kunming_portal.administration.running import offer_change
from kunming_portal.errors import Refused
from whistle import limits, services
from whistle.models import DeadlinePolicy, KindRule
from whistle.selectors import get_newest_policies, get_newest_rules
from whistle.services import configuring, previewing, ruling


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
    list_display = ("kind", "sub_class", "tier", "step", "zone_class", "limit_text", "version")
    list_select_related = ("kind", "sub_class")
    list_filter: ClassVar[tuple[Any, ...]] = (VersionFilter, "kind", "tier", "step", "zone_class")
    ordering = ("kind__position", "tier", "step", "sub_class", "zone_class", "-version", "id")
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
            stored = DeadlinePolicy.objects.select_related("kind", "sub_class").get(pk=obj.pk)
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
