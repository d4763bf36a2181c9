"""Many callers of one matter under one case: merging a case into another, and taking it out again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from whistle.guards import MoveRefused
from whistle.models import Case, Whistle
from whistle.selectors import get_open_whistle
from whistle.services import clocks
from whistle.services.blowing import need_reason
from whistle.services.moving import Scene, Stale, moving, set_status
from whistle.workflow import CaseStatus, Move, WhistleStatus

NOT_SENT = (WhistleStatus.DRAFT, WhistleStatus.AWAITING_APPROVAL)


def merge(
    *, whistle: Whistle, into: Case, reason: str, by: User, now: datetime, expected: int | None = None
) -> Whistle:
    """Put a case under another one of the same matter at the same centre; reversible (`unmerge`).

    A case that is itself merged stands for the one it was merged into, so there are no chains. The clocks stand
    still, so it never rings; its caller is told, and from then on hears how the other case goes. Refuses a case
    into itself, one that others were merged into, a closed one, one at another centre. Both histories know it.
    """
    need_reason(reason)
    with transaction.atomic():
        root = _lock_pair(whistle.case_id, into.pk)
        with moving(Move.MERGE, whistle=whistle, by=by, now=now, expected=expected) as scene:
            check_into(scene.case, root, whistle=whistle)
            whistle.merged_from = whistle.status
            set_status(scene, WhistleStatus.MERGED, Move.MERGE)
            whistle.save()
            clocks.pause_all(whistle=whistle, now=now)
            scene.case.status, scene.case.parent = CaseStatus.MERGED, root
            _save_standing(scene.case)
            root.merged_count += 1
            root.save(update_fields=["merged_count"])
            scene.note("case.merged", reason=reason, into=root.number)
            scene.entries.append(_entry(scene, root, "case.absorbed", reason=reason))
    return whistle


def unmerge(
    *, whistle: Whistle, reason: str, by: User, now: datetime, expected: int | None = None
) -> Whistle:
    """Let a merged case go its own way again, from where it stood; its clocks go on with the time that was left."""
    need_reason(reason)
    with transaction.atomic():
        parent = Case.objects.filter(pk=whistle.case_id).values_list("parent_id", flat=True).first()
        root = _lock_pair(whistle.case_id, parent or whistle.case_id)
        with moving(Move.UNMERGE, whistle=whistle, by=by, now=now, expected=expected) as scene:
            if scene.case.parent_id != root.pk:
                raise Stale(_("Somebody acted first. Look at what happened and decide again."), code="stale")
            before = WhistleStatus(whistle.merged_from)
            whistle.merged_from = ""
            set_status(scene, before, Move.UNMERGE)
            whistle.save()
            clocks.resume_all(whistle=whistle, now=now, calendar=scene.calendar)
            scene.case.status, scene.case.parent = CaseStatus.OPEN, None
            _save_standing(scene.case)
            root.merged_count -= 1
            root.save(update_fields=["merged_count"])
            scene.note("case.unmerged", reason=reason, into=root.number)
            scene.entries.append(_entry(scene, root, "case.released", reason=reason))
    return whistle


def check_into(case: Case, root: Case, *, whistle: Whistle) -> None:
    """Refuse a target that cannot take this case in. Two queries."""
    if root.pk == case.pk:
        raise MoveRefused(_("A case cannot be merged into itself. Choose another one."), code="into")
    if case.merged_count:
        raise MoveRefused(
            _("Other cases are merged into %(case)s. Merge the other one into it instead.")
            % {"case": case.number},
            code="into",
        )
    standing = get_open_whistle(root)
    if standing is None:
        raise MoveRefused(
            _("%(case)s is closed. Merge into a case that is being handled, or handle this one by itself.")
            % {"case": root.number},
            code="into",
        )
    here = whistle.receiver.division_id
    if standing.receiver.division_id != here or standing.status in NOT_SENT:
        raise MoveRefused(
            _("%(case)s is not at your centre. Only cases at one centre can be merged.")
            % {"case": root.number},
            code="into",
        )


def _lock_pair(case_id: int, into_id: int) -> Case:
    """Lock both cases in the order of their keys and return the one a merge into `into_id` means.

    In one order always, so that two people merging the other way round wait for each other, and do not wait in a
    circle: the second finds the first's merge.
    """
    root_id = Case.objects.filter(pk=into_id).values_list("parent_id", flat=True).first() or into_id
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in={case_id, root_id}).order_by("pk")
    locked = {row.pk: row for row in rows}
    root = locked[root_id]
    if root.parent_id is not None and root_id != case_id:
        raise Stale(_("Somebody acted first. Look at what happened and decide again."), code="stale")
    return root


def _save_standing(case: Case) -> None:
    """Write status, root and moments together: the database wants them to agree."""
    clocks.refresh(case)
    case.save(update_fields=["status", "parent", "due_at", "yellow_at"])


def _entry(scene: Scene, root: Case, event: str, *, reason: str) -> trail.Entry:
    """Return what the other case's history keeps."""
    return trail.Entry(
        stream=root.stream,
        event=event,
        subject=scene.case,
        label=str(root),
        at=scene.now,
        by=scene.by,
        unit_name=scene.held.unit.name if scene.held is not None else "",
        reason=reason,
        data={"tier": scene.whistle.tier, "from": scene.case.number, "caller": scene.whistle.caller.name},
    )
