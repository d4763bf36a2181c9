"""The steps between the servers and the web server, in one Django process: a second one costs seconds.

Run by the supervisor as `python -m kunming_portal.embedded.prepare`, with DATABASE_URL and REDIS_URL set.
Every step looks first whether there is something to do.
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import management
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kunming_portal.embedded.progress import LineCounter, Steps, say

STAMP = ".collected"


def main(arguments: list[str]) -> int:
    """Bring tables, static files and demonstration data up to date. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m kunming_portal.embedded.prepare")
    parser.add_argument("--done", type=int, default=0, help="steps shown before these")
    parser.add_argument("--total", type=int, default=3, help="steps of the whole start")
    parser.add_argument("--accounts", type=Path, help="where to write the demonstration accounts")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kunming_portal.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        say(str(error))
        return 1
    steps = Steps(done=options.done, total=options.total)
    try:
        migrate(steps)
        collect_static(steps)
        demonstrate(steps, accounts=options.accounts)
    except management.CommandError as error:
        say(f"\n{error}")
        return 1
    return 0


def migrate(steps: Steps) -> None:
    """Apply the migrations that are missing."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    with steps.step("Database tables" if plan else "Database tables (up to date)", speaks=bool(plan)):
        if plan:
            management.call_command("migrate", interactive=False, verbosity=1)


def collect_static(steps: Steps) -> None:
    """Collect, hash and compress the static files when any changed since the last time."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / STAMP
    wanted = fingerprint()
    current = stamp.exists() and stamp.read_text() == wanted
    with steps.step("Static files (up to date)" if current else "Static files"):
        if not current:
            shown = LineCounter(steps, "files")
            management.call_command("collectstatic", interactive=False, clear=True, verbosity=2, stdout=shown)
            stamp.write_text(wanted)


def fingerprint() -> str:
    """Return a digest of all static files' names, sizes and times, and of how they are stored."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            about = Path(storage.path(path)).stat()
            digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def demonstrate(steps: Steps, *, accounts: Path | None) -> None:
    """Load the demonstration data (idempotent) and write down its accounts; only in demonstration mode."""
    if not settings.DEMONSTRATION:
        with steps.step("Demonstration data (not in this mode)"):
            return
    with steps.step("Demonstration data", speaks=True):
        management.call_command("load_demo")
    if accounts:
        with accounts.open("w", encoding="utf-8") as file:
            management.call_command("demo_accounts", stdout=file)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # the supervisor says that it stops
        sys.exit(130)
