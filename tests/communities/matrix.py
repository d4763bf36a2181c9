"""Role x route x object for the pages about communities: every person of the small world asks every address."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.test import Client

from tests.whistle.people import World

READ = {200, 302}
WRITTEN = {200, 201, 302, 400, 403, 409, 422}


@dataclass(frozen=True)
class Row:
    """An address about one object, and who finds it there. All others must get 404 (or 405 where it cannot be read)."""

    url: str
    finds: frozenset[str] | set[str]


def wrong_answers(world: World, rows: Iterable[Row]) -> list[tuple[str, str, str, int]]:
    """Ask every address as every person, reading, then writing nothing; return (person, method, url, status) if wrong.

    Whoever finds the object is answered or refused with a sentence (403, 409, 422); for everybody else it is not there.
    """
    wrong: list[tuple[str, str, str, int]] = []
    given = list(rows)
    for name, person in sorted(world.people.items()):
        client = Client(raise_request_exception=False)
        client.force_login(person)
        for row in given:
            for method, fine in (("GET", READ | {403}), ("POST", WRITTEN)):
                status = (
                    client.get(row.url).status_code if method == "GET" else client.post(row.url).status_code
                )
                if status != 405 and status not in (fine if name in row.finds else {404}):
                    wrong.append((name, method, row.url, status))
    return wrong
