"""Taking a paper: it goes on the trail, and a dispatch slip gets its number the first time."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.audit import trail
from whistle import guards
from whistle.guards import MoveRefused
from whistle.models import Case, DispatchSlip, Whistle
from whistle.services import numbering
from whistle.services.moving import lock_case
from whistle.services.supervising import year_of


def take_paper(*, case: Case, paper: str, form: str, by: User, now: datetime, unit_name: str = "") -> None:
    """Put on the trail who took which paper of a case, as Word or PDF. Refuses outside the person's scope."""
    held = guards.standing_over(case, permission=P.CASE_VIEW, user=by)
    if held is None:
        raise MoveRefused(_("You do not hold a role that may see this case."), code="role")
    with transaction.atomic():
        trail.record(
            trail.Entry(
                stream=case.stream,
                event="paper.taken",
                subject=case,
                label=str(case),
                at=now,
                by=by,
                unit_name=unit_name or held.unit.name,
                data={"paper": paper, "form": form},
            )
        )


def number_slip(*, whistle: Whistle, by: User, now: datetime) -> DispatchSlip:
    """Return the dispatch slip of a whistle; the first time it gets the centre's next number of the year.

    Refuses before the dispatch, and the first print by somebody who only reads: a number is given by those who work
    on the case. The case is locked, so that two prints at once give one number.
    """
    known: DispatchSlip | None = DispatchSlip.objects.filter(whistle=whistle).first()
    if known is not None:
        return known
    if whistle.dispatched_at is None:
        raise MoveRefused(_("The slip is there when the whistle has been dispatched."), code="status")
    if not guards.reaches(by, P.CASE_NOTE, whistle.case):
        raise MoveRefused(
            _(
                "The slip has no number yet. It can be read when somebody who works on the case has printed it."
            ),
            code="role",
        )
    with transaction.atomic():
        lock_case(whistle.case_id, expected=None)
        known = DispatchSlip.objects.filter(whistle=whistle).first()
        if known is not None:
            return known
        division, year = whistle.receiver.division, year_of(now)
        serial = numbering.take(numbering.Sort.SLIP, {division.pk: 1}, year=year)[division.pk]
        return DispatchSlip.objects.create(
            whistle=whistle,
            division=division,
            year=year,
            serial=serial,
            number=numbering.number_of(numbering.Sort.SLIP, division, year=year, serial=serial),
            numbered_at=now,
            numbered_by=by,
        )
