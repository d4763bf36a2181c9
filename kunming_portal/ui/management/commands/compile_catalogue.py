"""Compile the committed .po into the committed .mo, so that nobody needs gettext to run the portal."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kunming_portal.ui import catalogue


class Command(BaseCommand):
    help = "Compiles the Chinese catalogue. --check: fails when it is stale, incomplete or not compiled."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: object, **options: Any) -> None:
        path = settings.BASE_DIR / catalogue.CATALOGUE
        book = catalogue.read(path)
        target = path.with_suffix(".mo")
        if not options["check"]:
            target.write_bytes(catalogue.compiled(book))
            self.stdout.write(f"{len(book)} sentences compiled.")
            return
        faults = catalogue.faults(book, catalogue.collect(settings.BASE_DIR))
        if not target.exists() or target.read_bytes() != catalogue.compiled(book):
            faults.append("not compiled: run `make messages`")
        if faults:
            raise CommandError("\n".join(["The catalogue is not complete:", *faults]))
