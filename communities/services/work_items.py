"""The lists of community work: who may keep them, how an item comes onto a list and leaves it, how a step is noted.

An item is never extended in silence: its last day stands, and going on needs a new admission.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import BurdenRules, ListStep, WorkItem
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.organisations.models import Unit

DECIDERS = (Unit.Kind.LEADING_GROUP, Unit.Kind.PARTY_COMMITTEE)
CITY_DIGITS = 4
STREET_DIGITS = 9


@dataclass(frozen=True)
class Work:
    """What stands in an item, as somebody typed it or a workbook held it."""

    number: str
    title: str
    kind: str
    department: str
    scope: Division
    valid_from: date
    valid_to: date | None = None
    unit: Unit | None = None
    legal_basis: str = ""
    frequency: str = "as_needed"
    hours: Decimal = Decimal(0)
    resources: str = ""
    approval_number: str = ""


def get_rules() -> BurdenRules:
    """Return the figures of admission. One query; the row is written by a migration."""
    return BurdenRules.objects.get(pk=1)


def lock_rules() -> None:
    """Make others who number items wait until this transaction ends. One query."""
    BurdenRules.objects.select_for_update().get(pk=1)


def check_decides(scope_code: str, *, by: User) -> Appointment:
    """Return the appointment in which `by` decides for a place: the leading group's office or the county's committee.

    Only over the own territory, and never for a part of the city from another county. Refuses with a sentence. No query
    once rights are loaded.
    """
    held = [
        a
        for a in by.acting_appointments
        if P.BURDEN_DECIDE in a.role_definition.allows
        and a.unit.kind in DECIDERS
        and scope_code.startswith(a.unit.division_id)
    ]
    if not held:
        raise CommunityRefused(
            _("The leading group's office or the county Party committee of this place decides here."),
            code="role",
        )
    # the nearest office first
    return max(held, key=lambda a: (len(a.unit.division_id), -a.pk))


def can_decide(scope_code: str, *, by: User) -> bool:
    """Whether `check_decides` lets `by` in."""
    try:
        check_decides(scope_code, by=by)
    except CommunityRefused:
        return False
    return True


def keeps_lists(by: User) -> Unit | None:
    """Return the office in which `by` keeps the lists of some place, or None. No query once rights are loaded."""
    held = (
        a.unit
        for a in by.acting_appointments
        if P.BURDEN_DECIDE in a.role_definition.allows and a.unit.kind in DECIDERS
    )
    return next(held, None)


def may_keep_lists(by: User) -> bool:
    """Whether `by` keeps the lists of any place: for a button above a list. No query once rights are loaded."""
    return keeps_lists(by) is not None


def keep_item(*, work: Work, by: User, now: datetime, item: WorkItem | None = None) -> WorkItem:
    """Put an item onto a list, or correct what stands there; return it.

    Refuses as `check_decides` (for the place it is valid in and, when corrected, the one it was valid in), a place
    below the street, a last day before the first, and a number that another item has. About six queries.
    """
    with transaction.atomic():
        held = check_decides(work.scope.code, by=by)
        row = lock_item(item) if item is not None else WorkItem()
        if item is not None:
            check_decides(row.scope_id, by=by)
        check_work(work, item=item)
        fill(row, work)
        row.save()
        record(row, "changed" if item is not None else "added", by=by, now=now, unit=held.unit)
    return row


def check_work(work: Work, *, item: WorkItem | None = None) -> None:
    """Refuse what no item can hold: see `keep_item`. One query."""
    if len(work.scope.code) > STREET_DIGITS:
        raise CommunityRefused(_("An item is valid in the city, a county or a street."), code="scope")
    if work.valid_to is not None and work.valid_to < work.valid_from:
        raise CommunityRefused(_("The last day lies before the first."), code="valid_to")
    same = WorkItem.objects.filter(number=work.number)
    if item is not None:
        same = same.exclude(pk=item.pk)
    if same.exists():
        raise CommunityRefused(
            _("%(number)s is taken by another item.") % {"number": work.number}, code="number"
        )


def fill(row: WorkItem, work: Work) -> None:
    """Write into a row what stands in an item; the caller saves. No query."""
    for name in (
        "number",
        "title",
        "kind",
        "department",
        "scope",
        "valid_from",
        "valid_to",
        "unit",
        "legal_basis",
        "frequency",
        "hours",
        "resources",
        "approval_number",
    ):
        setattr(row, name, getattr(work, name))
    row.search_text = f"{work.number.lower()} {get_search_text(work.title, work.department)}"


def take_off(*, item: WorkItem, last_day: date, reason: str, by: User, now: datetime) -> WorkItem:
    """Take an item off its list after its last day, with a reason; return it.

    Refuses as `check_decides`, no reason, an item that has ended, and a last day before the first or after the one that
    stands. Four queries.
    """
    if not reason.strip():
        raise CommunityRefused(_("Say why it leaves the list."), code="reason")
    with transaction.atomic():
        row = lock_item(item)
        held = check_decides(row.scope_id, by=by)
        end(row, last_day=last_day, reason=reason.strip())
        record(row, "taken_off", by=by, now=now, unit=held.unit, reason=reason)
    return row


def end(row: WorkItem, *, last_day: date, reason: str) -> None:
    """Give a locked item its last day. Refuses a day before its first one, and one after the end that stands."""
    if last_day < row.valid_from:
        raise CommunityRefused(_("The last day lies before the first."), code="last_day")
    if row.valid_to is not None and last_day > row.valid_to:
        raise CommunityRefused(
            _("It lapses on %(day)s already; going on needs a new admission.") % {"day": row.valid_to},
            code="last_day",
        )
    row.valid_to, row.exit_reason = last_day, reason
    row.save(update_fields=["valid_to", "exit_reason"])


def replace(item: WorkItem, *, by_number: str, first_day: date) -> None:
    """End an item the day before its successor begins, unless it has ended by then. Two queries."""
    row = lock_item(item)
    last_day = first_day - timedelta(days=1)
    if row.valid_to is None or row.valid_to > last_day:
        end(row, last_day=last_day, reason=_("Replaced by %(number)s") % {"number": by_number})


def note_step(*, day: date, document: str, note: str, by: User, now: datetime) -> ListStep:
    """Note that a document drew the lists anew from this day; the counts are read from the items.

    Refuses everybody but the leading group's office, no document, and a second step on the day. Four queries.
    """
    if not document.strip():
        raise CommunityRefused(_("Name the document."), code="document")
    with transaction.atomic():
        held = next(
            (
                a
                for a in by.acting_appointments
                if P.BURDEN_DECIDE in a.role_definition.allows and a.unit.kind == Unit.Kind.LEADING_GROUP
            ),
            None,
        )
        if held is None:
            raise CommunityRefused(
                _("The leading group's office keeps the history of the lists."), code="role"
            )
        if ListStep.objects.filter(day=day).exists():
            raise CommunityRefused(_("A step of this day is noted already."), code="day")
        step = ListStep.objects.create(day=day, document=document.strip(), note=note.strip())
        trail.record(
            trail.Entry(
                stream="work_items",
                event="work_items.step",
                subject=step,
                label=str(step),
                at=now,
                by=by,
                unit_name=held.unit.name,
                reason=note,
            )
        )
    return step


def lock_item(item: WorkItem) -> WorkItem:
    """Return the item as it stands, locked until the transaction ends. One query."""
    return WorkItem.objects.select_for_update(of=("self",)).select_related("scope").get(pk=item.pk)


def record(item: WorkItem, what: str, *, by: User, now: datetime, unit: Unit, reason: str = "") -> None:
    """Append what happened to an item to its history, in the transaction of the change."""
    trail.record(
        trail.Entry(
            stream=item.stream,
            event=f"work_item.{what}",
            subject=item,
            label=str(item),
            at=now,
            by=by,
            unit_name=unit.name,
            reason=reason,
            data={"number": item.number, "until": item.valid_to.isoformat() if item.valid_to else ""},
        )
    )
