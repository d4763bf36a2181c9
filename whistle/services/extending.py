"""Extension (延期): the lead asks before the limit; the centre grants the first, the leader in charge the next."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from whistle.guards import MoveRefused, check_decides
from whistle.models import Approver, Assignment, CaseDeadline, Extension, KindRule, Whistle
from whistle.selectors import get_pending_extension, rule_of
from whistle.services import clocks
from whistle.services.blowing import need_reason
from whistle.services.moving import moving
from whistle.workflow import Move, Party, Step

DECIDES = {Approver.CENTRE: Permission.WHISTLE_DISPATCH, Approver.LEADER: Permission.CASE_DECIDE}
MOVE_OF = {Approver.CENTRE.value: Move.DECIDE_EXTENSION, Approver.LEADER.value: Move.DECIDE_LATER_EXTENSION}


def extend(
    *,
    assignment: Assignment,
    days: int,
    reason: str,
    by: User,
    now: datetime,
    expected: int | None = None,
) -> Extension:
    """Ask for `days` working days beyond the closing limit. The kind's rule says how often, how many, who decides.

    Refuses after the limit has passed, beyond the number and the days of the rule, and a unit that assists
    (domain.md §10, S62 S69 S71).
    """
    need_reason(reason)
    whistle = assignment.whistle
    with moving(
        Move.EXTEND, whistle=whistle, assignment=assignment, by=by, now=now, expected=expected
    ) as scene:
        limit = running_limit(whistle)
        if limit is None or limit.due_at <= now:
            raise MoveRefused(
                _("The closing limit has passed. Feed back what was done, or ask for a hold with a plan."),
                code="late",
            )
        rule = rule_of(whistle)
        number = granted(whistle) + 1
        by_whom = check_extension(rule, number=number, days=days)
        whistle.extension_by = by_whom
        whistle.save()
        extension = Extension.objects.create(
            whistle=whistle,
            assignment=assignment,
            number=number,
            days=days,
            by=by_whom,
            reason=reason,
            asked_by=by,
            asked_at=now,
        )
        scene.hearers[Party.RECEIVER] = DECIDES[by_whom]
        scene.note("extension.asked", reason=reason, about=assignment, days=days, number=number)
    return extension


def decide_extension(
    *,
    whistle: Whistle,
    is_granted: bool,
    by: User,
    now: datetime,
    decision: str = "",
    expected: int | None = None,
) -> Extension:
    """Grant or refuse what the lead asked for. Granted: closing and every unit's feedback get a new limit.

    The old promises end as replaced, and new ones with a ladder of their own follow them, due so many working days
    after the old moment. A refusal needs a reason. The caller is told either way.
    """
    if not is_granted:
        need_reason(decision)
    move = MOVE_OF.get(whistle.extension_by, Move.DECIDE_EXTENSION)
    with moving(move, whistle=whistle, by=by, now=now, expected=expected) as scene:
        extension = get_pending_extension(whistle)
        check_decides(asked_by=extension.asked_by, held=scene.held, by=by)
        answer = Extension.Answer.GRANTED if is_granted else Extension.Answer.REFUSED
        extension.decide(answer, by=by, now=now, decision=decision)
        extension.save()
        whistle.extension_by = ""
        whistle.save()
        data: dict[str, Any] = {"unit": extension.assignment.unit.name, "days": extension.days}
        if is_granted:
            due = clocks.extend(whistle=whistle, days=extension.days, now=now, calendar=scene.calendar)
            data["due"] = due.isoformat()
        scene.note(
            "extension.decided" if move is Move.DECIDE_EXTENSION else "extension.decided_by_leader",
            reason=decision,
            granted=is_granted,
            number=extension.number,
            **data,
        )
    return extension


def running_limit(whistle: Whistle) -> CaseDeadline | None:
    """Return the closing limit that runs. One query."""
    return CaseDeadline.objects.running().filter(whistle=whistle, step=Step.CLOSE).first()


def granted(whistle: Whistle) -> int:
    """Return how many extensions this whistle got. One query."""
    return Extension.objects.filter(whistle=whistle, answer=Extension.Answer.GRANTED).count()


def check_extension(rule: KindRule, *, number: int, days: int) -> Approver:
    """Return who decides on the extension of this number; refuse what the rule does not know. No query."""
    if not rule.extension_count:
        raise MoveRefused(
            _("%(kind)s gets no extension. What takes longer goes on as a hard matter at the next tier.")
            % {"kind": rule.kind.label},
            code="kind",
        )
    by = rule.extension_by(number)
    if by is None:
        raise MoveRefused(
            _("%(kind)s is extended at most %(count)s times. What remains can be put on hold with a plan.")
            % {"kind": rule.kind.label, "count": rule.extension_count},
            code="number",
        )
    if not 1 <= days <= rule.extension_days:
        raise MoveRefused(
            _("Ask for 1 to %(most)s working days.") % {"most": rule.extension_days}, code="days"
        )
    return Approver(by)
