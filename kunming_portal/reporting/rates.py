"""A rate and what may be said of it. Pure (domain.md §1.6: always the fraction; no rate under five)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

FEWEST = 5
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Rate:
    """`met` out of `total`."""

    met: int = 0
    total: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing fell into the denominator: shown as a dash."""
        return self.total == 0

    @property
    def is_small(self) -> bool:
        """Whether there are too few for a rate: the fraction alone is shown."""
        return 0 < self.total < FEWEST

    @property
    def missed(self) -> int:
        """The rest of the denominator."""
        return self.total - self.met

    @property
    def percent(self) -> Decimal | None:
        """One decimal, halves up; None without enough. Only all is 100.0, only none is 0.0."""
        if self.total < FEWEST:
            return None
        exact = Decimal(self.met * 100) / self.total
        shown = exact.quantize(_TENTH, ROUND_HALF_UP)
        if shown == 100 and self.met < self.total:
            return Decimal("99.9")
        if shown == 0 and self.met:
            return _TENTH
        return shown

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.met + other.met, self.total + other.total)


def change(now: Rate, before: Rate) -> Decimal | None:
    """Return the difference of the printed rates in percentage points; None unless both are rates."""
    if now.percent is None or before.percent is None:
        return None
    return now.percent - before.percent
