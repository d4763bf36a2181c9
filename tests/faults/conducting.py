"""The conductor: starts everything, plays phase after phase, judges, prints the table. Run by `tests.faults`."""

import argparse
import os
import random
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType

import django
from django.db import connection

from kunming_portal.embedded import places

django.setup()

from tests.faults import city, laboratory, receiver, reporting  # noqa: E402 - needs the settings
from tests.faults.broken import VARIANTS  # noqa: E402
from tests.faults.control import given  # noqa: E402
from tests.faults.injections import FAULTS, Fault  # noqa: E402
from tests.faults.running import Run  # noqa: E402
from tests.faults.stage import NotStarted, Stage  # noqa: E402

NO_VERDICT = 3
LEDGER = "received"


def main() -> int:
    """Play what is asked for; 1 when something is violated or a broken variant was not caught."""
    asked = arguments()
    signal.signal(signal.SIGTERM, _stop)
    here = places.prepare(Path(os.environ["FAULTS_FOLDER"]))
    stage = Stage(here)
    began = time.monotonic()
    try:
        stage.start_servers()
        run = prepared(stage, asked)
        say(f"prepared in {time.monotonic() - began:.0f} s; seed {asked.seed}")
        outcome = reporting.Outcome(seed=asked.seed, burst=run.burst, rate=run.rate)
        if not asked.broken:
            play(run, asked, outcome)
        if not asked.only:
            outcome.trials = laboratory.examine(
                run, names=asked.broken or list(VARIANTS), seconds=180 if asked.short else 120, say=say
            )
        outcome.seconds = time.monotonic() - began
        say(reporting.summary(outcome))
        if asked.page or not (asked.only or asked.short or asked.broken or asked.minutes):
            reporting.write(outcome)
        return 0 if outcome.is_good else 1
    except NotStarted as failure:
        say(str(failure))
        return NO_VERDICT
    finally:
        stage.end()


def arguments() -> argparse.Namespace:
    """Return what stands in ARGS."""
    parser = argparse.ArgumentParser(prog="make faults", description="Break everything and count rungs.")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="numbers of faults")
    parser.add_argument("--minutes", type=float, help="how long all phases last together")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--rate", type=float, help="cases that fall due a second")
    parser.add_argument("--burst", type=int, default=100_000, help="promises due in one second")
    parser.add_argument("--page", action="store_true", help="write docs/reliability.md, also of a part")
    parser.add_argument("--short", action="store_true", help="the version for make test")
    parser.add_argument(
        "--broken",
        type=lambda text: text.split(","),
        nargs="?",
        const=list(VARIANTS),
        help="only the variants that are broken on purpose, or these of them",
    )
    return parser.parse_args()


def prepared(stage: Stage, asked: argparse.Namespace) -> Run:
    """Return the run with its city made, the receiver up, and workers and beat started."""
    city.prepare()
    laboratory.keep_city()
    control = given()
    listener = socket.socket(fileno=int(os.environ["FAULTS_LISTENER"]))
    ledger = stage.here.root / LEDGER
    stage.fork(lambda: receiver.serve(listener, ledger, control), log=stage.here.logs / "receiver.log")
    return Run(
        stage=stage,
        control=control,
        environment=dict(os.environ),
        dice=random.Random(asked.seed),
        rate=asked.rate or (3 if asked.short else 6),
        burst=asked.burst,
    )


def play(run: Run, asked: argparse.Namespace, outcome: reporting.Outcome) -> None:
    """Play the phases and judge them."""
    run.start_users(2, pause=0.03)
    for number in (1, 2):
        run.stage.start_worker(number, run.environment)
    run.stage.start_beat(1, run.environment)
    run.stage.wait_for_workers()
    for fault, seconds in chosen(asked):
        phase = run.play(fault, seconds)
        say(f"{fault.number:5}{fault.title:52}{phase.strikes:6} struck")
    quiet = run.come_to_rest()
    outcome.violations = run.judge(quiet, run.stage.here.root / LEDGER)
    outcome.phases, outcome.moves = run.phases, run.moves()
    outcome.count()
    for name in [name for name in run.stage.running if name not in ("PostgreSQL", "Valkey")]:
        run.stage.drop(name)
    connection.close()


def chosen(asked: argparse.Namespace) -> list[tuple[Fault, float]]:
    """Return the faults with the seconds each is played."""
    if asked.only:
        picked = [(fault, fault.full) for fault in FAULTS if fault.number in asked.only]
    elif asked.short:
        picked = [(fault, fault.short) for fault in FAULTS if fault.short]
    else:
        picked = [(fault, fault.full) for fault in FAULTS]
    if not picked:
        sys.exit(f"No such fault; there are {', '.join(fault.number for fault in FAULTS)}.")
    stretch = asked.minutes * 60 / sum(seconds for _fault, seconds in picked) if asked.minutes else 1.0
    return [(fault, seconds * stretch) for fault, seconds in picked]


def say(text: str) -> None:
    """Tell the operator."""
    print(text, flush=True)


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(130)


if __name__ == "__main__":
    sys.exit(main())
