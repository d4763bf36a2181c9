"""The people of many sides of many whistles at once: asked for together, then handed out without a query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.notifications.hearing import ON_DUTY, Hearers, Place, Question


@dataclass(frozen=True)
class Side:
    """Who is meant: the people with a right at these units, or at units seated in these divisions."""

    permission: Permission
    unit_ids: tuple[int, ...] = ()
    division_codes: tuple[str, ...] = ()
    # of an emergency whoever is on duty there hears too
    is_urgent: bool = False

    @property
    def questions(self) -> list[Question]:
        """What is asked to know them."""
        places: tuple[Place, ...] = (*self.unit_ids, *self.division_codes)
        rights: tuple[str, ...] = (self.permission, ON_DUTY) if self.is_urgent else (self.permission,)
        return [(right, place) for right in rights for place in places]


def get_audience(
    sides: Iterable[Side], *, at: datetime, hearers: Hearers | None = None
) -> dict[Side, list[User]]:
    """Return the people of each side, each once; of an urgent one whoever is on duty there besides.

    What `hearers` know is not asked again. Else one query for a right at one place, two at any number of places.
    """
    hearers = hearers or Hearers()
    different = dict.fromkeys(sides)
    hearers.learn((question for side in different for question in side.questions), now=at)
    return {side: list({user.pk: user for user in hearers.of(side.questions)}.values()) for side in different}
