"""What the five powers have in common: opened by a branch, moved step by step, closed once, on the compound's trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, check_exercises
from communities.models import Compound, Power, PowerRecord, Undertaking
from communities.models.power_steps import Result, Step
from communities.services import undertakings
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit import trail

# move -> the event on the compound's trail
EVENTS = {
    "open": "power.opened",
    "meet": "power.met",
    "resolve": "power.resolved",
    "announce": "power.announced",
    "remark": "power.remarked",
    "execute": "power.executed",
    "finish": "power.finished",
    "adopt": "power.adopted",
    "whistle": "power.whistled",
    "vet": "power.vetted",
    "recommend": "power.recommended",
    "choose": "power.outcome",
    "recheck": "power.rechecked",
    "score": "power.scored",
    "summarise": "power.summarised",
    "use": "power.used",
    "end": "power.ended",
}


@dataclass
class Scene:
    """A move that is being made: the locked record, in which appointment, what goes on the trail."""

    record: PowerRecord
    held: Appointment
    by: User
    now: datetime
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def close(self, result: Result, *, words: str = "") -> None:
        """Close the record with this result; nothing can be done with it afterwards."""
        record = self.record
        record.result, record.closing_words = result, words
        record.closed_at, record.closed_by = self.now, self.by
        record.save()
        self.data["result"] = str(result)


def check_open(compound: Compound, *, by: User) -> Appointment:
    """Return the appointment in which `by` opens a record: the branch's secretary, or the community.

    Refuses everybody else, a compound without a branch, and one that is no longer in use. No query once loaded.
    """
    held = check_exercises(compound, by=by)
    if compound.ended_on is not None:
        raise CommunityRefused(_("The compound is no longer in use."), code="ended")
    return held


def check_move(record: PowerRecord, move: str, *, by: User) -> Appointment:
    """Return the appointment in which `by` makes this move; refuse with a sentence who may not, and a wrong step.

    No query when record, branch and rights are loaded.
    """
    held = check_exercises(record.compound, by=by)
    if not record.is_open:
        raise CommunityRefused(
            _("The record is closed: %(result)s.") % {"result": record.get_result_display()}, code="closed"
        )
    if move not in record.moves:
        raise CommunityRefused(
            _("Now: %(step)s. This is not its turn.") % {"step": Step(record.step).label}, code="step"
        )
    return held


def new_record(
    power: Power, *, compound: Compound, title: str, text: str, by: User, now: datetime
) -> PowerRecord:
    """Return an unsaved record of the compound's branch. Refuses an empty title. Called after `check_open`."""
    if not title.strip():
        raise CommunityRefused(_("Give it a title."), code="title")
    assert compound.branch is not None, "check_open has refused a compound without a branch"
    return PowerRecord(
        compound=compound,
        branch=compound.branch,
        power=power,
        title=title.strip(),
        text=text.strip(),
        opened_on=timezone.localtime(now).date(),
        opened_at=now,
        opened_by=by,
    )


@contextmanager
def moving(record: PowerRecord, move: str, *, by: User, now: datetime) -> Iterator[Scene]:
    """Make a move in one transaction: lock, check, let the caller change, write the trail.

    The record as it then stands is `scene.record`. Refuses as `check_move`. Five queries beside the change's own.
    """
    with transaction.atomic():
        locked = lock(record)
        held = check_move(locked, move, by=by)
        scene = Scene(record=locked, held=held, by=by, now=now)
        yield scene
        note(scene, move)


def lock(record: PowerRecord) -> PowerRecord:
    """Return the record with its details as they stand, locked until the transaction ends. Two queries."""
    PowerRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
    return PowerRecord.objects.with_details().get(pk=record.pk)


def note(scene: Scene, move: str) -> None:
    """Append what happened to the compound's trail, in the transaction of the change."""
    record = scene.record
    trail.record(
        trail.Entry(
            stream=record.compound.stream,
            event=EVENTS[move],
            subject=record,
            label=str(record),
            at=scene.now,
            by=scene.by,
            unit_name=scene.held.unit.name,
            reason=scene.reason,
            data={"power": record.power, "branch": record.branch.name} | scene.data,
        )
    )


def judge(scene: Scene, *, words: str) -> None:
    """Accept the report on the record's undertaking, unless somebody has judged it on its own page already."""
    asked = scene.record.undertaking
    if asked is not None and asked.status == Undertaking.Status.REPORTED:
        scene.record.undertaking = undertakings.accept(
            undertaking=asked, words=words[:300], by=scene.by, now=scene.now, seat=scene.held.unit
        )


def end(*, record: PowerRecord, reason: str, by: User, now: datetime) -> PowerRecord:
    """End a record early, with a reason; what was asked for with it is dropped and rings no more.

    Refuses as `check_move`, and without a reason.
    """
    if not reason.strip():
        raise CommunityRefused(_("Say why it ends here."), code="reason")
    with moving(record, "end", by=by, now=now) as scene:
        asked = scene.record.undertaking
        if asked is not None and asked.is_running:
            undertakings.drop(undertaking=asked, reason=reason[:300], by=by, now=now, seat=scene.held.unit)
        scene.close(Result.ENDED, words=reason)
        scene.reason = reason
    return scene.record
