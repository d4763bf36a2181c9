"""A history as a list of moves: who did what to which unit at which moment. Values only, no rows yet."""

from dataclasses import dataclass, field
from datetime import datetime

from kunming_portal.accounts.models import Appointment
from kunming_portal.organisations.models import Unit
from whistle.models import Kind
from whistle.workflow import Move

NOTE = "note"


@dataclass(slots=True)
class Act:
    """One move, or a note, at a moment. `units`: who is called, the one whose duty it is, those sent back."""

    at: datetime
    move: str
    held: Appointment
    units: tuple[Unit, ...] = ()
    words: str = ""
    verdict: str = ""
    satisfaction: str = ""
    grades: tuple[str, str, str] | None = None
    kind: Kind | None = None


@dataclass(slots=True)
class Script:
    """One case from its first word on. `acts` are in the order of their moments.

    `beat` is how many seconds after its planned moment a rung is climbed in this history: the beat's own pace.
    """

    caller: Unit
    kind: Kind
    opened_at: datetime
    opened_by: Appointment
    title: str
    description: str
    place: str
    affected: str = ""
    tried: str = ""
    source: str = "patrol"
    external_number: str = ""
    reporter: tuple[str, str] = ("", "")
    acts: list[Act] = field(default_factory=list)
    upgrades_at: list[datetime] = field(default_factory=list)
    beat: int = 3
    rings: str = ""  # the rung that comes minutes after the load, for the visitor to watch

    @property
    def ends_at(self) -> datetime:
        """The moment of the last move."""
        return self.acts[-1].at if self.acts else self.opened_at

    def blown_tiers(self, until: datetime) -> int:
        """Return how many whistles of this case were blown until then."""
        turns = [act.move for act in self.acts if act.move in (Move.BLOW, Move.SEND_BACK) and act.at <= until]
        return int(bool(turns) and turns[-1] == Move.BLOW) + sum(at <= until for at in self.upgrades_at)
