"""Load lists of divisions; without arguments the list of Kunming that comes with the portal."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kunming_portal.divisions import loading, services

SHIPPED = Path(services.__file__).parent / "data"


class Command(BaseCommand):
    help = "Loads lists of divisions (CSV: code, name, zone class); every bad row is reported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="*", type=Path)

    def handle(self, *args: object, **options: Any) -> None:
        paths: list[Path] = options["path"] or sorted(SHIPPED.glob("*.csv"))
        try:
            files = [(path.name, path.read_bytes()) for path in paths]
        except OSError as error:
            raise CommandError(_("The file cannot be read: %(error)s") % {"error": error}) from error
        try:
            loaded = services.load(files=files)
        except loading.RowsRefused as refusal:
            summary = _("Nothing was loaded: %(count)d bad rows.") % {"count": len(refusal.rows)}
            raise CommandError(f"{refusal.sentence}\n{summary}") from refusal
        self.stdout.write(
            _("Divisions: %(new)d new, %(changed)d changed, %(unchanged)d unchanged.") % vars(loaded)
        )
