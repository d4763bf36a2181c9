"""Proposal (建议权): sent to a unit, the owners or a firm; answered by a day; adopted or not; may become a whistle."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, check_exercises
from communities.models import Compound, Power, PowerRecord, Sort, Undertaking
from communities.models.power_steps import ADOPTIONS, Result, Step
from communities.services import powers, undertakings
from communities.services.powers import Scene
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.organisations.models import Unit


def open_proposal(
    *,
    compound: Compound,
    title: str,
    text: str,
    by: User,
    now: datetime,
    unit: Unit | None = None,
    addressee: str = "",
    due_on: date | None = None,
) -> PowerRecord:
    """Send a proposal to a unit, or to a body outside the portal; its reply is due. Return the record.

    Refuses as `powers.check_open` and `undertakings.assign`, and a proposal without words.
    """
    if not text.strip():
        raise CommunityRefused(_("Say what is proposed, and why."), code="text")
    held = powers.check_open(compound, by=by)
    with transaction.atomic():
        record = powers.new_record(Power.PROPOSAL, compound=compound, title=title, text=text, by=by, now=now)
        record.undertaking = undertakings.assign(
            sort=Sort.REPLY,
            community=compound.community,
            compound=compound,
            title=record.title,
            text=record.text,
            unit=unit,
            addressee=addressee,
            issuer=held.unit,
            due_on=due_on,
            by=by,
            now=now,
        )
        record.save()
        scene = Scene(record, held, by, now, data={"addressee": record.undertaking.addressee})
        powers.note(scene, "open")
    return record


def adopt(*, record: PowerRecord, result: Result, by: User, now: datetime, words: str = "") -> PowerRecord:
    """Record how the proposal came out; a reply that waits is accepted with it. The record is closed.

    Refuses before a reply, other outcomes than the three, and "adopted" when the reply was dropped.
    """
    if result not in ADOPTIONS:
        raise CommunityRefused(_("Choose how the proposal came out."), code="result")
    with powers.moving(record, "adopt", by=by, now=now) as scene:
        asked = scene.record.undertaking
        assert asked is not None, "a proposal has an addressee"
        if asked.status == Undertaking.Status.DROPPED and result != Result.NOT_ADOPTED:
            raise CommunityRefused(_("No reply came: it was dropped. Not adopted, then."), code="result")
        powers.judge(scene, words=words)
        scene.close(Result(result), words=words)
        scene.reason = words
    return scene.record


def check_whistle(record: PowerRecord, *, by: User) -> Appointment:
    """Return the appointment in which `by` may turn this proposal into a whistle; refuse with a sentence.

    Only a proposal that is open, or was not adopted or in part: what is settled needs no whistle. No query.
    """
    held = check_exercises(record.compound, by=by)
    if record.power != Power.PROPOSAL:
        raise CommunityRefused(_("Only a proposal becomes a whistle."), code="power")
    if record.step is Step.CLOSED and record.result not in (Result.NOT_ADOPTED, Result.PARTLY):
        raise CommunityRefused(
            _("The record is closed: %(result)s.") % {"result": record.get_result_display()}, code="closed"
        )
    return held


def whistled(*, record: PowerRecord, number: str, by: User, now: datetime) -> None:
    """Note on the compound's trail that a whistle with this number was blown from the proposal.

    Called by the whistle's service, in its transaction. Refuses as `check_whistle`.
    """
    locked = powers.lock(record)
    held = check_whistle(locked, by=by)
    powers.note(Scene(locked, held, by, now, reason=number, data={"case": number}), "whistle")
