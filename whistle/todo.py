"""What a person must do now, most urgent first: the cards and rows of the home page."""

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.presenters import undertakings
from communities.selectors import get_waiting as get_undertakings_waiting
from communities.selectors import units_of
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.ui import parts
from kunming_portal.workdays.calendar import Calendar
from whistle import addresses, asked, clock_faces, hours, rows, task_rows, turns
from whistle.models import Assignment, Case, SupervisionTask, Whistle
from whistle.workflow import MOVES, AssignmentStatus, Move, Step, WhistleStatus

W = WhistleStatus
SHOWN = 12
QUESTIONS = 2
GIVEN_BACK = (MOVES[Move.SEND_BACK].audit, MOVES[Move.RETURN].audit)
FOR_EVER = datetime.max.replace(tzinfo=UTC)

STEP_AWAITED = {
    W.AWAITING_APPROVAL: Step.APPROVE,
    W.AWAITING_ACCEPTANCE: Step.DISPATCH,
    W.RETURNED: Step.COMPLETE,
    W.AWAITING_DISPATCH: Step.DISPATCH,
    W.AWAITING_VERIFICATION: Step.VERIFY,
    W.AWAITING_EVALUATION: Step.VERIFY,
    W.ON_HOLD: Step.REVIEW,
}


@dataclass(frozen=True)
class Item:
    """One thing that waits: a card with its answers when it presses, a row when it is calm.

    `word` stands beside the light and says what is due; `ask` is a question whose `answers` are of equal size.
    """

    case: Case | None  # none: it belongs to a community, not to a case
    due: parts.Due
    word: str
    url: str
    say: str = ""
    ask: str = ""
    answers: Sequence[parts.Move] = ()
    calls: Sequence[tuple[str, str]] = ()
    version: int = 0
    presses: bool = False
    name: str = ""

    @property
    def title(self) -> str:
        """What the card is called: the case's title, or the name of what belongs to none."""
        return self.case.title if self.case is not None else self.name

    @property
    def key(self) -> str:
        """A name of the card that no other on the page has."""
        return f"case-{self.case.pk}" if self.case is not None else self.url.strip("/").replace("/", "-")


def get_items(*, user: User, now: datetime, calendar: Calendar) -> list[Item]:
    """Return what waits for the person, most urgent first, at most `SHOWN` of each sort.

    A matter whose limit is near or gone and an emergency are cards, and so are the first questions. At most
    nine queries.
    """
    seats = turns.seats_of(user)
    found = [
        *_whistle_items(seats, user, now, calendar),
        *_duty_items(seats, now, calendar),
        *_task_items(seats, user, now, calendar),
        *_undertaking_items(user, now, calendar),
    ]
    return _with_questions(sorted(found, key=_urgency)[:SHOWN])


def _urgency(item: Item) -> tuple[bool, datetime, int]:
    return not item.presses, item.due.at or FOR_EVER, item.case.pk if item.case is not None else 0


def _with_questions(items: list[Item]) -> list[Item]:
    """Return the items with the first calm questions as cards too, as long as a phone has room for them."""
    room = QUESTIONS - sum(item.presses for item in items)
    for place, item in enumerate(items):
        if room > 0 and item.ask and not item.presses:
            items[place] = dataclasses.replace(item, presses=True)
            room -= 1
    return sorted(items, key=_urgency)


# -- whistles ----------------------------------------------------------------------------------------
def _whistle_items(seats: turns.Seats, user: User, now: datetime, calendar: Calendar) -> list[Item]:
    if not any((seats.writes, seats.approves, seats.verifies, seats.desks, seats.decides)):
        return []
    waiting = Whistle.objects.filter(pk__in=turns.get_waiting(user, now))
    related = waiting.select_related(
        "case__division", "kind", "sub_class", "caller__division", "receiver__division"
    )
    whistles = list(related.order_by("case__due_at", "case_id")[:SHOWN])
    if not whistles:
        return []
    clocks = rows.running_clocks(whistles)
    hours.load([clock for running in clocks.values() for clock in running], calendar)
    judged = (W.AWAITING_VERIFICATION, W.AWAITING_EVALUATION)
    duties = _duties_of([w for w in whistles if w.status in judged or w.objections_open])
    reasons = _reasons([w for w in whistles if w.status in (W.DRAFT, W.RETURNED)])
    found = []
    for whistle in whistles:
        questions = asked.questions_of(whistle)
        if asked.is_ending(whistle, clocks[whistle.case_id], now=now):
            questions.append(asked.RENEWAL)
        question = next((q for q in questions if _is_asked(q, whistle, seats)), None)
        awaited = question.step if question else STEP_AWAITED.get(WhistleStatus(whistle.status))
        clock = next((c for c in clocks[whistle.case_id] if c.step == awaited), None)
        due = clock_faces.running(clock, now=now, calendar=calendar) if clock else clock_faces.without_limit()
        told = duties.get(whistle.pk, [])
        if question is not None:
            found.append(_question_item(question, whistle, due, told))
            continue
        found.append(_whistle_item(whistle, due, told, reasons.get(whistle.case.stream, "")))
    return found


def _whistle_item(whistle: Whistle, due: parts.Due, duties: list[Assignment], reason: str) -> Item:
    answers, ask, say = _answers(whistle, bool(reason)), "", whistle.case.description
    if whistle.status == W.AWAITING_VERIFICATION:
        ask, say = _("Is it solved?"), _told(duties)
    elif whistle.verdict == Whistle.Verdict.NOT_SOLVED:
        say = _("It was verified as not solved; the units do it again")
    elif whistle.status == W.AWAITING_EVALUATION:
        say = _("Say how fast the units came and how well they worked together")
    elif whistle.status == W.RETURNED:
        say = _("%(unit)s needs more: %(reason)s") % {"unit": whistle.receiver.short_name, "reason": reason}
    elif reason:
        say = _("The secretary sent it back: %(reason)s") % {"reason": reason}
    elif whistle.status in (W.AWAITING_ACCEPTANCE, W.AWAITING_DISPATCH):
        say = _("%(unit)s calls: %(place)s") % {
            "unit": whistle.caller.short_name,
            "place": whistle.case.place,
        }
    return Item(
        case=whistle.case,
        due=due,
        word=word(_what(whistle, bool(reason)), due),
        url=whistle.case.get_absolute_url(),
        say=say,
        ask=ask,
        answers=answers,
        calls=[(d.reported_person, d.reported_phone) for d in duties if d.is_lead and d.reported_phone],
        version=whistle.case.version,
        presses=due.light in ("over", "soon") or whistle.kind.is_emergency or bool(reason),
    )


def _is_asked(question: asked.Question, whistle: Whistle, seats: turns.Seats) -> bool:
    """Whether the answer is this person's."""
    return whistle.seat_of(question.party) in turns.codes_for(seats, question)


def _question_item(
    question: asked.Question, whistle: Whistle, due: parts.Due, duties: list[Assignment]
) -> Item:
    """Return the card of something that is asked: what, and the one button that leads to the answer."""
    objecting = [duty for duty in duties if duty.status == AssignmentStatus.OBJECTED]
    answer = addresses.case_button(whistle.case_id, question.move)
    if MOVES[question.move].is_about_assignment and objecting:
        answer = addresses.duty_button(objecting[0].pk, question.move)
    names = pgettext("between names", ", ").join(duty.unit.short_name for duty in objecting)
    say = _("%(units)s objects to the dispatch") % {"units": names} if names else whistle.case.description
    return Item(
        case=whistle.case,
        due=due,
        word=word(str(question.due), due),
        url=whistle.case.get_absolute_url(),
        say=say,
        answers=[answer],
        version=whistle.case.version,
        presses=True,  # somebody waits for the answer
    )


def _answers(whistle: Whistle, sent_back: bool) -> list[parts.Move]:
    """Return the buttons of a card. A question of judgement has answers of equal size, none preferred."""

    to = functools.partial(addresses.case_button, whistle.case_id)
    return {
        W.DRAFT: [addresses.rewrite_button(whistle.case_id), to(Move.BLOW)] if sent_back else [to(Move.BLOW)],
        W.AWAITING_APPROVAL: [
            to(Move.APPROVE),
            to(Move.SEND_BACK),
        ],
        W.AWAITING_ACCEPTANCE: [to(Move.ACCEPT)],
        W.RETURNED: [to(Move.COMPLETE)],
        W.AWAITING_DISPATCH: [to(Move.DISPATCH)],
        W.AWAITING_VERIFICATION: [
            to(Move.VERIFY, label=pgettext("answer", "Solved"), verdict="solved"),
            to(Move.VERIFY, label=pgettext("answer", "Partly"), verdict="partly"),
            to(Move.VERIFY, label=pgettext("answer", "Not solved"), verdict="not_solved"),
        ],
        W.AWAITING_EVALUATION: [rows.rate_button(whistle)],
        W.ON_HOLD: [to(Move.REVIEW_HOLD)],
    }[WhistleStatus(whistle.status)]


def _told(duties: list[Assignment]) -> str:
    lead = next((duty for duty in duties if duty.is_lead), None)
    if lead is None:
        return ""
    return _("%(unit)s says: %(measures)s") % {"unit": lead.unit.short_name, "measures": lead.measures}


def _duties_of(whistles: list[Whistle]) -> dict[int, list[Assignment]]:
    found: dict[int, list[Assignment]] = {}
    if whistles:
        for duty in Assignment.objects.counting().filter(whistle__in=whistles).select_related("unit"):
            found.setdefault(duty.whistle_id, []).append(duty)
    return found


def _reasons(drafts: list[Whistle]) -> dict[str, str]:
    """Return why these were sent back or returned, by the stream of their case. One query, none without drafts."""
    if not drafts:
        return {}
    streams = [draft.case.stream for draft in drafts]
    events = AuditEvent.objects.filter(stream__in=streams, event__in=GIVEN_BACK)
    return dict(events.order_by("seq").values_list("stream", "reason"))


# -- duties --------------------------------------------------------------------------------------------
def _duty_items(seats: turns.Seats, now: datetime, calendar: Calendar) -> list[Item]:
    if not seats.units:
        return []
    working = Assignment.objects.of_units(list(seats.units)).filter(status__in=list(turns.NEXT_DUTY_STEP))
    related = working.select_related(
        "unit", "whistle__case", "whistle__kind", "whistle__sub_class", "whistle__caller"
    )
    duties = list(related.order_by("whistle__case__due_at", "id")[: SHOWN * 2])
    return [_duty_item(row) for row in rows.duty_rows(duties, now=now, calendar=calendar)] if duties else []


def _duty_item(row: rows.DutyRow) -> Item:
    what = {
        AssignmentStatus.AWAITING_SIGNATURE: pgettext("what is due", "Signature"),
        AssignmentStatus.AWAITING_REPORT_IN: pgettext("what is due", "Report-in"),
        AssignmentStatus.HANDLING: pgettext("what is due", "Feedback"),
    }[AssignmentStatus(row.duty.status)]
    role = _("as lead") if row.duty.is_lead else _("assisting")
    return Item(
        case=row.case,
        due=row.due,
        word=word(what, row.due),
        url=row.case.get_absolute_url(),
        say=_("%(caller)s calls %(unit)s, %(role)s")
        % {"caller": row.whistle.caller.short_name, "unit": row.duty.unit.short_name, "role": role},
        answers=[row.verb] if row.verb is not None else [],
        version=row.case.version,
        presses=row.due.light in ("over", "soon")
        or row.whistle.kind.is_emergency
        or row.duty.status == AssignmentStatus.AWAITING_SIGNATURE,
    )


# -- supervision -----------------------------------------------------------------------------------------
def _task_items(seats: turns.Seats, user: User, now: datetime, calendar: Calendar) -> list[Item]:
    """Return the replies this person owes or has to judge; what is owed always presses. At most two queries."""
    if not (seats.replies or seats.supervises):
        return []
    waiting = SupervisionTask.objects.filter(turns.tasks_waiting(seats))
    tasks = list(waiting.select_related("case", "unit", "issuer").order_by("issued_at", "id")[:SHOWN])
    if not tasks:
        return []
    return [_task_item(row) for row in task_rows.task_rows(tasks, user=user, now=now, calendar=calendar)]


def _task_item(row: task_rows.TaskRow) -> Item:
    task = row.task
    owes = task.status == SupervisionTask.Status.AWAITING_REPLY
    return Item(
        case=task.case,
        due=row.due if owes else clock_faces.without_limit(),
        word=word(pgettext("what is due", "Reply"), row.due) if owes else pgettext("light word", "To judge"),
        url=task.get_absolute_url(),
        say=_("%(name)s: %(text)s") % {"name": row.name, "text": task.text if owes else task.answer},
        answers=[row.verb] if row.verb is not None else [],
        version=task.case.version,
        presses=owes,
    )


# -- undertakings of communities --------------------------------------------------------------------------
def _undertaking_items(user: User, now: datetime, calendar: Calendar) -> list[Item]:
    """Return what the person's units have to report to communities, and the reports they judge. At most two queries."""
    if not units_of(user):
        return []
    waiting = get_undertakings_waiting(user=user, now=now).select_related("unit", "issuer", "compound")
    rows_of = undertakings.present(
        waiting.order_by("issued_at", "id")[:SHOWN], user=user, now=now, calendar=calendar
    )
    return [_undertaking_item(row) for row in rows_of]


def _undertaking_item(row: undertakings.Row) -> Item:
    one = row.undertaking
    owes = one.status == one.Status.OPEN
    where = one.compound.name if one.compound is not None else one.issuer.short_name
    return Item(
        case=None,
        name=one.title,
        due=row.due if owes else clock_faces.without_limit(),
        word=word(pgettext("what is due", "Report"), row.due) if owes else pgettext("light word", "To judge"),
        url=one.get_absolute_url(),
        say=_("%(name)s: %(text)s")
        % {"name": where, "text": one.answer or one.text or one.get_sort_display()},
        answers=[row.verb] if row.verb is not None else [],
        presses=owes and row.due.light in ("over", "soon"),
    )


# -- words -------------------------------------------------------------------------------------------------
def _what(whistle: Whistle, sent_back: bool) -> str:
    if rows.next_move(whistle) is Move.REWORK:
        return pgettext("what is due", "Rework")
    return {
        W.DRAFT: pgettext("what is due", "Completion") if sent_back else pgettext("what is due", "Blowing"),
        W.AWAITING_APPROVAL: pgettext("what is due", "Sign-off"),
        W.AWAITING_ACCEPTANCE: pgettext("what is due", "Acceptance"),
        W.RETURNED: pgettext("what is due", "Completion"),
        W.AWAITING_DISPATCH: pgettext("what is due", "Dispatch"),
        W.AWAITING_VERIFICATION: pgettext("what is due", "Verification"),
        W.AWAITING_EVALUATION: pgettext("what is due", "Rating"),
        W.ON_HOLD: pgettext("what is due", "Review of the hold"),
    }[WhistleStatus(whistle.status)]


def word(what: str, due: parts.Due) -> str:
    """Return light and matter in one word: "Verification overdue"; without a limit, what is due."""
    sentence = {"over": _("%(what)s overdue"), "soon": _("%(what)s due soon")}.get(
        due.light, _("%(what)s due")
    )
    return sentence % {"what": what}
