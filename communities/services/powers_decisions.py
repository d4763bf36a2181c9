"""Decision (决策权): the branch discusses first. Topic, meeting, resolution, public notice, execution."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Compound, Decision, Power, PowerRecord, Sort, Undertaking
from communities.models.power_steps import Result
from communities.services import powers, undertakings
from communities.services.powers import Scene
from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar

NOTICE_DAYS = 5
LONGEST_NOTICE = 90
DROPPED = Undertaking.Status.DROPPED


@dataclass(frozen=True)
class Votes:
    """How a meeting voted."""

    attended: int
    in_favour: int
    against: int = 0
    abstained: int = 0


def open_decision(*, compound: Compound, title: str, text: str, by: User, now: datetime) -> PowerRecord:
    """Put a topic on the branch's table; return the record. Refuses as `powers.check_open`, and an empty title."""
    held = powers.check_open(compound, by=by)
    with transaction.atomic():
        record = powers.new_record(Power.DECISION, compound=compound, title=title, text=text, by=by, now=now)
        record.save()
        Decision.objects.create(record=record)
        powers.note(Scene(record, held, by, now), "open")
    return record


def meet(*, record: PowerRecord, met_on: date, votes: Votes, by: User, now: datetime) -> PowerRecord:
    """Record the meeting and how it voted. Refuses a day to come, nobody there, more votes than people."""
    if met_on > get_calendar().local_day(now):
        raise CommunityRefused(_("This day is still to come."), code="met_on")
    if votes.attended < 1:
        raise CommunityRefused(_("Say how many attended."), code="attended")
    if votes.in_favour + votes.against + votes.abstained > votes.attended:
        raise CommunityRefused(_("There are more votes than people attended."), code="in_favour")
    with powers.moving(record, "meet", by=by, now=now) as scene:
        decision = scene.record.decision
        decision.met_on, decision.attended = met_on, votes.attended
        decision.in_favour, decision.against = votes.in_favour, votes.against
        decision.abstained = votes.abstained
        decision.save()
        scene.data |= {"attended": votes.attended, "in_favour": votes.in_favour}
    return scene.record


def resolve(*, record: PowerRecord, resolution: str, by: User, now: datetime) -> PowerRecord:
    """Record what was resolved. Refuses when not more than half of those present were in favour: then it is ended."""
    if not resolution.strip():
        raise CommunityRefused(_("Write what was resolved."), code="resolution")
    with powers.moving(record, "resolve", by=by, now=now) as scene:
        decision = scene.record.decision
        if not decision.is_carried:
            raise CommunityRefused(
                _("Not carried: %(in_favour)d of %(attended)d were in favour. End it, or bring it up again.")
                % {"in_favour": decision.in_favour, "attended": decision.attended},
                code="votes",
            )
        decision.resolution = resolution
        decision.save()
        scene.reason = resolution
    return scene.record


def announce(
    *, record: PowerRecord, notice_from: date, notice_until: date, by: User, now: datetime
) -> PowerRecord:
    """Put the resolution up for everybody to read, from one day to another; said again it is corrected.

    Refuses a notice that ends before it begins or lasts longer than 90 days, and one that is over already.
    """
    if notice_until < notice_from:
        raise CommunityRefused(_("The notice ends before it begins."), code="notice_until")
    if (notice_until - notice_from).days > LONGEST_NOTICE:
        raise CommunityRefused(_("A notice lasts at most 90 days."), code="notice_until")
    if notice_until < get_calendar().local_day(now):
        raise CommunityRefused(_("The notice would be over already."), code="notice_until")
    with powers.moving(record, "announce", by=by, now=now) as scene:
        decision = scene.record.decision
        decision.notice_from, decision.notice_until = notice_from, notice_until
        decision.save()
        scene.data |= {"from": notice_from.isoformat(), "until": notice_until.isoformat()}
    return scene.record


def remark(*, record: PowerRecord, remarks: int, remarks_text: str, by: User, now: datetime) -> PowerRecord:
    """Record how many remarks came on the notice so far, and what they say. Refuses before there is a notice."""
    with powers.moving(record, "remark", by=by, now=now) as scene:
        decision = _announced(scene)
        decision.remarks, decision.remarks_text = remarks, remarks_text
        decision.save()
        scene.data |= {"remarks": remarks}
        scene.reason = remarks_text
    return scene.record


def execute(
    *,
    record: PowerRecord,
    by: User,
    now: datetime,
    unit: Unit | None = None,
    addressee: str = "",
    due_on: date | None = None,
) -> PowerRecord:
    """Say who carries the resolution out and by when: an undertaking on the ladder.

    Refuses before the notice is over, and as `undertakings.assign`.
    """
    with powers.moving(record, "execute", by=by, now=now) as scene:
        decision = _announced(scene)
        assert decision.notice_until is not None
        if get_calendar().local_day(now) <= decision.notice_until:
            raise CommunityRefused(
                _("The notice runs until %(day)s. It is carried out afterwards.")
                % {"day": decision.notice_until.isoformat()},
                code="notice",
            )
        locked = scene.record
        locked.undertaking = undertakings.assign(
            sort=Sort.EXECUTION,
            community=locked.compound.community,
            compound=locked.compound,
            title=locked.title,
            text=decision.resolution,
            unit=unit,
            addressee=addressee,
            issuer=scene.held.unit,
            due_on=due_on,
            by=by,
            now=now,
        )
        locked.save()
        scene.data |= {"addressee": locked.undertaking.addressee}
    return scene.record


def finish(*, record: PowerRecord, by: User, now: datetime, words: str = "") -> PowerRecord:
    """Confirm that it was carried out: the report is accepted and the record closed. Refuses before a report."""
    with powers.moving(record, "finish", by=by, now=now) as scene:
        asked = scene.record.undertaking
        assert asked is not None, "the step says so"
        if asked.status in (Undertaking.Status.OPEN, DROPPED):
            raise CommunityRefused(
                _("Nothing was reported yet; confirm it when it is carried out.")
                if asked.status == Undertaking.Status.OPEN
                else _("The execution was dropped. End the record with a reason."),
                code="status",
            )
        powers.judge(scene, words=words)
        scene.close(Result.CARRIED_OUT, words=words)
        scene.reason = words
    return scene.record


def usual_notice(now: datetime, *, calendar: Calendar) -> tuple[date, date]:
    """Return the days of a notice put up now: five working days, beginning today. Pure."""
    today = calendar.local_day(now)
    return today, calendar.local_day(calendar.add_working_days(now, NOTICE_DAYS))


def _announced(scene: Scene) -> Decision:
    decision = scene.record.decision
    if decision.notice_until is None:
        raise CommunityRefused(_("Put the resolution up for notice first."), code="notice")
    return decision
