"""People of grids: taken in, changed, relieved; and the contact book, which answers who serves at an address."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from communities.filtersets.grids import ContactFilter
from communities.forms.grid_posts import PostForm
from communities.models import Building, GridPost
from communities.presenters import grids as presenter
from communities.services import grid_posts as services
from communities.services import grids as grid_services
from communities.views.frame import Listing, form_page, list_page, signed_in
from communities.views.grids import refusal, visible_grid
from communities.views.territory import division_fields
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

BY_GRID = (keypages.Column("code", str), keypages.Column("rank"), keypages.Column("id"))


@require_GET
def contacts(request: HttpRequest) -> HttpResponse:
    """List who serves, grid by grid; an address, a compound or a building leads to its grid's people."""
    user = signed_in(request)
    if not user.can(Permission.COMMUNITY_VIEW):
        raise PermissionDenied(_("You do not hold a role that sees the records of communities."))
    places = Building.objects.select_related("compound").order_by("compound__name", "pk")
    people = (
        presenter.by_post(GridPost.objects.in_force().visible_to(user, Permission.COMMUNITY_VIEW))
        .select_related("grid__community", "building")
        .prefetch_related(Prefetch("grid__buildings", queryset=places))
    )
    chosen = ContactFilter(request.GET, queryset=people, request=request)
    listing = Listing(
        template="communities/grids/contacts.html",
        fragment="communities/grids/contact_rows.html",
        columns=BY_GRID,
        present=lambda rows: presenter.contact_groups(rows, user=user),
        register="grid-people",
        context={
            "words_hint": _("Address, compound, building, person, initials"),
            "kept": [("grid", request.GET.get("grid", ""))],
        },
    )
    posts = Field("post", _("All posts"), as_choices(GridPost.Post.choices), request.GET.get("post", ""))
    return list_page(request, listing, chosen=chosen, choices=[posts, *division_fields(user, request.GET)])


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take somebody into a post of a grid."""
    user, now = signed_in(request), timezone.now()
    found = visible_grid(user, pk)
    asked = request.GET.get("post", "")
    initial = {"post": asked} if asked in GridPost.Post.values else {}
    form = PostForm(request.POST or None, grid=found, head=services.head_of(found), initial=initial)

    def run(typed: dict[str, Any]) -> object:
        services.appoint(
            grid=found, person=form.person(), relieve=typed.get("relieve", False), by=user, now=now
        )
        return found

    context = {
        "title": _("Add a person"),
        "lede": f"{found.name} {found.code}",
        "verb": _("Save"),
        "icon": "person-plus",
        "back_label": found.name,
        "refusal": refusal(lambda: grid_services.check_running(found, by=user)),
    }
    return form_page(request, form, run, context=context, done=_("Entered."), back=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change what is kept about somebody; only who keeps the grid is shown the form, for it shows the phone."""
    user, now = signed_in(request), timezone.now()
    row = _visible(user, pk)
    refused = refusal(lambda: services.check_serves(row, by=user))
    form = PostForm(request.POST or None, grid=row.grid, head=None, row=None if refused else row)

    def run(_typed: dict[str, Any]) -> object:
        services.change(post=row, person=form.person(row.post), by=user, now=now)
        return row.grid

    context = {
        "title": _("%(name)s, %(post)s") % {"name": row.name, "post": row.get_post_display()},
        "lede": f"{row.grid.name} {row.grid.code}",
        "verb": _("Save"),
        "icon": "pen",
        "back_label": row.grid.name,
        "refusal": refused,
    }
    return form_page(request, form, run, context=context, done=_("Saved."), back=row.grid.get_absolute_url())


@require_http_methods(["GET", "POST"])
def relieve(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End somebody's post today, after a look at who it is."""
    user, now = signed_in(request), timezone.now()
    row = _visible(user, pk)
    words = {"name": row.name, "post": row.get_post_display()}
    form = forms.Form(request.POST if request.method == "POST" else None)

    def run(_typed: dict[str, Any]) -> object:
        services.relieve(post=row, by=user, now=now)
        return row.grid

    context = {
        "title": _("Relieve %(name)s, %(post)s") % words,
        "lede": _("%(grid)s. The post ends today; whoever follows is entered anew.")
        % {"grid": row.grid.name},
        "verb": pgettext("of a post", "Relieve"),
        "icon": "check2",
        "back_label": row.grid.name,
        "refusal": refusal(lambda: services.check_serves(row, by=user)),
    }
    done = pgettext("grid post", "%(name)s is no longer %(post)s.") % words
    return form_page(request, form, run, context=context, done=done, back=row.grid.get_absolute_url())


def _visible(user: User, pk: int) -> GridPost:
    """Return somebody of a grid in scope, or 404."""
    rows = GridPost.objects.visible_to(user, Permission.COMMUNITY_VIEW)
    return get_object_or_404(rows.select_related("grid__community", "building"), pk=pk)
