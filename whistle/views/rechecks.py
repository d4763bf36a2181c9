"""The nightly check of deadlines: what it found, and a run by hand. For who configures."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kunming_portal.accounts.permissions import Permission
from kunming_portal.ui import keypages
from whistle import hours, rechecks, task_rows
from whistle.models import CaseDeadline, DeadlineDifference
from whistle.services import rechecking
from whistle.views.recalculations import NEWEST, configurer

SHOWS = ("wrong", "outdated", "resolved")


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List differences, newest first: wrong ones, outdated ones, or those that are in order again."""
    user = configurer(request)
    show = request.GET.get("show", "")
    show = show if show in SHOWS else SHOWS[0]
    page = keypages.read_page(rechecks.get_differences(show), columns=NEWEST, query=request.GET.dict())
    shown = [row.deadline_id for row in page.rows if row.deadline_id is not None]
    seen = CaseDeadline.objects.visible_to(user, Permission.CASE_VIEW).filter(pk__in=shown)
    visible = set(seen.values_list("pk", flat=True))
    context = {
        "now": timezone.now(),
        "health": rechecks.get_health(),
        "show": show,
        "rows": [_row(row, visible) for row in page.rows],
        "page": page.key,
    }
    return render(request, "whistle/rechecks.html", context)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a run at once; a worker goes on with it."""
    configurer(request)
    rechecking.begin(now=timezone.now())
    messages.success(request, _("The check has begun. Its result stands here when it is through."))
    return redirect("rechecks")


def _row(row: DeadlineDifference, visible: set[int]) -> dict[str, Any]:
    Part = DeadlineDifference.Part
    return {
        "difference": row,
        "parts": [Part(part).label for part in row.parts],
        "stored_due": _moment(row.stored),
        "computed_due": _moment(row.computed),
        **(_of_case(row.deadline, visible) if row.deadline is not None else _of_task(row)),
    }


def _of_case(deadline: CaseDeadline, visible: set[int]) -> dict[str, Any]:
    acts = hours.who_acts(deadline.step, whistle=deadline.whistle, assignment=deadline.assignment)
    return {
        "name": deadline.get_step_display(),
        "who": acts.short_name,
        "about": [deadline.case.number, deadline.whistle.get_tier_display(), deadline.whistle.kind.label],
        "url": reverse("deadline", args=[deadline.pk]) if deadline.pk in visible else "",
    }


def _of_task(row: DeadlineDifference) -> dict[str, Any]:
    assert row.task_deadline is not None, "kept by the database"
    task = row.task_deadline.task
    return {
        "name": task_rows.name_of(task),
        "who": task.unit.short_name,
        "about": [task.case.number, task.get_kind_display()],
        "url": "",
    }


def _moment(kept: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(kept["due_at"]) if "due_at" in kept else None
