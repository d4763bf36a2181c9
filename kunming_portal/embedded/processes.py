"""One process we start: its own session, it dies with us, and we know it again after a crash."""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType

from kunming_portal.embedded.account import Account
from kunming_portal.embedded.failures import Stopped

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Service:
    """What to run and how to end it. `gently` are the signals tried in turn before SIGKILL."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    account: Account | None = None
    gently: Sequence[signal.Signals] = (signal.SIGTERM,)
    patience: float = 10.0  # seconds for each of `gently`
    server: bool = False  # servers stop after everything that uses them
    before: Callable[[], None] | None = field(default=None, compare=False)  # clears what a killed one left


class Process:
    """A running `Service`. Its process group is ended with it, so nothing it started stays behind."""

    def __init__(self, service: Service) -> None:
        """Start the service; its output goes to its log file."""
        self.service = service
        account = None if service.account is None or service.account.is_caller else service.account
        with service.log.open("ab") as log:
            self.popen = subprocess.Popen(
                list(service.command),
                env=dict(service.environment),
                cwd=service.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=dying_with(os.getpid(), service.gently[0]),
            )
        self.started = time.monotonic()
        self.identity = identity(self.popen.pid)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self.popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self.popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Signal the process itself; silently nothing when it has ended."""
        if self.exit_code is None:
            self.popen.send_signal(number)

    def end_group(self) -> None:
        """Kill what is left of the process and of all it started in its session."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()


class Signals:
    """Turns signals into something to wait for, so that no code of ours runs inside a handler.

    Use as a context manager in the main thread; the former handlers come back at its end.
    """

    def __init__(self) -> None:
        self.stops = 0
        self._previous: dict[int, object] = {}

    def __enter__(self) -> "Signals":
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            self._previous[number] = signal.signal(number, _nothing)
        if self._previous[signal.SIGHUP] is signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # whatever signal.signal returned
        os.close(self._read)
        os.close(self._write)

    def pause(self, seconds: float) -> None:
        """Sleep for the time or until a signal arrives; a child's end is one."""
        if select.select([self._read], [], [], seconds)[0]:
            arrived = os.read(self._read, 512)
            self.stops += sum(number in STOP_SIGNALS for number in arrived)

    def check(self) -> None:
        """Raise `Stopped` once somebody asked to stop."""
        if self.stops:
            raise Stopped


def _nothing(number: int, frame: FrameType | None) -> None:
    """Do nothing: the wake-up pipe has the number already."""


def dying_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    """Return what a child calls before it executes, so that Linux signals it when `parent` dies."""

    def ask_kernel() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(number))
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return ask_kernel


def identity(pid: int) -> str | None:
    """Return when a living process started, as the system writes it: a later one with its id differs."""
    proc = Path("/proc") / str(pid) / "stat"
    if sys.platform == "linux":
        try:
            state = proc.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if state[0] == "Z" else state[19]  # a zombie is dead, and nobody may ever reap it
    said = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or None


def command_line(pid: int) -> str:
    """Return the command a process was started with, empty when there is none."""
    if sys.platform == "linux":
        try:
            return (
                (Path("/proc") / str(pid) / "cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
            )
        except OSError:
            return ""
    said = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return said.stdout


def record(running: Sequence[Process]) -> str:
    """Return the running processes as one line that `end_recorded` understands."""
    return json.dumps(
        [
            {"pid": p.pid, "identity": p.identity, "gently": [int(s) for s in p.service.gently]}
            for p in running
        ]
    )


def end_left_over(path: Path) -> None:
    """End what a killed supervisor wrote down in the file and what still runs; see `end_recorded`."""
    with contextlib.suppress(FileNotFoundError):
        end_recorded(path.read_text(encoding="utf-8"))
        path.unlink()


def end_recorded(line: str, *, patience: float = 15.0) -> None:
    """End the recorded processes and their groups; takes up to `patience` seconds.

    A process counts only when its id and its start both match, so a stranger is never hit: as long as a
    member of a group lives, the system gives its id to no other.
    """
    try:
        rows = [row for row in json.loads(line) if identity(row["pid"]) in (row["identity"], None)]
    except (ValueError, KeyError, TypeError):
        return
    for turn in (0, -1):
        left = [row for row in rows if identity(row["pid"]) == row["identity"]]
        for row in left:
            _signal(os.kill, row["pid"], row["gently"][turn])
        deadline = time.monotonic() + patience / 2
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = [row for row in left if identity(row["pid"]) == row["identity"]]
    for row in rows:
        if identity(row["pid"]) in (row["identity"], None):
            _signal(os.killpg, row["pid"], signal.SIGKILL)


def _signal(send: Callable[[int, int], None], pid: int, number: int) -> None:
    """Send a signal to a process or group that may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        send(pid, number)


def write_private(path: Path, text: str) -> None:
    """Write a file that only the caller can read, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    draft.replace(path)
