"""Who of a called unit has the duty in hand: the named handler (经办人)."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_present
from whistle.guards import MoveRefused
from whistle.models import Assignment
from whistle.services.moving import moving
from whistle.services.telling import message
from whistle.workflow import Move

TOLD = gettext_noop("%(unit)s put %(case)s into your hands.")
TAKEN = gettext_noop("%(unit)s took %(case)s out of your hands.")


def delegate(
    *,
    assignment: Assignment,
    to: User | None,
    by: User,
    now: datetime,
    words: str = "",
    expected: int | None = None,
) -> Assignment:
    """Name who of the unit handles the duty, or give it back to the whole unit (`to` is None).

    The unit goes on answering for it: its clocks, rights and notices stay. Refuses people who are not appointed
    at this very unit today or are away, and a change that changes nothing. Tells the person named, and the one who
    had it before.
    """
    with moving(
        Move.DELEGATE, whistle=assignment.whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        before = assignment.handler
        check_handler(assignment=assignment, to=to)
        assignment.handler = to
        assignment.save(update_fields=["handler"])
        scene.note(
            "assignment.delegated", reason=words.strip(), about=assignment, to_person=to.name if to else ""
        )
        for person, sentence in ((to, TOLD), (before, TAKEN)):
            if person is not None and person.pk != by.pk:
                scene.messages.append((person, message(scene, "assignment.delegated", sentence)))
    return assignment


def check_handler(*, assignment: Assignment, to: User | None) -> None:
    """Refuse whoever cannot handle the duty today, and who has it already. One query."""
    if (to.pk if to is not None else None) == assignment.handler_id:
        raise MoveRefused(
            _("%(name)s has it in hand already.") % {"name": to}
            if to is not None
            else _("Nobody is named; the whole unit has it."),
            code="to",
        )
    if to is None:
        return
    if (
        not get_present(permission=Permission.ASSIGNMENT_HANDLE, unit=assignment.unit)
        .filter(pk=to.pk)
        .exists()
    ):
        raise MoveRefused(
            _("%(name)s cannot handle it: named is who is appointed at %(unit)s today and not away.")
            % {"name": to, "unit": assignment.unit.short_name},
            code="to",
        )
