"""Writing a case once, however often it is sent: by a double click, a page gone back to, an integrator's retry."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.encryption import cipher
from kunming_portal.organisations.models import Unit
from whistle.guards import MoveRefused
from whistle.models import Case, Reporter
from whistle.selectors import get_open_whistle
from whistle.services import blowing, evidence
from whistle.services.cases import NAME_CONTEXT, PHONE_CONTEXT, Matter, numbers_in, open_case, title_from
from whistle.services.external_numbers import text_of


class Resubmitted(MoveRefused):
    """Something else was sent under this submission before. Nothing was written."""


def write_once(
    *,
    matter: Matter,
    caller: Unit,
    blow: bool,
    submission: uuid.UUID | None,
    by: User,
    now: datetime,
    pieces: Sequence[evidence.Piece] = (),
) -> tuple[Case, bool]:
    """Write a case, and blow its whistle when `blow` says so, both or neither; return it and whether it is new.

    A `submission` is the person's own: the same again returns the first case and writes nothing, whatever became
    of it meanwhile; two at one moment write one case. Refuses as `Resubmitted` when something else was sent
    under it. Without a submission every call writes. Otherwise like `open_case` and `blow`. `pieces` are the
    pictures and papers; those of a second copy that the first had not are added to the case.
    """
    key = _key_of(submission, by) if submission is not None else None
    written = get_submitted(submission=key, by=by) if key is not None else None
    if written is None:
        try:
            with transaction.atomic():
                case = open_case(matter=matter, caller=caller, by=by, now=now, submission=key)
                evidence.add_to(case=case, pieces=pieces, by=by, now=now, unit=caller)
                whistle = get_open_whistle(case)
                if blow and whistle is not None:
                    blowing.blow(whistle=whistle, by=by, now=now)
            return case, True
        except IntegrityError:  # the other copy was written between our look and our write
            written = get_submitted(submission=key, by=by) if key is not None else None
            if written is None:
                raise
    if not is_same(case=written, matter=matter, caller=caller, blown=blow):
        raise Resubmitted(
            _("Something else was sent with this form before: %(case)s. Send again to write a new case.")
            % {"case": written},
            code="resent",
        )
    fresh = evidence.unclaimed(pieces, by=by)
    if fresh:
        evidence.add_evidence(case=written, pieces=fresh, by=by, now=now)
    return written, False


def was_written(*, submission: uuid.UUID | None, by: User) -> bool:
    """Whether this person's form was written before: then sending it again is no second case. At most one query."""
    if submission is None:
        return False
    return get_submitted(submission=_key_of(submission, by), by=by) is not None


def _key_of(submission: uuid.UUID, by: User) -> uuid.UUID:
    return uuid.uuid5(submission, f"user:{by.pk}")


def get_submitted(*, submission: uuid.UUID, by: User) -> Case | None:
    """Return the case this person wrote with this submission, or None. One query."""
    return Case.objects.select_related("division").filter(submission=submission, opened_by=by).first()


def is_same(*, case: Case, matter: Matter, caller: Unit, blown: bool) -> bool:
    """Whether `case` was written from exactly this: words, unit, kind, sub-class, compound, reporter, blown or not.

    Compares with what is stored, so that no second copy of personal data is kept for it. Three queries.
    """
    first = case.whistles.select_related("kind").order_by("tier")[0]
    fields = ("description", "place", "affected", "tried", "source")
    return (
        all(getattr(case, name) == getattr(matter, name) for name in fields)
        and case.external_number == text_of(numbers_in(matter))
        and case.title == (matter.title or title_from(matter.description))
        and (first.kind_id, first.caller_id) == (matter.kind.pk, caller.pk)
        and case.compound_id == (matter.compound.pk if matter.compound is not None else None)
        and first.sub_class_id == (matter.sub_class.pk if matter.sub_class is not None else None)
        and _reporter(case) == (matter.reporter_name, matter.reporter_phone)
        and _was_blown_at_once(case) == blown
    )


def _reporter(case: Case) -> tuple[str, str]:
    found = Reporter.objects.filter(case=case).first()
    if found is None:
        return "", ""
    return (
        cipher.decrypt(found.name_cipher, context=NAME_CONTEXT),
        cipher.decrypt(found.phone_cipher, context=PHONE_CONTEXT),
    )


def _was_blown_at_once(case: Case) -> bool:
    return AuditEvent.objects.filter(stream=case.stream, event="whistle.blown", at=case.opened_at).exists()
