"""Print the demonstration accounts by role: what the sign-in page lists."""

import unicodedata
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kunming_portal.accounts.selectors import get_showcase_accounts


class Command(BaseCommand):
    help = "Prints the demonstration accounts: role, unit, account, password."

    def handle(self, *args: object, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(_("Demonstration data have no place in production; set MODE=demonstration."))
        held = get_showcase_accounts()
        if not held:
            self.stdout.write(
                _("There are no demonstration accounts yet. Load them with: manage.py load_demo")
            )
            return
        rows = [(_("Role"), _("Unit"), _("Person"), _("Account"), _("Password"))]
        rows += [
            (
                str(a.role_definition.name),
                a.unit.name,
                a.user.name,
                a.user.username,
                settings.DEMONSTRATION_PASSWORD,
            )
            for a in held
        ]
        widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
