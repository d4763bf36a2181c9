"""The servers and processes of one run, to be killed, stopped and started again at will. Needs Linux's /proc."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

import redis

from kunming_portal.embedded import postgres, processes, valkey
from kunming_portal.embedded.places import CHECKOUT, Places
from kunming_portal.embedded.processes import Process, Service

PATIENCE = 60.0
BROKEN_SOCKET = ".away"


class NotStarted(Exception):
    """A server did not come up: no verdict about the portal."""


class Stage:
    """Everything that runs. `here` are the places of throw-away servers; always call `end`."""

    def __init__(self, here: Places) -> None:
        self.here = here
        self.running: dict[str, Process] = {}
        self.children: list[int] = []
        self._services: dict[str, Service] = {}

    # -- servers ------------------------------------------------------------------------------------------
    def start_servers(self) -> None:
        """Start PostgreSQL, which tells when each row was committed, and Valkey, which keeps nothing on disk."""
        found = postgres.service(self.here)
        # one durable server for all: what it acknowledged must survive its crash
        extra = ("-c", "track_commit_timestamp=on", "-c", "max_connections=200", "-c", "max_wal_size=4GB")
        self._services["PostgreSQL"] = Service(
            **{**vars(found), "command": [*found.command, *extra], "before": None}
        )
        self._services["Valkey"] = valkey.service(self.here, durable=False)
        self.start_postgres()
        postgres.create_database(self.here)
        self.start_valkey()

    def start_postgres(self) -> None:
        """Start PostgreSQL and wait until it takes connections; crash recovery included."""
        self._start_server("PostgreSQL", postgres.ready)

    def start_valkey(self) -> None:
        """Start an empty Valkey and wait until it answers."""
        self._start_server("Valkey", partial(valkey.ready, self.here.sockets / valkey.SOCKET))

    def _start_server(self, name: str, ready: Callable[[Process], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        process = self._run(name, self._services[name])
        while not ready(process):
            if time.monotonic() > ends:
                raise NotStarted(f"{name} does not start; see {self._services[name].log}")
            time.sleep(0.05)
            if process.exit_code is not None:  # what a killed one held is let go after a second or two
                time.sleep(0.3)
                process = self._run(name, self._services[name])

    def broker(self) -> redis.Redis:
        """Return a connection to Valkey of the conductor's own."""
        return redis.Redis(unix_socket_path=str(self.here.sockets / valkey.SOCKET), socket_timeout=5)

    def hide_broker(self) -> None:
        """Let nobody connect any more: the socket is moved away and who is connected is thrown out."""
        path = self.here.sockets / valkey.SOCKET
        broker = self.broker()
        broker.ping()
        path.rename(path.with_name(path.name + BROKEN_SOCKET))
        for sort in ("normal", "pubsub"):
            with contextlib.suppress(redis.RedisError):
                broker.client_kill_filter(_type=sort, skipme=True)
        broker.close()

    def show_broker(self) -> None:
        """Undo `hide_broker`; nothing happens when it was not hidden."""
        path = self.here.sockets / valkey.SOCKET
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + BROKEN_SOCKET).rename(path)

    # -- processes of the portal ----------------------------------------------------------------------------
    def start_worker(self, number: int, environment: Mapping[str, str]) -> None:
        """Start a Celery worker with two children; its clock is on dial `WORKER_<number>`."""
        command = celery("worker", "--concurrency", "2", "--without-gossip", "--without-mingle")
        command += ["--hostname", f"w{number}@faults"]
        own = {**environment, "FAULTS_WORKER": str(number), "PGAPPNAME": f"worker {number}"}
        self._start(f"worker {number}", command, own)

    def start_beat(self, number: int, environment: Mapping[str, str]) -> None:
        """Start a beat with a schedule file of its own."""
        own = {**environment, "BEAT_SCHEDULE_FILE": str(self.here.root / f"beat-{number}")}
        self._start(f"beat {number}", celery("beat", "--pidfile", ""), own)

    def _start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        log = self.here.logs / f"{name.replace(' ', '-')}.log"
        service = Service(name, command, environment, CHECKOUT, log, patience=5)
        self._services[name] = service
        self._run(name, service)

    def _run(self, name: str, service: Service) -> Process:
        process = Process(service)
        self.running[name] = process
        return process

    def revive(self) -> int:
        """Start again what died, as a supervisor does; return how many."""
        dead = [
            name
            for name, process in self.running.items()
            if process.exit_code is not None and name not in ("PostgreSQL", "Valkey")
        ]
        for name in dead:
            self.running[name].end_group()
            self._run(name, self._services[name])
        return len(dead)

    def drop(self, name: str) -> None:
        """End a process for good."""
        process = self.running.pop(name, None)
        if process is not None:
            process.end_group()

    def kill(self, name: str) -> None:
        """Kill a process with all that it started: kill -9."""
        self.running[name].end_group()

    def pids_below(self, name: str) -> list[int]:
        """Return the children of a process: a worker's prefork children."""
        return children_of(self.running[name].pid)

    def workers(self) -> list[str]:
        """Return the names of the workers."""
        return [name for name in self.running if name.startswith("worker")]

    def wait_for_workers(self) -> None:
        """Wait until every worker has started its children."""
        ends = time.monotonic() + PATIENCE
        while not all(len(self.pids_below(name)) >= 2 for name in self.workers()):
            if time.monotonic() > ends:
                raise NotStarted(f"The workers do not start; see {self.here.logs}")
            self.revive()
            time.sleep(0.1)

    # -- processes of the harness --------------------------------------------------------------------------
    def fork(self, body: Callable[[], object], *, log: Path) -> int:
        """Run `body` in a child that dies with this process; return its id. Close connections before."""
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become(body, log=log, parent=parent)
        self.children.append(pid)
        return pid

    def has_ended(self, pid: int) -> bool:
        """Return whether a forked child ended by itself; it is forgotten then."""
        ended, _status = os.waitpid(pid, os.WNOHANG)
        if ended:
            self.children.remove(pid)
        return ended != 0

    def end_child(self, pid: int, *, number: signal.Signals = signal.SIGKILL) -> None:
        """End a forked child and all of its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        self.children.remove(pid)

    def end(self) -> None:
        """End everything: first what uses the servers."""
        for pid in list(self.children):
            self.end_child(pid)
        for name in sorted(self.running, key=lambda n: n in ("PostgreSQL", "Valkey")):
            self.running[name].end_group()


def celery(*arguments: str) -> list[str]:
    """Return the command line of the harness's Celery app."""
    return [
        *(sys.executable, "-m", "celery", "-A", "tests.faults.app"),
        *arguments,
        *("--loglevel", "WARNING"),
    ]


def children_of(pid: int) -> list[int]:
    """Return the living children of a process."""
    found: list[int] = []
    for path in Path("/proc", str(pid), "task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(part) for part in path.read_text().split()]
    return found


def _become(body: Callable[[], object], *, log: Path, parent: int) -> NoReturn:
    """Run the body as a process of its own and never return into the conductor's code."""
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        processes.dying_with(parent, signal.SIGKILL)()
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        body()
        code = 0
    except BaseException as error:  # whatever it is: it belongs into the log, not into the conductor
        with contextlib.suppress(Exception):
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
    finally:
        os._exit(code)
