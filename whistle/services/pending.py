"""What is asked and what is on hold end with the status, or the duty, they belong to."""

from datetime import datetime

from kunming_portal.accounts.models import User
from whistle.models import Assignment, Case, Extension, Hold, Objection, Whistle
from whistle.models.requests import Request

PENDING, DROPPED = Request.Answer.PENDING, Request.Answer.WITHDRAWN


def drop_requests(whistle: Whistle, *, by: User, now: datetime) -> None:
    """Answer what nobody needs to decide any more, in the database and on the whistle in memory; the caller saves.

    No query when nothing is asked.
    """
    dropped = {"answer": DROPPED, "decided_by": by, "decided_at": now}
    if whistle.objections_open:
        Objection.objects.filter(whistle=whistle, answer=PENDING).update(**dropped)
    if whistle.extension_by:
        Extension.objects.filter(whistle=whistle, answer=PENDING).update(**dropped)
    if whistle.hold_asked_at is not None:
        Hold.objects.filter(whistle=whistle, answer=PENDING).update(**dropped)
    whistle.objections_open, whistle.extension_by, whistle.hold_asked_at = 0, "", None


def drop_requests_of(duty: Assignment, *, whistle: Whistle, by: User, now: datetime) -> None:
    """Answer what a unit asked for that is on the matter no more: whoever leads now has a plan of its own.

    No query when nothing is asked, else at most three.
    """
    if not whistle.extension_by and whistle.hold_asked_at is None:
        return
    dropped = {"answer": DROPPED, "decided_by": by, "decided_at": now}
    if whistle.extension_by and Extension.objects.filter(assignment=duty, answer=PENDING).update(**dropped):
        whistle.extension_by = ""
    asked = Hold.objects.filter(whistle=whistle, unit=duty.unit_id, answer=PENDING)
    if whistle.hold_asked_at is not None and asked.update(**dropped):
        whistle.hold_asked_at = None
    whistle.save(update_fields=["extension_by", "hold_asked_at"])


def end_hold(whistle: Whistle, *, case: Case, now: datetime) -> None:
    """End the hold that lasts; the case in memory is no longer on hold, and the caller saves it. One query."""
    Hold.objects.filter(whistle=whistle, answer=Hold.Answer.GRANTED, ended_at=None).update(ended_at=now)
    case.hold_until = None
