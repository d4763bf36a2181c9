"""The yearly opinion on a unit: drafted with one click, worded, issued, taken as Word or PDF."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities.forms.check_ins import OpinionForm
from communities.models import YearlyOpinion
from communities.papers.opinions import get_opinion_paper
from communities.presenters.check_ins import refusal_of
from communities.selectors import get_opinions
from communities.services import opinions as service
from communities.views.check_ins import visible_check_in
from communities.views.frame import act, form_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.documents import render_pdf, render_word
from kunming_portal.errors import Refused

FORMS = {
    "docx": (render_word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (render_pdf, "application/pdf"),
}


def visible_opinion(user: User, pk: int) -> YearlyOpinion:
    """Return the opinion, or 404: a unit does not see a draft."""
    rows = get_opinions(user=user).select_related(
        "check_in__community", "check_in__unit", "issued_by", "drafted_by"
    )
    row: YearlyOpinion = get_object_or_404(rows, pk=pk)
    return row


@require_POST
def draft(request: HttpRequest, pk: int, year: int) -> HttpResponseBase:
    """Build the opinion on a unit for a year from the facts, with one click; then its page."""
    user, now = signed_in(request), timezone.now()
    found = visible_check_in(user, pk)
    try:
        made = service.draft(check_in=found, year=year, by=user, now=now)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(found)
    return redirect(made)


@require_GET
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an opinion: words and facts, the papers, and what I may do."""
    user, now = signed_in(request), timezone.now()
    found = visible_opinion(user, pk)
    context = {
        "opinion": found,
        "facts": service.facts_of(found),
        "may_reword": not found.is_issued
        and not refusal_of(lambda: service.check_draft(found.check_in, by=user)),
        "issue_refusal": refusal_of(lambda: service.check_issue(found, by=user)),
        "now": now,
    }
    return render(request, "communities/check_ins/opinion.html", context)


@require_http_methods(["GET", "POST"])
def reword(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change the words of a draft."""
    user, now = signed_in(request), timezone.now()
    found = visible_opinion(user, pk)
    form = OpinionForm(request.POST or None, initial={"text": found.text})
    context = {
        "title": _("Words of the opinion"),
        "facts": [(_("Unit"), found.check_in.unit_name), (_("Year"), str(found.year))],
        "lede": _("The list of services stands below the words on the paper; it need not be told again."),
        "verb": _("Save"),
        "refusal": refusal_of(lambda: service.check_draft(found.check_in, by=user))
        or (_("It was issued; nothing can be changed.") if found.is_issued else ""),
    }

    def run(typed: dict[str, Any]) -> YearlyOpinion:
        return service.reword(opinion=found, by=user, now=now, **typed)

    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Issue an opinion; the unit's people are told."""
    user, now = signed_in(request), timezone.now()
    found = visible_opinion(user, pk)
    return act(
        request,
        lambda: service.issue(opinion=found, by=user, now=now),
        done=_("The opinion was issued; the unit was told."),
        back=found.get_absolute_url(),
    )


@never_cache
@require_GET
def paper(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """Send the paper of an opinion, and put on the trail who took it."""
    user, now = signed_in(request), timezone.now()
    found = visible_opinion(user, pk)
    if form not in FORMS:
        raise Http404
    draw, kind = FORMS[form]
    made = get_opinion_paper(found, today=timezone.localdate(now))
    content = draw(made)
    service.take_paper(opinion=found, form=form, by=user, now=now)
    response = HttpResponse(content, content_type=kind)
    name = f"{made.title}.{form}"[-100:].replace("/", "-")
    header = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = header or "attachment"
    return response
