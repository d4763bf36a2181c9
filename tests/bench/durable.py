"""A PostgreSQL that keeps what it is told (fsync on) as in production; the throw-away one of the tests does not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kunming_portal.embedded import servers
from kunming_portal.embedded.processes import Signals
from kunming_portal.embedded.progress import say
from kunming_portal.embedded.supervisor import Supervisor
from kunming_portal.embedded.throwaway import temporary


@contextmanager
def database() -> Iterator[str]:
    """Start an empty server with the settings of production in a folder that goes afterwards; yield its address."""
    given = os.environ.pop("DATABASE_URL", None)  # the server of the surrounding run: not durable
    try:
        with Signals() as signals, temporary() as here:
            supervisor = Supervisor(signals=signals, record=here.children, say=say)
            try:
                yield servers.database(supervisor, here)
            finally:
                supervisor.stop()
    finally:
        if given is not None:
            os.environ["DATABASE_URL"] = given
