"""Changing the file of a community worker: one small form for each thing that happens."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from communities.forms import workers as forms_of
from communities.guards import CommunityRefused
from communities.models import CommunityWorker, Qualification
from communities.services import workers as services
from communities.services.worker_rights import check_keeps_workers
from communities.services.workers import Award, Person
from communities.views.frame import form_page, signed_in
from communities.views.workers import visible_worker
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import starts_with_any

either = require_http_methods(["GET", "POST"])
Run = Callable[[CommunityWorker, dict[str, Any], User, datetime], Any]
YEARS = 12


def kept_places(user: User, *levels: str) -> QuerySet[Division]:
    """Return the places of these levels whose workers this person keeps."""
    reach = starts_with_any(user.scope(P.WORKER_KEEP).prefixes)
    return Division.objects.filter(reach).level(*levels).real().select_related("parent").order_by("code")


@either
def enter(request: HttpRequest) -> HttpResponseBase:
    """Enter a worker."""
    user = signed_in(request)
    if not user.can(P.WORKER_KEEP):
        raise PermissionDenied
    places = kept_places(user, "community")
    form = forms_of.EnterForm(
        request.POST or None, places=places, initial={"community": request.GET.get("community")}
    )

    def run(typed: dict[str, Any]) -> CommunityWorker:
        person = Person(typed["name"], typed["started_on"], typed["education"])
        return services.enter(
            community=typed["community"],
            person=person,
            post_class=typed["post_class"],
            post_since=typed["post_since"],
            by=user,
            now=timezone.now(),
        )

    context = {
        "title": _("Enter a community worker"),
        "verb": _("Enter"),
        "back_label": _("Community workers"),
        "lede": _("No ID number and no birthday: no rule needs one."),
    }
    return form_page(
        request, form, run, context=context, done=_("The file was entered."), back=reverse("workers")
    )


def _about(
    request: HttpRequest, worker: CommunityWorker, form: forms.Form, run: Run, **words: str
) -> HttpResponseBase:
    """Show a form about one worker or run it; who does not keep the file is told so instead."""
    user = signed_in(request)
    refusal = ""
    try:
        check_keeps_workers(worker.community_id, by=user)
    except CommunityRefused as refused:
        refusal = refused.sentence
    context = {
        "title": words["title"],
        "verb": words["verb"],
        "lede": words.get("lede", f"{worker.name} {worker.community.short_name}"),
        "back_label": worker.name,
        "refusal": refusal,
    }
    return form_page(
        request,
        form,
        lambda typed: run(worker, typed, user, timezone.now()),
        context=context,
        done=words["done"],
        back=worker.get_absolute_url(),
    )


@either
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Correct what the file says."""
    worker = visible_worker(signed_in(request), pk)
    initial = {name: getattr(worker, name) for name in ("name", "started_on", "education", "account")}
    form = forms_of.CorrectForm(request.POST or None, worker=worker, initial=initial)
    return _about(
        request,
        worker,
        form,
        lambda row, typed, user, now: services.correct(worker=row, person=Person(**typed), by=user, now=now),
        title=_("Correct the file"),
        verb=_("Save"),
        done=_("The file was corrected."),
    )


@either
def post(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give another post class."""
    worker = visible_worker(signed_in(request), pk)
    form = forms_of.PostForm(request.POST or None, initial={"on": timezone.localdate()})
    return _about(
        request,
        worker,
        form,
        lambda row, typed, user, now: services.change_post(worker=row, **typed, by=user, now=now),
        title=_("Change the post"),
        verb=_("Change the post"),
        done=_("The post was changed."),
    )


@either
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Move to another community."""
    user = signed_in(request)
    worker = visible_worker(user, pk)
    places = kept_places(user, "community").exclude(code=worker.community_id)
    form = forms_of.MoveForm(request.POST or None, places=places, initial={"on": timezone.localdate()})
    return _about(
        request,
        worker,
        form,
        lambda row, typed, by, now: services.move(worker=row, **typed, by=by, now=now),
        title=_("Move to another community"),
        verb=pgettext("a worker", "Move"),
        done=_("The worker was moved."),
    )


@either
def leave(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record that somebody leaves."""
    worker = visible_worker(signed_in(request), pk)
    form = forms_of.LeaveForm(request.POST or None, initial={"on": timezone.localdate()})
    return _about(
        request,
        worker,
        form,
        lambda row, typed, user, now: services.leave(worker=row, **typed, by=user, now=now),
        title=_("Leaves community work"),
        verb=_("Record it"),
        done=_("It was recorded. The file stays."),
    )


@either
def award(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record a title or an honour."""
    worker = visible_worker(signed_in(request), pk)
    form = forms_of.AwardForm(request.POST or None)

    def run(row: CommunityWorker, typed: dict[str, Any], user: User, now: datetime) -> Qualification:
        given = Award(kind=form.kind_of(typed["level"]), **typed)
        return services.record_award(worker=row, award=given, by=user, now=now)

    return _about(
        request,
        worker,
        form,
        run,
        title=_("Record a title or an honour"),
        verb=_("Record it"),
        done=_("It was recorded. The grade stays until grades are given again."),
    )


@either
def award_remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take back a title or an honour that was entered by mistake."""
    user = signed_in(request)
    row = get_object_or_404(Qualification.objects.select_related("worker"), pk=pk)
    worker = visible_worker(user, row.worker_id)
    form = forms_of.RemoveForm(request.POST or None)
    return _about(
        request,
        worker,
        form,
        lambda _row, typed, by, now: services.remove_award(award=row, **typed, by=by, now=now),
        title=_("Take back: %(name)s") % {"name": row.name},
        verb=_("Take back"),
        done=_("It was taken back."),
    )


@either
def appraisal(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record the appraisal of a year, or correct it."""
    worker = visible_worker(signed_in(request), pk)
    this = timezone.localdate().year
    years = range(this, max(this - YEARS, worker.started_on.year - 1), -1)
    form = forms_of.AppraisalForm(request.POST or None, years=years)
    return _about(
        request,
        worker,
        form,
        lambda row, typed, user, now: services.record_appraisal(worker=row, **typed, by=user, now=now),
        title=_("Record an appraisal"),
        verb=_("Record it"),
        done=_("It was recorded. The grade stays until grades are given again."),
    )
