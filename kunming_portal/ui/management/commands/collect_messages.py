"""Bring the catalogue to the sentences of the sources, and say which are not translated."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kunming_portal.ui import catalogue


class Command(BaseCommand):
    help = (
        "Collects sentences from Python and templates into django.po, drops "
        "stale ones and lists what is not translated. Needs no gettext. Run compile_catalogue afterwards."
    )

    def handle(self, *args: object, **options: Any) -> None:
        root = settings.BASE_DIR
        path = root / catalogue.CATALOGUE
        book = catalogue.read(path)
        catalogue.merge(book, catalogue.collect(root))
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(str(path))
        empty = [entry.msgid for entry in book if not catalogue.is_translated(entry)]
        for msgid in empty:
            self.stdout.write(f"untranslated: {msgid!r}")
        self.stdout.write(f"{len(book)} sentences, {len(empty)} untranslated.")
