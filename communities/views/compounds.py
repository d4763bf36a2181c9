"""The list of compounds, and the forms that keep them. A compound's own page is composed above (`places`)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from communities import guards
from communities.filtersets.compounds import ENDED, LED, CompoundFilter
from communities.forms.compounds import BuildingsForm, CompoundForm, EndForm
from communities.guards import CommunityRefused
from communities.models import Building, Compound
from communities.selectors import get_communities, get_compounds
from communities.services import compounds as services
from communities.views.frame import Listing, form_page, list_page, signed_in
from communities.views.territory import check_sees, division_fields
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

ORDER = (keypages.Column("community_id", str), keypages.Column("name", str), keypages.Column("id"))
MOST_TO_CHOOSE_FROM = 150


@require_GET
def compounds(request: HttpRequest) -> HttpResponse:
    """List the compounds the person may see, by community and name."""
    user = signed_in(request)
    check_sees(user)
    listing = Listing(
        template="communities/compounds/list_page.html",
        fragment="communities/compounds/list.html",
        columns=ORDER,
        register="compounds",
        context={
            "may_keep": user.can(P.COMMUNITY_KEEP),
            "registers": [("buildings", _("Buildings")), ("branches", _("Compound branches"))],
        },
    )
    return list_page(request, listing, chosen=chosen_of(request.GET, user), choices=choices_of(request, user))


def chosen_of(query: Any, user: User) -> CompoundFilter:
    """Return the filter over the compounds the person may see, with what a row shows."""
    rows = get_compounds(user=user).select_related("community__parent", "branch")
    return CompoundFilter(query, queryset=rows)


def choices_of(request: HttpRequest, user: User) -> list[Field]:
    """Return the selects of the filter bar. One query."""
    offers = (
        ("kind", _("All types"), as_choices(Compound.Kind.choices)),
        ("property_mode", _("All property management"), as_choices(Compound.PropertyMode.choices)),
        ("owners_body", _("All owners' bodies"), as_choices(Compound.OwnersBody.choices)),
        ("led", _("With and without branch"), as_choices(LED)),
        ("ended", pgettext("compounds", "In use"), as_choices(ENDED)),
    )
    fields = [Field(name, empty, options, request.GET.get(name, "")) for name, empty, options in offers]
    return [*division_fields(user, request.GET), *fields]


@require_http_methods(["GET", "POST"])
def compound_new(request: HttpRequest) -> HttpResponseBase:
    """Add a compound: to the community the address names, to the only one there is, or to one of those offered."""
    user = signed_in(request)
    if not user.can(P.COMMUNITY_KEEP):
        raise PermissionDenied(_("Compounds are added by the community and by the offices above it."))
    offered = _communities(request, user)
    if offered is None:
        messages.info(request, _("Choose the community first; a compound is added on its page."))
        return redirect("community")
    form = CompoundForm(
        request.POST or None, communities=offered, initial={"community": request.GET.get("community")}
    )
    only = offered[0] if len(offered) == 1 else None

    def run(typed: dict[str, Any]) -> Compound:
        return services.add_compound(
            community=only or typed["community"],
            facts=form.facts(),
            buildings=form.buildings(),
            by=user,
            now=timezone.now(),
        )

    context = {
        "title": _("Add a compound"),
        "verb": pgettext("a compound", "Add"),
        "lede": only.place_name if only else "",
    }
    return form_page(
        request,
        form,
        run,
        context={**context, "back_label": _("Compounds")},
        done=_("Added."),
        back=reverse("compounds"),
    )


def _communities(request: HttpRequest, user: User) -> list[Division] | None:
    """Return the communities to choose from; None when there are too many and none is named. One query.

    A named one that is not the person's is not there (404).
    """
    kept = get_communities(user=user, permission=P.COMMUNITY_KEEP).order_by("code")
    named = request.GET.get("community", "")
    if named:
        kept = kept.filter(code=named)
    found = list(kept[: MOST_TO_CHOOSE_FROM + 1])
    if not found:
        raise Http404
    return found if len(found) <= MOST_TO_CHOOSE_FROM else None


def visible_compound(user: User, pk: int) -> Compound:
    """Return the compound if the person may see it; else it is not there (404). One query."""
    rows = get_compounds(user=user).select_related("community", "branch__unit")
    return get_object_or_404(rows, pk=pk)


def keeping(
    request: HttpRequest,
    compound: Compound,
    form: forms.Form,
    run: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    done: str,
    verb: str = "",
    **context: Any,
) -> HttpResponseBase:
    """Show or send a form about a compound, and go back to its page. Who may not keep it reads why (403 on sending)."""
    refusal = keeps_not(compound, user=signed_in(request))
    if refusal and request.method == "POST":
        form = EmptyForm(request.POST)

        def run(_typed: dict[str, Any]) -> None:
            raise CommunityRefused(refusal, code="role")

    shown = {
        "title": title,
        "lede": compound.name,
        "verb": verb or pgettext("verb", "Keep"),
        "refusal": refusal,
        "back_label": compound.name,
        **context,
    }
    return form_page(request, form, run, context=shown, done=done, back=compound.get_absolute_url())


class EmptyForm(forms.Form):
    """What stands in for a form that the person may not send."""


def keeps_not(compound: Compound, *, user: User) -> str:
    """Return why the person cannot change this compound, or nothing. No query once rights are loaded."""
    try:
        guards.check_keeps(compound.community_id, by=user)
    except CommunityRefused as refused:
        return refused.sentence
    return ""


@require_http_methods(["GET", "POST"])
def compound_change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change what is on record about a compound."""
    user = signed_in(request)
    compound = visible_compound(user, pk)
    form = CompoundForm(request.POST or None, compound=compound)
    return keeping(
        request,
        compound,
        form,
        lambda _typed: services.change_compound(
            compound=compound, facts=form.facts(), by=user, now=timezone.now()
        ),
        title=_("Change the compound"),
        done=_("Changed."),
    )


@require_http_methods(["GET", "POST"])
def compound_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a compound out of use."""
    user = signed_in(request)
    compound = visible_compound(user, pk)
    form = EndForm(request.POST or None, initial={"ended_on": timezone.localdate()})
    return keeping(
        request,
        compound,
        form,
        lambda typed: services.end_compound(compound=compound, by=user, now=timezone.now(), **typed),
        title=_("Take out of use"),
        done=_("It is no longer in use; what is on record stays readable."),
        verb=_("Take out of use"),
    )


@require_http_methods(["GET", "POST"])
def compound_buildings(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Keep the buildings of a compound."""
    user = signed_in(request)
    compound = visible_compound(user, pk)
    rows = list(Building.objects.filter(compound=compound).select_related("grid").order_by("id"))
    form = BuildingsForm(request.POST or None, buildings=rows)
    return keeping(
        request,
        compound,
        form,
        lambda _typed: services.keep_buildings(
            compound=compound, buildings=form.buildings(), by=user, now=timezone.now()
        ),
        title=_("Buildings"),
        done=_("Changed."),
        hint=_("An emptied name takes a building away; one that lies in a grid leaves the grid first."),
    )
