"""The units on a whistle and their clocks: actual and limit, one row a unit. No query."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.encryption import masking
from kunming_portal.ui import moments, parts
from whistle.models import Assignment, CaseDeadline, Whistle
from whistle.presenters.clocks import Watch
from whistle.selectors import Handler
from whistle.workflow import WORKING_ASSIGNMENT, AssignmentStatus, Step, WhistleStatus

A = AssignmentStatus


@dataclass(frozen=True)
class Clock:
    """One clock of one unit: its light and word, the moment it happened, the limit (with its worksheet)."""

    name: str
    light: parts.Light
    word: str
    at: dt.datetime | None = None
    limit: str = ""
    deadline: int | None = None
    note: str = ""
    provisional: bool = False


@dataclass(frozen=True)
class UnitRow:
    """One unit's duty as the case page shows it."""

    pk: int
    name: str
    sign: str
    role: parts.UnitRole
    role_word: str
    clocks: Sequence[Clock] = ()
    person: str = ""
    phone: str = ""
    phone_masked: str = ""
    said: str = ""
    said_at: dt.datetime | None = None
    met: str = ""
    out: str = ""
    reworks: int = 0
    tags: Sequence[str] = ()
    handler: Handler | None = None


@dataclass(frozen=True)
class WhistleBlock:
    """One tier of a case with its units."""

    whistle: Whistle
    rows: Sequence[UnitRow]
    is_current: bool
    route: str


def get_blocks(
    *,
    whistles: list[Whistle],
    duties: list[Assignment],
    deadlines: list[CaseDeadline],
    handlers: dict[int, Handler],
    watch: Watch,
) -> list[WhistleBlock]:
    """Return every tier's whistle with its units, the present one first."""
    current = whistles[-1]
    blocks = []
    for whistle in sorted(whistles, key=lambda w: (w.pk != current.pk, -w.tier)):
        own = [duty for duty in duties if duty.whistle_id == whistle.pk]
        verify = newest(deadlines, Step.VERIFY, whistle=whistle)
        rows = [
            get_row(
                duty,
                whistle=whistle,
                deadlines=deadlines,
                verify=verify,
                watch=watch,
                handler=handlers.get(duty.pk),
            )
            for duty in own
        ]
        route = _("%(caller)s called %(receiver)s") % {
            "caller": whistle.caller.short_name,
            "receiver": whistle.receiver.short_name,
        }
        blocks.append(
            WhistleBlock(whistle=whistle, rows=rows, is_current=whistle.pk == current.pk, route=route)
        )
    return blocks


def get_row(
    duty: Assignment,
    *,
    whistle: Whistle,
    deadlines: list[CaseDeadline],
    verify: CaseDeadline | None,
    watch: Watch,
    handler: Handler | None = None,
) -> UnitRow:
    """Return one unit's row. A unit whose duty was taken away keeps what it did, greyed."""
    role: parts.UnitRole = "lead" if duty.is_lead else "assist"
    out = ""
    if duty.status == A.RELEASED:
        role, out = "out", _released(whistle)
    own = [d for d in deadlines if d.assignment_id == duty.pk]
    return UnitRow(
        pk=duty.pk,
        name=duty.unit.short_name,
        sign=duty.unit.mark,
        role=role,
        role_word=_("Lead") if duty.is_lead else _("Assisting"),
        clocks=(
            _clock(duty, newest(own, Step.SIGN), watch),
            _clock(duty, newest(own, Step.REPORT_IN), watch),
            _clock(duty, newest(own, Step.FEED_BACK), watch),
            _rating(duty, whistle, verify, watch),
        ),
        person=duty.reported_person,
        phone=duty.reported_phone,
        phone_masked=masking.mask_phone(duty.reported_phone),
        said=duty.measures,
        said_at=duty.fed_back_at,
        met=duty.met_whom,
        out=out,
        reworks=duty.reworks,
        tags=_tags(duty),
        handler=handler if duty.status in WORKING_ASSIGNMENT else None,
    )


def _released(whistle: Whistle) -> str:
    other = _("Released: it is another unit's. Nothing is counted against this one.")
    return {
        WhistleStatus.UPGRADED: _("Released when the case was upgraded."),
        WhistleStatus.ANSWERED: _("Released by the final answer."),
        WhistleStatus.WITHDRAWN: _("Released when the whistle was withdrawn."),
    }.get(WhistleStatus(whistle.status), other)


def _tags(duty: Assignment) -> list[str]:
    """Return what stands beside a unit's role."""
    if duty.status == A.OBJECTED:
        return [str(A.OBJECTED.label)]
    return [_("Named by a consultation")] if duty.is_final else []


def newest(
    deadlines: list[CaseDeadline], step: Step, *, whistle: Whistle | None = None
) -> CaseDeadline | None:
    """Return the latest promise of a step: a rework starts a second one."""
    found = [d for d in deadlines if d.step == step and (whistle is None or d.whistle_id == whistle.pk)]
    return found[-1] if found else None


def limit_moment(due: dt.datetime, now: dt.datetime) -> str:
    """Return a limit as short as it can be without being taken for the day of what stands above it."""
    past = timezone.localtime(due).date() < timezone.localtime(now).date()
    return moments.brief(due, now) if past else moments.moment(due, now)


# Until when a clock is not yet this unit's turn
TURN_OF = {Step.SIGN: A.AWAITING_SIGNATURE, Step.REPORT_IN: A.AWAITING_REPORT_IN, Step.FEED_BACK: A.HANDLING}


def _clock(duty: Assignment, deadline: CaseDeadline | None, watch: Watch) -> Clock:
    if deadline is None:
        return Clock(name="", light="wait", word="")
    step = Step(deadline.step)
    name = _clock_name(step)
    common = {
        "limit": limit_moment(deadline.due_at, watch.now),
        "deadline": deadline.pk,
        "provisional": deadline.provisional,
    }
    if deadline.outcome == CaseDeadline.Outcome.CANCELLED:
        return Clock(name=name, light="wait", word=pgettext("clock", "Ended"), **common)  # type: ignore[arg-type]
    if deadline.ended_at is not None:
        late = deadline.was_late()
        word = watch.took_text(deadline) if late or step is Step.SIGN else _done_word(step)
        light: parts.Light = "over" if late else "closed"
        return Clock(name=name, light=light, word=word, at=deadline.ended_at, **common)  # type: ignore[arg-type]
    running = deadline.light(watch.now)
    if running == "normal" and duty.status != TURN_OF[step]:
        return Clock(name=name, light="wait", word=_not_yet(), **common)  # type: ignore[arg-type]
    return Clock(name=name, light=running, word=watch.left_text(deadline), **common)  # type: ignore[arg-type]


def _rating(duty: Assignment, whistle: Whistle, verify: CaseDeadline | None, watch: Watch) -> Clock:
    name = _clock_name(None)
    if duty.evaluated_at is not None:
        grades = {duty.get_speed_display(), duty.get_cooperation_display(), duty.get_effect_display()}
        word = grades.pop() if len(grades) == 1 else _("Rated")
        note = (
            ""
            if not grades
            else _("speed %(speed)s, cooperation %(cooperation)s, effect %(effect)s")
            % {
                "speed": duty.get_speed_display(),
                "cooperation": duty.get_cooperation_display(),
                "effect": duty.get_effect_display(),
            }
        )
        return Clock(name=name, light="closed", word=word, at=duty.evaluated_at, note=note)
    if not whistle.is_open:
        return Clock(name=name, light="wait", word=_("Not rated"))
    ready = (WhistleStatus.AWAITING_VERIFICATION, WhistleStatus.AWAITING_EVALUATION)
    if whistle.status in ready and duty.status == A.FED_BACK:
        rest = watch.left_text(verify) if verify is not None and verify.is_running else ""
        return Clock(name=name, light="normal", word=_("Can be rated"), note=rest)
    return Clock(name=name, light="wait", word=_not_yet())


def _clock_name(step: Step | None) -> str:
    return {
        Step.SIGN: pgettext("clock", "Sign"),
        Step.REPORT_IN: pgettext("clock", "Report in"),
        Step.FEED_BACK: pgettext("clock", "Feedback"),
        None: pgettext("clock", "Rating"),
    }[step]


def clock_names() -> list[str]:
    """Return the heads of the four columns."""
    return [_clock_name(step) for step in (Step.SIGN, Step.REPORT_IN, Step.FEED_BACK, None)]


def _done_word(step: Step) -> str:
    return pgettext("clock", "There") if step is Step.REPORT_IN else pgettext("clock", "Fed back")


def _not_yet() -> str:
    return pgettext("clock", "Later")
