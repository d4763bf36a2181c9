"""The dispatch catalogue of the demonstration, and what it proposed in the past months. Laws are named in general."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from kunming_portal.accounts.models import User
from kunming_portal.demo.units import VALID_FROM
from whistle.models import Assignment, SubClass, SuggestionOutcome, Whistle
from whistle.services import catalogue
from whistle.services.catalogue import EntryPlace, EntryTerms, Named
from whistle.suggestions import suggest_units

DATA = Path(__file__).parent / "data" / "catalogue.csv"
REMEMBERED = timedelta(days=180)
CHUNK = 1000


def write(by: User) -> int:
    """Write every line of the list as an entry that holds everywhere from the beginning; return how many."""
    sub_classes = {row.code: row for row in SubClass.objects.select_related("kind")}
    now = datetime.combine(VALID_FROM, datetime.min.time(), tzinfo=timezone.get_default_timezone())
    count = 0
    for count, line in enumerate(_read(), start=1):  # noqa: B007  # the last one is the number of lines
        catalogue.add_entry(
            place=EntryPlace(sub_class=sub_classes[line["sub_class"]], tier=int(line["tier"])),
            terms=EntryTerms(
                lead=_named(line["lead"]),
                assists=tuple(_named(word) for word in line["assists"].split()),
                power=line["power"],
                legal_basis=line["basis"],
            ),
            by=by,
            now=now,
        )
    return count


def remember(now: datetime) -> int:
    """Keep what the catalogue proposed at the dispatches of the past half year; return how many."""
    found = Whistle.objects.filter(dispatched_at__gte=now - REMEMBERED, sub_class__isnull=False)
    leads = Assignment.objects.filter(is_lead=True).select_related("unit")
    kept = 0
    whistles_found = list(found.select_related("case", "receiver").order_by("id"))
    for whistles in (whistles_found[n : n + CHUNK] for n in range(0, len(whistles_found), CHUNK)):
        proposed = suggest_units(whistles, now=now)
        chosen = {duty.whistle_id: duty.unit for duty in leads.filter(whistle__in=[w.pk for w in whistles])}
        rows = [
            SuggestionOutcome(
                whistle=whistle,
                entry=proposed[whistle.pk].entry,
                suggested=proposed[whistle.pk].lead,
                chosen=chosen[whistle.pk],
                at=whistle.dispatched_at or now,
            )
            for whistle in whistles
            if whistle.pk in proposed and whistle.pk in chosen
        ]
        kept += len(SuggestionOutcome.objects.bulk_create(rows))
    return kept


def _named(word: str) -> Named:
    level, _colon, function = word.partition(":")
    return Named(function=function, level=level)


def _read() -> Iterator[dict[str, str]]:
    with DATA.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
