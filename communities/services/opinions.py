"""The yearly opinion of a community on a unit: drafted from facts, worded by the secretary, issued, a paper."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused, check_keeps, keeper_of
from communities.models import CheckIn, ServiceRecord, YearlyOpinion
from communities.services.broken_rules import save_or_refuse
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.accounts.selectors import get_people
from kunming_portal.audit import trail
from kunming_portal.notifications import services as notifications
from kunming_portal.notifications.services import Message
from kunming_portal.organisations.models import Unit

AT = {"opinion_is_given_once_a_year": "year"}
EARLIEST_YEAR = 2010
ISSUED = gettext_noop("%(community)s gave its opinion on %(unit)s for %(year)s.")

Facts = dict[str, Any]


def gather_facts(check_in: CheckIn, year: int) -> Facts:
    """Return what stands on record for a unit and its members in this community in a year. Two queries.

    Lists and plain counts; nothing is weighed, compared or ranked.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    same = CheckIn.objects.filter(community_id=check_in.community_id, unit_name=check_in.unit_name)
    there = same.members().filter(Q(ends_on=None) | Q(ends_on__gte=first), starts_on__lte=last)
    members = list(there.select_related("service_class").order_by("name", "pk"))
    rows = ServiceRecord.objects.filter(check_in__in=same).of_year(year)
    records = list(rows.select_related("check_in").order_by("on", "pk"))
    times = Counter(row.check_in_id for row in records)
    return {
        "services": len(records),
        "hours": str(sum((row.hours or Decimal(0) for row in records), Decimal(0))),
        "members": [
            {
                "name": member.name,
                "service_class": str(member.service_class or ""),
                "services": times[member.pk],
            }
            for member in members
        ],
        "records": [
            {
                "on": row.on.isoformat(),
                "who": row.check_in.name,
                "item": row.item,
                "hours": f"{row.hours:f}" if row.hours is not None else "",
                "outcome": row.outcome,
            }
            for row in records
        ],
    }


def facts_of(opinion: YearlyOpinion) -> Facts:
    """Return the facts an opinion rests on: those it was issued with, for a draft those of now."""
    if opinion.facts is not None:
        facts: Facts = opinion.facts
        return facts
    return gather_facts(opinion.check_in, opinion.year)


def check_draft(check_in: CheckIn, *, by: User) -> Appointment:
    """Return the appointment in which `by` drafts: of those who keep the community. Refuses others, and a member."""
    held = check_keeps(check_in.community_id, by=by)
    if not check_in.is_unit:
        raise CommunityRefused(
            _("The opinion goes to the unit; its members stand in the table."), code="kind"
        )
    return held


def draft(*, check_in: CheckIn, year: int, by: User, now: datetime) -> YearlyOpinion:
    """Draft the opinion on a unit for a year from the facts; return it, or the draft that is there already.

    Refuses as `check_draft`, a year to come or before the check-in, and a year on which an opinion was issued.
    """
    held = check_draft(check_in, by=by)
    if not max(check_in.starts_on.year, EARLIEST_YEAR) <= year <= timezone.localdate(now).year:
        raise CommunityRefused(
            _("Choose a year since the check-in, up to this year."),
            code="year",
        )
    known: YearlyOpinion | None = YearlyOpinion.objects.filter(check_in=check_in, year=year).first()
    if known is not None:
        return known
    row = YearlyOpinion(check_in=check_in, year=year, drafted_at=now, drafted_by=by)
    row.text = first_words(check_in, gather_facts(check_in, year), year)
    with transaction.atomic():
        save_or_refuse(row, at=AT)
        _trail(row, "drafted", by=by, now=now, unit_name=held.unit.name)
    return row


def reword(*, opinion: YearlyOpinion, text: str, by: User, now: datetime) -> YearlyOpinion:
    """Change the words of a draft; return it. Refuses as `check_draft`, an issued opinion, and no words."""
    if not text.strip():
        raise CommunityRefused(_("Write the opinion."), code="text")
    with transaction.atomic():
        row = _locked(opinion)
        held = check_draft(row.check_in, by=by)
        row.text = text.strip()
        row.save()
        _trail(row, "reworded", by=by, now=now, unit_name=held.unit.name)
    return row


def check_issue(opinion: YearlyOpinion, *, by: User) -> Appointment:
    """Return the appointment in which `by` issues: the community's secretary. Refuses everybody else."""
    held = keeper_of(opinion.check_in.community_id, by=by)
    if held is None or held.unit.kind != Unit.Kind.COMMUNITY or not held.role_definition.in_charge:
        raise CommunityRefused(_("The community's secretary issues the opinion."), code="role")
    if opinion.is_issued:
        raise CommunityRefused(_("It was issued; nothing can be changed."), code="status")
    return held


def issue(*, opinion: YearlyOpinion, by: User, now: datetime) -> YearlyOpinion:
    """Issue an opinion: it keeps the facts of now, and the unit's people are told. Refuses as `check_issue`."""
    with transaction.atomic():
        row = _locked(opinion)
        held = check_issue(row, by=by)
        row.facts = gather_facts(row.check_in, row.year)
        row.status, row.issued_at, row.issued_by = YearlyOpinion.Status.ISSUED, now, by
        row.save()
        _trail(row, "issued", by=by, now=now, unit_name=held.unit.name, reason=row.text)
        _tell_unit(row, now=now)
    return row


def take_paper(*, opinion: YearlyOpinion, form: str, by: User, now: datetime) -> None:
    """Put on the trail who took the paper of an opinion, as Word or PDF. The caller found it in the person's scope."""
    with transaction.atomic():
        _trail(opinion, "taken", by=by, now=now, unit_name="", data={"form": form})


def first_words(check_in: CheckIn, facts: Facts, year: int) -> str:
    """Return the words a draft begins with, in the office's language: what happened, nothing of how good it was."""
    with translation.override(settings.LANGUAGE_CODE):
        words = {
            "year": year,
            "unit": check_in.unit_name,
            "community": check_in.community.place_name,
            "services": facts["services"],
            "members": len(facts["members"]),
        }
        return "\n".join(
            [
                _(
                    "In %(year)s %(unit)s took part in the work of %(community)s under double report:"
                    " %(members)s in-service members checked in, %(services)s services are on record (list below)."
                )
                % words,
                _("The community thanks the unit and its members for their service."),
            ]
        )


def _locked(opinion: YearlyOpinion) -> YearlyOpinion:
    rows = YearlyOpinion.objects.select_for_update(of=("self",))
    row = rows.select_related("check_in__unit", "check_in__community").get(pk=opinion.pk)
    if row.is_issued:
        raise CommunityRefused(_("It was issued; nothing can be changed."), code="status")
    return row


def _tell_unit(row: YearlyOpinion, *, now: datetime) -> None:
    """Tell the people who check the unit in; a unit outside the portal has none. Two queries."""
    unit = row.check_in.unit
    if unit is None:
        return
    message = Message(
        kind="opinion",
        sentence=ISSUED,
        values={
            "community": row.check_in.community.place_name,
            "unit": unit.short_name,
            "year": str(row.year),
        },
        link=row.get_absolute_url(),
    )
    people = get_people(permission=P.CHECK_IN, unit_ids=[unit.pk])
    notifications.write([(user, message) for user in people], now=now)


def _trail(
    row: YearlyOpinion,
    what: str,
    *,
    by: User,
    now: datetime,
    unit_name: str,
    reason: str = "",
    data: dict[str, str] | None = None,
) -> None:
    trail.record(
        trail.Entry(
            stream=row.check_in.stream,
            event=f"opinion.{what}",
            subject=row,
            label=str(row),
            at=now,
            by=by,
            unit_name=unit_name,
            reason=reason,
            data={"year": row.year, **(data or {})},
        )
    )
