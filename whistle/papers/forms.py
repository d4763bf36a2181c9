"""Dispatch slip and supervision notice: papers with a red head and a number."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.audit.models import AuditEvent
from kunming_portal.documents import Block, Facts, Heading, Paper, Paragraph, Table, chinese_date
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    DispatchSlip,
    SupervisionTask,
    TaskDeadline,
    Whistle,
)
from whistle.papers.words import moment, numbered, numbers_elsewhere, office_language
from whistle.workflow import MOVES, Move, Step

UNIT_STEPS = (Step.SIGN, Step.REPORT_IN, Step.FEED_BACK)


def get_slip_paper(slip: DispatchSlip, *, whistle: Whistle) -> Paper:
    """Return the dispatch slip of a whistle: which units are called to what, by when. Four queries."""
    with office_language():
        duties = list(
            Assignment.objects.filter(whistle=whistle).select_related("unit").order_by("-is_lead", "id")
        )
        dispatched = whistle.dispatched_at or slip.numbered_at
        return Paper(
            title=_("Dispatch slip"),
            issuer=whistle.receiver.name,
            number=slip.number,
            addressee=pgettext("between names", ", ").join(duty.unit.name for duty in duties),
            body=list(_slip_body(whistle, duties)),
            signature=whistle.receiver.name,
            date=timezone.localtime(dispatched).date(),
            imprint=whistle.receiver.name,
        )


def _slip_body(whistle: Whistle, duties: list[Assignment]) -> Iterator[Block]:
    case = whistle.case
    yield Paragraph(
        _("%(caller)s blew a whistle on “%(title)s”. You are called to report in and to handle it:")
        % {"caller": whistle.caller.name, "title": case.title}
    )
    yield Heading(numbered(1, _("The matter")))
    yield Facts([*_facts(case), (_("Kind"), whistle.kind.label), (_("Caller"), whistle.caller.name)])
    yield Paragraph(case.description)
    yield Heading(numbered(2, _("Units and limits")))
    clocks = _first_clocks(whistle)
    yield Table(
        [_("Unit"), _("Role"), *(str(step.label) for step in UNIT_STEPS)],
        [
            [
                duty.unit.name,
                str(_("Lead") if duty.is_lead else _("Assisting")),
                *(clocks.get((duty.pk, step), "") for step in UNIT_STEPS),
            ]
            for duty in duties
        ],
        [44, 16, 32, 32, 32],
    )
    instruction = _instruction(whistle)
    if instruction:
        yield Heading(numbered(3, _("Instruction to the units")))
        yield Paragraph(instruction)


def get_notice_paper(task: SupervisionTask) -> Paper:
    """Return a supervision notice as it went out. Three queries."""
    with office_language():
        due = TaskDeadline.objects.filter(task=task).order_by("id").first()
        return Paper(
            title=_("Supervision notice on “%(title)s”") % {"title": task.case.title},
            issuer=task.issuer.name,
            number=task.number,
            addressee=task.unit.name,
            body=list(_notice_body(task, due.due_at if due is not None else None)),
            signature=task.issuer.name,
            date=timezone.localtime(task.issued_at).date(),
            imprint=task.issuer.name,
        )


def _notice_body(task: SupervisionTask, due: datetime | None) -> Iterator[Block]:
    yield Paragraph(
        _("The matter below is under supervision. The leader in charge of your unit answers for the reply.")
    )
    yield Heading(numbered(1, _("The matter")))
    yield Facts(_facts(task.case))
    late = _late_clocks(task)
    if late:
        yield Heading(numbered(2, _("Limits that were passed")))
        yield Table([_("Step"), _("Due"), _("Ended")], late, [60, 48, 48])
    yield Heading(numbered(3 if late else 2, _("What is required")))
    yield Paragraph(task.text)
    if due is not None:
        local = timezone.localtime(due)
        yield Heading(numbered(4 if late else 3, _("Reply due")))
        yield Paragraph(
            _("Reply in writing through the portal by %(date)s, %(clock)s.")
            % {"date": chinese_date(local.date()), "clock": f"{local:%H:%M}"}
        )


def _facts(case: Case) -> list[tuple[str, str]]:
    return [
        (_("Number"), case.number),
        (_("Title"), case.title),
        (_("External number"), numbers_elsewhere(case)),
        (_("Where"), case.place),
        (_("Written"), moment(case.opened_at)),
    ]


def _first_clocks(whistle: Whistle) -> dict[tuple[int, str], str]:
    """Return the limits a dispatch gave: the first clock of each unit and step."""
    clocks = CaseDeadline.objects.filter(whistle=whistle, assignment__isnull=False).order_by("-id")
    return {(clock.assignment_id or 0, clock.step): moment(clock.due_at) for clock in clocks}


def _late_clocks(task: SupervisionTask) -> list[list[str]]:
    """Return the unit's own limits that had passed when the notice went out."""
    clocks = CaseDeadline.objects.filter(
        whistle_id=task.whistle_id, assignment__unit_id=task.unit_id, due_at__lt=task.issued_at
    ).order_by("due_at", "id")
    return [
        [clock.get_step_display(), moment(clock.due_at), moment(clock.ended_at) or _("not yet")]
        for clock in clocks
        if clock.ended_at is None or clock.ended_at > clock.due_at
    ]


def _instruction(whistle: Whistle) -> str:
    events = AuditEvent.objects.filter(
        stream=whistle.case.stream, event=MOVES[Move.DISPATCH].audit, data__tier=whistle.tier
    )
    return events.order_by("-seq").values_list("reason", flat=True).first() or ""
