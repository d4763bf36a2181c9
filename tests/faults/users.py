"""People at random: they call the portal's services by the database's clock, often at the very moment of due."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from kunming_portal.accounts.models import User
from kunming_portal.deadlines import timers
from kunming_portal.errors import Refused
from tests.faults import city
from tests.faults.control import Control, Dial
from tests.whistle.people import LIAISONS, World
from whistle import services
from whistle.models import Assignment, Case, CaseDeadline, SupervisionTask, Whistle
from whistle.selectors import get_open_whistle
from whistle.workflow import AssignmentStatus, WhistleStatus

WORDS = "已到场处理，现场清理完毕。"
AHEAD = timedelta(seconds=0.7)


class Passerby:
    """One process of users; every acknowledged move is a line `case move` in the ledger.

    Who acts at a moment of due comes at most `late` seconds after it.
    """

    def __init__(
        self, *, seed: int, control: Control, ledger: Path, pause: float, late: float = 0.01
    ) -> None:
        self.random = random.Random(seed)
        self.control = control
        self.ledger = ledger
        self.pause = pause
        self.late = late

    def live(self) -> None:
        """Act for ever; a lost database is found again."""
        world: World | None = None
        with self.ledger.open("a", buffering=1) as file:
            while True:
                try:
                    world = world or city.everybody()
                    line = self.act(world)
                except Refused as refused:
                    line = f"0 refused:{refused.code}"
                except (DatabaseError, InterfaceError) as error:
                    line = f"0 cut:{type(error).__name__}"
                    connection.close()
                    time.sleep(0.1)
                if line:
                    file.write(f"{line}\n")
                time.sleep(self.random.uniform(0, 2 * self.pause))

    def act(self, world: World) -> str:
        """Make one move and say which; nothing when there is nothing to do."""
        last = int(self.control[Dial.LAST])
        if not last:
            time.sleep(0.1)
            return ""
        first = int(self.control[Dial.FIRST])
        if self.random.random() < self.control[Dial.AT_DUE]:
            pk = self._wait_for_due(first, last)
        else:
            pk = self.random.randint(first, last)
        case = Case.objects.filter(pk=pk).first()
        whistle = get_open_whistle(case) if case is not None else None
        if case is None or whistle is None:
            return ""
        moves = MOVES.get(WhistleStatus(whistle.status))
        if not moves:
            return ""
        move = self.random.choices([m for m, _w in moves], [w for _m, w in moves])[0]
        done = move(world, whistle, timers.database_now(), self.random)
        return f"{case.pk} {done}" if done else ""

    def _wait_for_due(self, first: int, last: int) -> int:
        """Return a case one of whose promises falls due within milliseconds from now, before or after."""
        now = timers.database_now()
        soon = CaseDeadline.objects.running().filter(
            case_id__gte=first, case_id__lte=last, wake_at__gt=now, wake_at__lt=now + AHEAD
        )
        found = list(soon.order_by("wake_at").values_list("case_id", "wake_at")[:20])
        if not found:
            return self.random.randint(first, last)
        pk, due = self.random.choice(found)
        assert due is not None, "filtered"
        time.sleep(max(0.0, (due - now).total_seconds() + self.random.uniform(-0.03, self.late)))
        return pk


Act = Callable[[World, Whistle, datetime, random.Random], str]


def _duty(whistle: Whistle, dice: random.Random, *statuses: AssignmentStatus) -> Assignment | None:
    rows = list(Assignment.objects.filter(whistle=whistle, status__in=statuses).select_related("unit"))
    return dice.choice(rows) if rows else None


def _liaison(world: World, duty: Assignment) -> User:
    return world.people[LIAISONS[duty.unit.code]]


def _lead(whistle: Whistle) -> Assignment:
    return Assignment.objects.select_related("unit").get(whistle=whistle, is_lead=True)


def work(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Do what a unit does next: sign, report in, feed back."""
    waiting = (
        AssignmentStatus.AWAITING_SIGNATURE,
        AssignmentStatus.AWAITING_REPORT_IN,
        AssignmentStatus.HANDLING,
    )
    duty = _duty(whistle, dice, *waiting)
    if duty is None:
        return ""
    by = _liaison(world, duty)
    if duty.status == AssignmentStatus.AWAITING_SIGNATURE:
        services.sign(assignment=duty, by=by, now=now)
        return "sign"
    if duty.status == AssignmentStatus.AWAITING_REPORT_IN:
        services.report_in(assignment=duty, person="王磊", phone="0871-60000000", by=by, now=now)
        return "report_in"
    services.feed_back(assignment=duty, measures=WORDS, by=by, now=now)
    return "feed_back"


def extend(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Ask for more time, or grant what was asked."""
    if whistle.extension_by:
        by = world.street_dispatcher if whistle.extension_by == "centre" else world.street_secretary
        services.decide_extension(whistle=whistle, is_granted=True, by=by, now=now)
        return "decide_extension"
    lead = _lead(whistle)
    services.extend(assignment=lead, days=1, reason=WORDS, by=_liaison(world, lead), now=now)
    return "extend"


def hold(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Ask for a hold, or grant the one that was asked for: every clock stands."""
    if whistle.hold_asked_at is not None:
        services.decide_hold(whistle=whistle, is_granted=True, by=world.street_secretary, now=now)
        return "decide_hold"
    lead = _lead(whistle)
    until = timezone.localdate(now) + timedelta(days=20)
    plan = services.Plan(reason_class="works", reason=WORDS, until=until, milestones=[(WORDS, until)])
    services.ask_hold(assignment=lead, plan=plan, by=_liaison(world, lead), now=now)
    return "ask_hold"


def withdraw(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Take the whistle back: the case is closed."""
    services.withdraw(whistle=whistle, reason=WORDS, by=world.community_worker, now=now)
    return "withdraw"


def answer(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Answer finally: the case is closed."""
    services.answer(whistle=whistle, text=WORDS, legal_basis=WORDS, by=world.street_secretary, now=now)
    return "answer"


def object_to(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Object to the call, or decide on an objection."""
    duty = _duty(whistle, dice, AssignmentStatus.OBJECTED)
    if duty is not None:
        services.decide_objection(
            assignment=duty, upheld=False, decision=WORDS, by=world.street_dispatcher, now=now
        )
        return "decide_objection"
    duty = _duty(whistle, dice, AssignmentStatus.AWAITING_REPORT_IN)
    if duty is None:
        return ""
    services.object_to(
        assignment=duty,
        reason=WORDS,
        basis=WORDS,
        suggested=world.units["construction"],
        by=_liaison(world, duty),
        now=now,
    )
    return "object_to"


def reply(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Reply to a notice or an instruction; it does not count as a move of the case."""
    task = SupervisionTask.objects.filter(whistle=whistle, status="awaiting_reply").first()
    if task is not None and task.unit.code in LIAISONS:
        services.reply(task=task, text=WORDS, by=world.people[LIAISONS[task.unit.code]], now=now)
        return "reply"
    return ""


def resume(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """End a hold: the clocks run on."""
    services.resume(whistle=whistle, reason=WORDS, by=world.street_dispatcher, now=now)
    return "resume"


def verify(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Say it is solved."""
    services.verify(
        whistle=whistle, verdict="solved", satisfaction="satisfied", by=world.community_worker, now=now
    )
    return "verify"


def end(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Rate a unit that is not rated, else close."""
    duty = Assignment.objects.filter(whistle=whistle, status="fed_back", evaluated_at=None).first()
    if duty is not None:
        services.evaluate(
            assignment=duty,
            speed="good",
            cooperation="good",
            effect="good",
            by=world.community_worker,
            now=now,
        )
        return "evaluate"
    services.close(whistle=whistle, by=world.community_worker, now=now)
    return "close"


def rework(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Send the lead back to work: clocks start again."""
    services.rework(whistle=whistle, units=[_lead(whistle)], reason=WORDS, by=world.community_worker, now=now)
    return "rework"


def accept(world: World, whistle: Whistle, now: datetime, dice: random.Random) -> str:
    """Accept at the county what the ladder upgraded."""
    services.accept(whistle=whistle, by=world.county_dispatcher, now=now)
    return "accept"


MOVES: dict[WhistleStatus, list[tuple[Act, float]]] = {
    WhistleStatus.HANDLING: [
        (work, 8),
        (extend, 3),
        (hold, 3),
        (withdraw, 1),
        (answer, 0.5),
        (object_to, 1.5),
        (reply, 1.5),
    ],
    WhistleStatus.ON_HOLD: [(resume, 1)],
    WhistleStatus.AWAITING_VERIFICATION: [(verify, 3), (rework, 1)],
    WhistleStatus.AWAITING_EVALUATION: [(end, 1)],
    WhistleStatus.AWAITING_ACCEPTANCE: [(accept, 1)],
}
# Moves that do not count the version of the case up
WITHOUT_VERSION = {"reply"}
