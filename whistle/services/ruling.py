"""The side paths of a kind (extensions, objections, rework, holds): a change is a new version."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from whistle.models import Approver, Kind, KindRule
from whistle.services.configuring import PolicyRefused

RULE_EVENT = "config.rule"


@dataclass(frozen=True)
class RuleTerms:
    """What a version says. Days of extensions, objections and verification are working days."""

    extension_count: int = 2
    extension_days: int = 3
    extension_first_by: str = Approver.CENTRE
    extension_later_by: str = Approver.LEADER
    objection_days: int = 1
    rework_share_percent: int = 50
    verification_lapse_days: int = 5
    hold_max_days: int = 180
    reopening_days: int = 30


def set_rule(
    *, kind: Kind, tier: int, terms: RuleTerms, by: User, now: datetime, expected: int | None = None
) -> KindRule:
    """Write the next version of a kind's rule at a tier, in force from `now`; the newest one when nothing differs.

    Whistles blown before keep their version. `expected` is the version the person saw; another refuses. Recorded
    as `config.rule.added` or `.changed`. Who may do this is asked by the edge (Permission.CONFIGURE).
    """
    check_rule(kind=kind, tier=tier, terms=terms)
    after = {name: _plain(value) for name, value in asdict(terms).items()}
    with transaction.atomic():
        Kind.objects.select_for_update().get(pk=kind.pk)
        newest = KindRule.objects.filter(kind=kind, tier=tier).order_by("-version").first()
        version = newest.version if newest is not None else 0
        if expected is not None and expected != version:
            raise PolicyRefused(
                _("Somebody has changed this rule meanwhile. Open its newest version."), code="stale"
            )
        before = {name: getattr(newest, name, None) for name in after}
        if newest is not None and before == after:
            return newest
        rule = KindRule.objects.create(kind=kind, tier=tier, **after, version=version + 1, valid_from=now)
        differs = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        trail.record(
            trail.Entry(
                stream=rule_stream(rule),
                event=f"{RULE_EVENT}.{'changed' if newest is not None else 'added'}",
                subject=rule,
                label=str(rule),
                at=now,
                by=by,
                data={"version": rule.version, "fields": differs},
            )
        )
    return rule


def check_rule(*, kind: Kind, tier: int, terms: RuleTerms) -> None:
    """Refuse, with the table's own sentences, a rule for a tier its kind does not know or that makes no sense."""
    if tier not in kind.tiers:
        raise PolicyRefused(_("This kind of whistle is not blown at this tier."), code="tier")
    if kind.is_emergency and terms.extension_count:
        raise PolicyRefused(
            _("An emergency gets no extension; it goes on as another kind. Write 0."), code="extension_count"
        )
    try:
        KindRule(kind=kind, tier=tier, **asdict(terms)).validate_constraints(
            exclude={"version", "valid_from"}
        )
    except ValidationError as error:
        raise PolicyRefused(error.messages[0]) from error


def check_rule_is_new(*, kind: Kind, tier: int) -> None:
    """Refuse a kind and tier that have a rule already. One query."""
    if KindRule.objects.filter(kind=kind, tier=tier).exists():
        raise PolicyRefused(_("This rule exists already. Change it instead of adding it again."))


def rule_stream(rule: KindRule) -> str:
    """Return the name of the rule's history in the trail: one for all its versions."""
    return f"{RULE_EVENT}:{rule.kind_id}:{rule.tier}"


def terms_of_rule(rule: KindRule) -> RuleTerms:
    """Return what the version says."""
    return RuleTerms(**{name: getattr(rule, name) for name in RuleTerms.__dataclass_fields__})


def _plain(value: int | str) -> int | str:
    return value if isinstance(value, int) else str(value)
