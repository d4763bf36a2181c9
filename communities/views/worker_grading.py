"""Giving grades to everybody of a street or community: choose, look at what changes, confirm."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from communities.forms.workers import GradingForm
from communities.guards import CommunityRefused
from communities.models import WorkerScheme
from communities.presenters.workers import plain, point_lines
from communities.services import regrading
from communities.services.regrading import Preview
from communities.views.frame import signed_in
from communities.views.worker_forms import kept_places
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P


@require_http_methods(["GET", "POST"])
def grading(request: HttpRequest) -> HttpResponseBase:
    """Show what grading on a day would change (GET with a place), or give exactly that (POST with its token)."""
    user = signed_in(request)
    if not user.can(P.WORKER_KEEP):
        raise PermissionDenied
    form = _form(request, user)
    if request.method == "POST":
        return _confirm(request, form, user)
    preview: Preview | None = None
    if form.is_bound and form.is_valid():
        try:
            preview = regrading.preview(**form.cleaned_data, by=user, now=timezone.now())
        except CommunityRefused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
    return _page(request, form, preview, status=422 if form.errors else 200)


def _form(request: HttpRequest, user: User) -> GradingForm:
    places = kept_places(user, "street", "community")
    if not any(len(code) > 6 for code in user.scope(P.WORKER_KEEP).prefixes):
        places = places.filter(level="street")
    query = request.POST or request.GET
    first = places.first()
    return GradingForm(
        query if "division" in query else None,
        places=places,
        on=timezone.localdate(),
        initial={"division": first.code if first is not None else None},
    )


def _confirm(request: HttpRequest, form: GradingForm, user: User) -> HttpResponseBase:
    if not form.is_bound or not form.is_valid():
        return _page(request, form, None, status=422)
    given = form.cleaned_data
    token = request.POST.get("token", "")
    try:
        number = regrading.regrade(**given, token=token, by=user, now=timezone.now())
    except CommunityRefused as refused:
        messages.error(request, refused.sentence)
        return _page(request, form, None, status=422)
    done = ngettext("%(n)d worker was given a grade.", "%(n)d workers were given a grade.", number)
    messages.success(request, done % {"n": number})
    return redirect(f"{reverse('workers')}?division={given['division'].code}")


def _page(request: HttpRequest, form: GradingForm, preview: Preview | None, *, status: int) -> HttpResponse:
    rows = [
        {
            "change": change,
            "points": plain(change.points),
            "lines": point_lines(change.lines),
        }
        for change in (preview.changes if preview is not None else ())
    ]
    context = {
        "form": form,
        "preview": preview,
        "rows": rows,
        "title": _("Give grades"),
        "schemes": _schemes(preview),
    }
    return render(request, "communities/workers/grading.html", context, status=status)


def _schemes(preview: Preview | None) -> list[WorkerScheme]:
    found = {change.after.scheme_id: change.after.scheme for change in (preview.changes if preview else ())}
    return list(found.values())
