"""`manage.py watch_worker -- --concurrency 3`: a Celery worker that is ended when it takes no tasks."""

import sys
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kunming_portal.operations.watching import watch


class Command(BaseCommand):
    """Start a worker and watch over it (see `watching.watch`)."""

    help = "Runs a Celery worker; ends it (exit code 75) when it misses three canaries, to be started again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the worker's own arguments."""
        parser.add_argument("worker", nargs=REMAINDER, metavar="-- WORKER ARGUMENTS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until the worker ends, and end with its code."""
        given = options["worker"]
        sys.exit(watch(given[1:] if given[:1] == ["--"] else given))
