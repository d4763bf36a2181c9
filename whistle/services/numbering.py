"""Numbers of papers: `五华督〔2026〕3号` runs by division and year, without a gap (standards.md §7.4)."""

from collections.abc import Mapping

from kunming_portal.divisions.models import Division
from whistle.models import PaperCounter

Sort = PaperCounter.Sort
# The character of each sort of paper in its number
WORDS = {Sort.NOTICE: "督", Sort.SLIP: "派"}
ENDINGS = "区县市乡镇"


def take(sort: PaperCounter.Sort, wanted: Mapping[str, int], *, year: int) -> dict[str, int]:
    """Return the first of so many fresh serial numbers for each division code; inside a transaction.

    The counters stay locked until its end, in the order of the codes, so that nobody waits in a circle: a number
    is given once, and one that is not used in the end was never given. Three queries.
    """
    counters = [PaperCounter(sort=sort, division_id=code, year=year) for code in sorted(wanted)]
    PaperCounter.objects.bulk_create(counters, ignore_conflicts=True)
    locked = list(
        PaperCounter.objects.select_for_update()
        .filter(sort=sort, division_id__in=list(wanted), year=year)
        .order_by("division_id")
    )
    first: dict[str, int] = {}
    for counter in locked:
        first[counter.division_id] = counter.last + 1
        counter.last += wanted[counter.division_id]
    PaperCounter.objects.bulk_update(locked, ["last"])
    return first


def number_of(sort: PaperCounter.Sort, division: Division, *, year: int, serial: int) -> str:
    """Return the number as it stands on the paper: the issuer's word, the year in 〔〕, no leading nought."""
    name = division.short_name
    stem = name[:-1] if len(name) > 2 and name[-1] in ENDINGS else name
    return f"{stem}{WORDS[sort]}〔{year}〕{serial}号"
