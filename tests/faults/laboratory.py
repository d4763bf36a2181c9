"""Runs the engine broken on purpose, each variant in a copy of the city, and sees whether the checks catch it."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.db import connection, connections

from kunming_portal.deadlines import timers
from tests.faults import app as faults_app
from tests.faults import broken, checks, city
from tests.faults.app import DELIVER, RING, app
from tests.faults.broken import VARIANTS, Variant
from tests.faults.control import Control, Dial
from tests.faults.running import Run
from tests.faults.stage import children_of
from tests.faults.users import Passerby

TEMPLATE = "faults_city"
CASES = 12
GAP = 0.6
CHILDREN = 3
AT_ONCE = 3
# Below the clock guard's bound, so that the guard does not hide the mistake
CLOCK_AHEAD = 5.0


@dataclass
class Trial:
    """One variant at work: its database, its processes, what it broke so far."""

    name: str
    variant: Variant
    place: int  # of its queue in the broker
    control: Control
    worker: int = 0
    users: list[int] = field(default_factory=list)
    began: float = 0.0
    found: Counter[str] = field(default_factory=Counter)

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"faults_{self.name.replace('-', '_')}"

    @property
    def is_caught(self) -> bool:
        """Whether it broke what it must break."""
        return bool(self.variant.breaks & set(self.found))


def keep_city() -> None:
    """Keep a copy of the prepared city, from which each variant gets its own. Nobody else may be connected."""
    name = connection.settings_dict["NAME"]
    connection.close()
    _elsewhere(f'create database {TEMPLATE} template "{name}"')


def examine(run: Run, *, names: list[str], seconds: float, say: Callable[[str], None]) -> list[Trial]:
    """Try these variants, some at once, each until it is caught or its time is over; return the trials.

    Their databases go with the folder of the servers: dropping one takes seconds.
    """
    waiting = [
        Trial(name, VARIANTS[name], place, Control(run.stage.here.root / f"control-{name}"))
        for place, name in enumerate(names, 1)
    ]
    done: list[Trial] = []
    going: list[Trial] = []
    while waiting or going:
        while waiting and len(going) < AT_ONCE:
            going.append(_begin(waiting.pop(0), run))
        for _turn in range(3):
            _tick(going)
            time.sleep(0.25)
        for trial in going:
            _observe(trial, run)
        for trial in [t for t in going if t.is_caught or time.monotonic() - t.began > seconds]:
            _finish(trial, run)
            going.remove(trial)
            done.append(trial)
            say(told(trial))
    return done


def told(trial: Trial) -> str:
    """Return one line about a trial."""
    broke = ", ".join(f"{name} {number}" for name, number in sorted(trial.found.items())) or "nothing"
    seconds = time.monotonic() - trial.began
    return f"{'caught' if trial.is_caught else 'NOT CAUGHT':12}{trial.variant.title:45}{seconds:6.1f} s   {broke}"


# -- one trial ------------------------------------------------------------------------------------------------
def _begin(trial: Trial, run: Run) -> Trial:
    _elsewhere(f"create database {trial.database} template {TEMPLATE}")
    here = run.stage.here
    with _inside(trial):
        if trial.variant.loosen:
            with connection.cursor() as cursor:
                cursor.execute(trial.variant.loosen)
        trial.control[Dial.AT_DUE] = 1.0
        trial.control[Dial.WORKER_1] = CLOCK_AHEAD
        _refill(trial)
    for _one in range(2):
        user = Passerby(
            seed=run.dice.randrange(2**32),
            control=trial.control,
            ledger=here.root / f"users-{trial.name}",
            pause=0.02,
            late=0.5,
        )
        trial.users.append(run.stage.fork(partial(_as_user, trial, user), log=here.logs / "broken.log"))
    trial.worker = run.stage.fork(partial(_as_worker, trial), log=here.logs / "broken.log")
    trial.began = time.monotonic()
    return trial


def _refill(trial: Trial) -> None:
    now = timers.database_now()
    cases = city.fill(CASES, first=now + timedelta(seconds=0.5), seconds=2.0, gap=GAP)
    trial.control[Dial.FIRST], trial.control[Dial.LAST] = cases.first, cases.last


def _observe(trial: Trial, run: Run) -> None:
    """Look for violations, give it new cases when the old ones are through, kill a child once it sweeps.

    A worker whose children are killed while they start gives up, and is started again.
    """
    with _inside(trial):
        found = checks.check()
        trial.found = Counter(violation.invariant for violation in found)
        sweeps = city.total() > 0
        if not trial.is_caught and not checks.still_due(timers.database_now() + timedelta(seconds=1)):
            _refill(trial)
    children = children_of(trial.worker)
    if trial.variant.kills and sweeps and children:
        os.kill(run.dice.choice(children), signal.SIGKILL)
    if run.stage.has_ended(trial.worker):
        connection.close()
        trial.worker = run.stage.fork(partial(_as_worker, trial), log=run.stage.here.logs / "broken.log")


def _finish(trial: Trial, run: Run) -> None:
    for pid in (trial.worker, *trial.users):
        run.stage.end_child(pid)


def _tick(trials: list[Trial]) -> None:
    """Send a tick for each child, so that they sweep at once."""
    for trial in trials:
        with app.connection_for_write(_broker(trial)) as line:
            for task in (RING, RING, RING, DELIVER):
                app.send_task(task, connection=line, expires=30)


def _broker(trial: Trial) -> str:
    address: str = app.conf.broker_url
    return f"{address.partition('?')[0]}?virtual_host={trial.place}"


# -- inside its processes -----------------------------------------------------------------------------------
def _as_worker(trial: Trial) -> None:
    _enter(trial)
    faults_app.bend_clocks(trial.control, worker=Dial.WORKER_1)
    broken.VARIANTS[trial.name].apply()
    app.conf.update(dict.fromkeys(("broker_url", "broker_read_url", "broker_write_url"), _broker(trial)))
    app.worker_main(
        [
            "worker",
            "--concurrency",
            str(CHILDREN),
            "--loglevel",
            "ERROR",
            "--without-gossip",
            "--without-mingle",
        ]
        + ["--hostname", f"{trial.name}@faults"]
    )


def _as_user(trial: Trial, user: Passerby) -> None:
    _enter(trial)
    user.live()


def _enter(trial: Trial) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = trial.database


class _inside:
    """Use the database of a trial for the time of a block."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def __enter__(self) -> None:
        self.name = connection.settings_dict["NAME"]
        _enter(self.trial)

    def __exit__(self, *_error: object) -> None:
        connection.close()
        connection.settings_dict["NAME"] = self.name


def _elsewhere(statement: str) -> None:
    """Run a statement outside every transaction, on the server's own database."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "postgres"
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
