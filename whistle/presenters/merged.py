"""What a case page says about merging: where the case went, who came here, what looks alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from kunming_portal.accounts.models import User
from whistle import guards
from whistle.duplicates import Duplicate, duplicates_of
from whistle.models import Case, ExternalNumber, Whistle
from whistle.selectors import get_cases
from whistle.workflow import Move

LISTED = 50


@dataclass(frozen=True)
class Caller:
    """Who told of the matter too. What they wrote, and the way to it, only for who may see their case."""

    whistle: Whistle
    is_visible: bool


@dataclass(frozen=True)
class Merging:
    """The case's numbers elsewhere; the root it was merged into; the cases merged into it; those that look alike."""

    numbers: Sequence[ExternalNumber]
    root: Case | None = None
    root_is_visible: bool = False
    callers: Sequence[Caller] = ()
    twins: Sequence[Duplicate] = ()
    may_merge: bool = False


def get_merging(
    *, case: Case, whistle: Whistle, user: User, now: datetime, attached: Collection[type]
) -> Merging:
    """Return what stands about merging on this person's page.

    One query where there are numbers; two more for a merged case or for a root, seven for who may merge it now.
    """
    numbers = (
        list(ExternalNumber.objects.filter(case=case).order_by("id")) if ExternalNumber in attached else []
    )
    root = case.parent
    may_merge = guards.can_move(Move.MERGE, whistle=whistle, user=user)
    twins: Sequence[Duplicate] = ()
    if may_merge:
        twins = duplicates_of(case, kind_id=whistle.kind_id, user=user, now=now)
    return Merging(
        numbers=numbers,
        root=root,
        root_is_visible=root is not None and get_cases(user=user).filter(pk=root.pk).exists(),
        callers=get_callers(case, user=user) if case.merged_count else (),
        twins=twins,
        may_merge=may_merge,
    )


def get_callers(case: Case, *, user: User) -> list[Caller]:
    """Return who called in the cases merged into this one, the earliest first. Two queries."""
    rows = Whistle.objects.filter(case__parent=case, status="merged").select_related("case", "caller")
    found = list(rows.order_by("blown_at", "id")[:LISTED])
    visible = set(
        get_cases(user=user).filter(pk__in=[row.case_id for row in found]).values_list("pk", flat=True)
    )
    return [Caller(row, row.case_id in visible) for row in found]
