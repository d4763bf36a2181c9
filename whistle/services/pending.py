"""What is asked and what is on hold end with the status they belong to. Called by `moving.set_status` alone."""

from datetime import datetime

from kunming_portal.accounts.models import User
from whistle.models import Case, Extension, Hold, Objection, Whistle
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


def end_hold(whistle: Whistle, *, case: Case, now: datetime) -> None:
    """End the hold that lasts; the case in memory is no longer on hold, and the caller saves it. One query."""
    Hold.objects.filter(whistle=whistle, answer=Hold.Answer.GRANTED, ended_at=None).update(ended_at=now)
    case.hold_until = None
