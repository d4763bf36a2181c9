"""What sinks to compounds: the list, an entry's page with its uses, entering and changing."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities.filtersets.grids import GrantFilter
from communities.forms.grants import GrantForm, UseForm
from communities.guards import check_keeps, keeper_of
from communities.models import Compound, CompoundGrant, GrantUse
from communities.presenters import grid_history, sinking
from communities.querysets import CompoundQuerySet
from communities.selectors import get_compounds
from communities.services import grants as services
from communities.views.frame import Listing, act, form_page, list_page, signed_in
from communities.views.grids import refusal
from communities.views.territory import division_fields
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

NEWEST = (keypages.Column("year", descending=True), keypages.Column("id", descending=True))


@require_GET
def grants(request: HttpRequest) -> HttpResponse:
    """List what sank to the compounds the person sees, newest year first."""
    user, now = signed_in(request), timezone.now()
    if not user.can(Permission.COMMUNITY_VIEW):
        raise PermissionDenied(_("You do not hold a role that sees the records of communities."))
    seen = CompoundGrant.objects.visible_to(user, Permission.COMMUNITY_VIEW)
    rows = seen.select_related("compound__community").annotate(used=Sum("uses__amount"))
    chosen = GrantFilter(request.GET, queryset=rows, request=request)
    compound = _chosen_compound(request, user)
    listing = Listing(
        template="communities/grants/list.html",
        fragment="communities/grants/rows.html",
        columns=NEWEST,
        present=sinking.grant_rows,
        register="compound-grants",
        context={
            "may_add": user.can(Permission.COMMUNITY_KEEP),
            "compound": compound,
            "words_hint": _("Compound, title, from whom"),
            "kept": [("compound", str(compound.pk) if compound is not None else "")],
        },
    )
    return list_page(request, listing, chosen=chosen, choices=_choices(request, user, year=now.year))


@require_GET
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an entry: what it is, what was used, what is left."""
    user, now = signed_in(request), timezone.now()
    found = visible_grant(user, pk)
    uses = list(found.uses.select_related("recorded_by").order_by("-used_on", "-pk"))
    context = {
        "now": now,
        "grant": found,
        "figures": sinking.figures_of(found, uses),
        "uses": [(one, sinking.yuan(one.amount) if one.amount is not None else "") for one in uses],
        "may_use": not refusal(lambda: services.check_uses(found.compound, by=user)),
        "keeps": keeper_of(found.compound.community_id, by=user) is not None,
        "log": grid_history.history(found.stream),
    }
    return render(request, "communities/grants/grant.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Enter what a compound gets; `compound` in the address chooses it."""
    user, now = signed_in(request), timezone.now()
    kept = _kept_compounds(user)
    compound = _chosen_compound(request, user)
    initial: dict[str, Any] = {"year": now.year, "compound": compound}
    form = GrantForm(request.POST or None, compounds=None if compound else kept, initial=initial)

    def run(typed: dict[str, Any]) -> CompoundGrant:
        return services.give(compound=compound or typed["compound"], gift=form.gift, by=user, now=now)

    context = {
        "title": _("Enter funds or a service"),
        "lede": compound.name if compound is not None else "",
        "verb": _("Save"),
        "icon": "cash-coin",
        "back_label": _("Funds and services"),
        "refusal": refusal(lambda: check_keeps(compound.community_id, by=user)) if compound else "",
    }
    return form_page(request, form, run, context=context, done=_("Entered."), back=_back(compound))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change an entry."""
    user, now = signed_in(request), timezone.now()
    found = visible_grant(user, pk)
    names = ("year", "kind", "title", "source", "amount", "quantity", "purpose")
    form = GrantForm(request.POST or None, initial={name: getattr(found, name) for name in names})

    def run(_typed: dict[str, Any]) -> CompoundGrant:
        return services.change(grant=found, gift=form.gift, by=user, now=now)

    context = {
        "title": _("Change the entry"),
        "lede": found.compound.name,
        "verb": _("Save"),
        "icon": "pen",
        "back_label": found.title,
        "refusal": refusal(lambda: check_keeps(found.compound.community_id, by=user)),
    }
    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def use(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record a use of funds, or an occasion of a service."""
    user, now = signed_in(request), timezone.now()
    found = visible_grant(user, pk)
    form = UseForm(
        request.POST or None, is_money=found.is_money, initial={"used_on": timezone.localdate(now)}
    )

    def run(typed: dict[str, Any]) -> CompoundGrant:
        services.use(
            grant=found,
            text=typed["text"],
            amount=typed.get("amount"),
            used_on=typed["used_on"],
            by=user,
            now=now,
        )
        return found

    context = {
        "title": _("Record a use"),
        "lede": f"{found.compound.name} {found.title}",
        "verb": _("Save"),
        "icon": "plus-lg",
        "back_label": found.title,
        "refusal": refusal(lambda: services.check_uses(found.compound, by=user)),
    }
    return form_page(request, form, run, context=context, done=_("Recorded."), back=found.get_absolute_url())


@require_POST
def strike(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take out a use that was entered by mistake."""
    user, now = signed_in(request), timezone.now()
    seen = CompoundGrant.objects.visible_to(user, Permission.COMMUNITY_VIEW)
    row = get_object_or_404(GrantUse.objects.filter(grant__in=seen).select_related("grant"), pk=pk)
    return act(
        request,
        lambda: services.strike_use(use=row, by=user, now=now),
        done=_("Taken out. The history keeps it."),
        back=row.grant.get_absolute_url(),
    )


def visible_grant(user: User, pk: int) -> CompoundGrant:
    """Return the entry, or 404: one out of scope is not there."""
    rows = CompoundGrant.objects.visible_to(user, Permission.COMMUNITY_VIEW)
    return get_object_or_404(rows.select_related("compound__branch__unit", "compound__community"), pk=pk)


def _kept_compounds(user: User) -> CompoundQuerySet:
    if not user.can(Permission.COMMUNITY_KEEP):
        raise PermissionDenied(_("You do not hold a role that may change the records of this community."))
    return get_compounds(user=user, permission=Permission.COMMUNITY_KEEP).order_by("community_id", "name")


def _chosen_compound(request: HttpRequest, user: User) -> Compound | None:
    """Return the compound the address names, or None; 404 for one out of scope."""
    asked = request.GET.get("compound", "")
    if not asked:
        return None
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    return get_object_or_404(get_compounds(user=user).select_related("community"), pk=asked)


def _back(compound: Compound | None) -> str:
    address = reverse("compound-grants")
    return f"{address}?compound={compound.pk}" if compound is not None else address


def _choices(request: HttpRequest, user: User, *, year: int) -> list[Field]:
    asked = request.GET
    years = [(str(one), str(one)) for one in range(year, year - 5, -1)]
    return [
        Field(
            "kind",
            pgettext("of grants", "All kinds"),
            as_choices(CompoundGrant.Kind.choices),
            asked.get("kind", ""),
        ),
        Field("year", _("All years"), years, asked.get("year", "")),
        *division_fields(user, asked),
    ]
