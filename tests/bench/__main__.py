"""`make bench`: how fast the portal answers with a million cases, against itself with ten thousand.

    make bench                              everything, a million cases; some gigabytes in the temporary folder
    make bench ARGS="--cases 100000"        a smaller city
    make bench ARGS="--only start"          the embedded servers alone

Prints a table and judges nothing; docs/benchmarks.md holds a run with its machine. Two portals run at once, one over
each database, and are asked in turn, so that a busy machine slows both. What counts is the ratio.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import environ
import psycopg2

from tests.bench import draining, durable, moving, reading, starting
from tests.bench.portal import CHECKOUT, Answer, Portal, environment

SMALL = 10_000
CITY = 250_000  # of which a hundred thousand deadlines can fall due at once
WARM = 5
TIMERS = ("sealing", "upgrading", "draining", "ringing")
Times = dict[str, list[float]]


def main() -> None:
    """Measure what is asked for."""
    asked = arguments()
    if asked.only in (None, "start"):
        starting.report()
    if asked.only in (None, "pages", "moves"):
        with databases((SMALL, asked.cases), keep=asked.keep) as urls:
            compare(urls, asked)
    if asked.only in (None, "timers", *TIMERS):
        timers(asked)
    if asked.only in (None, "importing"):
        importing(asked)


def arguments() -> argparse.Namespace:
    """Return what stands in ARGS."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the portal.")
    parser.add_argument("--cases", type=int, default=1_000_000, help="cases of the large city")
    parser.add_argument("--requests", type=int, default=60, help="requests a page and a size")
    parser.add_argument("--walks", type=int, default=20, help="cases walked a size")
    parser.add_argument("--due", type=int, default=100_000, help="deadlines due in one second")
    parser.add_argument("--upgrades", type=int, default=4_000, help="automatic upgrades")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of a workbook that is imported")
    parser.add_argument("--rungs", type=int, default=20_000, help="rungs a round of ringing")
    parser.add_argument(
        "--future", type=int, default=1_000_000, help="more running deadlines, for the idle sweep"
    )
    parser.add_argument(
        "--only", choices=("start", "pages", "moves", "timers", "importing", *TIMERS), help="a part of it"
    )
    parser.add_argument("--keep", action="store_true", help="use databases that are filled, and leave them")
    return parser.parse_args()


# -- databases ------------------------------------------------------------------------------------------
@contextlib.contextmanager
def databases(sizes: tuple[int, ...], *, keep: bool) -> Iterator[list[str]]:
    """Fill a database of each size beside the one of DATABASE_URL; yield their addresses."""
    server = os.environ["DATABASE_URL"]
    names = {size: f"bench_{size}" for size in sizes}
    there = databases_of(server)
    if not (keep and set(names.values()) <= there):
        sql(server, "drop database if exists bench_empty")
        sql(server, "create database bench_empty")
        inside(named(server, "bench_empty"), "prepare")
        for size, name in names.items():
            sql(server, f"drop database if exists {name}")
            sql(server, f"create database {name} template bench_empty")
            began = time.monotonic()
            inside(named(server, name), "fill", str(size))
            print(f"{size:>9,} cases filled in {time.monotonic() - began:.0f} s", flush=True)
        sql(server, "drop database bench_empty")
    yield [named(server, name) for name in names.values()]
    if not keep:
        for name in names.values():
            sql(server, f"drop database {name} with (force)")


def databases_of(server: str) -> set[str]:
    """Return the databases that exist on the server."""
    return {name for (name,) in sql(server, "select datname from pg_database")}


def sql(server: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement outside a transaction."""
    connection = psycopg2.connect(**parameters(server))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def parameters(server: str) -> dict[str, Any]:
    """Return the address in the driver's words; the host may be the folder of a socket."""
    given = environ.Env.db_url_config(server)
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    return {names[name]: value for name, value in given.items() if name in names and value}


def named(server: str, name: str) -> str:
    """Return the address of another database of the same server."""
    base, _slash, _name = server.rpartition("/")
    return f"{base}/{name}"


def inside(database: str, *command: str) -> str:
    """Run a command in the portal of a database and return what it printed."""
    return run(database, "tests.bench.city", *command, stdout=subprocess.PIPE).stdout


def run(
    database: str, module: str, *arguments: str, stdout: int | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a module in the portal of a database."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT,
        env=environment(database),
        check=True,
        stdout=stdout,
        text=True,
    )


def timers(asked: argparse.Namespace) -> None:
    """Measure what happens by itself, over one city on a server of its own that syncs."""
    wanted = TIMERS if asked.only in (None, "timers") else (asked.only,)
    with durable.database() as url:
        inside(url, "prepare")
        inside(url, "fill", str(min(asked.cases, CITY)))
        if "sealing" in wanted:
            print(inside(url, "seal"), end="", flush=True)
        if "upgrading" in wanted:
            print(inside(url, "upgrade", str(asked.upgrades)), end="", flush=True)
        if "draining" in wanted:
            draining.report(url, parameters(url), json.loads(inside(url, "enter")), number=asked.due)
        if "ringing" in wanted:  # last: it takes rungs away and lets a million more promises run
            run(url, "tests.bench.ringing", str(asked.rungs), str(asked.future))


def importing(asked: argparse.Namespace) -> None:
    """Measure a workbook from the upload to the last row, on a server of its own that syncs."""
    with durable.database() as url:
        inside(url, "prepare")
        print(inside(url, "import", str(asked.rows)), end="", flush=True)


# -- comparing --------------------------------------------------------------------------------------------
def compare(urls: list[str], asked: argparse.Namespace) -> None:
    """Measure both sizes in turn and print the table."""
    facts = [json.loads(inside(url, "enter")) for url in urls]
    with contextlib.ExitStack() as stack:
        portals = [
            stack.enter_context(Portal(url, cookies=fact["cookies"]))
            for url, fact in zip(urls, facts, strict=True)
        ]
        print(f"\n{'':34}{'10,000 cases':>18}{f'{asked.cases:,} cases':>20}{'bare view':>18}")
        print(
            f"{'milliseconds':34}{'median':>9}{'p95':>9}{'median':>11}{'p95':>9}{'median':>9}{'p95':>9}",
            end="",
        )
        print(f"{'ratio':>8}{'to bare':>9}")
        if asked.only != "moves":
            for pair in zip(*(reading.readings(fact) for fact in facts), strict=True):
                pages(pair, portals, asked.requests)
        if asked.only != "pages":
            moves(portals, facts, asked.walks)


def pages(pair: tuple[reading.Reading, ...], portals: list[Portal], requests: int) -> None:
    """Measure one page in both portals and the bare view in the large one, in turn."""
    small, large = pair
    times: Times = defaultdict(list)
    for turn in range(requests + WARM):
        for name, page, portal in (
            ("small", small.page, portals[0]),
            ("large", large.page, portals[1]),
            ("bare", large.bare, portals[1]),
        ):
            if page is not None:
                taken = read(page(portal))
                if turn >= WARM:
                    times[name].append(taken)
    line(small.title, times)


def read(answer: Answer) -> float:
    """Return the seconds of a page that was shown."""
    if answer.status != 200:
        raise RuntimeError(f"A page was answered with {answer.status}.")
    return answer.seconds


def moves(portals: list[Portal], facts: list[dict[str, Any]], walks: int) -> None:
    """Walk cases in both portals in turn and print every move."""
    times: dict[str, Times] = defaultdict(lambda: defaultdict(list))
    for number in range(walks + 1):
        for name, portal, fact in zip(("small", "large"), portals, facts, strict=True):
            for walk in (moving.walk, moving.walk_aside):
                for move, taken in walk(portal, fact, number):
                    if number:
                        times[move][name].append(taken)
    for move, taken_by in times.items():
        line(move, taken_by)


def line(title: str, times: Times) -> None:
    """Print one line of the table."""
    numbers = {name: (statistics.median(taken), late(taken)) for name, taken in times.items()}
    cells = "".join(
        f"{numbers[name][0] * 1000:{width}.1f}{numbers[name][1] * 1000:9.1f}"
        if name in numbers
        else " " * (width + 9)
        for name, width in (("small", 9), ("large", 11), ("bare", 9))
    )
    ratio = numbers["large"][0] / numbers["small"][0]
    bare = f"{numbers['large'][0] / numbers['bare'][0]:9.2f}" if "bare" in numbers else ""
    print(f"{title:34}{cells}{ratio:8.2f}{bare}", flush=True)


def late(taken: list[float]) -> float:
    """Return the time under which nineteen of twenty stay."""
    return statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]


if __name__ == "__main__":
    main()
