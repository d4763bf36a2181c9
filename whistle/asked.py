"""What stands asked on a whistle and whose decision it is: one place for queues, rows, cards and badges. No query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from whistle.models import Approver, CaseDeadline, Whistle
from whistle.workflow import Move, Party, Step, WhistleStatus


@dataclass(frozen=True)
class Question:
    """One thing that is asked: the condition on whistles, the move that answers it, words for it.

    `step` is the clock the answer runs on, if it has one.
    """

    move: Move
    party: Party
    condition: Q
    badge: str | Promise
    turn: str | Promise
    due: str | Promise
    step: Step | None = None


HANDLING = Q(status=WhistleStatus.HANDLING)
QUESTIONS: tuple[Question, ...] = (
    Question(
        Move.CONSULT,
        Party.ABOVE,
        HANDLING & Q(objections_open__gt=0, objection_count__gt=1),
        badge=_("In consultation"),
        turn=_("The tier above to hold the consultation"),
        due=pgettext_lazy("what is due", "Consultation"),
        step=Step.CONSULTATION,
    ),
    Question(
        Move.DECIDE_OBJECTION,
        Party.RECEIVER,
        HANDLING & Q(objections_open=1, objection_count=1),
        badge=_("Objection pending"),
        turn=_("%(unit)s to decide the objection"),
        due=pgettext_lazy("what is due", "Objection"),
        step=Step.OBJECTION,
    ),
    Question(
        Move.DECIDE_EXTENSION,
        Party.RECEIVER,
        HANDLING & Q(extension_by=Approver.CENTRE),
        badge=_("Extension asked for"),
        turn=_("%(unit)s to decide on the extension"),
        due=pgettext_lazy("what is due", "Extension"),
    ),
    Question(
        Move.DECIDE_LATER_EXTENSION,
        Party.RECEIVER,
        HANDLING & Q(extension_by=Approver.LEADER),
        badge=_("Extension asked for"),
        turn=_("The leader in charge to decide on the extension"),
        due=pgettext_lazy("what is due", "Extension"),
    ),
    Question(
        Move.DECIDE_HOLD,
        Party.RECEIVER,
        HANDLING & Q(hold_asked_at__isnull=False),
        badge=_("Hold asked for"),
        turn=_("The leader in charge to decide on the hold"),
        due=pgettext_lazy("what is due", "Hold"),
    ),
)
# Nobody asks it in words: the last stretch of a hold does, and only the tier above can let it go on (domain.md §10)
RENEWAL = Question(
    Move.RENEW_HOLD,
    Party.ABOVE,
    Q(status=WhistleStatus.ON_HOLD),
    badge=_("Hold ends soon"),
    turn=_("The tier above to renew the hold, or it ends"),
    due=pgettext_lazy("what is due", "Renewal of the hold"),
    step=Step.HOLD,
)


def is_ending(whistle: Whistle, clocks: Iterable[CaseDeadline], *, now: datetime) -> bool:
    """Whether the whistle is on hold and the clock of the hold's end has passed its yellow mark. No query."""
    if whistle.status != WhistleStatus.ON_HOLD:
        return False
    ends = (clock.yellow_at for clock in clocks if clock.step == Step.HOLD)
    return any(yellow is not None and yellow <= now for yellow in ends)


def questions_of(whistle: Whistle) -> list[Question]:
    """Return what is asked on this whistle and not answered, the most pressing first."""
    asked: set[Move] = set()
    if whistle.objections_open:
        asked.add(Move.CONSULT if whistle.is_in_consultation else Move.DECIDE_OBJECTION)
    if whistle.extension_by:
        leader = whistle.extension_by == Approver.LEADER
        asked.add(Move.DECIDE_LATER_EXTENSION if leader else Move.DECIDE_EXTENSION)
    if whistle.hold_asked_at is not None:
        asked.add(Move.DECIDE_HOLD)
    return [question for question in QUESTIONS if question.move in asked]


def turn_of(question: Question, whistle: Whistle) -> str:
    """Return whose decision it is as a short sentence."""
    return str(question.turn) % {"unit": whistle.receiver.short_name}
