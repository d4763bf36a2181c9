"""The nightly check of deadlines: what it found, and a run by hand. For who configures."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kunming_portal.accounts.permissions import Permission
from kunming_portal.ui import keypages
from whistle import hours, rechecks
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
    deadlines = [row.deadline for row in page.rows]
    seen = CaseDeadline.objects.visible_to(user, Permission.CASE_VIEW).filter(
        pk__in=[d.pk for d in deadlines]
    )
    visible = set(seen.values_list("pk", flat=True)) if deadlines else set()
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
    deadline = row.deadline
    acts = hours.who_acts(deadline.step, whistle=deadline.whistle, assignment=deadline.assignment)
    Part = DeadlineDifference.Part
    return {
        "difference": row,
        "deadline": deadline,
        "who": acts.short_name,
        "is_visible": deadline.pk in visible,
        "parts": [Part(part).label for part in row.parts],
        "stored_due": _moment(row.stored),
        "computed_due": _moment(row.computed),
    }


def _moment(kept: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(kept["due_at"]) if "due_at" in kept else None
