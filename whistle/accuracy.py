"""How good the dispatch catalogue is: how often it was followed, how often an objection against it was upheld."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from whistle.models import CatalogueEntry, SubClass, SuggestionOutcome
from whistle.querysets import in_scope

SMALLEST = 5  # fewer say nothing (domain.md §1.6)


@dataclass(frozen=True)
class Share:
    """So many of so many; no percentage where too few are known."""

    part: int
    whole: int

    @property
    def percent(self) -> str:
        """The share as it is read, a dash for a small sample."""
        return f"{self.part / self.whole:.0%}" if self.whole >= SMALLEST else "–"

    @property
    def fraction(self) -> str:
        """The numbers behind it."""
        return f"{self.part}/{self.whole}"


@dataclass(frozen=True)
class Accuracy:
    """One line of the report; without an entry it is of the whole sub-class."""

    sub_class: SubClass
    entry: CatalogueEntry | None
    followed: Share
    upheld: Share


def get_outcomes(
    *, user: User, since: datetime | None, until: datetime | None
) -> QuerySet[SuggestionOutcome]:
    """Return the suggestions of a period in the cases this person sees; who configures gets the numbers of all."""
    found = SuggestionOutcome.objects.all()
    if not user.can(Permission.CONFIGURE):
        found = found.filter(in_scope(user.scope(Permission.CASE_VIEW), case="whistle__case"))
    if since is not None:
        found = found.filter(at__gte=since)
    return found.filter(at__lt=until) if until is not None else found


def get_accuracy(outcomes: QuerySet[SuggestionOutcome]) -> list[Accuracy]:
    """Return each sub-class with its entries below it, by kind and place in its list. Two queries.

    `followed` is how often the proposed lead was chosen, of all proposals; `upheld` how often an objection of the
    proposed lead was upheld, of those that were followed.
    """
    counts = (
        outcomes.order_by()
        .values("entry_id")
        .annotate(
            n=Count("pk"),
            followed=Count("pk", filter=Q(suggested=F("chosen"))),
            upheld=Count("pk", filter=Q(suggested=F("chosen"), overturned_at__isnull=False)),
        )
    )
    by_entry = {row["entry_id"]: (row["n"], row["followed"], row["upheld"]) for row in counts}
    entries = (
        CatalogueEntry.objects.filter(pk__in=by_entry)
        .select_related("sub_class__kind", "division", "unit")
        .order_by("sub_class__kind__position", "sub_class__position", "tier", "division", "version")
    )
    lines: dict[int, list[Accuracy]] = {}
    for entry in entries:
        lines.setdefault(entry.sub_class_id, []).append(_line(entry.sub_class, entry, *by_entry[entry.pk]))
    return [line for found in lines.values() for line in (_sum(found), *found)]


def _line(sub_class: SubClass, entry: CatalogueEntry | None, n: int, followed: int, upheld: int) -> Accuracy:
    return Accuracy(sub_class, entry, Share(followed, n), Share(upheld, followed))


def _sum(lines: list[Accuracy]) -> Accuracy:
    return _line(
        lines[0].sub_class,
        None,
        sum(line.followed.whole for line in lines),
        sum(line.followed.part for line in lines),
        sum(line.upheld.part for line in lines),
    )
