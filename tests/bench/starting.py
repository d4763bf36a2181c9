"""How long the embedded servers take to answer."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kunming_portal.embedded import places, postgres, valkey
from kunming_portal.embedded.processes import Signals
from kunming_portal.embedded.progress import say
from kunming_portal.embedded.supervisor import Supervisor


def embedded_servers() -> Iterator[tuple[str, float]]:
    """Yield how long both embedded servers take to answer: empty folder, then existing data."""
    folder = Path(tempfile.mkdtemp(prefix="kunming-portal-bench-"))
    folder.chmod(0o711)
    try:
        for title in ("first start of the embedded servers", "later start of the embedded servers"):
            with Signals() as signals:
                yield title, seconds(partial(start_and_stop, folder, signals))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_and_stop(folder: Path, signals: Signals) -> float:
    """Start both servers and stop them; return the moment they answered."""
    here = places.prepare(folder)
    supervisor = Supervisor(signals=signals, record=here.children, say=say)
    try:
        supervisor.wait(postgres.ready, supervisor.start(postgres.service(here)), seconds=60)
        broker = supervisor.start(valkey.service(here))
        supervisor.wait(partial(valkey.ready, here.sockets / valkey.SOCKET), broker, seconds=60)
        return time.monotonic()
    finally:
        supervisor.stop()


def seconds(measured: partial[float]) -> float:
    """Return the seconds from now to the moment `measured` returns."""
    began = time.monotonic()
    return measured() - began


def report() -> None:
    """Print what was measured."""
    for title, taken in embedded_servers():
        print(f"{taken:8.2f} s  {title}", flush=True)
