"""The timers under load: the real beat and worker ring while somebody reads pages.

Three numbers: how long 100,000 deadlines due in one second take and what pages cost meanwhile, how late rungs are when
fifty fall due every second, and how much memory a worker process takes.

A rung counts as rung when another connection can see it: the commit, not the moment the row names.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg2

from tests.bench.portal import CHECKOUT, Portal, environment

Facts = dict[str, Any]
LOOK_EVERY = 0.25
AHEAD = 12  # seconds from setting the alarms to the first: the beat is seen ringing nothing before
IDLE_SECONDS = 45
STEADY_RATE, STEADY_SECONDS = 50, 60
PATIENCE = 1200
FAR = "interval '30 days'"

# Running promises get a ladder that begins at a moment, and alarms spread over so many seconds (0: all at once)
SET_ALARMS = f"""
with chosen as (
    select id, row_number() over (order by id) - 1 as n from (
        select id from whistle_casedeadline
        where ended_at is null and paused_at is null and (wake_at is null or wake_at > now() + interval '1 day')
        order by id limit %(number)s
    ) running
), planned as (
    select id, to_timestamp(%(first)s) + interval '1 second' * floor(n * %(spread)s / %(number)s) as at from chosen
)
update whistle_casedeadline d set due_at = p.at, started_at = least(d.started_at, p.at), wake_at = p.at,
    yellow_at = null, rungs_climbed = 0, ladder = jsonb_build_array(
        jsonb_build_object('rung', %(rung)s, 'at',
            to_char(p.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')),
        jsonb_build_object('rung', 'leaders', 'at',
            to_char((p.at + {FAR}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'))
    )
from planned p where p.id = d.id
"""


@dataclass
class Timers:
    """A beat and a worker over one database, as production starts them."""

    database: str
    peak: dict[int, int] = field(default_factory=dict)

    def __enter__(self) -> "Timers":
        self.folder = tempfile.TemporaryDirectory(prefix="kunming-portal-bench-")
        schedule = {"BEAT_SCHEDULE_FILE": str(Path(self.folder.name) / "schedule")}
        celery = [sys.executable, "-m", "celery", "-A", "kunming_portal"]
        log = (Path(self.folder.name) / "log").open("w")
        self.processes = [
            subprocess.Popen(
                [*celery, *command],
                cwd=CHECKOUT,
                env=environment(self.database) | schedule,
                stdout=log,
                stderr=log,
            )
            for command in (("worker", "--concurrency", "3"), ("beat", "--pidfile", ""))
        ]
        return self

    def __exit__(self, *_raised: object) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait()
        self.folder.cleanup()

    def weigh(self) -> None:
        """Remember the most memory each process of the worker has taken, in kilobytes."""
        parent = self.processes[0].pid
        for pid in (parent, *children_of(parent)):
            with contextlib.suppress(OSError):  # it ended between the listing and the look
                self.peak[pid] = max(self.peak.get(pid, 0), resident(pid))


def report(database: str, parameters: dict[str, Any], facts: Facts, *, number: int) -> None:
    """Measure over the database of a filled city and print. `parameters` are its address in the driver's words."""
    with contextlib.closing(psycopg2.connect(**parameters)) as connection:
        connection.autocommit = True
        with Portal(database, cookies=facts["cookies"]) as portal, Timers(database) as timers:
            watch = Watch(parameters, timers)
            _first_beat(connection)
            _drain(connection, watch, reader(portal, facts), number=number)
            _steady(connection, watch)
            heaviest = max(timers.peak.values()) / 1024
            print(f"{heaviest:8.0f} MB  the heaviest process of the worker", flush=True)


def _drain(connection: Any, watch: "Watch", ask: Callable[[], float], *, number: int) -> None:
    ends = time.monotonic() + IDLE_SECONDS
    idle = [ask() for _ in until(lambda: time.monotonic() > ends)]
    first = set_alarms(connection, "red", number=number, spread=0)
    with watch:
        time.sleep(max(first - time.time(), 0))
        busy = [ask() for _ in until(lambda: watch.seen >= number)]
    taken = watch.moments[-1][0] - first
    print(
        f"{number:,} due in one second: {taken:.0f} s, {number / taken:,.0f} a second; pages "
        f"p50 {middle(idle):.0f} -> {middle(busy):.0f} ms, p95 {late(idle):.0f} -> {late(busy):.0f} ms "
        f"({late(busy) / late(idle):.2f} times)",
        flush=True,
    )


def _steady(connection: Any, watch: "Watch") -> None:
    number = STEADY_RATE * STEADY_SECONDS
    first = set_alarms(connection, "yellow", number=number, spread=STEADY_SECONDS)
    with watch:
        for _ in until(lambda: watch.seen >= number):
            time.sleep(LOOK_EVERY)
    lateness, looks = [], iter(watch.moments)
    moment, seen = next(looks)
    for n in range(number):
        while seen <= n:
            moment, seen = next(looks)
        lateness.append(moment - (first + n // STEADY_RATE))
    cuts = statistics.quantiles(lateness, n=100)
    print(
        f"{STEADY_RATE} a second for {STEADY_SECONDS} s: late by p50 {cuts[49]:.1f}, p99 {cuts[98]:.1f}, "
        f"at most {max(lateness):.1f} s",
        flush=True,
    )


def set_alarms(connection: Any, rung: str, *, number: int, spread: int) -> float:
    """Let this rung of so many running deadlines fall due from a moment soon; return it in the database's seconds."""
    with connection.cursor() as cursor:
        cursor.execute("select extract(epoch from clock_timestamp())::float8")
        # a hundred thousand rows take some seconds to write: they must lie ahead when the statement ends
        first = float(int(cursor.fetchone()[0]) + AHEAD + number // 5_000)
        cursor.execute(SET_ALARMS, {"number": number, "first": first, "spread": spread, "rung": rung})
        if cursor.rowcount != number:
            raise RuntimeError(f"The city has only {cursor.rowcount} running deadlines without an alarm.")
        cursor.execute("analyze whistle_casedeadline")
    return first


@dataclass
class Watch:
    """Counts the rungs that are committed, from a connection of its own."""

    parameters: dict[str, Any]
    timers: Timers
    seen: int = 0
    moments: list[tuple[float, int]] = field(default_factory=list)

    def __enter__(self) -> "Watch":
        self.connection = psycopg2.connect(**self.parameters)
        self.connection.autocommit = True
        self.moments, self.seen = [], 0
        self.before = self._count()
        self.ended = Event()
        self.thread = Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.ended.set()
        self.thread.join()
        self.connection.close()

    def _look(self) -> None:
        while not self.ended.wait(LOOK_EVERY):
            count = self._count() - self.before
            self.moments.append((time.time(), count))
            self.timers.weigh()
            self.seen = count

    def _count(self) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute("select count(*) from whistle_caserung")
            found: int = cursor.fetchone()[0]
        return found


def reader(portal: Portal, facts: Facts) -> Callable[[], float]:
    """Return what reads the next page of a round: queue, case page, city page, notices; milliseconds."""
    cases = cycle(facts["cases"])
    pages = cycle(
        (
            ("dispatcher", "/queue/?turn=open"),
            ("dispatcher", ""),
            ("worker", "/notices/"),
            ("busy", "/queue/"),
        )
    )

    def ask() -> float:
        who, path = next(pages)
        answer = portal.get(who, path or f"/cases/{next(cases)}/")
        if answer.status != 200:
            raise RuntimeError(f"A page was answered with {answer.status}.")
        return answer.seconds * 1000

    return ask


def _first_beat(connection: Any) -> None:
    """Wait until the timers have rung what fell due before, so that nothing else runs when measuring begins."""
    for _ in until(lambda: _alarms_due(connection) == 0):
        time.sleep(1)
    time.sleep(10)  # the worker's children have loaded and rung once


def _alarms_due(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from whistle_casedeadline where wake_at <= now()")
        found: int = cursor.fetchone()[0]
    return found


def until(done: Callable[[], bool]) -> Iterator[None]:
    """Yield until it is done; refuse to wait for ever."""
    ends = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > ends:
            raise RuntimeError(f"Not done after {PATIENCE} s.")
        yield


def children_of(parent: int) -> list[int]:
    """Return the processes this one started."""
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def resident(pid: int) -> int:
    """Return the memory of a process in kilobytes."""
    page = os.sysconf("SC_PAGE_SIZE") // 1024
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page


def middle(taken: list[float]) -> float:
    """Return the median."""
    return statistics.median(taken)


def late(taken: list[float]) -> float:
    """Return the time under which nineteen of twenty stay."""
    return statistics.quantiles(taken, n=20)[-1]
