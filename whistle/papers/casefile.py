"""The case file (卷宗): everything about one case on paper, with the complete stage log. The reporter stays masked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.documents import Block, Facts, Heading, Paper, Paragraph, Table
from whistle import selectors, services
from whistle.limits import text_of
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseNote,
    Evidence,
    SupervisionTask,
    TaskDeadline,
    Whistle,
)
from whistle.papers.stagelog import get_stages
from whistle.papers.words import level, moment, numbered, numbers_elsewhere, office_language
from whistle.presenters import page, timeline
from whistle.presenters.clocks import Watch
from whistle.workflow import AssignmentStatus


@dataclass(frozen=True)
class Everything:
    """What the database holds about a case, read once."""

    case: Case
    whistles: Sequence[Whistle]
    duties: Sequence[Assignment]
    deadlines: Sequence[CaseDeadline]
    tasks: Sequence[SupervisionTask]
    notes: Sequence[CaseNote]
    events: Sequence[AuditEvent]


def get_case_file(case: Case, *, now: datetime) -> Paper:
    """Return the case file as it stands now. About sixteen queries, however long the case is."""
    with office_language():
        whistles, duties = page.get_chain(case)
        every = Everything(
            case=case,
            whistles=whistles,
            duties=duties,
            deadlines=selectors.get_deadlines(case),
            tasks=list(
                SupervisionTask.objects.filter(case=case).select_related("unit", "issuer").order_by("id")
            ),
            notes=list(CaseNote.objects.filter(case=case).select_related("by").order_by("id")),
            events=list(AuditEvent.objects.filter(stream=case.stream).order_by("seq")),
        )
        watch = page.get_watch(now)
        sections = [
            (_("The matter"), list(_matter(every))),
            (pgettext("section of a case file", "Whistles"), list(_whistles(every))),
            (_("Units called"), list(_units(every))),
            (_("Limits"), list(_limits(every, watch))),
            (_("Supervision and instructions"), list(_tasks(every))),
            (_("Pictures and papers"), list(_evidence(case))),
            (_("Notes"), list(_notes(every))),
            (pgettext("of a case", "History"), list(_log(every, now))),
        ]
        body = [
            block
            for place, (title, blocks) in enumerate([s for s in sections if s[1]], start=1)
            for block in (Heading(numbered(place, title)), *blocks)
        ]
        return Paper(
            title=_("Case file"),
            number=str(case),
            body=body,
            signature=whistles[-1].receiver.name,
            date=timezone.localtime(now).date(),
        )


def _matter(every: Everything) -> Iterator[Block]:
    case = every.case
    reporter = services.masked_reporter(case)
    place = "".join(get_full_paths([case.division_id])[case.division_id])
    yield Facts(
        [
            (_("Number"), case.number),
            (_("Title"), case.title),
            (_("External number"), numbers_elsewhere(case)),
            (_("Source"), case.get_source_display()),
            (_("Division"), place),
            (_("Where"), case.place),
            (_("Affected"), case.affected),
            (_("Already tried"), case.tried),
            (_("Reporter"), " ".join(reporter) if reporter is not None else ""),
            (_("Written by"), case.opened_by.name),
            (_("Written"), moment(case.opened_at)),
            (_("Status"), case.get_status_display()),
            (_("Closed on"), moment(case.closed_at)),
        ]
    )
    yield Paragraph(case.description)


def _whistles(every: Everything) -> Iterator[Block]:
    for place, whistle in enumerate(every.whistles, start=1):
        yield Heading(level(place, whistle.get_tier_display()), 2)
        yield Facts(
            [
                (_("Kind"), whistle.kind.label),
                (_("Caller"), whistle.caller.name),
                (_("Receiver"), whistle.receiver.name),
                (_("Why this tier cannot solve it"), whistle.reason),
                (_("Blown"), _by(whistle.blown_at, whistle.blown_by)),
                (_("Signed off"), _by(whistle.approved_at, whistle.approved_by)),
                (_("Accepted"), moment(whistle.accepted_at)),
                (_("Dispatched"), moment(whistle.dispatched_at)),
                (_("Verified"), moment(whistle.verified_at)),
                (_("Verdict"), whistle.get_verdict_display()),
                (_("Satisfaction"), whistle.get_satisfaction_display()),
                (_("Reworks"), str(whistle.reworks) if whistle.reworks else ""),
                (_("Status"), whistle.get_status_display()),
                (_("Ended on"), moment(whistle.ended_at)),
            ]
        )


def _units(every: Everything) -> Iterator[Block]:
    tiers = {whistle.pk: whistle.get_tier_display() for whistle in every.whistles}
    due = {(d.assignment_id, d.step): d.due_at for d in every.deadlines if d.assignment_id is not None}
    for place, duty in enumerate(every.duties, start=1):
        role = _("Lead") if duty.is_lead else _("Assisting")
        yield Heading(level(place, f"{duty.unit.name}（{tiers[duty.whistle_id]}{role}）"), 2)
        yield Facts(
            [
                (_("Called"), moment(duty.created_at)),
                (_("Signed"), _against(duty.signed_at, due.get((duty.pk, "sign")))),
                (_("Reported in"), _against(duty.reported_at, due.get((duty.pk, "report_in")))),
                (_("Who comes"), duty.reported_person),
                (_("Fed back"), _against(duty.fed_back_at, due.get((duty.pk, "feed_back")))),
                (_("What was done"), duty.measures),
                (_("Who was met"), duty.met_whom),
                (_("Reworks"), str(duty.reworks) if duty.reworks else ""),
                (_("Rated"), moment(duty.evaluated_at)),
                (_("Rating"), _rating(duty)),
                (_("Comment"), duty.comment),
                (_("Status"), str(AssignmentStatus(duty.status).label)),
            ]
        )


def _limits(every: Everything, watch: Watch) -> Iterator[Block]:
    rows = []
    for clock in every.deadlines:
        owner = clock.assignment.unit.short_name if clock.assignment is not None else ""
        rungs = "\n".join(f"{r.get_rung_display()} {moment(r.climbed_at)}" for r in clock.rungs.all())
        ended = f"{moment(clock.ended_at)}\n{clock.get_outcome_display()}" if clock.ended_at else _("running")
        took = _("used %(span)s") % {"span": watch.took_text(clock)}
        rows.append(
            [
                f"{clock.get_step_display()}\n{owner}",
                f"{text_of(clock.limit)}\n{took}",
                moment(clock.started_at),
                moment(clock.due_at),
                ended,
                rungs,
            ]
        )
    if rows:
        heads = [_("Step"), _("Limit"), _("From"), _("Due"), _("Ended"), _("Rungs")]
        yield Table(heads, rows, [26, 28, 24, 24, 24, 30])


def _tasks(every: Everything) -> Iterator[Block]:
    clocks = {
        clock.task_id: clock for clock in TaskDeadline.objects.filter(task__in=every.tasks).order_by("id")
    }
    rows = [
        [
            f"{task.get_kind_display()}\n{task.number}",
            _("%(issuer)s to %(unit)s") % {"issuer": task.issuer.short_name, "unit": task.unit.short_name},
            task.text,
            moment(clocks[task.pk].due_at) if task.pk in clocks else "",
            f"{task.answer}\n{moment(task.answered_at)}",
            task.get_status_display(),
        ]
        for task in every.tasks
    ]
    if rows:
        heads = [
            _("Sort"),
            _("From and to"),
            _("What is required"),
            _("Due"),
            pgettext("noun", "Reply"),
            _("Status"),
        ]
        yield Table(heads, rows, [28, 28, 38, 20, 28, 14])


def _evidence(case: Case) -> Iterator[Block]:
    """List what the case is proved with: what it is, who added it, whether it was withdrawn. The files stay online."""
    found = Evidence.objects.filter(case=case).select_related("attachment", "added_by").order_by("id")
    rows = [
        [
            str(one.get_moment_display()),
            one.caption or one.attachment.name,
            one.added_by.name,
            moment(one.added_at),
            f"{moment(one.removed_at)} {one.removed_reason}".strip(),
        ]
        for one in found
    ]
    if rows:
        gone = pgettext("a picture", "Withdrawn")
        heads = [pgettext("a picture", "When"), _("What it shows"), _("Who"), _("Added"), gone]
        yield Table(heads, rows, [20, 50, 24, 28, 34])


def _notes(every: Everything) -> Iterator[Block]:
    rows = [[moment(note.written_at), note.by.name, note.text] for note in every.notes]
    if rows:
        yield Table([_("Time"), _("Who"), _("Note")], rows, [28, 24, 104])


def _log(every: Everything, now: datetime) -> Iterator[Block]:
    teller = timeline.Teller(
        now=now,
        short_names=page.short_names(list(every.whistles), list(every.duties)),
        notes={note.pk: note for note in every.notes},
    )
    stages = get_stages(every.events, whistles=every.whistles, duties=every.duties, teller=teller)
    rows = [[moment(s.at), s.who, s.what, s.way, s.why] for s in stages]
    yield Table([_("Time"), _("Who"), _("What"), _("From and to"), _("Why")], rows, [24, 28, 44, 28, 32])


def _by(at: datetime | None, person: object) -> str:
    return f"{moment(at)} {person}" if at is not None else ""


def _against(at: datetime | None, due: datetime | None) -> str:
    """Return an actual moment beside its limit."""
    limit = _("limit %(moment)s") % {"moment": moment(due)} if due is not None else ""
    return f"{moment(at)}（{limit}）" if at is not None and limit else moment(at) or limit


def _rating(duty: Assignment) -> str:
    if duty.evaluated_at is None:
        return ""
    return timeline.grades_text({"speed": duty.speed, "cooperation": duty.cooperation, "effect": duty.effect})
