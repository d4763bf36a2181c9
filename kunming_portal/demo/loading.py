"""Loads the demonstration: divisions, calendar, units, people, histories. One transaction: all of it or nothing."""

import gc
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.core.management import call_command
from django.db import connection, transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.demo import (
    afterwards,
    catalogue,
    communities,
    desk,
    openings,
    pacing,
    people,
    pictures,
    showcases,
    sidepaths,
    staffing,
    supervision,
    units,
    writing,
)
from kunming_portal.demo.author import Author, Fate
from kunming_portal.demo.directory import Directory
from kunming_portal.demo.progress import Steps
from kunming_portal.demo.rows import Rows
from kunming_portal.demo.script import Script
from kunming_portal.demo.simulator import Walk
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.selectors import get_calendar
from whistle.models import Case, CaseCounter, DeadlinePolicy, Kind
from whistle.workflow import Step, Tier

SEED = 20190328
STEPS = 12
CHUNK = 800
SENT_BACK = 0.03
CITY_DIGITS = 4
# Whistles blown by tier: the source article's figures (domain.md §1.2)
FULL = {Tier.COMMUNITY: 15_900, Tier.STREET: 1_303, Tier.COUNTY: 19}
SMALL = {Tier.COMMUNITY: 420, Tier.STREET: 60, Tier.COUNTY: 8}
SETTLED = timedelta(days=75)  # older histories have come to their end, whatever happened in them


@dataclass
class Loaded:
    """What a load wrote: whistles blown by tier, cases open, rungs to watch with their case numbers."""

    tiers: Counter[int] = field(default_factory=Counter)
    cases: int = 0
    open: int = 0
    rings: list[tuple[str, datetime, str]] = field(default_factory=list)


def is_loaded() -> bool:
    """Say whether the demonstration, or anybody's work, is in the database. One query."""
    return Case.objects.exists() or Unit.objects.exists()


@transaction.atomic
def load(steps: Steps, *, now: datetime, small: bool = False) -> Loaded:
    """Write the whole demonstration as of `now`. Deterministic but for the reporters' ciphers. About a minute."""
    with steps.step(_("Divisions of Kunming")):
        call_command("load_divisions", stdout=io.StringIO())
    with steps.step(_("Working-day calendar")):
        call_command("seed_calendar", stdout=io.StringIO())
        _add_core_zone_rule()
    with steps.step(_("Units")):
        created = units.create()
    with steps.step(_("People and appointments")):
        appointments = people.create(created)
        catalogue.write(_keeper(appointments))
    with _without_collector(), steps.step(_("What happened: two years of histories")):
        directory = _directory(created, appointments)
        scripts = sorted(author_scripts(directory, now=now, small=small), key=lambda s: s.opened_at)
    with _without_collector(), steps.step(_("Cases, whistles and their trail")):
        loaded = _write(steps, scripts, directory, now=now)
        catalogue.remember(now)
    with steps.step(_("Keys for what comes next")):
        writing.advance_sequences()
        supervision.supervise(now=now)
        afterwards.merge_callers(directory, now=now)
        afterwards.preview_a_change(by=User.objects.get(username="admin.system"), now=now)
    with steps.step(_("What only a few cases show")):
        showcases.walk(now=now)
    with steps.step(_("Side paths: objections, extensions, holds")):
        sidepaths.walk(now=now, calendar=get_calendar())
    with steps.step(_("Duty rosters, an absence, handlers")):
        staffing.create(now=now)
    with steps.step(_("Communities: compounds, grids, committees, lists of work")):
        communities.create(now=now, small=small)
    with steps.step(_("Statistics for the database")), connection.cursor() as cursor:
        cursor.execute("analyze")
    return loaded


def _keeper(appointments: list[Appointment]) -> User:
    """Return who keeps what holds everywhere in the catalogue: a dispatcher of the city's centre."""
    return next(
        a.user for a in appointments if a.role == "dispatcher" and len(a.unit.division_id) == CITY_DIGITS
    )


def _directory(created: list[Unit], appointments: list[Appointment]) -> Directory:
    return Directory(created, appointments, get_calendar())


def _add_core_zone_rule() -> None:
    """Emergencies of the core zone go up by themselves when they are not under control after 24 hours."""
    emergency = Kind.objects.get(code="emergency")
    general = DeadlinePolicy.objects.get(
        kind=emergency, tier=Tier.COMMUNITY, step=Step.CLOSE, zone_class="", version=1
    )
    DeadlinePolicy.objects.get_or_create(
        kind=emergency,
        tier=Tier.COMMUNITY,
        step=Step.CLOSE,
        zone_class="demonstration",
        version=1,
        defaults={
            "amount": general.amount,
            "unit": general.unit,
            "upgrade_after": 0,
            "valid_from": general.valid_from,
        },
    )


def author_scripts(directory: Directory, *, now: datetime, small: bool) -> Iterator[Script]:
    """Yield every history, open ones first; the numbers of whistles blown come out at the targets exactly."""
    targets = SMALL if small else FULL
    rng = Random(SEED)
    author = Author(directory, rng)
    places = pacing.places(rng, directory, count=targets[Tier.COMMUNITY] * 2)
    blown: Counter[int] = Counter()
    share = 0.3 if small else 1.0
    quiet = [place for place in places if place.division_id != desk.ZHUANTANG]
    wanted = (
        openings.ringing(author, directory, now=now),
        desk.items(author, directory, rng, now=now),
        openings.resting(author, directory, rng, now=now, places=quiet, share=share),
    )
    for source in wanted:
        yield from _counted(source, blown, now=now)
    yield from _counted(_tier_one(author, directory, rng, places, targets, blown, now=now), blown, now=now)
    for tier, length in ((Tier.COUNTY, 6), (Tier.STREET, 9)):
        callers = [directory.centre(place.division_id[:length]) for place in places]
        count = targets[tier] - blown[tier]
        yield from _counted(_direct(author, directory, rng, callers, count, now=now), blown, now=now)


def _counted(scripts: Iterable[Script], blown: Counter[int], *, now: datetime) -> Iterator[Script]:
    for script in scripts:
        first = {12: Tier.COMMUNITY, 9: Tier.STREET, 6: Tier.COUNTY}[len(script.caller.division_id)]
        for above in range(script.blown_tiers(now)):
            blown[first + above] += 1
        yield script


def _tier_one(
    author: Author,
    directory: Directory,
    rng: Random,
    places: list[Unit],
    targets: dict[Tier, int],
    blown: Counter[int],
    *,
    now: datetime,
) -> Iterator[Script]:
    """Yield the communities' histories of two years, until the tier has its number."""
    count = targets[Tier.COMMUNITY] - blown[Tier.COMMUNITY]
    moments = pacing.moments(rng, directory, now=now - timedelta(hours=1), count=count)
    upgraded = max(targets[Tier.STREET] * 88 // 100 - blown[Tier.STREET], 0)
    twice = max(targets[Tier.COUNTY] * 60 // 100 - blown[Tier.COUNTY], 0)
    chosen = sorted(rng.sample(range(len(moments)), upgraded))
    ways: dict[int, tuple[str, ...]] = {
        place: ("ladder",) if rng.random() < 0.12 else ("person",) for place in chosen
    }
    for place in rng.sample([p for p in chosen if moments[p] < now - SETTLED], twice):
        ways[place] = ("person", "person")
    for number, (at, caller) in enumerate(zip(moments, places, strict=False)):
        if caller.division_id == desk.ZHUANTANG and at > now - SETTLED:
            caller = directory.units["530102003007-community"]
        fate = Fate(upgrades=ways.get(number, ()), sent_back=rng.random() < SENT_BACK)
        yield author.write(caller, at, fate)


def _direct(
    author: Author, directory: Directory, rng: Random, callers: list[Unit], count: int, *, now: datetime
) -> Iterator[Script]:
    """Yield histories that a street or county began itself, all at their end by now."""
    for at in pacing.moments(rng, directory, now=now - SETTLED, count=max(count, 0)):
        yield author.write(rng.choice(callers), at, Fate())


def _write(steps: Steps, scripts: list[Script], directory: Directory, *, now: datetime) -> Loaded:
    """Walk every script up to `now` and write its rows, numbering the cases in the order they were opened."""
    ids, system, loaded = writing.next_ids(), get_system_user(), Loaded()
    counters: Counter[str] = Counter()
    seats = {unit.division_id: unit.division for unit in directory.units.values()}
    pending, album = Rows(), pictures.Album(ids, now)
    with writing.Writer() as writer:
        for place, script in enumerate(scripts, start=1):
            code = script.caller.division_id
            seat = seats[code[:9] if len(code) == 12 else code]
            counters[seat.code] += 1
            number = f"{seat.short_name}{counters[seat.code]}"
            rows = Walk(script, number=number, ids=ids, directory=directory, system=system).run(until=now)
            album.illustrate(script, rows)
            _count(loaded, script, rows)
            for name, written in vars(rows).items():
                getattr(pending, name).extend(written)
            if place % CHUNK == 0 or place == len(scripts):
                writer.write(pending)
                pending = Rows()
                steps.at(place, len(scripts))
    CaseCounter.objects.bulk_create(
        CaseCounter(division_id=code, last=last) for code, last in counters.items()
    )
    return loaded


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the cyclic collector from looking through half a million rows that have no cycles, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _count(loaded: Loaded, script: Script, rows: Rows) -> None:
    loaded.cases += 1
    loaded.open += rows.cases[0].closed_at is None
    loaded.tiers.update(whistle.tier for whistle in rows.whistles if whistle.blown_at is not None)
    if script.rings:
        steps = [(d.wake_at, step) for d in rows.deadlines if d.wake_at is not None for step in d.steps]
        here = [step for wake_at, step in steps if step.rung == script.rings and step.at >= wake_at]
        loaded.rings += [(script.rings, step.at, str(rows.cases[0])) for step in here]
