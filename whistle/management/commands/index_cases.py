"""Writes anew what every case is found by: after a unit or a kind was renamed, or the index was changed."""

from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from kunming_portal.organisations.models import Unit
from whistle.models import Case, CaseSearch, Kind, Whistle
from whistle.services import searching

BATCH = 1000


class Command(BaseCommand):
    """Runs beside the portal: each batch is a statement of its own, and a case found twice is written twice."""

    help = "Write anew what every case is found by."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Go through all cases by key, a thousand at a time."""
        units = {unit.pk: unit for unit in Unit.objects.all()}
        last = done = 0
        while cases := list(Case.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
            self.index(cases, units)
            last, done = cases[-1].pk, done + len(cases)
        self.stdout.write(_("%(number)d cases can be found.") % {"number": done})

    def index(self, cases: list[Case], units: dict[int, Unit]) -> None:
        """Write one batch. At most three queries."""
        kinds: dict[int, dict[int, Kind]] = defaultdict(dict)
        for whistle in Whistle.objects.filter(case__in=cases).select_related("kind").order_by("kind_id"):
            kinds[whistle.case_id][whistle.kind_id] = whistle.kind
        compounds = searching.names_of(cases)
        rows = [
            searching.row_of(
                case,
                units=[units[pk] for pk in sorted(case.called_units)],
                kinds=kinds[case.pk].values(),
                compound=compounds.get(case.compound_id or 0, ""),
            )
            for case in cases
        ]
        CaseSearch.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["case"], update_fields=["text", "grams"]
        )
