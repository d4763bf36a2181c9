"""Keeping the dispatch catalogue, remembering what came of its suggestions, learning from upheld objections.

Whatever objections say, an entry is changed by a person only.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from whistle.models import (
    Assignment,
    CatalogueAssist,
    CatalogueEntry,
    CatalogueProposal,
    SubClass,
    SuggestionOutcome,
    Whistle,
)
from whistle.models.catalogue import Called, Level
from whistle.suggestions import suggest_units

EVENT = "config.catalogue"
CITY_DIGITS, COUNTY_DIGITS = 4, 6
State = CatalogueProposal.State


class CatalogueRefused(Refused):
    """An entry that makes no sense, is not this person's, or is no longer the newest. `code` names the field."""


@dataclass(frozen=True)
class Named:
    """A unit, or a function at a level of the case's place."""

    unit: Unit | None = None
    function: str = ""
    level: str = ""

    @property
    def key(self) -> tuple[int | None, str, str]:
        """What tells one from another."""
        return (self.unit.pk if self.unit is not None else None, self.function, self.level)


@dataclass(frozen=True)
class EntryTerms:
    """What a version says, without its place."""

    lead: Named
    power: str
    legal_basis: str
    assists: tuple[Named, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class EntryPlace:
    """What an entry is for. Without a division: everywhere."""

    sub_class: SubClass
    tier: int
    division: Division | None = None


def add_entry(*, place: EntryPlace, terms: EntryTerms, by: User, now: datetime) -> CatalogueEntry:
    """Write the first version for a place, in force from `now`; refuse one that has an entry, and bad terms.

    By dispatchers of a county's or the city's centre inside their territory, and by who configures. Recorded as
    `config.catalogue.added`.
    """
    check_editor(by, division=place.division)
    check_terms(place=place, terms=terms)
    with transaction.atomic():
        _lock(place)
        if _in_force(place).exists():
            raise CatalogueRefused(
                _(
                    "The catalogue has an entry for this sub-class, tier and place already. Change it instead."
                ),
                code="sub_class",
            )
        last = CatalogueEntry.objects.filter(**vars(place)).order_by("-version").first()
        entry = _write(place, terms, version=last.version + 1 if last else 1, replaces=None, by=by, now=now)
        _record(entry, "added", {name: [None, value] for name, value in _said(entry).items()}, by, now)
    return entry


def change_entry(*, entry: CatalogueEntry, terms: EntryTerms, by: User, now: datetime) -> CatalogueEntry:
    """End this version and write the next, in force from `now`; the same entry when nothing differs.

    Dispatches of the past keep what was suggested then. Refuses a version that is not in force. Recorded as
    `config.catalogue.changed`.
    """
    place = place_of(entry)
    check_editor(by, division=place.division)
    check_terms(place=place, terms=terms)
    if replace(terms_of(entry), note="") == replace(terms, note=""):
        return entry
    with transaction.atomic():
        _lock(place)
        before = _end(entry, now=now)
        changed = _write(place, terms, version=entry.version + 1, replaces=entry, by=by, now=now)
        after = _said(changed)
        differs = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        _record(changed, "changed", differs, by, now)
    return changed


def withdraw_entry(*, entry: CatalogueEntry, reason: str, by: User, now: datetime) -> CatalogueEntry:
    """End an entry without a successor: the catalogue no longer covers it. Needs a reason."""
    check_editor(by, division=entry.division)
    if not reason.strip():
        raise CatalogueRefused(_("Give a reason; the others read it."), code="reason")
    with transaction.atomic():
        _lock(place_of(entry))
        _end(entry, now=now)
        _record(entry, "withdrawn", {}, by, now, reason=reason)
    return entry


def check_editor(by: User, *, division: Division | None) -> None:
    """Refuse who may not keep this part of the catalogue: the city keeps what holds everywhere, a county its own."""
    if by.can(Permission.CONFIGURE):
        return
    held = [a for a in by.acting_appointments if Permission.CATALOGUE_EDIT in a.role_definition.allows]
    seats = [a.unit.division for a in held if len(a.unit.division_id) in (CITY_DIGITS, COUNTY_DIGITS)]
    if not seats:
        raise CatalogueRefused(
            _("The dispatch catalogue is kept by the centres of the county and the city. Ask them."),
            code="role",
        )
    code = division.code if division is not None else "0" * CITY_DIGITS
    inside = any(code.startswith(seat.code) or len(seat.code) == CITY_DIGITS for seat in seats)
    if not inside:
        raise CatalogueRefused(
            _("You keep the catalogue for %(places)s. Choose a division there.")
            % {"places": _(", ").join(seat.name for seat in seats)},
            code="division",
        )


def check_terms(*, place: EntryPlace, terms: EntryTerms) -> None:
    """Refuse, at the field, a tier the sub-class does not know, an entry without lead or basis, a unit twice."""
    if place.tier not in place.sub_class.tiers:
        raise CatalogueRefused(_("This sub-class is not used at this tier."), code="tier")
    for name in ("power", "legal_basis"):
        if not getattr(terms, name).strip():
            raise CatalogueRefused(_("Write down the power and the law it rests on."), code=name)
    named = [terms.lead, *terms.assists]
    if not (terms.lead.unit or (terms.lead.function and terms.lead.level)):
        raise CatalogueRefused(_("Name the leading unit, or its level and function."), code="lead")
    if len({one.key for one in named}) != len(named):
        raise CatalogueRefused(_("A unit leads or assists, and is named once."), code="assists")


def remember_dispatch(*, whistle: Whistle, lead: Unit, now: datetime) -> SuggestionOutcome | None:
    """Keep what the catalogue proposed for this dispatch and who was chosen; None where it proposed nothing.

    A dispatch after an upheld objection also says who took the matter over, and the entry learns from it.
    """
    upheld = SuggestionOutcome.objects.filter(whistle=whistle, overturned_at__isnull=False, taken_by=None)
    for outcome in upheld.select_related("entry"):
        _learn(outcome, taken_by=lead, now=now)
    suggestion = suggest_units([whistle], now=now).get(whistle.pk)
    if suggestion is None:
        return None
    return SuggestionOutcome.objects.create(
        whistle=whistle, entry=suggestion.entry, suggested=suggestion.lead, chosen=lead, at=now
    )


def learn_from_objection(
    *, assignment: Assignment, by: User, now: datetime, taken_by: Unit | None = None
) -> CatalogueProposal | None:
    """Note that an objection against this duty was upheld; propose the unit that took the matter over as lead.

    Call it inside the move that upholds the objection. Without `taken_by` it is the whistle's lead now, or the
    lead of the next dispatch. Nothing is learnt from an assisting unit, or where the catalogue was not followed;
    the outcome is counted in any case. Returns the proposal, if there is one already.
    """
    whistle = assignment.whistle
    outcome = (
        SuggestionOutcome.objects.filter(whistle=whistle).select_related("entry").order_by("-at").first()
    )
    if outcome is None or not assignment.is_lead or outcome.chosen_id != assignment.unit_id:
        return None
    outcome.overturned_at = now
    outcome.save(update_fields=["overturned_at"])
    leads = Assignment.objects.counting().filter(whistle=whistle, is_lead=True).exclude(pk=assignment.pk)
    now_leading = leads.select_related("unit").first()
    taken_by = taken_by or (now_leading.unit if now_leading is not None else None)
    return _learn(outcome, taken_by=taken_by, now=now) if taken_by is not None else None


def confirm_proposal(*, proposal: CatalogueProposal, by: User, now: datetime) -> CatalogueEntry:
    """Make the proposed unit the lead: the entry's next version. Refuses one that is decided or overtaken."""
    entry = proposal.entry
    with transaction.atomic():
        check_editor(by, division=entry.division)
        _decide(proposal, State.CONFIRMED, by=by, now=now)
        lead = named(proposal)
        terms = terms_of(entry)
        assists = tuple(one for one in terms.assists if one.key != lead.key)
        note = _("After %(times)d upheld objections") % {"times": proposal.times}
        return change_entry(
            entry=entry, terms=replace(terms, lead=lead, assists=assists, note=note), by=by, now=now
        )


def dismiss_proposal(*, proposal: CatalogueProposal, by: User, now: datetime) -> CatalogueProposal:
    """Leave the entry as it is. A further upheld objection proposes again."""
    with transaction.atomic():
        check_editor(by, division=proposal.entry.division)
        _decide(proposal, State.DISMISSED, by=by, now=now)
        _record(proposal.entry, "proposal_dismissed", {"lead": [None, proposal.label]}, by, now)
    return proposal


def named(called: Called) -> Named:
    """Return whom a stored row means, as a value."""
    return Named(unit=called.unit, function=called.function, level=called.level)


def place_of(entry: CatalogueEntry) -> EntryPlace:
    """Return what an entry is for."""
    return EntryPlace(sub_class=entry.sub_class, tier=entry.tier, division=entry.division)


def terms_of(entry: CatalogueEntry) -> EntryTerms:
    """Return what a version says. One query for the assists."""
    return EntryTerms(
        lead=named(entry),
        power=entry.power,
        legal_basis=entry.legal_basis,
        assists=tuple(named(assist) for assist in entry.assists.select_related("unit").order_by("id")),
        note=entry.note,
    )


def stream_of(entry: CatalogueEntry) -> str:
    """Return the name of the entry's history in the trail: one for all its versions."""
    return f"{EVENT}:{entry.sub_class_id}:{entry.tier}:{entry.division_id or ''}"


def _learn(outcome: SuggestionOutcome, *, taken_by: Unit, now: datetime) -> CatalogueProposal | None:
    outcome.taken_by = taken_by
    outcome.save(update_fields=["taken_by"])
    followed = outcome.suggested_id == outcome.chosen_id
    if not followed or taken_by.pk == outcome.chosen_id:
        return None
    levels = {level.digits: level.value for level in Level}
    level = levels.get(len(taken_by.division_id), "")
    by_function = bool(taken_by.function and level)
    proposed: dict[str, Any] = {
        "unit": None if by_function else taken_by,
        "function": taken_by.function if by_function else "",
        "level": level if by_function else "",
    }
    CatalogueEntry.objects.select_for_update().get(pk=outcome.entry_id)
    pending = CatalogueProposal.objects.filter(
        entry=outcome.entry_id, state=State.PENDING, **proposed
    ).first()
    if pending is None:
        return CatalogueProposal.objects.create(
            entry_id=outcome.entry_id, first_at=now, last_at=now, **proposed
        )
    pending.times, pending.last_at = pending.times + 1, now
    pending.save(update_fields=["times", "last_at"])
    return pending


def _decide(proposal: CatalogueProposal, state: State, *, by: User, now: datetime) -> None:
    locked = CatalogueProposal.objects.select_for_update().get(pk=proposal.pk)
    if locked.state != State.PENDING:
        raise CatalogueRefused(_("Somebody has decided this proposal already."), code="state")
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, now
    proposal.save(update_fields=["state", "decided_by", "decided_at"])


def _lock(place: EntryPlace) -> None:
    """Let one person at a time change the entries of a sub-class."""
    SubClass.objects.select_for_update().get(pk=place.sub_class.pk)


def _in_force(place: EntryPlace) -> Any:
    return CatalogueEntry.objects.filter(**vars(place), valid_to=None)


def _end(entry: CatalogueEntry, *, now: datetime) -> dict[str, Any]:
    """End a version that is in force; return what it said."""
    entry.refresh_from_db(fields=["valid_to"])
    if entry.valid_to is not None:
        raise CatalogueRefused(
            _("Somebody has changed this entry meanwhile. Open its newest version."), code="stale"
        )
    entry.valid_to = now
    entry.save(update_fields=["valid_to"])
    return _said(entry)


def _write(
    place: EntryPlace,
    terms: EntryTerms,
    *,
    version: int,
    replaces: CatalogueEntry | None,
    by: User,
    now: datetime,
) -> CatalogueEntry:
    entry = CatalogueEntry.objects.create(
        **vars(place),
        **vars(terms.lead),
        power=terms.power,
        legal_basis=terms.legal_basis,
        note=terms.note,
        version=version,
        valid_from=now,
        replaces=replaces,
        written_by=by,
    )
    CatalogueAssist.objects.bulk_create(CatalogueAssist(entry=entry, **vars(one)) for one in terms.assists)
    return entry


def _said(entry: CatalogueEntry) -> dict[str, Any]:
    said = asdict(replace(terms_of(entry), lead=Named(), assists=()))
    said["lead"] = entry.label
    said["assists"] = [assist.label for assist in entry.assists.select_related("unit").order_by("id")]
    return said


def _record(
    entry: CatalogueEntry, what: str, differs: dict[str, Any], by: User, now: datetime, *, reason: str = ""
) -> None:
    trail.record(
        trail.Entry(
            stream=stream_of(entry),
            event=f"{EVENT}.{what}",
            subject=entry,
            label=str(entry),
            at=now,
            by=by,
            reason=reason,
            data={"version": entry.version, "fields": differs},
        )
    )
