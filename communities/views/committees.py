"""Big Party committees: the list by territory, the page of one, entering and changing a term."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.committee_selectors import get_committee_places, get_committees, get_current_committee
from communities.filtersets.committees import STATES, CommitteeFilter
from communities.forms.committees import TermForm
from communities.models import BigCommittee
from communities.presenters import committee_meetings, committees
from communities.services import committee_rights as rights
from communities.services import committee_terms
from communities.services.committee_terms import Term
from communities.views.frame import Listing, form_page, list_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.errors import Refused
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

ROWS = (keypages.Column("code", str),)


def seeing(request: HttpRequest) -> User:
    """Return who asks; whoever sees no communities at all is refused."""
    user = signed_in(request)
    if not user.can(P.COMMUNITY_VIEW):
        raise PermissionDenied
    return user


def visible_committee(user: User, pk: int) -> BigCommittee:
    """Return the committee, or 404: what lies out of scope is not there."""
    return get_object_or_404(get_committees(user=user).select_related("community"), pk=pk)


def division_field(user: User, chosen: str) -> list[Field]:
    """Return the select of divisions just below the person's territory; nothing where there is no choice. One query."""
    prefixes = user.scope(P.COMMUNITY_VIEW).prefixes
    below: QuerySet[Division] = Division.objects.filter(parent_id__in=prefixes) | Division.objects.filter(
        code=chosen
    )
    options = list(below.order_by("code").values_list("code", "short_name"))
    return [Field("division", _("All divisions"), options, chosen)] if len(options) > 1 or chosen else []


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List communities with their committees; filters, figures of the territory, export."""
    user = seeing(request)
    today = timezone.localdate()
    places = get_committee_places(user=user, on=today).select_related("parent")
    chosen = CommitteeFilter(request.GET, queryset=places, request=request, on=today)
    division = request.GET.get("division", "")
    listing = Listing(
        template="communities/committees/index.html",
        fragment="communities/committees/list.html",
        columns=ROWS,
        present=lambda rows: committees.place_rows(rows, today=today),
        register="committees",
        context={
            "figures": committees.get_figures(user=user, division=division, today=today),
            "to_sign": committees.waiting(user),
            "may_keep": user.can(P.COMMUNITY_KEEP),
            "words_hint": _("Community, member, unit, pinyin"),
        },
    )
    state = Field("state", _("All committees"), as_choices(STATES), request.GET.get("state", ""))
    return list_page(request, listing, chosen=chosen, choices=[*division_field(user, division), state])


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a committee: members and where they stand, meetings, open tasks, what I may do."""
    user, now = signed_in(request), timezone.now()
    found = visible_committee(user, pk)
    context = {
        "page": committees.committee_page(found, user=user, now=now),
        "tasks": committee_meetings.open_tasks(found, now=now),
        "now": now,
    }
    return render(request, "communities/committees/page.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Enter a term of a community (`community`): the form says already what follows from the last one."""
    user, now = seeing(request), timezone.now()
    community = _community(request, user)
    if community is None:
        messages.info(request, _("Choose the community for which you enter a committee."))
        return redirect(f"{reverse('committees')}?state=without")
    last = BigCommittee.objects.filter(community=community).order_by("-ends_on").first()
    renewable = last.members.in_office().count() if last is not None else 0
    today = timezone.localdate(now)
    form = TermForm(
        request.POST or None, term=committee_terms.proposal(last, today=today), renewable=renewable
    )
    current = get_current_committee(community.pk, on=today)
    context = {
        "title": _("New term of the big Party committee"),
        "verb": _("Enter the term"),
        "icon": "check2",
        "lede": community.name,
        "ways": committees.crumbs_of(community.pk, "committees"),
        "back_label": _("Big Party committees"),
        "refusal": refusal(request, lambda: rights.check_term(community, by=user)),
    }
    return form_page(
        request,
        form,
        lambda typed: committee_terms.add_term(community=community, by=user, now=now, **typed),
        context=context,
        done=_("The term was entered."),
        back=current.get_absolute_url() if current is not None else reverse("committees"),
        fields={"posts": "name_1"},
    )


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change days, places and full-time members of a term."""
    user, now = signed_in(request), timezone.now()
    found = visible_committee(user, pk)
    term = Term(
        found.number,
        found.starts_on,
        found.ends_on,
        found.full_time_places,
        found.part_time_places,
        committee_terms.posts_of(found),
    )
    context = {
        "title": _("Change the composition"),
        "verb": _("Save"),
        "icon": "check2",
        "lede": _("Part-time members are recommended and leave one by one."),
        "ways": committees.crumbs_of(found.community_id, "committees"),
        "back_label": _("the committee"),
        "refusal": refusal(request, lambda: rights.check_term(found.community, by=user)),
    }

    def run(typed: dict[str, Any]) -> object:
        return committee_terms.change_term(committee=found, term=typed["term"], by=user, now=now)

    return form_page(
        request,
        TermForm(request.POST or None, term=term),
        run,
        context=context,
        done=_("The composition was changed."),
        back=found.get_absolute_url(),
        fields={"posts": "name_1"},
    )


def refusal(request: HttpRequest, check: Any) -> str:
    """Return why the form is not for this person or not now, when it is opened; sent, the service refuses."""
    if request.method != "GET":
        return ""
    try:
        check()
    except Refused as refused:
        return refused.sentence
    return ""


def _community(request: HttpRequest, user: User) -> Division | None:
    """Return the community of the address, or the only one the person keeps. 404 for one out of scope."""
    places = get_committee_places(user=user, on=timezone.localdate()).order_by("code")
    asked = request.GET.get("community", "")
    if asked:
        return get_object_or_404(places, code=asked[:12])
    only = list(places[:2])
    return only[0] if len(only) == 1 else None
