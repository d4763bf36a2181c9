"""Kinds and sub-classes: every change of what one says is a version, kept for the whistles blown under it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from whistle.models import Kind, SubClass, Whistle, Wording
from whistle.services.configuring import PolicyRefused

KIND_EVENT, SUB_CLASS_EVENT = "config.kind", "config.sub_class"
KIND_SAYS = ("name", "name_en", "scope", "standard", "tiers", "approval_tiers", "is_emergency")
SUB_CLASS_SAYS = ("name", "scope", "standard", "tiers", "keywords")
# beside what it says: whether and where it is offered. Audited, and no reason for a version.
OFFERED = ("is_active", "position", "is_default")


def save_kind(*, kind: Kind, by: User, now: datetime) -> Kind:
    """Write a new or changed kind; what it says gets a version when it differs, and the trail before and after.

    Whistles already blown keep the version they were blown under. Refuses sign-off at a tier the kind does not
    know. Who may do this is asked by the edge (Permission.CONFIGURE).
    """
    if not set(kind.approval_tiers) <= set(kind.tiers):
        raise PolicyRefused(_("Sign-off is only possible at tiers of this kind."), code="approval_tiers")
    _save(kind, says=KIND_SAYS, event=KIND_EVENT, by=by, now=now)
    return kind


def save_sub_class(*, sub_class: SubClass, by: User, now: datetime) -> SubClass:
    """Write a new or changed sub-class; the same rules as for kinds. Refuses tiers its kind is not blown at."""
    if not set(sub_class.tiers) <= set(sub_class.kind.tiers):
        raise PolicyRefused(_("Choose among the tiers of the kind."), code="tiers")
    _save(sub_class, says=SUB_CLASS_SAYS, event=SUB_CLASS_EVENT, by=by, now=now)
    return sub_class


def check_sub_class(sub_class: SubClass | None, *, kind: Kind, tier: int) -> None:
    """Refuse a sub-class that belongs to another kind or tier, or is no longer in use. No query."""
    if sub_class is None:
        return
    if sub_class.kind_id != kind.pk:
        raise PolicyRefused(
            _("%(sub_class)s is not a sub-class of %(kind)s. Choose one of its own, or none.")
            % {"sub_class": sub_class.name, "kind": kind.label},
            code="sub_class",
        )
    if tier not in sub_class.tiers or not sub_class.is_active:
        raise PolicyRefused(
            _("%(sub_class)s is not in use at this tier. Choose another sub-class, or none.")
            % {"sub_class": sub_class.name},
            code="sub_class",
        )


def remember_versions(whistle: Whistle) -> None:
    """Set on the whistle, in memory, which version of kind and sub-class it is written under. No query."""
    whistle.kind_version = whistle.kind.version
    whistle.sub_class_version = whistle.sub_class.version if whistle.sub_class is not None else None


def _save(row: Kind | SubClass, *, says: tuple[str, ...], event: str, by: User, now: datetime) -> None:
    columns = (*says, *OFFERED) if isinstance(row, SubClass) else (*says, *OFFERED[:2])
    with transaction.atomic():
        model: Any = type(row)
        stored = model.objects.select_for_update().filter(pk=row.pk).first() if row.pk else None
        before = {name: getattr(stored, name, None) for name in columns}
        after = {name: getattr(row, name) for name in columns}
        differs = {name: [before[name], after[name]] for name in columns if before[name] != after[name]}
        if stored is not None and not differs:
            return
        words_differ = stored is None or any(name in differs for name in says)
        row.version = 1 if stored is None else stored.version + words_differ
        row.save()
        if words_differ:
            said = {name: after[name] for name in says}
            owner: dict[str, Any] = {"kind" if isinstance(row, Kind) else "sub_class": row}
            Wording.objects.create(**owner, version=row.version, said=said, valid_from=now)
        trail.record(
            trail.Entry(
                stream=f"{event}:{row.pk}",
                event=f"{event}.{'added' if stored is None else 'changed'}",
                subject=row,
                label=str(row),
                at=now,
                by=by,
                data={"version": row.version, "fields": differs},
            )
        )
