"""Matters in every state from which they go up, and all that an upgrade leaves behind, as values to compare."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from kunming_portal.accounts.models import Absence
from kunming_portal.audit.models import AuditEvent
from kunming_portal.duty.models import DutyShift
from kunming_portal.notifications.models import Delivery, Notice
from tests.whistle.people import (
    NOW,
    World,
    blown,
    dispatched,
    fed_back,
    objected,
    on_hold,
    opened,
    plan,
    whistle_of,
)
from whistle import services
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CasePause,
    CaseSearch,
    Extension,
    Hold,
    Kind,
    Objection,
    SubClass,
    Whistle,
)

LATER = NOW + timedelta(days=9, hours=3)
HOUR = timedelta(hours=1)


def handled(world: World, kind: str = "general", **more: Any) -> Whistle:
    """Walk to units that work on it, the lead has signed."""
    lead = dispatched(world, kind=kind, **more)[0]
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    return lead.whistle


def accepted(world: World) -> Whistle:
    """Walk to a whistle no unit is called on yet."""
    return services.accept(whistle=blown(world), by=world.street_dispatcher, now=NOW)


def much_asked(world: World) -> Whistle:
    """Walk to a lead that asked for more time and for a hold."""
    lead = dispatched(world)[0]
    services.sign(assignment=lead, by=world.enforcement_liaison, now=NOW)
    services.extend(assignment=lead, days=2, reason="等待管线单位", by=world.enforcement_liaison, now=NOW)
    services.ask_hold(assignment=lead, plan=plan(), by=world.enforcement_liaison, now=NOW)
    return lead.whistle


def objected_to(world: World) -> Whistle:
    """Walk to an assisting unit that objects."""
    assist = dispatched(world)[1]
    objected(world, assist)
    return assist.whistle


def released(world: World) -> Whistle:
    """Walk to a unit whose objection was upheld: it is not on the matter any more, another one is."""
    _lead, assist = dispatched(world)
    objected(world, assist)
    services.decide_objection(
        assignment=assist,
        upheld=True,
        decision="成立",
        replacement=world.units["construction"],
        by=world.street_dispatcher,
        now=NOW,
    )
    return assist.whistle


def verified(world: World) -> Whistle:
    """Walk to a verdict that leaves it open."""
    whistle = fed_back(world)
    return services.verify(whistle=whistle, verdict="not_solved", by=world.community_worker, now=NOW)


def root(world: World) -> Whistle:
    """Walk to a case into which another caller's is merged."""
    whistle = dispatched(world)[0].whistle
    services.merge(
        whistle=blown(world), into=whistle.case, reason="同一处", by=world.street_dispatcher, now=NOW
    )
    return whistle


def in_a_sub_class(world: World) -> Whistle:
    """Walk to a whistle of a sub-class that the next tier knows too."""
    shared = SubClass.objects.filter(kind__code="general", tiers__contains=[1, 2]).order_by("pk")[0]
    whistle = whistle_of(opened(world, sub_class=shared))
    services.blow(whistle=whistle, by=world.community_worker, now=NOW)
    services.approve(whistle=whistle, by=world.community_secretary, now=NOW)
    return services.accept(whistle=whistle, by=world.street_dispatcher, now=NOW)


def at_the_county(world: World) -> Whistle:
    """Walk to a street whistle in the county's hands: its next tier is the highest."""
    whistle = services.upgrade(
        whistle=handled(world), reason="需区级统筹", by=world.street_secretary, now=NOW
    )
    services.accept(whistle=whistle, by=world.county_dispatcher, now=NOW)
    services.dispatch(whistle=whistle, lead=world.units["water_bureau"], by=world.county_dispatcher, now=NOW)
    return whistle


STATES: list[Callable[[World], Whistle]] = [
    handled,
    accepted,
    much_asked,
    objected_to,
    released,
    fed_back,
    verified,
    on_hold,
    root,
    in_a_sub_class,
    at_the_county,
    lambda world: handled(world, kind="emergency"),
    lambda world: handled(world, kind="sanitation"),
    lambda world: handled(world, assists=0),
]


def everything(world: World) -> list[int]:
    """Write one matter in each state, with an absence and people on duty; return the keys of the whistles."""
    keep_watch(world)
    kind = Kind.objects.get(code="sanitation")
    assert 2 not in kind.tiers, "it goes on as another kind"
    return [state(world).pk for state in STATES]


def keep_watch(world: World) -> None:
    """Let the liaison of the force be away today, and two people be on duty."""
    today = timezone.localdate()
    Absence.objects.create(
        user=world.enforcement_liaison,
        stand_in=world.market_liaison,
        starts_on=today,
        ends_on=today,
        reason="leave",
        recorded_by=world.enforcement_liaison,
        recorded_at=NOW,
    )
    for name, place in (("enforcement_leader", "enforcement"), ("street_dispatcher", "street_centre")):
        DutyShift.objects.create(
            unit=world.units[place],
            user=world.people[name],
            starts_at=LATER - HOUR,
            ends_at=LATER + HOUR,
            entered_by=world.people[name],
        )


@contextmanager
def undone() -> Iterator[None]:
    """Let what happens inside not have happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def left_behind() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row an upgrade touches, as values without the keys of rows that are new."""
    chain = ("whistle__case__number", "whistle__tier")
    return {
        "cases": rows(
            Case, "version", "due_at", "yellow_at", "hold_until", "status", "ending", "called_units"
        ),
        "whistles": rows(
            Whistle,
            "case__number",
            but=("id",),
        ),
        "duties": rows(Assignment, *chain, "unit__code", but=("whistle",)),
        "clocks": rows(CaseDeadline, *chain, but=("id", "whistle", "predecessor")),
        "pauses": rows(CasePause, but=()),
        "requests": [*rows(Extension, but=()), *rows(Objection, but=()), *rows(Hold, but=())],
        "trail": trail_rows(),
        "notices": rows(Notice, "recipient__username", but=("id",)),
        "deliveries": rows(
            Delivery, "notice__recipient__username", "notice__sentence", "notice__link", but=("id", "notice")
        ),
        "search": rows(CaseSearch, but=()),
    }


def rows(model: type[Model], *names: str, but: tuple[str, ...] | None = None) -> list[tuple[Any, ...]]:
    """Return these columns of all rows, and every own column but some, in an order of their own."""
    own = [] if but is None else [f.attname for f in model._meta.concrete_fields if f.name not in but]
    found = model._default_manager.values_list(*(names if but is not None else ("pk", *names)), *own)
    return sorted(found, key=repr)


def trail_rows() -> list[tuple[Any, ...]]:
    """Return the trail without the keys of what is new."""
    own = [f.attname for f in AuditEvent._meta.concrete_fields if f.name in KEPT_OF_TRAIL]
    return sorted(AuditEvent.objects.values_list(*own), key=repr)


KEPT_OF_TRAIL = {
    *("at", "stream", "seq", "event", "actor_id", "actor_name", "unit_name"),
    *("object_type", "object_id", "object_label", "data", "reason"),
}
