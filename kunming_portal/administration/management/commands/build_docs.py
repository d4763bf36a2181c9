"""Write the pages of docs/ that describe code, or check that they are current."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kunming_portal.administration.documents import PAGES


class Command(BaseCommand):
    help = "Writes docs/workflow.md and docs/roles.md from the code. --check: fails when one is stale."
    requires_system_checks: Any = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: object, **options: Any) -> None:
        folder = settings.BASE_DIR / "docs"
        for name, build in PAGES.items():
            path, text = folder / name, build()
            if options["check"]:
                if not path.exists() or path.read_text(encoding="utf-8") != text:
                    raise CommandError(f"docs/{name} is stale: run `manage.py build_docs`.")
            else:
                path.write_text(text, encoding="utf-8")
                self.stdout.write(f"docs/{name}")
