"""One notice a person after deadlines were recalculated: how many of theirs came earlier or later."""

from collections import Counter
from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from whistle.models import RecalculatedDeadline, Recalculation
from whistle.workflow import Step

TOLD = _("Limits were computed again: %(earlier)s of yours end earlier, %(later)s later.")
FINISHED = _("The deadline change has ended: %(moved)s moved, %(skipped)s left alone.")

# who is asked for: a right, at a unit or at the units seated in a division
Question = tuple[P, int | None, str]


def tell_people(job: Recalculation, *, now: datetime) -> None:
    """Write one notice to everybody whose deadlines moved to another moment, and one to who confirmed.

    Nobody hears of deadlines of which only the lights changed. A query for each unit and right concerned.
    """
    pairs: list[tuple[User, Message]] = []
    people: dict[int, User] = {}
    counts: Counter[tuple[int, str]] = Counter()
    for question, shift, number in _questions(job):
        permission, unit, seat = question
        where = {"unit_ids": [unit]} if unit is not None else {"division_codes": [seat]}
        for user in get_people(permission=permission, **where):
            people[user.pk] = user
            counts[user.pk, shift] += number
    link = f"{reverse('cases')}?recalculation={job.pk}"
    for pk, user in people.items():
        values = {"earlier": counts[pk, "earlier"], "later": counts[pk, "later"]}
        pairs.append((user, Message(kind="deadlines.recalculated", sentence=TOLD, values=values, link=link)))
    if job.confirmed_by is not None:
        values = {"moved": job.moved, "skipped": job.skipped}
        message = Message(
            kind="recalculation.ended", sentence=FINISHED, values=values, link=job.get_absolute_url()
        )
        pairs.append((job.confirmed_by, message))
    notifications.write(pairs, now=now)


def _questions(job: Recalculation) -> list[tuple[Question, str, int]]:
    """Return how many deadlines moved earlier or later, by who is responsible for them. One query."""
    moved = job.results.filter(outcome=RecalculatedDeadline.Outcome.MOVED).exclude(shift="same")
    groups = moved.order_by().values_list(
        "deadline__step",
        "deadline__assignment__unit_id",
        "deadline__whistle__caller__division_id",
        "deadline__whistle__receiver__division_id",
        "deadline__whistle__receiver__division__parent",
        "shift",
    )
    sums: Counter[tuple[Question, str]] = Counter()
    for step, unit, caller, receiver, above, shift, number in groups.annotate(number=Count("id")):
        sums[_question(step, unit, caller, receiver, above or receiver), shift] += number
    return [(question, shift, number) for (question, shift), number in sums.items()]


def _question(step: str, unit: int | None, caller: str, receiver: str, above: str) -> Question:
    """Return who is responsible for a step: the unit called, the seat of the caller, the receiver, the tier above."""
    if unit is not None:
        return P.ASSIGNMENT_HANDLE, unit, ""
    if step == Step.APPROVE:
        return P.WHISTLE_APPROVE, None, caller
    if step == Step.VERIFY:
        return P.WHISTLE_VERIFY, None, caller
    if step == Step.COMPLETE:
        return P.CASE_OPEN, None, caller
    if step == Step.CONSULTATION:
        return P.WHISTLE_DISPATCH, None, above
    return P.WHISTLE_DISPATCH, None, receiver
