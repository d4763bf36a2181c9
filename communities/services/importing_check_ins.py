"""Check-ins, service records and needs from a spreadsheet: set operations, one entry on the trail an import.

Rows were checked by their register; the territory and personal numbers are checked here again, because this is the one
way in.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import CheckIn, CommunityNeed, Grid, ServiceRecord
from communities.services.checking_in import OWN_SEATS, refuse_citizen_numbers
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.audit import trail
from kunming_portal.encryption.personal import tidy_phone
from kunming_portal.organisations.models import Unit

Values = Mapping[str, Any]
PersonKey = tuple[str, str, str]
BATCH = 1000
CHECK_IN_FIELDS = (
    "liaison",
    "liaison_phone",
    "plan_year",
    "plan",
    "service_class",
    "skills",
    "grid",
    "phone_cipher",
    "starts_on",
    "ends_on",
    "search_text",
    "grams",
)
NEED_FIELDS = ("ends_on", "service_class", "times", "wanted", "text", "search_text", "grams")
RECORD_FIELDS = ("hours", "compound", "outcome", "search_text", "grams")


@transaction.atomic
def import_check_ins(
    kind: CheckIn.Kind, *, new: Sequence[Values], changed: Sequence[Values], by: User, now: datetime
) -> None:
    """Write check-ins of one kind. Refuses rows outside the territory and ID-card numbers. Constant queries."""
    check_rows([*new, *changed], by=by, names=("unit_name", "name", "skills", "plan", "liaison"))
    units = _units({values["unit_name"] for values in new})
    codes = {values["grid"] for values in (*new, *changed) if values.get("grid")}
    grids = dict(Grid.objects.filter(code__in=codes).values_list("code", "pk"))
    made = [
        _said(
            CheckIn(
                kind=kind,
                community_id=values["community"],
                unit_name=values["unit_name"],
                name=values.get("name", ""),
                unit_id=units.get(values["unit_name"]),
            ),
            values,
            grids,
        )
        for values in new
    ]
    CheckIn.objects.bulk_create(made, batch_size=BATCH)
    there = people_of(changed)
    CheckIn.objects.bulk_update(
        [_said(there[person_key(values)], values, grids) for values in changed],
        CHECK_IN_FIELDS,
        batch_size=BATCH,
    )
    _record(f"{kind}-check-ins", new=len(new), changed=len(changed), by=by, now=now)


@transaction.atomic
def import_services(
    *,
    new: Sequence[Values],
    changed: Sequence[Values],
    compounds: Mapping[tuple[str, str], int],
    by: User,
    now: datetime,
) -> None:
    """Write service records. Refuses rows outside the territory, ID-card numbers, and who has not checked in."""
    given = [*new, *changed]
    check_rows(given, by=by, names=("item", "outcome"))
    people = people_of(given)
    if any(person_key(values) not in people for values in given):
        raise CommunityRefused(_("Somebody in the file has not checked in to the community."))
    made = []
    for values in new:
        who = people[person_key(values)]
        row = ServiceRecord(
            check_in=who,
            community_id=who.community_id,
            on=values["on"],
            item=values["item"],
            recorded_at=now,
            recorded_by=by,
        )
        made.append(_told(row, values, compounds))
    ServiceRecord.objects.bulk_create(made, batch_size=BATCH)
    rows = ServiceRecord.objects.filter(
        check_in__in={people[person_key(values)] for values in changed},
        on__in={values["on"] for values in changed},
    )
    there = {(row.check_in_id, row.on, row.item): row for row in rows.select_related("check_in")}
    found = [there[people[person_key(values)].pk, values["on"], values["item"]] for values in changed]
    told = [_told(row, values, compounds) for row, values in zip(found, changed, strict=True)]
    ServiceRecord.objects.bulk_update(told, RECORD_FIELDS, batch_size=BATCH)
    _record("service-records", new=len(new), changed=len(changed), by=by, now=now)


@transaction.atomic
def import_needs(*, new: Sequence[Values], changed: Sequence[Values], by: User, now: datetime) -> None:
    """Write needs; new ones are open. Refuses rows outside the territory and ID-card numbers."""
    check_rows([*new, *changed], by=by, names=("title", "text", "times"))
    made = [
        _needed(
            CommunityNeed(
                community_id=values["community"],
                title=values["title"],
                starts_on=values["starts_on"],
                published_at=now,
                published_by=by,
            ),
            values,
        )
        for values in new
    ]
    CommunityNeed.objects.bulk_create(made, batch_size=BATCH)
    rows = CommunityNeed.objects.filter(
        community__in={values["community"] for values in changed},
        title__in={values["title"] for values in changed},
    )
    there = {(row.community_id, row.title, row.starts_on): row for row in rows}
    told = [_needed(there[v["community"], v["title"], v["starts_on"]], v) for v in changed]
    CommunityNeed.objects.bulk_update(told, NEED_FIELDS, batch_size=BATCH)
    _record("needs", new=len(new), changed=len(changed), by=by, now=now)


def person_key(values: Values) -> PersonKey:
    """Return community, unit and member of a row; the unit itself has no member. No query."""
    name = values.get("who", values.get("name", ""))
    return values["community"], values["unit_name"], "" if name == values["unit_name"] else name


def people_of(rows: Sequence[Values]) -> dict[PersonKey, CheckIn]:
    """Return who has checked in among those these rows name. One query, none for no row."""
    if not rows:
        return {}
    found = CheckIn.objects.filter(
        community__in={values["community"] for values in rows},
        unit_name__in={values["unit_name"] for values in rows},
    )
    return {(row.community_id, row.unit_name, row.name): row for row in found}


def check_rows(rows: Sequence[Values], *, by: User, names: Collection[str]) -> None:
    """Refuse rows outside the territory `by` keeps, and ID-card numbers in their texts."""
    prefixes = by.scope(P.COMMUNITY_KEEP).prefixes
    for values in rows:
        if not values["community"].startswith(prefixes):
            raise CommunityRefused(_("This community lies outside your territory."), code="community")
        refuse_citizen_numbers(*(values.get(name) or "" for name in names))


def _said(row: CheckIn, values: Values, grids: Mapping[str, int]) -> CheckIn:
    row.liaison, row.liaison_phone = values.get("liaison", ""), values.get("liaison_phone", "")
    row.plan, row.plan_year = values.get("plan", ""), values.get("plan_year")
    row.skills, row.service_class_id = values.get("skills", ""), values.get("service_class")
    row.grid_id = grids.get(values.get("grid", ""))
    row.starts_on, row.ends_on = values["starts_on"], values["ends_on"]
    if values.get("phone"):
        row.keep_phone(tidy_phone(values["phone"]) or "")
    row.keep_words()
    return row


def _told(row: ServiceRecord, values: Values, compounds: Mapping[tuple[str, str], int]) -> ServiceRecord:
    row.hours, row.outcome = values["hours"], values["outcome"]
    row.compound_id = compounds.get((row.community_id, values["compound"]))
    row.keep_words()
    return row


def _needed(row: CommunityNeed, values: Values) -> CommunityNeed:
    row.ends_on, row.times, row.text = values["ends_on"], values["times"], values["text"]
    row.service_class_id, row.wanted = values["service_class"], values["wanted"]
    row.keep_words()
    return row


def _units(names: set[str]) -> dict[str, int]:
    """Return the portal's unit of each name that exactly one unit has. One query."""
    found = Unit.objects.filter(name__in=names, valid_to=None).exclude(kind__in=OWN_SEATS)
    known: dict[str, int] = {}
    twice: set[str] = set()
    for name, pk in found.values_list("name", "pk"):
        if name in known:
            twice.add(name)
        known[name] = pk
    return {name: pk for name, pk in known.items() if name not in twice}


def _record(register: str, *, new: int, changed: int, by: User, now: datetime) -> None:
    trail.record(
        trail.Entry(
            stream=f"register:{register}",
            event="register.imported",
            subject=by,
            label=register,
            at=now,
            by=by,
            data={"register": register, "new": new, "changed": changed},
        )
    )
