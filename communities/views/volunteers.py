"""Volunteer activities: listed, planned (a new one copies the last), opened, closed, held, cancelled; sign-ups."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities.filtersets.check_ins import WHEN, ActivityFilter
from communities.forms.check_ins import OutcomeForm
from communities.forms.volunteers import ActivityForm, HeldForm, SignUpForm
from communities.guards import check_keeps
from communities.models import Activity, SignUp, VolunteerBrand
from communities.presenters import volunteers as presenter
from communities.presenters.check_ins import refusal_of
from communities.selectors import get_activities
from communities.services import volunteering
from communities.services.volunteering import ActivityWords
from communities.views import check_in_choices as choices
from communities.views.frame import Listing, act, form_page, list_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

LATEST = (keypages.Column("starts_at", datetime, descending=True), keypages.Column("id", descending=True))
COPIED = ("title", "brand", "place", "place_text", "compound", "wanted", "organiser", "text")
WEEK = timedelta(days=7)


def visible_activity(user: User, pk: int) -> Activity:
    """Return the activity, or 404."""
    rows = get_activities(user=user).select_related("community", "brand", "place", "compound")
    row: Activity = get_object_or_404(rows, pk=pk)
    return row


@require_GET
def activities(request: HttpRequest) -> HttpResponse:
    """List volunteer activities, the latest on top."""
    user, now = signed_in(request), timezone.now()
    rows = get_activities(user=user).select_related("community", "brand", "place")
    chosen = ActivityFilter(request.GET, queryset=rows, request=request, now=now)
    listing = Listing(
        template="communities/volunteers/list.html",
        fragment="communities/volunteers/rows.html",
        columns=LATEST,
        present=presenter.rows_of,
        register="activities",
        context={
            "may_write": user.can(P.COMMUNITY_KEEP),
            "words_hint": _("Title, organiser, place, pinyin"),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=_fields(user, request))


def _fields(user: User, request: HttpRequest) -> Sequence[Field]:
    query = request.GET
    brands = VolunteerBrand.objects.order_by("position", "pk").values_list("pk", "name")
    return choices.offered(
        choices.division_field(user, query),
        Field("when", _("Past and coming"), as_choices(WHEN), query.get("when", "")),
        Field("state", _("All states"), as_choices(Activity.State.choices), query.get("state", "")),
        Field("brand", _("All brands"), as_choices(brands), query.get("brand", "")),
    )


@require_GET
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an activity: when and where, who signed up, what came of it."""
    user, now = signed_in(request), timezone.now()
    found = visible_activity(user, pk)
    context = {"activity": found, "page": presenter.page_of(found, user=user, now=now), "now": now}
    return render(request, "communities/volunteers/page.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Plan an activity. What the last one said stands there already, a week later; `like` names another to copy."""
    user, now = signed_in(request), timezone.now()
    if not user.can(P.COMMUNITY_KEEP):
        raise Http404
    kept = choices.kept_communities(user)
    copied = _copied(request, user)
    codes = list(kept.order_by("code").values_list("pk", flat=True)[:2])
    only = codes[0] if len(codes) == 1 else ""
    form = ActivityForm(
        request.POST or None, communities=kept, community=only, initial=_initial(copied, user, now)
    )
    context = {
        "title": _("Plan an activity"),
        "lede": _("Taken over from: %(title)s. Change what is different.") % {"title": copied}
        if copied is not None
        else "",
        "verb": _("Save"),
    }

    def run(typed: dict[str, Any]) -> Activity:
        community = typed.pop("community")
        return volunteering.write_activity(
            community=community, words=ActivityWords(**typed), by=user, now=now
        )

    return form_page(request, form, run, context=context, done=_("Saved."), back=reverse("volunteers"))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change an activity that is still to be held."""
    user, now = signed_in(request), timezone.now()
    found = visible_activity(user, pk)
    names = (*COPIED, "starts_at", "ends_at")
    initial = {name: getattr(found, name) for name in names}
    form = ActivityForm(request.POST or None, community=found.community_id, initial=initial)
    context = {
        "title": _("Change the activity"),
        "verb": _("Save"),
        "refusal": refusal_of(lambda: check_keeps(found.community_id, by=user)),
    }

    def run(typed: dict[str, Any]) -> Activity:
        return volunteering.change_activity(activity=found, words=ActivityWords(**typed), by=user, now=now)

    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())


@require_POST
def move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Open or close the sign-up."""
    user, now = signed_in(request), timezone.now()
    found = visible_activity(user, pk)
    done = {"open": _("The sign-up is open."), "close": _("The sign-up is closed.")}
    if move not in done:
        raise Http404
    return act(
        request,
        lambda: volunteering.move_activity(activity=found, move=move, by=user, now=now),
        done=done[move],
        back=found.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Say how many came and what came of it, or cancel with a reason."""
    user, now = signed_in(request), timezone.now()
    found = visible_activity(user, pk)
    form: OutcomeForm
    if move == "finish":
        form = HeldForm(request.POST or None, initial={"came": found.sign_ups.count()})
        run_move: Any = volunteering.finish_activity
        title, verb = _("Held: what came of it"), _("Save")
    elif move == "cancel":
        form = OutcomeForm(request.POST or None, label=_("Why"))
        run_move, title, verb = (
            volunteering.cancel_activity,
            _("Cancel the activity"),
            _("Cancel the activity"),
        )
    else:
        raise Http404
    context = {
        "title": title,
        "facts": [(_("Activity"), found.title)],
        "verb": verb,
        "refusal": refusal_of(lambda: volunteering.check_move(found, move, by=user)),
    }

    def run(typed: dict[str, Any]) -> Activity:
        made: Activity = run_move(activity=found, by=user, now=now, **typed)
        return made

    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Sign somebody up; the form comes again for the next."""
    user, now = signed_in(request), timezone.now()
    found = visible_activity(user, pk)
    form = SignUpForm(request.POST or None)
    context = {
        "title": _("Sign somebody up"),
        "facts": [
            (_("Activity"), found.title),
            (_("Places"), presenter.places_text(found, found.sign_ups.count())),
        ],
        "verb": _("Sign up"),
        "refusal": refusal_of(lambda: check_keeps(found.community_id, by=user)),
    }

    def run(typed: dict[str, Any]) -> SignUp:
        return volunteering.sign_up(activity=found, by=user, now=now, **typed)

    return form_page(request, form, run, context=context, done=_("Signed up."), back=found.get_absolute_url())


@require_POST
def take_back(request: HttpRequest, pk: int, sign_up: int) -> HttpResponseBase:
    """Take a sign-up back."""
    user, now = signed_in(request), timezone.now()
    found = visible_activity(user, pk)
    row = get_object_or_404(SignUp.objects.select_related("activity"), pk=sign_up, activity=found)
    return act(
        request,
        lambda: volunteering.take_back(sign_up=row, by=user, now=now),
        done=_("The sign-up was taken back."),
        back=found.get_absolute_url(),
    )


def _copied(request: HttpRequest, user: User) -> Activity | None:
    """Return the activity to copy: the one named, else the last of the communities the person keeps."""
    rows = get_activities(user=user).filter(community__in=choices.kept_communities(user))
    like = request.GET.get("like", "")
    if like.isdecimal() and len(like) < 10:
        return rows.filter(pk=int(like)).first()
    return rows.exclude(state=Activity.State.CANCELLED).order_by("-id").first()


def _initial(copied: Activity | None, user: User, now: datetime) -> dict[str, Any]:
    """Return what the form begins with: the last activity moved on by whole weeks, or tomorrow morning."""
    if copied is None:
        start = timezone.localtime(now).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
        held = next(iter(user.acting_appointments), None)
        return {
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "organiser": held.unit.name if held is not None else "",
        }
    weeks = WEEK * max(1, (now - copied.starts_at) // WEEK + 1)
    times = {"starts_at": copied.starts_at + weeks, "ends_at": copied.ends_at + weeks}
    return {name: getattr(copied, name) for name in COPIED} | times | {"community": copied.community_id}
