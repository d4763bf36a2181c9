"""A small portal for these tests: both servers and a sleeper under the real supervisor.

`python -m tests.embedded.sample FOLDER [--packaged]` prints one JSON line when all runs, then the
supervisor's own lines. It is a process of its own because the tests kill it.
"""

import json
import sys
from functools import partial
from pathlib import Path

from kunming_portal.embedded import addresses, binaries, places, postgres, processes, valkey
from kunming_portal.embedded.failures import Failure, Stopped
from kunming_portal.embedded.places import Places
from kunming_portal.embedded.processes import Service, Signals
from kunming_portal.embedded.supervisor import Supervisor


def say(line: str) -> None:
    print(line, flush=True)


def start(supervisor: Supervisor, here: Places, *, packaged: bool) -> None:
    found = next(binaries.packaged_postgres()) if packaged else None
    database = supervisor.start(postgres.service(here, found=found))
    database = supervisor.wait(postgres.ready, database, seconds=60)
    postgres.create_database(here)
    addresses.check_database(postgres.url(here))
    broker = supervisor.start(valkey.service(here))
    broker = supervisor.wait(partial(valkey.ready, here.sockets / valkey.SOCKET), broker, seconds=30)
    addresses.check_redis(valkey.url(here))
    command = ["/bin/sh", "-c", "sleep 1000 & wait"]  # a child that has a child
    sleeper = supervisor.start(Service("Sleeper", command, {}, here.root, here.logs / "sleeper.log"))
    pids = {"database": database.pid, "broker": broker.pid, "sleeper": sleeper.pid}
    say(
        json.dumps(
            {
                "pids": pids,
                "root": str(here.root),
                "database_url": postgres.url(here),
                "redis_url": valkey.url(here),
            }
        )
    )


def main(folder: Path, *, packaged: bool) -> int:
    with Signals() as signals:
        here = places.prepare(folder)
        with places.held(here.root):
            processes.end_left_over(here.children)
            supervisor = Supervisor(signals=signals, record=here.children, say=say)
            try:
                start(supervisor, here, packaged=packaged)
                supervisor.watch()
            except Stopped:
                say("stopped during the start")
            finally:
                supervisor.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), packaged="--packaged" in sys.argv))
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
