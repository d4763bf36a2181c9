"""Answers about deadlines of any app."""

from typing import TypeVar

from django.db.models import QuerySet

from kunming_portal.deadlines.models import GIVEN_UP_AFTER, Deadline

D = TypeVar("D", bound=Deadline)


def get_failing(model: type[D]) -> QuerySet[D]:
    """Return the running deadlines that failed to ring at their last attempt, the most often failed first.

    Those that a person must look at stand on top (`is_given_up`); all are still tried. On a partial index.
    """
    return model._default_manager.filter(failures__gt=0, ended_at=None).order_by("-failures", "pk")


def count_given_up(model: type[D]) -> int:
    """Return how many running deadlines failed so often that a person must look. One query on a partial index."""
    return get_failing(model).filter(failures__gte=GIVEN_UP_AFTER).count()
