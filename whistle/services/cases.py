"""Writing a case, keeping its reporter safe, adding notes."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.models import Compound, PowerRecord
from communities.services import powers_proposals
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.encryption import cipher, masking
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_centres
from whistle.guards import MoveRefused
from whistle.models import Assignment, Case, CaseCounter, CaseNote, Kind, Reporter, SubClass, Whistle
from whistle.services import classing, evidence, searching
from whistle.services.external_numbers import Number, keep_numbers, numbers_of
from whistle.services.moving import lock_case
from whistle.workflow import Tier, WhistleStatus

NAME_CONTEXT = "whistle.reporter.name"
PHONE_CONTEXT = "whistle.reporter.phone"
TIER_OF_LEVEL = {
    Division.Level.COMMUNITY: Tier.COMMUNITY,
    Division.Level.STREET: Tier.STREET,
    Division.Level.COUNTY: Tier.COUNTY,
}


@dataclass(frozen=True)
class Matter:
    """What a person writes down; everything else is derived."""

    description: str
    place: str
    kind: Kind
    sub_class: SubClass | None = None
    title: str = ""
    affected: str = ""
    tried: str = ""
    source: str = Case.Source.PATROL
    external_number: str = ""  # of the system of the source
    numbers: tuple[Number, ...] = ()  # of other systems
    compound: Compound | None = None
    reporter_name: str = ""
    reporter_phone: str = ""
    proposal: PowerRecord | None = None  # of a compound's branch, which becomes this case


def open_case(
    *, matter: Matter, caller: Unit, by: User, now: datetime, submission: uuid.UUID | None = None
) -> Case:
    """Write a case and its first whistle as a draft; return the case.

    `caller` is the unit in whose name the whistle will be blown; its level decides the tier: community to
    street, street to county, county to city. The same `submission` of the same person twice returns the first
    case and writes nothing (see `write_once`). Refuses a city unit (nothing is above the city), a kind or
    sub-class that is not for this tier, a compound elsewhere, a person without the right, a tier without a
    centre. The reporter goes into a table of its own, encrypted. About ten queries.
    """
    check_open(matter.kind, caller=caller, by=by)
    check_finer(matter, caller=caller)
    with transaction.atomic():
        if submission is not None:
            written = _written(submission, by=by)
            if written is not None:
                return written
        receiver = receiver_of(caller, now=now)
        case = Case.objects.create(
            number=_next_number(caller.division),
            title=matter.title or title_from(matter.description),
            description=matter.description,
            place=matter.place,
            affected=matter.affected,
            tried=matter.tried,
            source=matter.source,
            division=caller.division,
            compound=matter.compound,
            opened_by=by,
            opened_at=now,
            submission=submission,
            proposal=matter.proposal,
        )
        keep_numbers(case, numbers_in(matter), by=by, now=now)
        case.save(update_fields=["external_number"])
        _draft(case, matter, caller=caller, receiver=receiver)
        searching.refresh([case])
        _keep_reporter(case, matter)
        trail.record(_entry(case, "case.opened", by=by, now=now, unit=caller, tier=int(tier_of(caller))))
        if matter.proposal is not None:
            powers_proposals.whistled(record=matter.proposal, number=case.number, by=by, now=now)
    return case


def _written(submission: uuid.UUID, *, by: User) -> Case | None:
    return Case.objects.select_related("division").filter(submission=submission, opened_by=by).first()


def _draft(case: Case, matter: Matter, *, caller: Unit, receiver: Unit) -> None:
    whistle = Whistle(
        case=case,
        tier=tier_of(caller),
        kind=matter.kind,
        sub_class=matter.sub_class,
        caller=caller,
        receiver=receiver,
        created_at=case.opened_at,
    )
    classing.remember_versions(whistle)
    whistle.save()


def rewrite(
    *,
    case: Case,
    matter: Matter,
    by: User,
    now: datetime,
    pieces: Sequence[evidence.Piece] = (),
    expected: int | None = None,
) -> Case:
    """Change what was written while the case's only whistle is still a draft (new, or sent back by the secretary).

    A reporter given anew replaces the one on record; an empty one keeps it. Pictures and papers are added. Refuses
    once the whistle is blown.
    """
    with transaction.atomic():
        locked = lock_case(case.pk, expected=expected)
        whistle = Whistle.objects.select_related("caller__division").filter(case=locked).order_by("-tier")[0]
        if whistle.status != WhistleStatus.DRAFT:
            raise MoveRefused(_("The whistle has been blown; add a note instead."), code="status")
        check_open(matter.kind, caller=whistle.caller, by=by)
        classing.check_sub_class(matter.sub_class, kind=matter.kind, tier=whistle.tier)
        check_compound(matter.compound, caller=whistle.caller)
        for name in ("description", "place", "affected", "tried", "source", "compound"):
            setattr(locked, name, getattr(matter, name))
        keep_numbers(locked, numbers_in(matter), by=by, now=now)
        locked.title = matter.title or title_from(matter.description)
        locked.version += 1
        locked.save()
        whistle.kind, whistle.sub_class = matter.kind, matter.sub_class
        classing.remember_versions(whistle)
        whistle.save(update_fields=["kind", "kind_version", "sub_class", "sub_class_version"])
        searching.refresh([locked])
        if matter.reporter_name or matter.reporter_phone:
            Reporter.objects.filter(case=locked).delete()
            _keep_reporter(locked, matter)
        trail.record(_entry(locked, "case.rewritten", by=by, now=now, unit=whistle.caller))
        evidence.add_to(case=locked, pieces=pieces, by=by, now=now, unit=whistle.caller)
    return locked


def numbers_in(matter: Matter) -> list[Number]:
    """Return the external numbers of what was written, each with its system."""
    return numbers_of(source=matter.source, single=matter.external_number, several=matter.numbers)


def check_open(kind: Kind, *, caller: Unit, by: User) -> None:
    """Refuse when `by` may not write a case for this unit, or the kind does not fit its tier."""
    if by.appointment_in(Permission.CASE_OPEN, division_code=caller.division_id) is None:
        raise MoveRefused(
            _("You do not hold a role that may blow the whistle for %(unit)s.") % {"unit": caller.name}
        )
    tier = tier_of(caller)
    if tier not in kind.tiers or not kind.is_active:
        raise MoveRefused(
            _("%(kind)s is not a kind of %(tier)s.") % {"kind": kind.label, "tier": tier.label}, code="kind"
        )


def check_finer(matter: Matter, *, caller: Unit) -> None:
    """Refuse a sub-class that is not for the caller's tier, and a compound as `check_compound`. No query."""
    classing.check_sub_class(matter.sub_class, kind=matter.kind, tier=tier_of(caller))
    check_compound(matter.compound, caller=caller)


def check_compound(compound: Compound | None, *, caller: Unit) -> None:
    """Refuse a compound that lies outside the caller's division, or is no longer in use. No query."""
    if compound is None:
        return
    if not compound.community_id.startswith(caller.division_id):
        raise MoveRefused(
            _("%(compound)s does not lie in %(division)s.")
            % {"compound": compound.name, "division": caller.division.name},
            code="compound",
        )
    if compound.ended_on is not None:
        raise MoveRefused(
            _("%(compound)s is no longer in use.") % {"compound": compound.name}, code="compound"
        )


def tier_of(caller: Unit) -> Tier:
    """Return the tier at which this unit calls; refuse for the city, above which there is none."""
    tier = TIER_OF_LEVEL.get(Division.Level(caller.division.level))
    if tier is None:
        raise MoveRefused(_("The city is the highest tier; there is nobody above it to call."), code="top")
    return tier


def receiver_of(caller: Unit, *, now: datetime) -> Unit:
    """Return the governance centre one tier up; refuse when the division above has none."""
    return receiver_among(get_centres_above([caller], now=now), caller)


def get_centres_above(callers: Iterable[Unit], *, now: datetime) -> dict[str, Unit]:
    """Return by division the governance centres one tier above these units. One query."""
    above = {caller.division.parent_id or "" for caller in callers}
    return get_centres(division_codes=above, on=timezone.localdate(now))


def receiver_among(centres: Mapping[str, Unit], caller: Unit) -> Unit:
    """Return of the centres above the one this unit calls; refuse as `receiver_of` does. No query."""
    tier_of(caller)
    centre = centres.get(caller.division.parent_id or "")
    if centre is None:
        raise MoveRefused(
            _("There is no governance centre above %(unit)s yet. Ask the system administrator to add one.")
            % {"unit": caller.division.name},
            code="centre",
        )
    return centre


def note(
    *,
    case: Case,
    text: str,
    by: User,
    now: datetime,
    assignment: Assignment | None = None,
    pieces: Sequence[evidence.Piece] = (),
) -> CaseNote:
    """Add a note to an open case, for a unit's duty or the whole, with pictures and papers if any.

    Refuses on a closed case and without the right.
    What is noted on a merged case stands on the case it was merged into, and in both histories.
    """
    with transaction.atomic():
        merged_into = Case.objects.filter(pk=case.pk).values_list("parent_id", flat=True).first()
        locked = lock_case(merged_into or case.pk, expected=None)
        if locked.closed_at is not None:
            raise MoveRefused(_("The case is closed; nothing can be added."), code="closed")
        if not Case.objects.visible_to(by, Permission.CASE_NOTE).filter(pk=case.pk).exists():
            raise MoveRefused(_("You do not hold a role that may add notes here."), code="role")
        written = CaseNote.objects.create(
            case=locked, assignment=assignment, by=by, text=text, written_at=now
        )
        unit = assignment.unit if assignment is not None else evidence.acting_unit(locked, by)
        for told in dict.fromkeys([locked, case]):  # the same case twice is told once
            trail.record(_entry(told, "case.noted", by=by, now=now, unit=unit, note=written.pk))
        evidence.add_to(case=locked, pieces=pieces, by=by, now=now, unit=unit, assignment=assignment)
    return written


def reveal_reporter(*, case: Case, reason: str, by: User, now: datetime) -> tuple[str, str]:
    """Return the reporter's name and phone in clear, and put on the trail who read them and why.

    Refuses without the right, without a reason, or when nobody is on record.
    """
    if not Case.objects.visible_to(by, Permission.REPORTER_REVEAL).filter(pk=case.pk).exists():
        raise MoveRefused(_("You do not hold a role that may read the reporter's name."), code="role")
    if not reason.strip():
        raise MoveRefused(_("Say why you need to reach the reporter."), code="reason")
    reporter = Reporter.objects.filter(case=case).first()
    if reporter is None:
        raise MoveRefused(_("No reporter is on record."), code="none")
    with transaction.atomic():
        trail.record(_entry(case, "reporter.revealed", by=by, now=now, unit=None, reason=reason))
    return (
        cipher.decrypt(reporter.name_cipher, context=NAME_CONTEXT),
        cipher.decrypt(reporter.phone_cipher, context=PHONE_CONTEXT),
    )


def masked_reporter(case: Case) -> tuple[str, str] | None:
    """Return name and phone as everybody in the chain may see them, or None. One query; opened and masked here."""
    reporter = Reporter.objects.filter(case=case).first()
    if reporter is None:
        return None
    return (
        masking.mask_name(cipher.decrypt(reporter.name_cipher, context=NAME_CONTEXT)),
        masking.mask_phone(cipher.decrypt(reporter.phone_cipher, context=PHONE_CONTEXT)),
    )


def title_from(description: str) -> str:
    """Return a title of at most 30 characters: what was written up to its first stop after four characters."""
    first = description.strip().splitlines()[0] if description.strip() else ""
    first = re.split(r"(?<=.{4})[。！？；，!?;,]", first, maxsplit=1)[0]
    return first if len(first) <= 30 else first[:29] + "…"


def _next_number(division: Division) -> str:
    CaseCounter.objects.get_or_create(division=_number_seat(division))
    counter = (
        CaseCounter.objects.select_for_update(of=("self",))
        .select_related("division")
        .get(division=_number_seat(division))
    )
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{counter.division.short_name}{counter.last}"


def _number_seat(division: Division) -> Division:
    """Numbers run by street, or by county for what a county writes itself."""
    if division.level == Division.Level.COMMUNITY and division.parent is not None:
        return division.parent
    return division


def _keep_reporter(case: Case, matter: Matter) -> None:
    if not matter.reporter_name and not matter.reporter_phone:
        return
    Reporter.objects.create(
        case=case,
        name_cipher=cipher.encrypt(matter.reporter_name, context=NAME_CONTEXT),
        phone_cipher=cipher.encrypt(matter.reporter_phone, context=PHONE_CONTEXT),
        phone_hash=cipher.keyed_hash(matter.reporter_phone, context=PHONE_CONTEXT)
        if matter.reporter_phone
        else "",
    )


def _entry(
    case: Case, event: str, *, by: User, now: datetime, unit: Unit | None, reason: str = "", **data: object
) -> trail.Entry:
    held = [a for a in by.acting_appointments if unit is not None and a.unit_id == unit.pk]
    if held and all(a.user_id != by.pk for a in held):
        data["for"] = held[0].absent_holder(by)
    return trail.Entry(
        stream=case.stream,
        event=event,
        subject=case,
        label=str(case),
        at=now,
        by=by,
        unit_name=unit.name if unit is not None else "",
        reason=reason,
        data=data,
    )
