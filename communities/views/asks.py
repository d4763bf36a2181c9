"""What communities are asked for: the list, one screen to record it, one click to refuse it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities.filtersets.burden import ASK_STATES, AskFilter
from communities.forms.burden import AskForm
from communities.models import Ask, WorkItem
from communities.presenters import burden as presenter
from communities.presenters import histories
from communities.selectors import get_asks
from communities.services import asks as services
from communities.views.frame import Listing, act, form_page, list_page, signed_in
from communities.views.work_items import sees_lists
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division, codes_above
from kunming_portal.organisations.models import Unit
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

NEWEST = (keypages.Column("id", descending=True),)
ASKING = ("department", "force", "street_office", "party_committee", "work_committee", "centre", "company")


@require_GET
def asks(request: HttpRequest) -> HttpResponse:
    """List what communities were asked for, newest first: a community's own, a department's own, a territory's."""
    user = signed_in(request)
    sees_lists(user)
    seen = get_asks(user=user).select_related("community", "item", "repeats")
    chosen = AskFilter(request.GET, queryset=seen, request=request)
    listing = Listing(
        template="communities/burden/asks.html",
        fragment="communities/burden/asks_list.html",
        columns=NEWEST,
        present=lambda rows: presenter.ask_rows(rows, user=user),
        register="asks",
        context={
            "may_record": _home(user) is not None,
            "words_hint": _("What for, who asks, community"),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=_choices(request))


@require_GET
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one ask: who, what, how, whether it is on the list, and the button that refuses it."""
    user, now = signed_in(request), timezone.now()
    found = visible(user, pk)
    context = {
        "now": now,
        "ask": found,
        "standing": services.standing_item(found),
        "again": list(found.again.order_by("pk")[:5]),
        "moves": presenter.ask_moves(found, user),
        "days": histories.get_history(found.stream),
    }
    return render(request, "communities/burden/ask.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Record what the community is asked for; refused at once where the box is ticked."""
    user, now = signed_in(request), timezone.now()
    home = _home(user)
    if home is None:
        raise PermissionDenied(_("The people of a community record what it is asked for."))
    today = timezone.localdate(now)
    items = WorkItem.objects.in_force(today).covering(home.code).order_by("number")
    form = AskForm(
        request.POST or None,
        units=_units(home),
        items=items,
        today=today,
        initial=_initial(request, items),
    )
    context = {
        "title": _("Record an ask"),
        "verb": pgettext("an ask", "Record"),
        "icon": "pen",
        "lede": _("Who wants what of %(community)s. What is not on the list may be refused.")
        % {"community": home.short_name},
    }
    return form_page(
        request,
        form,
        lambda typed: _record(typed, home, user),
        context=context,
        done=_("Recorded."),
        back=reverse("asks"),
    )


@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Refuse with one click."""
    user = signed_in(request)
    found = visible(user, pk)
    return act(
        request,
        lambda: services.refuse(ask=found, by=user, now=timezone.now()),
        done=_("Refused; the asking side and the deciding office were told."),
        back=found.get_absolute_url(),
    )


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a refusal back."""
    user = signed_in(request)
    found = visible(user, pk)
    return act(
        request,
        lambda: services.take_back(ask=found, by=user, now=timezone.now()),
        done=_("The refusal is taken back."),
        back=found.get_absolute_url(),
    )


def visible(user: User, pk: int) -> Ask:
    """Return the ask, or 404: what others were asked for is not there."""
    rows = get_asks(user=user).select_related(
        "community", "unit", "item__scope", "repeats", "recorded_by", "refused_by"
    )
    return get_object_or_404(rows, pk=pk)


def _home(user: User) -> Division | None:
    """Return the community for which this person records: where they are appointed. No query with rights loaded."""
    held = (
        a
        for a in user.acting_appointments
        if P.COMMUNITY_KEEP in a.role_definition.allows and a.unit.kind == Unit.Kind.COMMUNITY
    )
    first = next(held, None)
    return first.unit.division if first is not None else None


def _units(home: Division) -> list[Unit]:
    """Return who may ask a community: the units of its street, county and city. One query."""
    active = Unit.objects.active(timezone.localdate())
    return list(active.filter(division__in=codes_above(home.code)[:-1], kind__in=ASKING))


def _record(typed: dict[str, Any], home: Division, user: User) -> Ask:
    at_once = typed.pop("at_once")
    return services.record_ask(
        asked=services.Asked(**typed), community=home, by=user, now=timezone.now(), at_once=at_once
    )


def _initial(request: HttpRequest, items: Any) -> dict[str, Any]:
    """Return what the form starts with when it is opened from an item: that item, its title and department."""
    text = request.GET.get("item", "")
    item = items.filter(pk=text).first() if text.isdecimal() and len(text) < 12 else None
    if item is None:
        return {}
    return {
        "item": item.pk,
        "title": item.title,
        "unit": item.unit_id,
        "asker": "" if item.unit_id else item.department,
    }


def _choices(request: HttpRequest) -> list[Field]:
    get = request.GET.get
    return [
        Field("state", _("All states"), as_choices(ASK_STATES), get("state", "")),
        Field("means", _("Any way"), as_choices(Ask.Means.choices), get("means", "")),
    ]
