"""Check that every case's history obeys workflow, policies and calendar; exit with 1 when one does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kunming_portal.demo import histories
from kunming_portal.demo.progress import Steps
from whistle.models import Case

SHOWN = 40


class Command(BaseCommand):
    help = "Replays the trail of every case and recomputes every deadline."

    def handle(self, *args: object, **options: Any) -> None:
        total = Case.objects.count()
        found: list[histories.Violation] = []
        steps = Steps(self.stdout, count=1)
        with steps.step(_("Histories")):
            for done, violations in histories.check():
                steps.at(done, total)
                found += violations
        for violation in found[:SHOWN]:
            self.stdout.write(str(violation))
        summary = _("Cases checked: %(cases)d. Violations: %(found)d.") % {
            "cases": total,
            "found": len(found),
        }
        if found:
            raise CommandError(summary)
        self.stdout.write(summary)
