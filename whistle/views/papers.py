"""Papers of a case to take along, as Word or PDF: scoped like the case page, and on the trail."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kunming_portal.documents import Paper, render_pdf, render_word
from kunming_portal.errors import Refused
from whistle import services
from whistle.models import Case, Whistle
from whistle.papers import get_case_file, get_notice_paper, get_slip_paper
from whistle.presenters import page
from whistle.services.papers import number_slip
from whistle.views.case import signed_in, visible_case
from whistle.views.supervision import visible_task

FORMS: dict[str, tuple[Callable[[Paper], bytes], str]] = {
    "docx": (render_word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (render_pdf, "application/pdf"),
}


@never_cache
@require_GET
def case_paper(request: HttpRequest, pk: int, paper: str, form: str) -> HttpResponseBase:
    """Send the case file or the dispatch slip; `tier` chooses the whistle, else the newest one dispatched."""
    user, now = signed_in(request), timezone.now()
    found = visible_case(user, pk)
    if form not in FORMS or paper not in {"file", "slip"}:
        raise Http404
    if paper == "file":
        return _send(request, found, get_case_file(found, now=now), form)
    whistle = _dispatched(request, found)
    try:
        slip = number_slip(whistle=whistle, by=user, now=now)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(found)
    return _send(request, found, get_slip_paper(slip, whistle=whistle), form)


@never_cache
@require_GET
def notice_paper(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """Send a supervision notice. An instruction has no paper of its own."""
    task = visible_task(signed_in(request), pk)
    if form not in FORMS or not task.is_notice:
        raise Http404
    return _send(request, task.case, get_notice_paper(task), form)


def _dispatched(request: HttpRequest, found: Case) -> Whistle:
    whistles, _duties = page.get_chain(found)
    asked = request.GET.get("tier", "")
    fitting = [w for w in whistles if str(w.tier) == asked] or [
        w for w in whistles if w.dispatched_at is not None
    ]
    return (fitting or whistles)[-1]


def _send(request: HttpRequest, found: Case, made: Paper, form: str) -> HttpResponse:
    render, kind = FORMS[form]
    content = render(made)
    name = f"{made.title} {made.number or found.number}"[:80].replace("/", "-")
    services.take_paper(case=found, paper=name, form=form, by=signed_in(request), now=timezone.now())
    response = HttpResponse(content, content_type=kind)
    header = content_disposition_header(as_attachment=True, filename=f"{name}.{form}")
    response.headers["Content-Disposition"] = header or "attachment"
    return response
