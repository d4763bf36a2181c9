"""What is asked and what is on hold end with the status, or the duty, they belong to."""

from collections.abc import Sequence
from datetime import datetime

from kunming_portal.accounts.models import User
from whistle.models import Assignment, Extension, Hold, Objection, Whistle
from whistle.models.requests import Request

PENDING, DROPPED = Request.Answer.PENDING, Request.Answer.WITHDRAWN


def drop_requests(whistles: Sequence[Whistle], *, by: User, now: datetime) -> None:
    """Answer what nobody needs to decide any more, in the database and on the whistles in memory; the caller saves.

    No query when nothing is asked, else one for each sort of request, however many whistles.
    """
    dropped = {"answer": DROPPED, "decided_by": by, "decided_at": now}
    objected = [whistle for whistle in whistles if whistle.objections_open]
    if objected:
        Objection.objects.filter(whistle__in=objected, answer=PENDING).update(**dropped)
    prolonged = [whistle for whistle in whistles if whistle.extension_by]
    if prolonged:
        Extension.objects.filter(whistle__in=prolonged, answer=PENDING).update(**dropped)
    held = [whistle for whistle in whistles if whistle.hold_asked_at is not None]
    if held:
        Hold.objects.filter(whistle__in=held, answer=PENDING).update(**dropped)
    for whistle in whistles:
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


def end_holds(whistles: Sequence[Whistle], *, now: datetime) -> None:
    """End the holds that last; the cases in memory are no longer on hold, and the caller saves them.

    No query without whistles, else one.
    """
    if not whistles:
        return
    Hold.objects.filter(whistle__in=whistles, answer=Hold.Answer.GRANTED, ended_at=None).update(ended_at=now)
    for whistle in whistles:
        whistle.case.hold_until = None
