"""Starts the two servers, or takes the ones DATABASE_URL and REDIS_URL name."""

import os
from collections.abc import Callable
from functools import partial

from kunming_portal.embedded import addresses, postgres, valkey
from kunming_portal.embedded.places import Places
from kunming_portal.embedded.supervisor import Supervisor

SECONDS = 60.0


def given(name: str) -> str:
    """Return the address from the environment, empty when it is not given."""
    return os.environ.get(name, "").strip()


def database(
    supervisor: Supervisor, places: Places, *, durable: bool = True, tick: Callable[[], None] | None = None
) -> str:
    """Return the DATABASE_URL to use, checked; starts the embedded PostgreSQL when none is given.

    Refuses (`Failure`) a given address that does not work. A first start takes about 2 s, a later one 0.3 s.
    """
    url = given("DATABASE_URL")
    if not url:
        process = supervisor.start(postgres.service(places, durable=durable))
        supervisor.wait(postgres.ready, process, seconds=SECONDS, tick=tick)
        postgres.create_database(places)
        url = postgres.url(places)
    addresses.check_database(url)
    return url


def broker(
    supervisor: Supervisor, places: Places, *, durable: bool = True, tick: Callable[[], None] | None = None
) -> str:
    """Return the REDIS_URL to use, checked; starts the embedded Valkey when none is given."""
    url = given("REDIS_URL")
    if not url:
        process = supervisor.start(valkey.service(places, durable=durable))
        answers = partial(valkey.ready, places.sockets / valkey.SOCKET)
        supervisor.wait(answers, process, seconds=SECONDS, tick=tick)
        url = valkey.url(places)
    addresses.check_redis(url)
    return url
