"""Grids: the list, a grid's page, adding, changing, its buildings, ending."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from communities.filtersets.grids import GAPS, STATES, GridFilter
from communities.forms.grids import BuildingsForm, CommunityForm, GridChangeForm, GridEndForm, GridForm
from communities.guards import CommunityRefused, keeper_of
from communities.models import Building, Grid
from communities.presenters import grid_history
from communities.presenters import grids as presenter
from communities.querysets import BuildingQuerySet
from communities.selectors import get_grids
from communities.services import grids as services
from communities.views import grid_choices
from communities.views.frame import Listing, form_page, list_page, signed_in
from communities.views.territory import division_fields
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.models import Division
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices
from kunming_portal.ui.parts import Move, Moves

BY_CODE = (keypages.Column("code", str),)
REGISTERS = ("grids", "grid-people", "grid-buildings")


def visible_grid(user: User, pk: int) -> Grid:
    """Return the grid, or 404: one out of scope is not there."""
    return get_object_or_404(get_grids(user=user).select_related("community"), pk=pk)


@require_GET
def grids(request: HttpRequest) -> HttpResponse:
    """List the grids the person sees, by code: who heads them, what lies in them, which of the 1+5 are missing."""
    user = signed_in(request)
    _check_sees(user)
    chosen = GridFilter(request.GET, queryset=presenter.with_places(get_grids(user=user)), request=request)
    listing = Listing(
        template="communities/grids/list.html",
        fragment="communities/grids/rows.html",
        columns=BY_CODE,
        present=presenter.grid_rows,
        register="grids",
        context={
            "may_add": user.can(Permission.COMMUNITY_KEEP),
            "division": request.GET.get("division", ""),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=_choices(request, user))


@require_GET
def grid(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a grid: its people, its buildings, its facts, its history."""
    user = signed_in(request)
    found = visible_grid(user, pk)
    rows = presenter.people_of(found)
    buildings = list(found.buildings.select_related("compound").order_by("compound__name", "pk"))
    keeps = keeper_of(found.community_id, by=user) is not None and found.ended_on is None
    context = {
        "now": timezone.now(),
        "grid": found,
        "ways": grid_choices.way_to(found.community),
        "people": presenter.serving([row for row in rows if row.post in presenter.FORCES], user=user),
        "others": presenter.serving([row for row in rows if row.post not in presenter.FORCES], user=user),
        "missing": presenter.missing_posts(rows) if found.ended_on is None else [],
        "compounds": presenter.by_compound(buildings),
        "households": presenter.households_of(found, buildings),
        "keeps": keeps,
        "moves": _moves(found) if keeps else Moves(),
        "log": grid_history.history(found.stream),
    }
    return render(request, "communities/grids/grid.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a grid to a community the person keeps; who keeps several chooses one first. 403 for who keeps none."""
    user, now = signed_in(request), timezone.now()
    kept = list(grid_choices.kept_communities(user, division=request.GET.get("division", "")))
    if not kept:
        raise PermissionDenied(_("You do not hold a role that may change the records of this community."))
    community = _community(request, kept)
    if community is None:
        return _choose(request, kept)
    form = GridForm(
        request.POST or None,
        rows=_buildings(community),
        community=community,
        initial={"serial": services.next_serial(community)},
    )

    def run(typed: dict[str, Any]) -> Grid:
        return services.add(
            community=community,
            serial=typed["serial"],
            face=form.face,
            buildings=typed["buildings"],
            moves=typed["moves"],
            by=user,
            now=now,
        )

    context = {
        "title": _("Add a grid"),
        "lede": _("%(community)s. One grid for Party and governance; a building lies in one grid only.")
        % {"community": community.name},
        "verb": pgettext("a grid", "Add"),
        "icon": "plus-lg",
        "back_label": _("Grids"),
    }
    return form_page(
        request, form, run, context=context, done=_("The grid was added."), back=reverse("grids")
    )


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change what a grid is called and covers."""
    user, now = signed_in(request), timezone.now()
    found = visible_grid(user, pk)
    form = GridChangeForm(request.POST or None, grid=found, has_buildings=found.buildings.exists())

    def run(typed: dict[str, Any]) -> Grid:
        return services.change(
            grid=found, face=form.face, households=typed.get("households"), by=user, now=now
        )

    context = _context(found, user, title=_("Change the grid"), verb=_("Save"), icon="pen")
    return _form(request, found, form, run, context, done=_("The grid was changed."))


@require_http_methods(["GET", "POST"])
def buildings(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Choose the buildings that lie in a grid; one of another grid is moved only when that is confirmed."""
    user, now = signed_in(request), timezone.now()
    found = visible_grid(user, pk)
    form = BuildingsForm(
        request.POST if request.method == "POST" else None, rows=_buildings(found.community), grid=found
    )

    def run(typed: dict[str, Any]) -> Grid:
        return services.assign_buildings(
            grid=found, buildings=typed["buildings"], moves=typed["moves"], by=user, now=now
        )

    context = _context(found, user, title=_("Buildings of the grid"), verb=_("Save"), icon="buildings")
    return _form(request, found, form, run, context, done=_("The buildings were assigned."))


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a grid that holds no building any more."""
    user, now = signed_in(request), timezone.now()
    found = visible_grid(user, pk)
    form = GridEndForm(request.POST or None)

    def run(typed: dict[str, Any]) -> Grid:
        return services.end(grid=found, reason=typed["reason"], by=user, now=now)

    context = _context(found, user, title=_("End the grid"), verb=pgettext("a grid", "End"), icon="x-circle")
    context["lede"] = _("Its people's posts end with it. The code is not given again.")
    if request.method == "GET" and not context["refusal"]:
        context["refusal"] = refusal(lambda: services.check_ends(found, by=user))
    return _form(request, found, form, run, context, done=_("The grid has ended."))


def refusal(check: Any) -> str:
    """Return the sentence with which a check refuses, or nothing."""
    try:
        check()
    except CommunityRefused as refused:
        return refused.sentence
    return ""


def _form(
    request: HttpRequest, found: Grid, form: forms.Form, run: Any, context: dict[str, Any], *, done: str
) -> HttpResponseBase:
    return form_page(request, form, run, context=context, done=done, back=found.get_absolute_url())


def _context(found: Grid, user: User, *, title: str, verb: str, icon: str) -> dict[str, Any]:
    return {
        "title": title,
        "lede": f"{found.name} {found.code}",
        "verb": verb,
        "icon": icon,
        "back_label": found.name,
        "refusal": refusal(lambda: services.check_running(found, by=user)),
    }


def _moves(found: Grid) -> Moves:
    """Return what who keeps the grid may do. The one red move is what is needed most: somebody who serves."""
    pk = found.pk
    return Moves(
        allowed=[
            Move(_("Add a person"), reverse("grid-post-new", args=[pk]), icon="person-plus", primary=True),
            Move(_("Buildings"), reverse("grid-buildings", args=[pk]), icon="buildings"),
            Move(pgettext("a grid", "Change"), reverse("grid-change", args=[pk]), icon="pen"),
            Move(_("End the grid"), reverse("grid-end", args=[pk]), icon="x-circle"),
        ]
    )


def _check_sees(user: User) -> None:
    if not user.can(Permission.COMMUNITY_VIEW):
        raise PermissionDenied(_("You do not hold a role that sees the records of communities."))


def _community(request: HttpRequest, kept: list[Division]) -> Division | None:
    """Return the community a grid is added to: the only one, the one the address names (else 404), or none yet."""
    asked = request.GET.get("community", "")
    if asked:
        found = next((one for one in kept if one.code == asked), None)
        if found is None:
            raise Http404
        return found
    return kept[0] if len(kept) == 1 else None


def _choose(request: HttpRequest, kept: list[Division]) -> HttpResponse:
    form = CommunityForm(request.POST or None, communities=kept)
    if form.is_valid():
        return redirect(f"{reverse('grid-new')}?{urlencode({'community': form.cleaned_data['community']})}")
    context = {
        "form": form,
        "title": _("Add a grid"),
        "lede": _("In which community does it lie?"),
        "verb": _("Go on"),
        "back_label": _("Grids"),
        "back_url": reverse("grids"),
    }
    return render(request, "communities/form.html", context, status=422 if form.is_bound else 200)


def _buildings(community: Division) -> BuildingQuerySet:
    rows = Building.objects.filter(compound__community=community, compound__ended_on=None)
    return rows.select_related("compound", "grid").order_by("compound__name", "pk")


def _choices(request: HttpRequest, user: User) -> list[Field]:
    """Return the selects: type, people, division, state. One query at most."""
    asked = request.GET
    return [
        Field("kind", _("All types"), as_choices(Grid.Kind.choices), asked.get("kind", "")),
        Field("gap", _("All staffing"), as_choices(GAPS), asked.get("gap", "")),
        *division_fields(user, asked),
        Field("state", _("In use"), as_choices(STATES), asked.get("state", "")),
    ]
