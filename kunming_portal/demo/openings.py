"""What is open now: histories that come to rest where somebody still has to act, at every tier and light."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from kunming_portal.accounts.models import SYSTEM_USERNAME, User
from kunming_portal.demo import matters
from kunming_portal.demo.author import Author, Fate
from kunming_portal.demo.directory import Directory
from kunming_portal.demo.rows import Ids
from kunming_portal.demo.script import Act, Script
from kunming_portal.demo.simulator import Walk
from kunming_portal.organisations.models import Unit
from whistle.models import Case
from whistle.workflow import Move

# Communities of the showcase street at which the clocks ring soon
RINGING_AT = ("530102003008", "530102003006", "530102003001", "530102003010")
SYSTEM = User(username=SYSTEM_USERNAME)  # stands in while a history is tried out
TRIES = 60
PLENTY = 400
# Of ten that rest, one is late and two are soon due
LIGHTS = ("normal", "soon", "normal", "normal", "over", "normal", "normal", "soon", "normal", "normal")


@dataclass(frozen=True)
class Rest:
    """How many histories rest before this move, begun so many working minutes ago, after so many upgrades."""

    move: Move
    count: int
    least: int
    most: int
    level: int = 12  # digits of the caller's code
    upgrades: tuple[str, ...] = ()


RESTS = (
    Rest(Move.BLOW, 22, 5, 900),
    Rest(Move.APPROVE, 26, 15, 400),
    Rest(Move.ACCEPT, 34, 20, 480),
    Rest(Move.DISPATCH, 26, 50, 560),
    Rest(Move.SIGN, 34, 120, 700),
    Rest(Move.REPORT_IN, 36, 250, 1900),
    Rest(Move.FEED_BACK, 72, 600, 5400),
    Rest(Move.VERIFY, 44, 900, 5200),
    Rest(Move.CLOSE, 20, 900, 5200),
    *(Rest(move, 5, least, most, 9) for move, least, most in (
        (Move.BLOW, 10, 900), (Move.APPROVE, 20, 480), (Move.ACCEPT, 60, 600), (Move.DISPATCH, 200, 900))),
    *(Rest(move, 6, least, most, 12, ("person",)) for move, least, most in (
        (Move.ACCEPT, 700, 3500), (Move.SIGN, 1100, 4500), (Move.REPORT_IN, 1500, 5500), (Move.FEED_BACK, 2600, 8000),
        (Move.VERIFY, 3000, 9500), (Move.CLOSE, 3000, 9500))),
    Rest(Move.ACCEPT, 1, 60, 700, 6),
    Rest(Move.FEED_BACK, 1, 2600, 6000, 6),
    Rest(Move.VERIFY, 1, 3000, 9000, 6),
)  # fmt: skip


def resting(
    author: Author, directory: Directory, rng: Random, *, now: datetime, places: list[Unit], share: float
) -> Iterator[Script]:
    """Yield the open histories of `RESTS`, `share` of each number but one at least, at callers drawn from `places`."""
    for rest in RESTS:
        for number in range(max(1, round(rest.count * share))):
            caller = rng.choice(places)
            if rest.level < 12:
                caller = directory.centre(caller.division_id[: rest.level])
            fate = Fate(
                stall=rest.move, upgrades=rest.upgrades, sent_back=rest.move is Move.BLOW and number % 3 == 0
            )
            light = LIGHTS[number % len(LIGHTS)] if rest.move is not Move.BLOW else ""
            script = find(author, directory, rng, caller, fate, rest.least, rest.most, now=now, light=light)
            if script is not None:
                yield script


def find(
    author: Author,
    directory: Directory,
    rng: Random,
    caller: Unit,
    fate: Fate,
    least: int,
    most: int,
    *,
    now: datetime,
    light: str = "",
    tries: int = TRIES,
) -> Script | None:
    """Return a history that rests as `fate` says and, if asked for, shows this light now; None when none is found.

    Begun between `least` and `most` working minutes ago. Emergencies run day and night and are left to `ringing`.
    """
    fallback: Script | None = None
    for _attempt in range(tries):
        opened_at = directory.calendar.subtract_working_minutes(now, rng.randint(least, most))
        script = author.write(
            caller, opened_at.replace(microsecond=0), replace(fate, on_time=True, rework=False)
        )
        if script.ends_at > now or (script.kind.is_emergency and fate.kind != "emergency"):
            continue
        case = _walked(script, directory, now)
        if len(case) > 1:
            continue
        fallback = script
        if not light or case[0].light(now) == light:
            return script
    return fallback


def _walked(script: Script, directory: Directory, now: datetime) -> list[Case]:
    """Return the case as it stands now, twice when the ladder took it away from where it was to rest."""
    walk = Walk(script, number="0", ids=Ids(), directory=directory, system=SYSTEM)
    before = len(script.upgrades_at) + 1
    rows = walk.run(until=now)
    stays = len(rows.whistles) == before and rows.cases[0].closed_at is None
    return rows.cases * (1 if stays else 2)


def ringing(author: Author, directory: Directory, *, now: datetime) -> Iterator[Script]:
    """Yield emergencies whose next rung comes minutes after `now`: yellow, red, and an upgrade by the ladder."""
    communities = [directory.units[f"{code}-community"] for code in RINGING_AT]
    themes = [theme for theme in matters.THEMES if theme.kind == "emergency" and "u" in theme.where]
    plan = (
        ("yellow", 75),
        ("red", 110),
        ("upgrade", 150),
        ("yellow", 240),
        ("upgrade", 330),
        ("red", 420),
        ("upgrade", 600),
    )
    for number, (rung, seconds) in enumerate(plan):
        caller = communities[number % len(communities)]
        fate = Fate(kind="emergency", theme=themes[number % len(themes)], on_time=True, rework=False)
        at = now + timedelta(seconds=seconds)
        script = author.write(caller, at, fate)
        script.rings, script.beat = rung, 3
        _rest_before(script, rung, at, directory)
        yield script


def _rest_before(script: Script, rung: str, at: datetime, directory: Directory) -> None:
    """Move the beginning so that the rung comes at `at`, and leave out what would keep it from coming."""
    held = script.opened_by
    if rung != "upgrade":
        # accepted and dispatched within 15 minutes; yellow at three quarters of them (domain.md §10)
        blown = at - timedelta(minutes=15) * (75 if rung == "yellow" else 100) / 100
        script.opened_at, script.acts = blown - timedelta(seconds=40), [Act(blown, Move.BLOW, held)]
        return
    called = at - timedelta(hours=24)
    dispatch = next(act for act in script.acts if act.move == Move.DISPATCH)
    script.opened_at = called - timedelta(minutes=9)
    script.acts = [
        Act(called - timedelta(minutes=8), Move.BLOW, held),
        Act(called - timedelta(minutes=5), Move.ACCEPT, dispatch.held),
        Act(called, Move.DISPATCH, dispatch.held, dispatch.units, dispatch.words),
    ]
    for minutes, unit in enumerate(dispatch.units, start=4):
        liaison = directory.liaison(unit)
        script.acts.append(Act(called + timedelta(minutes=minutes), Move.SIGN, liaison, (unit,)))
        script.acts.append(
            Act(called + timedelta(minutes=minutes * 4), Move.REPORT_IN, liaison, (unit,), liaison.user.name)
        )
    script.acts.sort(key=lambda act: act.at)
