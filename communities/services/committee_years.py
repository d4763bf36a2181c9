"""What comes once a year of a part-time member: the duty report (述职), its appraisal, the letter to the unit."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, keeper_of
from communities.models import DutyReport, MemberAppraisal, PartTimeMember
from communities.services import committee_telling as telling
from communities.services.committee_members import lock_member
from communities.services.committee_rights import check_reviews
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P


def years_of(member: PartTimeMember, *, today: date) -> list[int]:
    """Return the years on which the member can report, the newest first: in office, not to come. No query."""
    if member.in_office_on is None:
        return []
    last = min(today, member.ended_on) if member.ended_on is not None else today
    return list(range(last.year, member.in_office_on.year - 1, -1))


def report_duty(
    *, member: PartTimeMember, year: int, given_on: date, text: str, by: User, now: datetime
) -> DutyReport:
    """Record the duty report of one year; return it.

    Refuses as `check_reviews`, a year outside the time in office, a second report of a year, a day before the year
    or after today, and no text. About six queries.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        locked = lock_member(member)
        held = check_reviews(locked, by=by)
        if not text.strip():
            raise CommunityRefused(_("Write what was reported."), code="text")
        if year not in years_of(locked, today=today):
            raise CommunityRefused(
                _("%(name)s was not in office in %(year)d.") % {"name": locked.name, "year": year},
                code="year",
            )
        if not date(year, 1, 1) <= given_on <= today or (
            locked.in_office_on is not None and given_on < locked.in_office_on
        ):
            raise CommunityRefused(
                _("The day lies in the year or after it, not before taking office, and not after today."),
                code="given_on",
            )
        if DutyReport.objects.filter(member=locked, year=year).exists():
            raise CommunityRefused(_("The duty report of this year is on record already."), code="year")
        made = DutyReport.objects.create(member=locked, year=year, given_on=given_on, text=text)
        telling.record(
            locked.committee,
            "duty_reported",
            subject=locked,
            by=by,
            now=now,
            unit=held.unit,
            data={"year": year},
        )
    return made


def appraise(
    *, member: PartTimeMember, year: int, grade: str, by: User, now: datetime, comment: str = ""
) -> MemberAppraisal:
    """Appraise one year upon its duty report; return the appraisal.

    Refuses as `check_reviews`, a year without a duty report, and a second appraisal of a year. About six queries.
    """
    with transaction.atomic():
        locked = lock_member(member)
        held = check_reviews(locked, by=by)
        report = DutyReport.objects.filter(member=locked, year=year).select_related("appraisal").first()
        if report is None:
            raise CommunityRefused(
                _("The duty report of %(year)d comes first.") % {"year": year}, code="year"
            )
        if MemberAppraisal.objects.filter(report=report).exists():
            raise CommunityRefused(_("This year is appraised already."), code="year")
        made = MemberAppraisal.objects.create(
            report=report,
            grade=grade,
            comment=comment,
            appraised_on=timezone.localdate(now),
            appraised_by=by,
        )
        telling.record(
            locked.committee,
            "appraised",
            subject=locked,
            by=by,
            now=now,
            unit=held.unit,
            data={"year": year, "grade": grade},
        )
    return made


def take_letter(*, appraisal: MemberAppraisal, form: str, by: User, now: datetime) -> None:
    """Put on the trail who took the letter to the member's unit, as Word or PDF. Refuses outside the territory."""
    member = appraisal.report.member
    held = keeper_of(member.committee.community_id, by=by, permission=P.COMMUNITY_VIEW)
    if held is None:
        raise CommunityRefused(
            _("The letter is for those who see the records of this community."), code="role"
        )
    with transaction.atomic():
        telling.record(
            member.committee,
            "letter_taken",
            subject=member,
            by=by,
            now=now,
            unit=held.unit,
            data={"year": appraisal.report.year, "form": form},
        )
