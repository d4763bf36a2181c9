"""The faults, by their numbers in the design's matrix (§4.5): how each strikes and how it is healed."""

import contextlib
import os
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import psycopg2
import redis
from django.db import connection

from tests.faults.app import DELIVER, RING, app
from tests.faults.control import Dial
from tests.faults.receiver import Manner
from tests.faults.running import Run

HOUR, DAY = 3600.0, 86400.0


@dataclass(frozen=True)
class Fault:
    """A fault: it strikes every so many seconds while its phase lasts.

    `strike` returns how often it hit. `full` and `short` are the lengths of its phase in seconds; 0 leaves it out.
    """

    number: str
    title: str
    strike: Callable[[Run], int]
    every: float = 0.5
    full: float = 20
    short: float = 0
    heal: Callable[[Run], None] | None = None


def nothing(run: Run) -> int:
    """Let it run: what the others are compared with."""
    return 0


# -- processes ----------------------------------------------------------------------------------------------
def kill_child(run: Run) -> int:
    """Kill a child of a worker, in a transaction if one is."""
    children = [pid for name in run.stage.workers() for pid in run.stage.pids_below(name)]
    return _signal(run.dice.choice(children), signal.SIGKILL) if children else 0


def kill_worker(run: Run) -> int:
    """Kill a worker with all its children; the supervisor starts it again."""
    run.stage.kill(run.dice.choice(run.stage.workers()))
    return 1


def kill_beat(run: Run) -> int:
    """Kill the beat; the supervisor starts it again."""
    run.stage.kill("beat 1")
    return 1


def kill_while_sending(run: Run) -> int:
    """Kill a child while the receiver takes its time: between commit, sending and marking."""
    run.control[Dial.RECEIVER] = Manner.SLOW
    return kill_child(run)


def pause(run: Run) -> int:
    """Stop the children of one worker, one of them in a transaction, longer than the database lets it hold locks."""
    for _attempt in range(200):
        name = run.dice.choice(run.stage.workers())
        children = run.stage.pids_below(name)
        for pid in children:
            _signal(pid, signal.SIGSTOP)
        time.sleep(0.002)
        stopped = _in_transaction(name)
        if stopped:
            run.rest(run.pause)
        for pid in children:
            _signal(pid, signal.SIGCONT)
        if stopped:
            return stopped
        run.rest(run.dice.uniform(0, 0.05))
    return 0


def more_beats(run: Run) -> int:
    """Start a second and a third beat."""
    fresh = [number for number in (2, 3) if f"beat {number}" not in run.stage.running]
    for number in fresh:
        run.stage.start_beat(number, run.environment)
    return len(fresh)


def one_beat(run: Run) -> None:
    """Keep the first beat only."""
    for number in (2, 3):
        run.stage.drop(f"beat {number}")


def no_beat(run: Run) -> int:
    """Take the beat away until the end of the phase."""
    if "beat 1" not in run.stage.running:
        return 0
    run.stage.drop("beat 1")
    return 1


def beat_again(run: Run) -> None:
    """Start the beat."""
    run.stage.start_beat(1, run.environment)


def _signal(pid: int, number: signal.Signals) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return 1
    return 0


def _in_transaction(worker: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where state = 'idle in transaction' and application_name = %s",
            [worker],
        )
        number: int = cursor.fetchone()[0]
    return number


# -- broker -------------------------------------------------------------------------------------------------
def lose_broker(run: Run) -> int:
    """Kill Valkey, which had nothing on disk, or empty it."""
    if run.dice.random() < 0.5:
        with contextlib.suppress(redis.RedisError):
            run.stage.broker().flushall()
        return 1
    run.stage.kill("Valkey")
    run.rest(0.5)
    run.stage.start_valkey()
    return 1


def hide_broker(run: Run) -> int:
    """Let nobody reach the broker for a while, then flap: away and back three times in two seconds."""
    for seconds in (run.pause, 0.3, 0.3, 0.3):
        run.stage.hide_broker()
        run.rest(seconds)
        run.stage.show_broker()
        run.rest(0.3)
    return 4


def fill_broker(run: Run) -> int:
    """Let the broker refuse every write."""
    with contextlib.suppress(redis.RedisError):
        run.stage.broker().config_set("maxmemory", "1")
        return 1
    return 0


def empty_broker(run: Run) -> None:
    """Let the broker take writes again."""
    run.stage.broker().config_set("maxmemory", "0")


def duplicate(run: Run) -> int:
    """Deliver each tick five times, under one id."""
    for task in (RING, DELIVER):
        name = str(uuid.uuid4())
        with app.connection_for_write() as line:
            for _copy in range(5):
                app.send_task(task, task_id=name, connection=line, expires=30)
    return 10


# -- database -----------------------------------------------------------------------------------------------
def crash_database(run: Run) -> int:
    """Restart PostgreSQL without letting it finish anything."""
    connection.close()
    run.stage.running["PostgreSQL"].send(signal.SIGQUIT)
    run.stage.running["PostgreSQL"].popen.wait()
    run.stage.start_postgres()
    return 1


def cut_connections(run: Run) -> int:
    """End half of the other connections."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select count(pg_terminate_backend(pid)) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5"""
        )
        number: int = cursor.fetchone()[0]
    return number


def lock_case(run: Run) -> int:
    """Hold one case locked until the end of the phase."""
    if run.held is not None:
        return 0
    run.held = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with run.held.cursor() as cursor:
        cursor.execute("select from whistle_case where id = %s for update", [run.cases.last])
    return 1


def let_go(run: Run) -> None:
    """Let the case go."""
    if run.held is not None:
        run.held.close()
        run.held = None


def poison(run: Run) -> int:
    """Let the promises of three cases fail whenever they ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into faults_poison select id from whistle_casedeadline where case_id between %s and %s"
            " and ended_at is null on conflict do nothing",
            [run.cases.last - 3, run.cases.last - 1],
        )
        number: int = cursor.rowcount
    return number


def antidote(run: Run) -> None:
    """Let them ring."""
    with connection.cursor() as cursor:
        cursor.execute("delete from faults_poison")


# -- clocks, users, receiver --------------------------------------------------------------------------------
def shift_worker(run: Run) -> int:
    """Set the clock of one worker an hour or a day wrong."""
    run.control[Dial.WORKER_1] = run.dice.choice((HOUR, -HOUR, DAY, -DAY))
    return 1


def shift_database(run: Run) -> int:
    """Set the database's clock ten minutes wrong, now and then right."""
    run.control[Dial.DATABASE] = run.dice.choice((600.0, -600.0, 0.0))
    return 1


def all_at_due(run: Run) -> int:
    """Let people act at the very moment of due only."""
    run.control[Dial.AT_DUE] = 1.0
    return 0


def bad_receiver(run: Run) -> int:
    """Let the receiver hang, put off, refuse, redirect, dawdle or lose replies, in turn."""
    manners = [manner for manner in Manner if manner is not Manner.WELL]
    run.control[Dial.RECEIVER] = manners[int(run.strikes) % len(manners)]
    return 1


def everything(run: Run) -> int:
    """Strike with any of the faults that last a moment."""
    momentary = (kill_child, kill_worker, kill_beat, cut_connections, duplicate, bad_receiver, lose_broker)
    return run.dice.choice(momentary)(run)


FAULTS = [
    Fault("F00", "none", nothing, full=20, short=2),
    Fault("F01", "kill -9 of worker children, in transactions", kill_child, every=0.4, short=3),
    Fault("F02", "kill -9 between commit and send", kill_while_sending, every=0.6),
    Fault("F03", "kill -9 of workers with their children", kill_worker, every=5, full=30),
    Fault("F03b", "kill -9 of the beat", kill_beat, every=3, full=12),
    Fault("F04", "workers paused in transactions, past the fences", pause, every=2, full=45, short=4),
    Fault("F05", "three beats at once", more_beats, full=15, heal=one_beat),
    Fault("F06", "no beat", no_beat, full=25, heal=beat_again),
    Fault("F07", "broker killed or flushed", lose_broker, every=3, short=3),
    Fault("F08", "broker unreachable, flapping", hide_broker, every=5, full=30),
    Fault("F09", "broker full", fill_broker, full=12, heal=empty_broker),
    Fault("F10", "each tick delivered five times", duplicate, every=0.5, full=15, short=2),
    Fault("F11", "PostgreSQL crashes and restarts", crash_database, every=8, full=35, short=4),
    Fault("F13", "database connections cut", cut_connections, every=0.7, short=2),
    Fault("F15", "one case locked for long", lock_case, full=15, heal=let_go),
    Fault("F16", "a worker's clock an hour or a day wrong", shift_worker, every=2),
    Fault("F17", "database clock ten minutes wrong", shift_database, every=2),
    Fault("F20", "closed, extended, held at the moment of due", all_at_due, full=25, short=4),
    Fault("F21", "rows that always fail", poison, full=15, short=2, heal=antidote),
    Fault("F22", "receiver hangs, refuses, redirects, loses", bad_receiver, every=2, full=30, short=3),
    Fault("F24", "so many due in one second", nothing, full=10),
    Fault("all", "any of these at random", everything, every=1, full=40),
]
