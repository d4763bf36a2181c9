"""Supervision (监督权): a finding, its rectification by a day, the re-check, struck off or sent back."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Compound, Finding, Power, PowerRecord, Sort, Undertaking
from communities.models.power_steps import Result
from communities.services import powers, undertakings
from communities.services.powers import Scene
from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.selectors import get_calendar


@dataclass(frozen=True)
class Found:
    """What was found, with whom, about what."""

    title: str
    text: str
    of_whom: str
    about: str


def open_finding(
    *,
    compound: Compound,
    found: Found,
    by: User,
    now: datetime,
    unit: Unit | None = None,
    addressee: str = "",
    due_on: date | None = None,
) -> PowerRecord:
    """Take down a finding and ask for its rectification by a day; return the record.

    Refuses as `powers.check_open` and `undertakings.assign`, and a finding without words.
    """
    if not found.text.strip():
        raise CommunityRefused(_("Say what was found, and what is to be put right."), code="text")
    held = powers.check_open(compound, by=by)
    with transaction.atomic():
        record = powers.new_record(
            Power.SUPERVISION, compound=compound, title=found.title, text=found.text, by=by, now=now
        )
        record.undertaking = undertakings.assign(
            sort=Sort.RECTIFICATION,
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
        Finding.objects.create(record=record, of_whom=found.of_whom, about=found.about)
        data = {"of_whom": found.of_whom, "about": found.about, "addressee": record.undertaking.addressee}
        powers.note(Scene(record, held, by, now, data=data), "open")
    return record


def recheck(
    *,
    record: PowerRecord,
    passed: bool,
    words: str,
    by: User,
    now: datetime,
    due_on: date | None = None,
) -> PowerRecord:
    """Look again: struck off when it was put right, else sent back with what is missing and a new day.

    Refuses before a report, "not put right" without words, and a rectification that was dropped: that is ended.
    """
    if not passed and not words.strip():
        raise CommunityRefused(_("Say what is missing."), code="words")
    with powers.moving(record, "recheck", by=by, now=now) as scene:
        asked, finding = scene.record.undertaking, scene.record.finding
        assert asked is not None, "a finding has an addressee"
        if asked.status == Undertaking.Status.DROPPED:
            raise CommunityRefused(
                _("The rectification was dropped. End the record with a reason."), code="status"
            )
        if not passed and asked.status == Undertaking.Status.DONE:
            raise CommunityRefused(
                _("The report was accepted already. Open a new finding for what is missing."), code="passed"
            )
        finding.rechecked_on, finding.rechecks = get_calendar().local_day(now), finding.rechecks + 1
        finding.save()
        if passed:
            powers.judge(scene, words=words)
            scene.close(Result.STRUCK_OFF, words=words)
        else:
            scene.record.undertaking = undertakings.send_back(
                undertaking=asked, reason=words, due_on=due_on, by=by, now=now, seat=scene.held.unit
            )
        scene.reason, scene.data = words, scene.data | {"passed": passed}
    return scene.record
