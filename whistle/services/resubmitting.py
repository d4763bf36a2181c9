"""Telling a request that was sent twice from another request under the same key."""

import uuid

from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.encryption import cipher
from kunming_portal.organisations.models import Unit
from whistle.models import Case, Reporter
from whistle.services.cases import NAME_CONTEXT, PHONE_CONTEXT, Matter, title_from


def get_submitted(*, submission: uuid.UUID, by: User) -> Case | None:
    """Return the case this person wrote with this submission, or None. One query."""
    return Case.objects.select_related("division").filter(submission=submission, opened_by=by).first()


def is_same(*, case: Case, matter: Matter, caller: Unit, blown: bool) -> bool:
    """Whether `case` was written from exactly this: words, unit, kind, reporter, blown at once or not.

    Compares with what is stored, so that no second copy of personal data is kept for it. Three queries.
    """
    first = case.whistles.select_related("kind").order_by("tier")[0]
    fields = ("description", "place", "affected", "tried", "source", "external_number")
    return (
        all(getattr(case, name) == getattr(matter, name) for name in fields)
        and case.title == (matter.title or title_from(matter.description))
        and (first.kind_id, first.caller_id) == (matter.kind.pk, caller.pk)
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
