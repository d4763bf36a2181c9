"""What the portal proposes and a person decides: the sub-class from the words, the units from the catalogue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.organisations.models import Unit
from whistle.models import CatalogueEntry, SubClass, Whistle
from whistle.models.catalogue import Called, Level

MOST = 3
SHORTEST = 2  # single characters fit everywhere


def suggest_sub_classes(text: str, *, among: Iterable[SubClass], most: int = MOST) -> list[SubClass]:
    """Return the sub-classes whose name or words occur in the text, the best first; none for an empty text.

    Every word that occurs counts with its length, the name twice; equals keep the order they came in. No query.
    """
    weights = [(weight(text, sub_class), sub_class) for sub_class in among]
    found = sorted((pair for pair in weights if pair[0]), key=lambda pair: -pair[0])
    return [sub_class for _weight, sub_class in found[:most]]


def weight(text: str, sub_class: SubClass) -> int:
    """Return how well a sub-class fits a text; 0 for not at all."""
    words = {word for word in sub_class.keywords.split() if len(word) >= SHORTEST}
    fitting = sum(len(word) for word in words if word in text)
    return fitting + (2 * len(sub_class.name) if sub_class.name in text else 0)


# -- units from the dispatch catalogue -----------------------------------------------------------------
@dataclass(frozen=True)
class Suggestion:
    """What the catalogue says of one whistle. `lead` is None where no single unit has the function there.

    `is_above`: the matter belongs to a unit of a level above the centre that dispatches; `listed` are all units
    the entry names there, lead and assists.
    """

    entry: CatalogueEntry
    lead: Unit | None
    assists: list[Unit] = field(default_factory=list)
    is_above: bool = False

    @property
    def listed(self) -> list[Unit]:
        """Every unit the entry names at this place, the lead first."""
        return [*([self.lead] if self.lead is not None else []), *self.assists]

    @property
    def assisting(self) -> str:
        """The assisting units by their short names."""
        return pgettext("between names", ", ").join(unit.short_name for unit in self.assists)

    @property
    def source(self) -> str:
        """Where the proposal comes from: version, power, legal basis."""
        return _("Catalogue version %(version)d: %(power)s, %(basis)s") % {
            "version": self.entry.version,
            "power": self.entry.power,
            "basis": self.entry.legal_basis,
        }


def suggest_units(whistles: Sequence[Whistle], *, now: datetime) -> dict[int, Suggestion]:
    """Return by whistle what the catalogue in force proposes; whistles it does not cover are left out.

    The most specific place wins. The whistles come with case and receiver. Three queries, however many whistles;
    none where no whistle has a sub-class.
    """
    classed = [whistle for whistle in whistles if whistle.sub_class_id is not None]
    if not classed:
        return {}
    entries = list(
        CatalogueEntry.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=now),
            valid_from__lte=now,
            sub_class_id__in={whistle.sub_class_id for whistle in classed},
        )
        .select_related("unit", "division")
        .prefetch_related("assists__unit")
    )
    chosen = {whistle.pk: found for whistle in classed if (found := _narrowest(entries, whistle)) is not None}
    units = _units_of([(w, chosen[w.pk]) for w in classed if w.pk in chosen], now=now)
    return {w.pk: _suggestion(chosen[w.pk], w, units) for w in classed if w.pk in chosen}


def _narrowest(entries: Iterable[CatalogueEntry], whistle: Whistle) -> CatalogueEntry | None:
    fitting = [
        entry
        for entry in entries
        if (entry.sub_class_id, entry.tier) == (whistle.sub_class_id, whistle.tier)
        and whistle.case.division_id.startswith(entry.division_id or "")
    ]
    return max(fitting, key=lambda entry: len(entry.division_id or ""), default=None)


def _units_of(
    pairs: Sequence[tuple[Whistle, CatalogueEntry]], *, now: datetime
) -> dict[tuple[str, str], Unit]:
    """Return the units by seat and function that these entries mean; of a seat with several of one: none."""
    wanted = {
        (whistle.case.division_id[: Level(called.level).digits], called.function)
        for whistle, entry in pairs
        for called in (entry, *entry.assists.all())
        if called.function
    }
    active = Unit.objects.active(timezone.localdate(now)).select_related("division")
    rows = active.filter(
        division_id__in={seat for seat, _function in wanted}, function__in={name for _seat, name in wanted}
    )
    found: dict[tuple[str, str], Unit] = {}
    several = set()
    for unit in rows.order_by("id"):
        place = (unit.division_id, unit.function)
        several |= {place} & found.keys()
        found[place] = unit
    return {place: unit for place, unit in found.items() if place not in several}


def _suggestion(entry: CatalogueEntry, whistle: Whistle, units: dict[tuple[str, str], Unit]) -> Suggestion:
    def meant(called: Called) -> Unit | None:
        if called.unit is not None:
            return called.unit
        return units.get((whistle.case.division_id[: Level(called.level).digits], called.function))

    lead = meant(entry)
    assists = [unit for assist in entry.assists.all() if (unit := meant(assist)) is not None and unit != lead]
    digits = len(entry.unit.division_id) if entry.unit is not None else Level(entry.level).digits
    return Suggestion(
        entry=entry, lead=lead, assists=assists, is_above=digits < len(whistle.receiver.division_id)
    )
