"""Who hears when something rings: questions to the appointments, asked together and remembered for a sweep."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people, get_people_by_place
from kunming_portal.duty.selectors import get_duty_by_place

# A unit by its key, or all that is seated in a division by its code
Place = int | str
# Who is asked for at a place: the holders of a right, the leaders (None), or whoever is on duty
ON_DUTY = "on duty"
Question = tuple[P | str | None, Place]


class Hearers:
    """Answers of one sweep. Somebody who is appointed while it runs hears from the next one on.

    A sweep is over in seconds and has one `now`; asked once a batch, the same questions would be most of its work.
    """

    def __init__(self) -> None:
        self.known: dict[Question, list[User]] = {}

    def learn(self, questions: Iterable[Question], *, now: datetime) -> None:
        """Ask what is not known yet: a query a right at one place, two at any number of places."""
        wanted: dict[P | str | None, set[Place]] = defaultdict(set)
        for question in set(questions) - self.known.keys():
            wanted[question[0]].add(question[1])
        for who, places in wanted.items():
            units = [place for place in places if isinstance(place, int)]
            seats = [place for place in places if isinstance(place, str)]
            if who == ON_DUTY:
                found = get_duty_by_place(at=now, unit_ids=units, division_codes=seats)
            elif who is not None and len(places) == 1:  # a person's move: one question a side
                [place] = places
                found = {place: get_people(permission=who, unit_ids=units, division_codes=seats)}
            else:
                found = get_people_by_place(permission=who, unit_ids=units, division_codes=seats)
            self.known |= {(who, place): found.get(place, []) for place in places}

    def of(self, questions: Iterable[Question]) -> list[User]:
        """Return who was named, question by question; somebody may come twice. No query."""
        return [user for question in questions for user in self.known[question]]
