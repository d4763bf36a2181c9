"""Bring the catalogue to the sentences of the sources, and say which are not translated."""

from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand

from kunming_portal.ui import catalogue


class Command(BaseCommand):
    help = (
        "Collects sentences from Python and templates into django.po, fills empty ones from locale/parts, drops "
        "stale ones and lists what is not translated. Needs no gettext. Run compile_catalogue afterwards."
    )

    def handle(self, *args: object, **options: Any) -> None:
        root = settings.BASE_DIR
        path = root / catalogue.CATALOGUE
        book = catalogue.read(path)
        parts = [polib.pofile(str(part)) for part in sorted((root / catalogue.PARTS).glob("*.po-part"))]
        catalogue.merge(book, catalogue.collect(root), parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(str(path))
        empty = [entry.msgid for entry in book if not catalogue.is_translated(entry)]
        for msgid in empty:
            self.stdout.write(f"untranslated: {msgid!r}")
        self.stdout.write(f"{len(book)} sentences, {len(empty)} untranslated.")
