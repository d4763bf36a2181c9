"""Adding pictures and papers to a case, withdrawing them. Moves that bring some along call `attach` themselves."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.attachments import services as attachments
from kunming_portal.attachments.models import Attachment
from kunming_portal.audit import trail
from kunming_portal.organisations.models import Unit
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case, CaseLocation, Evidence
from whistle.services.moving import lock_case

FILES_PER_CASE = 60
Moment = Evidence.Moment


@dataclass(frozen=True)
class Piece:
    """One kept file (`attachments.services.keep`) and what it shows; `pair` is the earlier picture of the spot."""

    key: uuid.UUID
    moment: str = Moment.BEFORE
    caption: str = ""
    pair: int | None = None


def attach(
    *, case: Case, pieces: Sequence[Piece], by: User, now: datetime, assignment: Assignment | None = None
) -> list[Evidence]:
    """Attach kept files of this person to a case whose row is locked, in the order given; return the rows.

    Whether `by` may is asked by the move or by `add_evidence`; so is the trail (`told`). The place of the last
    photo that brings one becomes the case's. Refuses too many files, a pair that is not an earlier picture of this
    case, and files that are not kept any more. Six queries, however many files.
    """
    if not pieces:
        return []
    _check_room(case, len(pieces))
    _check_pairs(case, {piece.pair for piece in pieces if piece.pair is not None})
    files = attachments.claim(keys=[piece.key for piece in pieces], by=by, now=now)
    rows = Evidence.objects.bulk_create(
        Evidence(
            case=case,
            assignment=assignment,
            attachment=file,
            moment=piece.moment,
            caption=piece.caption,
            pair_id=piece.pair if file.is_photo and piece.moment == Moment.AFTER else None,
            added_by=by,
            added_at=now,
        )
        for piece, file in zip(pieces, files, strict=True)
    )
    _keep_place(case, rows, by=by, now=now)
    return rows


def unclaimed(pieces: Sequence[Piece], *, by: User) -> list[Piece]:
    """Return the pieces whose files are still only kept: what a first copy of the form did not bring. One query."""
    kept = set(
        Attachment.objects.kept_by(by).filter(pk__in=[p.key for p in pieces]).values_list("pk", flat=True)
    )
    return [piece for piece in pieces if piece.key in kept]


def told(rows: Sequence[Evidence]) -> dict[str, Any]:
    """Return what the trail keeps of added files: how many of which sort, and their sums. No names: people write
    other people's names into them."""
    photos = sum(row.attachment.is_photo for row in rows)
    return {
        "moment": rows[0].moment if len({row.moment for row in rows}) == 1 else "",
        "photos": photos,
        "papers": len(rows) - photos,
        "files": [[row.attachment.pk.hex, row.attachment.sha256] for row in rows],
        "place": any(row.attachment.latitude is not None for row in rows),
    }


def add_to(
    *,
    case: Case,
    pieces: Sequence[Piece],
    by: User,
    now: datetime,
    unit: Unit | None,
    assignment: Assignment | None = None,
) -> list[Evidence]:
    """Attach files to a locked case and put that on its trail; for services that checked `by` before."""
    rows = attach(case=case, pieces=pieces, by=by, now=now, assignment=assignment)
    if rows:
        trail.record(_entry(case, "evidence.added", by=by, now=now, unit=unit, **told(rows)))
    return rows


def add_evidence(*, case: Case, pieces: Sequence[Piece], by: User, now: datetime) -> list[Evidence]:
    """Add pictures and papers to an open case, for the unit this person acts for; return the rows.

    Refuses without a file, on a closed case, and without the right to add notes there.
    """
    if not pieces:
        raise MoveRefused(_("Choose at least one photo or document."), code="photos")
    with transaction.atomic():
        locked = lock_case(case.pk, expected=None)
        check_add(locked, by=by)
        unit = acting_unit(locked, by)
        duty = Assignment.objects.filter(whistle__case=locked, unit=unit).order_by("-id").first()
        return add_to(case=locked, pieces=pieces, by=by, now=now, unit=unit, assignment=duty)


def check_add(case: Case, *, by: User) -> None:
    """Refuse when the case is closed or the person may not add to it. One query."""
    if case.closed_at is not None:
        raise MoveRefused(_("The case is closed; nothing can be added."), code="closed")
    if not Case.objects.visible_to(by, Permission.CASE_NOTE).filter(pk=case.pk).exists():
        raise MoveRefused(_("You do not hold a role that may add pictures or papers here."), code="role")


def remove_evidence(*, piece: Evidence, reason: str, by: User, now: datetime) -> Evidence:
    """Withdraw a file: its bytes are deleted, the row and the trail keep who, when and why.

    Also after the case is closed: a face in a picture does not wait. The place that was read from it goes with
    it. Refuses without a reason, who may not (`check_remove`), and what is withdrawn already.
    """
    if not reason.strip():
        raise MoveRefused(_("Give a reason; the others read it."), code="reason")
    with transaction.atomic():
        case = lock_case(piece.case_id, expected=None)
        row = Evidence.objects.select_related("attachment").get(pk=piece.pk)
        check_remove(row, case=case, by=by)
        row.removed_at, row.removed_by, row.removed_reason = now, by, reason.strip()
        row.save(update_fields=["removed_at", "removed_by", "removed_reason"])
        CaseLocation.objects.filter(evidence=row).delete()
        attachments.discard(attachment=row.attachment, now=now)
        unit = acting_unit(case, by)
        data = {"file": [row.attachment_id.hex, row.attachment.sha256], "moment": row.moment}
        trail.record(_entry(case, "evidence.removed", by=by, now=now, unit=unit, reason=reason, **data))
    return row


def check_remove(row: Evidence, *, case: Case, by: User) -> None:
    """Refuse what is withdrawn, and anybody but who added it or wrote the case, as long as they act there."""
    if row.removed_at is not None:
        raise MoveRefused(_("This file has been withdrawn already."), code="status")
    if by.pk not in {row.added_by_id, case.opened_by_id}:
        raise MoveRefused(
            _("Only who added it, or who wrote the case, withdraws a file. Ask one of them in a note."),
            code="role",
        )
    if not Case.objects.visible_to(by, Permission.CASE_NOTE).filter(pk=case.pk).exists():
        raise MoveRefused(_("You do not hold a role that may add pictures or papers here."), code="role")


def acting_unit(case: Case, by: User) -> Unit | None:
    """Return the unit for which this person adds: the one called or seated there, else the nearest above."""
    held = [a.unit for a in by.acting_appointments if Permission.CASE_NOTE in a.role_definition.allows]
    inside = [u for u in held if u.pk in case.called_units or case.division_id.startswith(u.division_id)]
    return max(inside, key=lambda unit: (unit.pk in case.called_units, len(unit.division_id)), default=None)


def _check_room(case: Case, more: int) -> None:
    there = Evidence.objects.filter(case=case).standing().count()
    if there + more > FILES_PER_CASE:
        raise MoveRefused(
            _("A case holds at most %(most)d files; it has %(there)d. Take some out of the form.")
            % {"most": FILES_PER_CASE, "there": there},
            code="photos",
        )


def _check_pairs(case: Case, pairs: set[int]) -> None:
    earlier = Evidence.objects.filter(case=case, moment=Moment.BEFORE).standing()
    if pairs and earlier.filter(pk__in=pairs).count() != len(pairs):
        raise MoveRefused(
            _("The earlier picture is not on this case any more. Choose another one, or none."), code="pair"
        )


def _keep_place(case: Case, rows: Sequence[Evidence], *, by: User, now: datetime) -> None:
    """Make the place a photo brought along the case's. It was read only because its sender agreed."""
    for row in reversed(rows):
        latitude, longitude = row.attachment.latitude, row.attachment.longitude
        if latitude is not None and longitude is not None:
            found = {"latitude": latitude, "longitude": longitude}
            CaseLocation.objects.update_or_create(
                case=case, defaults={**found, "evidence": row, "agreed_by": by, "read_at": now}
            )
            return


def _entry(
    case: Case, event: str, *, by: User, now: datetime, unit: Unit | None, reason: str = "", **data: object
) -> trail.Entry:
    return trail.Entry(
        stream=case.stream,
        event=event,
        subject=case,
        label=str(case),
        at=now,
        by=by,
        unit_name=unit.name if unit is not None else "",
        reason=reason,
        data=data,
    )
