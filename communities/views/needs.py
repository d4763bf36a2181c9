"""Needs and posts of communities: listed, published, claimed, done or withdrawn."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities.filtersets.check_ins import NeedFilter
from communities.forms.check_ins import ClaimForm, NeedForm, OutcomeForm
from communities.guards import check_keeps
from communities.models import CommunityNeed
from communities.presenters import needs as presenter
from communities.presenters.check_ins import refusal_of
from communities.selectors import get_check_ins, get_needs
from communities.services import needs as service
from communities.services.needs import NeedWords
from communities.views import check_in_choices as choices
from communities.views.check_ins import NEWEST
from communities.views.frame import Listing, act, form_page, list_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P


def visible_need(user: User, pk: int) -> CommunityNeed:
    """Return the need, or 404."""
    rows = get_needs(user=user).select_related("community", "service_class")
    row: CommunityNeed = get_object_or_404(rows, pk=pk)
    return row


@require_GET
def needs(request: HttpRequest) -> HttpResponse:
    """List needs and posts, newest first."""
    user = signed_in(request)
    rows = get_needs(user=user).select_related("community", "service_class")
    chosen = NeedFilter(request.GET, queryset=rows, request=request)
    fields = choices.offered(
        choices.division_field(user, request.GET),
        choices.need_state_field(request.GET),
        choices.class_field(request.GET),
    )
    listing = Listing(
        template="communities/check_ins/needs.html",
        fragment="communities/check_ins/need_rows.html",
        columns=NEWEST,
        present=presenter.rows_of,
        register="needs",
        context={
            "tabs": choices.tabs_of("needs"),
            "may_publish": user.can(P.COMMUNITY_KEEP),
            "words_hint": _("Title, text, pinyin, initials"),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=fields)


@require_GET
def need(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a need: what, when, who claims it, what came of it."""
    user, now = signed_in(request), timezone.now()
    found = visible_need(user, pk)
    context = {"need": found, "page": presenter.page_of(found, user=user), "now": now}
    return render(request, "communities/check_ins/need.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Publish a need."""
    user, now = signed_in(request), timezone.now()
    if not user.can(P.COMMUNITY_KEEP):
        raise Http404
    initial = {"starts_on": timezone.localdate(now)}
    form = NeedForm(request.POST or None, communities=choices.kept_communities(user), initial=initial)
    context = {
        "title": _("Publish a need"),
        "lede": _("Units and members who checked in see it and may claim it."),
        "verb": _("Publish"),
    }

    def run(typed: dict[str, Any]) -> CommunityNeed:
        community = typed.pop("community")
        return service.publish(community=community, words=NeedWords(**typed), by=user, now=now)

    return form_page(request, form, run, context=context, done=_("Published."), back=reverse("needs"))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change an open need."""
    user, now = signed_in(request), timezone.now()
    found = visible_need(user, pk)
    names = ("title", "text", "times", "wanted", "starts_on", "ends_on", "service_class_id")
    initial = {name.removesuffix("_id"): getattr(found, name) for name in names}
    form = NeedForm(request.POST or None, initial=initial)
    context = {
        "title": _("Change the need"),
        "verb": _("Save"),
        "refusal": refusal_of(lambda: check_keeps(found.community_id, by=user)),
    }

    def run(typed: dict[str, Any]) -> CommunityNeed:
        return service.change(need=found, words=NeedWords(**typed), by=user, now=now)

    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Claim a need for one's unit or its members; the community may enter a claim for anybody who checked in."""
    user, now = signed_in(request), timezone.now()
    found = visible_need(user, pk)
    free = get_check_ins(user=user).running().filter(community_id=found.community_id)
    free = free.exclude(claims__need=found).order_by("kind", "unit_name", "name")
    only = refusal_of(lambda: presenter.check_can_claim(found, user=user, some=free.exists()))
    form = ClaimForm(request.POST or None, check_ins=free)
    context = {
        "title": _("Claim the need"),
        "facts": [(_("What is needed"), found.title), (_("Community"), found.community.place_name)],
        "lede": _("A unit takes it on as a whole, a member one place."),
        "verb": _("Claim"),
        "refusal": only,
    }

    def run(typed: dict[str, Any]) -> CommunityNeed:
        return service.claim(need=found, check_in=typed["check_in"], by=user, now=now)

    return form_page(request, form, run, context=context, done=_("Claimed."), back=found.get_absolute_url())


@require_POST
def release(request: HttpRequest, pk: int, check_in: int) -> HttpResponseBase:
    """Give a claim back."""
    user, now = signed_in(request), timezone.now()
    found = visible_need(user, pk)
    whose = get_object_or_404(get_check_ins(user=user).select_related("unit"), pk=check_in)
    return act(
        request,
        lambda: service.release(need=found, check_in=whose, by=user, now=now),
        done=_("The claim was given back."),
        back=found.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Say that a need was met, or withdraw it with a reason."""
    user, now = signed_in(request), timezone.now()
    found = visible_need(user, pk)
    ways = {
        "finish": (service.finish, _("Need met"), _("What came of it"), _("Save")),
        "withdraw": (service.withdraw, _("Withdraw the need"), _("Why"), _("Withdraw")),
    }
    if move not in ways:
        raise Http404
    run_move, title, label, verb = ways[move]
    form = OutcomeForm(request.POST or None, label=label)
    context = {
        "title": title,
        "facts": [(_("What is needed"), found.title)],
        "verb": verb,
        "refusal": refusal_of(lambda: check_keeps(found.community_id, by=user)),
    }

    def run(typed: dict[str, Any]) -> CommunityNeed:
        return run_move(need=found, by=user, now=now, **typed)

    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())
