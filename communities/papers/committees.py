"""The letter to a part-time member's unit on one year: facts, the report, the appraisal (domain.md §3)."""

from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from communities.models import MeetingAttendance, MemberAppraisal, PartTimeMember, Undertaking
from kunming_portal.documents import Block, Facts, Heading, Paper, Paragraph, chinese_date


def get_letter(appraisal: MemberAppraisal) -> Paper:
    """Return the letter on an appraised year, in the office's language whoever prints it. Two queries.

    Attendance and tasks are told as facts: there is no score and no comparison (domain.md §9).
    """
    with translation.override(settings.LANGUAGE_CODE):
        member = appraisal.report.member
        community = member.committee.community.short_name
        signature = _("Big Party committee of %(community)s") % {"community": community}
        return Paper(
            title=_("Feedback on the work of %(name)s as a part-time member in %(year)d")
            % {"name": member.name, "year": appraisal.report.year},
            addressee=member.unit_name,
            body=list(_body(appraisal, member)),
            signature=signature,
            date=appraisal.appraised_on,
        )


def _body(appraisal: MemberAppraisal, member: PartTimeMember) -> Iterator[Block]:
    report = appraisal.report
    yield Paragraph(
        _(
            "%(name)s of your unit is a part-time member of the big Party committee of %(community)s. For %(year)d we"
            " report:"
        )
        % {
            "name": member.name,
            "community": member.committee.community.short_name,
            "year": report.year,
        }
    )
    yield Heading(_("1. The office"))
    yield Facts(
        [
            (_("Post on the committee"), str(member.get_post_display())),
            (_("Post in the unit"), member.unit_post),
            (_("In office since"), chinese_date(member.in_office_on) if member.in_office_on else ""),
            (_("Division of work"), member.duties),
            (_("Contact compound"), member.compound.name if member.compound is not None else ""),
            (_("Meetings"), _attendance(member, report.year)),
            (_("Tasks of the unit"), _tasks(member, report.year)),
        ]
    )
    yield Heading(_("2. Duty report of the year"))
    yield Paragraph(report.text)
    yield Heading(_("3. Appraisal"))
    yield Paragraph(_("Appraised as: %(grade)s") % {"grade": appraisal.get_grade_display()})
    if appraisal.comment:
        yield Paragraph(appraisal.comment)
    yield Paragraph(_("We thank your unit for its support."))


def _attendance(member: PartTimeMember, year: int) -> str:
    rows = MeetingAttendance.objects.filter(member=member, meeting__held_at__year=year)
    counts = Counter(rows.values_list("came", flat=True))
    if not counts:
        return ""
    Came = MeetingAttendance.Came
    return _("%(held)d held: present %(present)d, excused %(excused)d, absent %(absent)d") % {
        "held": sum(counts.values()),
        "present": counts[Came.PRESENT],
        "excused": counts[Came.EXCUSED],
        "absent": counts[Came.ABSENT],
    }


def _tasks(member: PartTimeMember, year: int) -> str:
    """Return how many tasks of this committee the unit was given in the year, and how many are done."""
    whose = Q(addressee=member.unit_name)
    if member.unit_id is not None:
        whose |= Q(unit=member.unit_id)
    rows = Undertaking.objects.filter(whose, meeting_task__meeting__committee=member.committee_id)
    statuses = [
        status
        for status, issued in rows.values_list("status", "issued_at")
        if timezone.localtime(issued).year == year
    ]
    if not statuses:
        return ""
    done = sum(status == Undertaking.Status.DONE for status in statuses)
    return _("%(given)d given, %(done)d done") % {"given": len(statuses), "done": done}
