"""A data folder the unprivileged account can reach, and the sample portal in it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kunming_portal.embedded import places, processes

PATIENCE = 40.0


@dataclass
class Sample:
    """A running sample portal. `heard` collects what its supervisor says."""

    popen: subprocess.Popen[str]
    pids: dict[str, int]
    root: Path
    database_url: str
    redis_url: str
    heard: list[str] = field(default_factory=list)

    def listen_for(self, words: str) -> str:
        """Return the supervisor's next line that holds the words."""
        assert self.popen.stdout
        line: str
        for line in self.popen.stdout:
            self.heard.append(line)
            if words in line:
                return line
        raise AssertionError(f"The supervisor ended without saying {words!r}: {self.heard}")

    def stop(self) -> int:
        """Ask the supervisor to stop and return its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        code = self.popen.wait(PATIENCE)
        assert self.popen.stdout
        self.popen.stdout.close()
        return code


def eventually(check: Callable[[], bool]) -> bool:
    """Return whether the check came true within the patience of these tests."""
    deadline = time.monotonic() + PATIENCE
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def group_of(pid: int) -> set[int]:
    """Return the living processes of the session that `pid` leads."""
    said = subprocess.run(["ps", "-eo", "pid=,sid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in said.splitlines()]
    return {int(row[0]) for row in rows if int(row[1]) == pid and not row[2].startswith("Z")}


def start_sample(folder: Path, *options: str) -> Sample:
    """Start the sample portal and wait until all of it runs."""
    popen = subprocess.Popen(
        [sys.executable, "-m", "tests.embedded.sample", str(folder), *options],
        cwd=places.CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert popen.stdout
    line = popen.stdout.readline()
    assert line.startswith("{"), line
    ready = json.loads(line)
    return Sample(popen, ready["pids"], Path(ready["root"]), ready["database_url"], ready["redis_url"])


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty data folder that any account can pass through to; pytest's own are closed to others."""
    with reachable_folder() as made:
        yield made


@pytest.fixture(scope="module")
def shared() -> Iterator[Sample]:
    """A running sample portal for tests that only look at it."""
    with reachable_folder() as made:
        yield from running(made)


@contextlib.contextmanager
def reachable_folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="kunming-portal-sample-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(places.socket_folder(made), ignore_errors=True)
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def sample(folder: Path) -> Iterator[Sample]:
    """A running sample portal of the test's own, stopped at the end."""
    yield from running(folder)


def running(folder: Path, *options: str) -> Iterator[Sample]:
    """Run the sample portal as long as the caller needs it."""
    started = start_sample(folder, *options)
    yield started
    with contextlib.suppress(subprocess.TimeoutExpired):
        started.stop()
    started.popen.kill()
    processes.end_left_over(started.root / "children")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """This environment without the variables that choose servers."""
    for name in ("DATABASE_URL", "REDIS_URL", "DATA", "MODE", "PORT", "BIND"):
        monkeypatch.delenv(name, raising=False)
    return dict(os.environ)
