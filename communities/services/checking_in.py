"""Units and members check in to communities, change what they said, end it. By the community or by the unit itself."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused, keeper_of
from communities.models import CheckIn, Grid, ServiceClass
from communities.services.broken_rules import save_or_refuse
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.encryption.personal import Personal, find_personal
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit

Kind = CheckIn.Kind
AT = {
    "check_in_is_made_once": "unit_name",
    "check_in_ends_after_it_begins": "starts_on",
}
CHECKED_IN = gettext_noop("%(unit)s has checked in to %(community)s.")
# Seats that are part of the territory itself check in nowhere
OWN_SEATS = (Unit.Kind.COMMUNITY, Unit.Kind.BRANCH, Unit.Kind.CENTRE)


@dataclass(frozen=True)
class UnitWords:
    """What a unit says when it checks in."""

    unit_name: str
    liaison: str
    liaison_phone: str = ""
    plan: str = ""
    plan_year: int | None = None


@dataclass(frozen=True)
class MemberWords:
    """What a member says. `phone`: None leaves the number as it is, empty takes it away."""

    unit_name: str
    name: str
    skills: str = ""
    service_class: ServiceClass | None = None
    grid: Grid | None = None
    phone: str | None = None


def standing(community_code: str, unit: Unit | None, *, by: User) -> Appointment | None:
    """Return the appointment in which `by` keeps check-ins here: of the community, or of the unit itself."""
    held = keeper_of(community_code, by=by)
    if held is None and unit is not None:
        held = by.appointment_for(P.CHECK_IN, unit=unit)
    return held


def check_keeps(community_code: str, unit: Unit | None, *, by: User) -> Appointment:
    """Return the appointment of `standing`; refuse everybody else with a sentence."""
    held = standing(community_code, unit, by=by)
    if held is None:
        raise CommunityRefused(_("Check-ins are kept by the community and by the unit itself."), code="role")
    return held


def check_in_unit(
    *,
    community: Division,
    words: UnitWords,
    by: User,
    now: datetime,
    unit: Unit | None = None,
    starts_on: date | None = None,
) -> CheckIn:
    """Check a unit in to a community; return the row. The community's people are told when it was not one of them.

    Without `unit` the portal's unit of that name is looked for. Refuses as `check_keeps`, a place that is no
    community, a unit that is checked in there already, a missing liaison. One that had ended begins anew.
    """
    if not words.liaison.strip():
        raise CommunityRefused(_("Name somebody whom the community can reach."), code="liaison")
    row = _made(Kind.UNIT, community, words.unit_name, "", unit=unit, by=by, now=now, starts_on=starts_on)
    _say_unit(row, words)
    return _store(row, by=by, now=now, event="made")


def check_in_member(
    *,
    community: Division,
    words: MemberWords,
    by: User,
    now: datetime,
    unit: Unit | None = None,
    starts_on: date | None = None,
) -> CheckIn:
    """Check an in-service member in to the community where the member lives; return the row.

    Refuses as `check_in_unit`, and a grid of another community. Nobody is made to: there is no
    list of who has not checked in (domain.md §9).
    """
    if not words.name.strip():
        raise CommunityRefused(_("Name the member."), code="name")
    row = _made(
        Kind.MEMBER, community, words.unit_name, words.name, unit=unit, by=by, now=now, starts_on=starts_on
    )
    _say_member(row, words)
    return _store(row, by=by, now=now, event="made")


def change_unit(*, check_in: CheckIn, words: UnitWords, by: User, now: datetime) -> CheckIn:
    """Change a unit's liaison and plan; return the row. Refuses as `check_keeps`, an ended check-in, no liaison."""
    if not words.liaison.strip():
        raise CommunityRefused(_("Name somebody whom the community can reach."), code="liaison")
    with transaction.atomic():
        row = _locked(check_in, by=by)
        _say_unit(row, words)
        return _store(row, by=by, now=now, event="changed")


def change_member(*, check_in: CheckIn, words: MemberWords, by: User, now: datetime) -> CheckIn:
    """Change a member's name, unit, skills, class, grid or number; return the row. Refuses as `change_unit`."""
    if not words.name.strip():
        raise CommunityRefused(_("Name the member."), code="name")
    with transaction.atomic():
        row = _locked(check_in, by=by)
        row.name = words.name.strip()
        _say_member(row, words)
        return _store(row, by=by, now=now, event="changed")


def end_check_in(*, check_in: CheckIn, by: User, now: datetime) -> CheckIn:
    """End a check-in with today; what was recorded stays. Refuses as `check_keeps`, and one that has ended."""
    with transaction.atomic():
        row = _locked(check_in, by=by)
        row.ends_on = max(timezone.localdate(now), row.starts_on)
        return _store(row, by=by, now=now, event="ended")


def known_unit(name: str) -> Unit | None:
    """Return the portal's unit of exactly this name, if there is exactly one that can check in. One query."""
    found = Unit.objects.filter(name=name, valid_to=None).exclude(kind__in=OWN_SEATS)[:2]
    return found[0] if len(found) == 1 else None


def refuse_citizen_numbers(*texts: str) -> None:
    """Refuse an ID-card number in any of these texts: the register has no place for one."""
    if any(find_personal(text) == Personal.CITIZEN_NUMBER for text in texts if text):
        raise CommunityRefused(_("An ID-card number stands here. The register keeps none; take it out."))


def _made(
    kind: CheckIn.Kind,
    community: Division,
    unit_name: str,
    name: str,
    *,
    unit: Unit | None,
    by: User,
    now: datetime,
    starts_on: date | None,
) -> CheckIn:
    """Return the unsaved row, or the ended one of the same unit and member, to begin anew."""
    if community.level != Division.Level.COMMUNITY:
        raise CommunityRefused(_("Choose a community."), code="community")
    unit_name = unit.name if unit is not None else unit_name.strip()
    if not unit_name:
        raise CommunityRefused(_("Name the unit."), code="unit_name")
    found = unit or known_unit(unit_name)
    check_keeps(community.code, found, by=by)
    same = CheckIn.objects.filter(community=community, unit_name=unit_name, name=name.strip())
    ended = same.exclude(ends_on=None).first()
    row = ended or CheckIn(kind=kind, community=community, unit_name=unit_name, name=name.strip())
    row.unit, row.starts_on, row.ends_on = found, starts_on or timezone.localdate(now), None
    return row


def _say_unit(row: CheckIn, words: UnitWords) -> None:
    row.liaison, row.liaison_phone = words.liaison.strip(), words.liaison_phone
    row.plan = words.plan.strip()
    row.plan_year = words.plan_year if row.plan else None


def _say_member(row: CheckIn, words: MemberWords) -> None:
    if words.grid is not None and words.grid.community_id != row.community_id:
        raise CommunityRefused(_("This grid lies in another community."), code="grid")
    row.skills, row.service_class, row.grid = words.skills.strip(), words.service_class, words.grid
    if words.phone is not None:
        row.keep_phone(words.phone)


def _locked(check_in: CheckIn, *, by: User) -> CheckIn:
    rows = CheckIn.objects.select_for_update(of=("self",)).select_related("unit", "community")
    row: CheckIn = rows.get(pk=check_in.pk)
    check_keeps(row.community_id, row.unit, by=by)
    if not row.is_active:
        raise CommunityRefused(_("This check-in has ended. Check in again."), code="ended")
    return row


def _store(row: CheckIn, *, by: User, now: datetime, event: str) -> CheckIn:
    refuse_citizen_numbers(row.name, row.unit_name, row.skills, row.plan, row.liaison)
    held = check_keeps(row.community_id, row.unit, by=by)
    with transaction.atomic():
        row.keep_words()
        save_or_refuse(row, at=AT)
        record(row, event, by=by, now=now, unit_name=held.unit.name)
        if event == "made" and row.is_unit and held.unit.division_id != row.community_id:
            tell_community(
                row.community,
                CHECKED_IN,
                {"unit": row.unit_name},
                link=row.get_absolute_url(),
                but=by,
                now=now,
            )
    return row


def record(row: CheckIn, what: str, *, by: User, now: datetime, unit_name: str) -> None:
    """Append what happened to a check-in to its history, in the transaction of the change. No phone goes there."""
    trail.record(
        trail.Entry(
            stream=row.stream,
            event=f"check_in.{what}",
            subject=row,
            label=str(row),
            at=now,
            by=by,
            unit_name=unit_name,
            data={"community": row.community_id, "unit": row.unit_name, "kind": row.kind},
        )
    )


def tell_community(
    community: Division, sentence: str, values: dict[str, str], *, link: str, but: User, now: datetime
) -> None:
    """Tell the people who keep the community's registers, but for who did it. Two queries."""
    message = Message(
        kind="check_in", sentence=sentence, values={"community": community.place_name, **values}, link=link
    )
    people = get_people(permission=P.COMMUNITY_KEEP, division_codes=[community.code])
    notifications.write([(user, message) for user in people if user.pk != but.pk], now=now)
