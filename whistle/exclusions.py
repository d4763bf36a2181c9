"""Requests to leave something out of the figures, as pages show them: what one may ask for, the open list."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from whistle.models import Assignment, Exclusion, Whistle
from whistle.services.excluding import asking_unit

RELATED = (
    "whistle__case__division",
    "whistle__caller",
    "whistle__receiver",
    "assignment__unit",
    "unit",
    "asked_by",
    "decided_by",
)


@dataclass(frozen=True)
class Row:
    """One request on the open list."""

    asked: Exclusion
    what: str
    url: str
    may_decide: bool


def get_subjects(
    whistle: Whistle, duties: Sequence[Assignment], user: User, asked: Sequence[Exclusion] = ()
) -> list[Assignment | None]:
    """Return what this person may ask to leave out: None is the whole whistle. No query once rights are loaded.

    What was asked for already, and not refused, is left out; so is everything on a whistle that was never blown.
    """
    if whistle.blown_at is None:
        return []
    answered = (Exclusion.Answer.PENDING, Exclusion.Answer.GRANTED)
    taken = {row.assignment_id for row in asked if row.whistle_id == whistle.pk and row.answer in answered}
    return [
        duty
        for duty in (None, *duties)
        if (duty.pk if duty is not None else None) not in taken
        and asking_unit(whistle=whistle, assignment=duty, by=user) is not None
    ]


def get_listed(user: User) -> QuerySet[Exclusion]:
    """Return the requests about cases this person sees, with everything a row prints."""
    return Exclusion.objects.visible_to(user, Permission.CASE_VIEW).select_related(*RELATED)


def get_waiting(user: User) -> QuerySet[Exclusion]:
    """Return the requests this person decides: pending ones of whistles their seats received."""
    held = [a for a in user.acting_appointments if Permission.CASE_DECIDE in a.role_definition.allows]
    seats = sorted({a.unit.division_id for a in held})
    return Exclusion.objects.pending().filter(whistle__receiver__division_id__in=seats)


def count_waiting(user: User) -> int:
    """Return how many requests wait for this person's decision. One query, none for who decides nothing."""
    return get_waiting(user).count() if user.can(Permission.CASE_DECIDE) else 0


def get_rows(found: Sequence[Exclusion], user: User) -> list[Row]:
    """Return the rows of these requests. No query once rights are loaded."""
    return [
        Row(
            asked=asked,
            what=what_of(asked),
            url=url_of(asked),
            may_decide=asked.is_pending and decides(asked, user),
        )
        for asked in found
    ]


def decides(asked: Exclusion, user: User) -> bool:
    """Whether the decision is this person's."""
    seat = asked.whistle.receiver.division_id
    return user.appointment_in(Permission.CASE_DECIDE, division_code=seat) is not None


def url_of(asked: Exclusion) -> str:
    """Return the address of a request."""
    return reverse("exclusion", args=[asked.pk])


def what_of(asked: Exclusion) -> str:
    """Return what is to be left out, in words."""
    if asked.assignment is not None:
        return _("%(unit)s's duty") % {"unit": asked.assignment.unit.short_name}
    return _("The whole whistle")
