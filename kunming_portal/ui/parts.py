"""The values that views hand to the components of a page. Plain, frozen, without behaviour or queries."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kunming_portal.ui.spans import WORKING_DAY_MINUTES, Tense, Unit

Light = Literal["normal", "soon", "over", "hold", "closed", "wait"]
StepState = Literal["done", "now", ""]
UnitRole = Literal["lead", "assist", "suggested", "out", ""]
Method = Literal["get", "post"]


# -- the shell around every page ----------------------------------------------------------------
@dataclass(frozen=True)
class NavItem:
    """One entry of the rail or of the phone's tab bar.

    `is_now`: this is the page being shown. `strong`: the count is work that waits for me.
    """

    label: str
    url: str
    icon: str = ""
    count: int | None = None
    is_now: bool = False
    strong: bool = False


@dataclass(frozen=True)
class NavGroup:
    """A titled group of the rail."""

    title: str
    items: Sequence[NavItem]


@dataclass(frozen=True)
class RoleChoice:
    """One appointment a person may act under; `id` is what the role switch posts as `appointment`.

    An `id` of None means all of them at once.
    """

    id: int | None
    unit: str
    role: str
    current: bool = False


@dataclass(frozen=True)
class Shell:
    """What the frame of a page needs to know; built by the function that PORTAL_NAVIGATION names.

    An empty address leaves its control out. `blow_url` puts the whistle into the phone's tab bar.
    `timers_ok` is None where the person does not watch the timers.
    """

    groups: Sequence[NavGroup] = ()
    tabs: Sequence[NavItem] = ()
    unit: str = ""
    role: str = ""
    roles: Sequence[RoleChoice] = ()
    person: str = ""
    unread: int = 0
    foot: Sequence[str] = ()
    timers_ok: bool | None = None
    timers_note: str = ""
    home_url: str = ""
    blow_url: str = ""
    search_url: str = ""
    notices_url: str = ""
    role_url: str = ""
    password_url: str = ""
    tokens_url: str = ""
    absence_url: str = ""
    quiet_url: str = ""
    sign_out_url: str = ""

    @property
    def current(self) -> RoleChoice | None:
        """The appointment the person acts under now."""
        return next((choice for choice in self.roles if choice.current), None)


@dataclass(frozen=True)
class Crumb:
    """One division on the way down; an empty address shows the name without a link."""

    label: str
    url: str = ""
    current: bool = False


# -- lights and time ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Due:
    """One running or ended promise as a list shows it.

    `minutes`: the signed rest (negative = overdue), or the length itself when `tense` says so; None
    shows `word` alone. `unit`, `per_day`: as in spans.format_span. `used`: percent of the limit gone by,
    for the bar below; None leaves the bar out. `provisional`: nobody has confirmed the date yet.
    """

    light: Light
    minutes: int | None = None
    at: dt.datetime | None = None
    unit: Unit = "working"
    per_day: int = WORKING_DAY_MINUTES
    tense: Tense | None = None
    word: str = ""
    used: float | None = None
    provisional: bool = False


@dataclass(frozen=True)
class RulerCell:
    """One day on the deadline ruler. All measures are percent of the day's working time, or None."""

    kind: Literal["day", "rest"]
    label: str = ""
    used: float | None = None
    now: float | None = None
    tick: float | None = None
    is_today: bool = False


@dataclass(frozen=True)
class Ruler:
    """The ruler of one deadline: `sentence` says all of it for those who do not see it.

    `start`, `now`, `due` stand below it where cells have no labels: on a phone, and on every screen with
    `is_long`, because narrow cells have no room for theirs.
    """

    cells: Sequence[RulerCell]
    sentence: str
    light: Light = "normal"
    start: str = ""
    now: str = ""
    due: str = ""
    is_long: bool = False


@dataclass(frozen=True)
class Step:
    """One cell of a case's way."""

    label: str
    state: StepState = ""


@dataclass(frozen=True)
class WorksheetLine:
    """One segment of the computation of a limit: when, what, how much of it counts (as text)."""

    date: str
    note: str
    counted: str
    is_sum: bool = False


# -- moves --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Move:
    """Something the person may do now. With method "post" the button posts at once to `url`."""

    label: str
    url: str
    icon: str = ""
    primary: bool = False
    method: Method = "get"


@dataclass(frozen=True)
class Refusal:
    """Something that is not possible yet, and the sentence that says when it will be."""

    label: str
    reason: str


@dataclass(frozen=True)
class Moves:
    """Both lists; at most one move is primary (interface.md §1, one red thing)."""

    allowed: Sequence[Move] = ()
    refused: Sequence[Refusal] = ()

    @property
    def primary(self) -> Move | None:
        """The one solid red move, if there is one."""
        return next((move for move in self.allowed if move.primary), None)

    @property
    def has_more(self) -> bool:
        """Whether anything stands beside the red move: a phone shows that one in its bar and only these in the list."""
        return bool(self.refused) or any(not move.primary for move in self.allowed)


# -- lists --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TabLink:
    """One tab above a list: its value in the address, its words, how many rows it holds, whether it is open."""

    value: str
    label: str
    count: int
    is_now: bool


@dataclass(frozen=True)
class KeyPage:
    """Where a list that pages by key goes on; empty keys end it. Other parameters of the address stay."""

    next_key: str = ""
    previous_key: str = ""
    next_name: str = "after"
    previous_name: str = "before"
