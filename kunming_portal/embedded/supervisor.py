"""Starts processes, waits for them, starts again what dies, and stops all: nothing stays behind."""

import time
from collections.abc import Callable
from pathlib import Path

from kunming_portal.embedded import processes
from kunming_portal.embedded.failures import Failure
from kunming_portal.embedded.processes import Process, Service, Signals
from kunming_portal.embedded.watchdog import Watchdog

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY = 60.0  # seconds of life after which an earlier death is forgotten
LARGEST_LOG = 10_000_000


class Supervisor:
    """The parent of every process of one portal.

    `say` takes one line for the operator; `record` is the file for `processes.end_left_over`. Works in the
    main thread of a process that starts no threads. Always call `stop`.
    """

    def __init__(self, *, signals: Signals, record: Path, say: Callable[[str], None]) -> None:
        self.signals = signals
        self.record = record
        self.say = say
        self.running: list[Process] = []
        self.waiting: list[tuple[float, Service]] = []  # (moment to start again, service)
        self.deaths: dict[str, int] = {}
        self.watchdog = Watchdog()

    def start(self, service: Service) -> Process:
        """Start a service and watch it from now on."""
        if service.log.exists() and service.log.stat().st_size > LARGEST_LOG:
            service.log.replace(service.log.with_suffix(".old.log"))
        if service.before:
            service.before()
        process = Process(service)
        self.running.append(process)
        self._write_down()
        return process

    def wait(
        self,
        ready: Callable[[Process], bool],
        process: Process,
        *,
        seconds: float,
        tick: Callable[[], None] | None = None,
    ) -> Process:
        """Wait until `ready(process)`; a process that ends too early is started again while time is left.

        Returns the process that became ready. Raises `Stopped` when the operator asks to stop and `Failure`
        when the time is over.
        """
        deadline = time.monotonic() + seconds
        while not ready(process):
            if time.monotonic() > deadline:
                raise Failure(
                    f"{process.service.name} did not start within {seconds:.0f} seconds. {hint(process)}"
                )
            if process.exit_code is not None:
                process = self._once_more(process, deadline=deadline)
            self.signals.pause(0.05)
            self.signals.check()
            if tick:
                tick()
        return process

    def _once_more(self, process: Process, *, deadline: float) -> Process:
        """Start a process that ended during its start again, or give up with what its log says.

        The data of a server killed a moment ago stays locked for 1 to 2 s (dependencies: embedded services).
        """
        self._forget(process)
        again = time.monotonic() + FIRST_DELAY
        if not process.service.server or again > deadline or self.deaths.get(process.service.name, 0) >= 12:
            raise Failure(f"{process.service.name} ended with {reason(process)}. {hint(process)}")
        self.deaths[process.service.name] = self.deaths.get(process.service.name, 0) + 1
        while (left := again - time.monotonic()) > 0:
            self.signals.pause(left)
            self.signals.check()
        return self.start(process.service)

    def watch(self) -> None:
        """Start again whatever dies, with growing delays, until the operator asks to stop."""
        while not self.signals.stops:
            now = time.monotonic()
            for process in [p for p in self.running if p.exit_code is not None]:
                self._plan_restart(process, now=now)
            for entry in [entry for entry in self.waiting if entry[0] <= now]:
                self.waiting.remove(entry)
                self.start(entry[1])
            delays = [moment - now for moment, _ in self.waiting]
            self.signals.pause(max(0.05, min([5.0, *delays])))

    def _plan_restart(self, process: Process, *, now: float) -> None:
        """Say that a process died and when it starts again."""
        self._forget(process)
        name = process.service.name
        deaths = 0 if now - process.started > STEADY else self.deaths.get(name, 0)
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2**deaths)
        self.deaths[name] = deaths + 1
        self.waiting.append((now + delay, process.service))
        self.say(
            f"{name} ended with {reason(process)}; it starts again in {delay:g} s. Log: {process.service.log}"
        )

    def _forget(self, process: Process) -> None:
        """Take a dead process off the list, with whatever is left of its group."""
        process.end_group()
        self.running.remove(process)
        self._write_down()

    def stop(self) -> None:
        """Stop everything: first what uses the servers, then the servers. A second Ctrl-C hurries.

        Takes as long as the processes' patience at most; what does not listen is killed.
        """
        self.waiting.clear()
        for servers in (False, True):
            self._stop([p for p in self.running if p.service.server is servers])
        self.watchdog.tell("[]")
        self.watchdog.close()
        self.record.unlink(missing_ok=True)

    def _write_down(self) -> None:
        """Record which processes run, for the watchdog and for the next start."""
        line = processes.record(self.running)
        self.watchdog.tell(line)
        processes.write_private(self.record, line)

    def _stop(self, group: list[Process]) -> None:
        """Stop these processes at the same time and leave no member of their groups."""
        seen = self.signals.stops
        longest = max((len(p.service.gently) for p in group), default=0)
        for turn in range(longest):
            for process in group:
                process.send(process.service.gently[min(turn, len(process.service.gently) - 1)])
            deadline = time.monotonic() + max(p.service.patience for p in group)
            while any(p.exit_code is None for p in group):
                if time.monotonic() > deadline or self.signals.stops > seen + 1:
                    break
                self.signals.pause(0.1)
        for process in group:
            process.end_group()
            self.running.remove(process)


def reason(process: Process) -> str:
    """Return how a process ended, in words."""
    code = process.exit_code or 0
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def hint(process: Process) -> str:
    """Return where to look, with the last line of the log."""
    try:
        lines = process.service.log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    last = f" Its last words: {lines[-1].strip()}" if lines else ""
    return f"See {process.service.log}.{last}"
