"""The scheme that holds at a place, and new versions of it: rules and grades, or pay for who may see pay."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from communities.forms.worker_schemes import PayForm, SchemeForm
from communities.guards import CommunityRefused
from communities.models import PostClass, WorkerScheme
from communities.presenters.schemes import pay_table, rule_rows
from communities.services import schemes
from communities.services.schemes import Effect
from communities.services.worker_rights import keeper_of_scheme, sees_pay_at
from communities.views.frame import form_page, signed_in
from communities.views.worker_staffing import asked_place
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division


@never_cache
@require_GET
def scheme(request: HttpRequest) -> HttpResponse:
    """Show what counts, which grades there are and, for who may see pay, what they are paid."""
    user = signed_in(request)
    place = asked_place(request, user)
    today = timezone.localdate()
    found = schemes.get_scheme(place.code, on=today)
    if found is None:
        raise Http404
    versions = WorkerScheme.objects.over(place.code).select_related("division").order_by("-valid_from", "-pk")
    keeper_of = next((code for code in _seats(place.code) if keeper_of_scheme(code, by=user)), "")
    sees_pay = sees_pay_at(place.code, by=user)
    context: dict[str, Any] = {
        "place": place,
        "scheme": found,
        "rules": rule_rows(found),
        "grades": sorted(found.grades.all(), key=lambda grade: grade.from_points),
        "versions": versions,
        "keeper_of": keeper_of,
        "may_change_pay": bool(keeper_of) and sees_pay_at(keeper_of, by=user),
        "pay": pay_table(found) if sees_pay else None,
        "today": today,
    }
    return render(request, "communities/workers/scheme.html", context)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponseBase:
    """Make a new version of rules and grades: fill in, look at who would change grade, confirm."""
    user = signed_in(request)
    place, found = _kept(user, code)
    form = SchemeForm(
        request.POST or None,
        draft=schemes.draft_of(found),
        valid_from=_next_day(found),
    )
    effect: Effect | None = None
    if request.method == "POST" and form.is_valid():
        given = {"division": place, "draft": form.typed_draft, "valid_from": form.cleaned_data["valid_from"]}
        try:
            if request.POST.get("seen") == form.mark:
                schemes.change_scheme(**given, by=user, now=timezone.now())
                messages.success(request, _("The new version was saved. No grade has moved."))
                return redirect(f"{reverse('workers-scheme')}?division={code}")
            schemes.check_draft(form.typed_draft, valid_from=given["valid_from"], now=timezone.now())
            effect = schemes.effect_of(**given, by=user)
        except CommunityRefused as refused:
            form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
    context = {"form": form, "effect": effect, "place": place, "scheme": found}
    return render(
        request, "communities/workers/scheme_form.html", context, status=422 if form.errors else 200
    )


@never_cache
@require_http_methods(["GET", "POST"])
def change_pay(request: HttpRequest, code: str) -> HttpResponseBase:
    """Make a new version with other pay; there is no such page for who may not see pay."""
    user = signed_in(request)
    if not sees_pay_at(code, by=user):
        raise Http404
    place, found = _kept(user, code)
    posts = list(PostClass.objects.filter(is_active=True).order_by("position", "pk"))
    form = PayForm(
        request.POST or None,
        draft=schemes.draft_of(found),
        bands=schemes.bands_of(found),
        posts=posts,
        valid_from=_next_day(found),
    )

    def run(typed: dict[str, Any]) -> None:
        schemes.change_scheme(
            division=place,
            draft=form.typed_draft,
            valid_from=typed["valid_from"],
            by=user,
            now=timezone.now(),
        )

    context = {
        "title": _("Pay in %(place)s") % {"place": place.name},
        "verb": _("Save the new version"),
        "back_label": _("Scheme"),
        "lede": _("Yuan a month. The lowest grade has a bonus of at least %(lowest)d yuan.")
        % {"lowest": found.lowest_bonus},
    }
    back = f"{reverse('workers-scheme')}?division={code}"
    return form_page(
        request,
        form,
        run,
        context=context,
        done=_("The new version was saved. No grade has moved."),
        back=back,
    )


def _kept(user: User, code: str) -> tuple[Division, WorkerScheme]:
    """Return the county or city whose scheme this person sets, and its newest version; refuses others (404)."""
    if keeper_of_scheme(code, by=user) is None:
        raise Http404
    place = get_object_or_404(Division, code=code)
    # a version to come included: what it changes must not get lost in the next one
    found = schemes.get_scheme(code, on=timezone.localdate() + schemes.LONGEST_AHEAD)
    if found is None:
        raise PermissionDenied
    return place, found


def _next_day(found: WorkerScheme) -> date:
    """Return the first day on which a version after this one can begin."""
    return max(timezone.localdate(), found.valid_from) + timedelta(days=1)


def _seats(code: str) -> tuple[str, ...]:
    """Return the county and the city a place lies in, the nearer first."""
    return (code[:6], code[:4]) if len(code) >= 6 else (code,)
