"""Runs one command with throw-away servers: `make test`."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kunming_portal.embedded import account, places, portal, processes, servers
from kunming_portal.embedded.failures import Failure, Stopped
from kunming_portal.embedded.places import Places
from kunming_portal.embedded.processes import Signals
from kunming_portal.embedded.progress import say
from kunming_portal.embedded.supervisor import Supervisor

PREFIX = "kunming-portal-test-"
STOPPED = 130  # what a shell reports after Ctrl-C
SETTLED_AFTER = 60  # seconds


def execute(command: list[str]) -> int:
    """Run the command with DATABASE_URL, REDIS_URL and MODE=test set, and return its exit code.

    Addresses that are given already are checked and used. The servers, about 2 s to start, keep nothing:
    their folder is deleted at the end, and one that a killed run left by a run a minute later. Prints
    nothing of its own, so the command's last line is the last. Refuses (`Failure`).
    """
    if not command:
        raise Failure("Nothing to run; write the command after --, as in: exec -- pytest.")
    with Signals() as signals, temporary() as here:
        supervisor = Supervisor(signals=signals, record=here.children, say=say)
        try:
            database = servers.database(supervisor, here, durable=False)
            broker = servers.broker(supervisor, here, durable=False)
            environment = portal.variables(here, database=database, broker=broker)
            environment["MODE"] = os.environ.get("MODE") or "test"
            code = portal.to_the_end(signals, command, environment)
            return code if code >= 0 else 128 - code
        except Stopped:
            return STOPPED
        except FileNotFoundError as error:
            raise Failure(f"There is no command {command[0]}.") from error
        finally:
            supervisor.stop()


@contextlib.contextmanager
def temporary() -> Iterator[Places]:
    """Make a data folder that lives as long as the block; the caller's account can reach it."""
    base = Path(tempfile.gettempdir())
    if not account.choose(base / "none").can("-x", base):
        base = places.SHORT
    delete_abandoned(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.geteuid()}-", dir=base))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    here = places.prepare(folder)
    try:
        with places.held(folder):
            yield here
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(here.sockets, ignore_errors=True)


def delete_abandoned(base: Path) -> None:
    """Delete the folders of runs that were killed: nobody holds them any more.

    A folder that is younger than a minute may belong to a run that is about to hold it.
    """
    for folder in base.glob(f"{PREFIX}{os.geteuid()}-*"):
        with contextlib.suppress(OSError, Failure):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            if time.time() - folder.stat().st_mtime < SETTLED_AFTER:
                continue
            with places.held(folder):
                processes.end_left_over(folder / "children")
                shutil.rmtree(places.socket_folder(folder), ignore_errors=True)
                shutil.rmtree(folder, ignore_errors=True)
