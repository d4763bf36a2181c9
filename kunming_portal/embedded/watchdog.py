"""A second process that ends the supervisor's children when the supervisor is killed.

The kernel tells the children themselves (`processes.dying_with`), but not the children's children, and on
Linux only. The watchdog hears the end of a pipe, whatever ended the supervisor.
"""

import contextlib
import os
import signal
import sys
from typing import NoReturn

from kunming_portal.embedded import processes


class Watchdog:
    """The supervisor's end of the pipe. Make it before any thread; tell it every change; `close` it."""

    def __init__(self) -> None:
        """Fork the watchdog. It keeps no file of ours open, so the lock of the data folder ends with us."""
        sys.stdout.flush()
        sys.stderr.flush()
        read, self._write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            _watch(read)
        os.close(read)

    def tell(self, record: str) -> None:
        """Send which processes run now (`processes.record`)."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._write, record.encode() + b"\n")

    def close(self) -> None:
        """End the watchdog; what it was told last is ended if it still runs."""
        os.close(self._write)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _watch(read: int) -> NoReturn:
    """Listen until the supervisor is gone, then end what it told last. Never returns."""
    try:
        signal.set_wakeup_fd(-1)
        for number in processes.STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        os.setsid()
        os.dup2(read, 0)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.closerange(3, 1024)
        last = b"[]"
        with os.fdopen(0, "rb") as lines:
            for line in lines:
                last = line
        processes.end_recorded(last.decode())
    finally:
        os._exit(0)
