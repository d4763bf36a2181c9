"""Double report: units and members who checked in, their pages, and checking in."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities.filtersets.check_ins import CheckInFilter
from communities.forms.check_ins import MemberForm, UnitForm, this_year
from communities.models import CheckIn
from communities.presenters import check_ins as presenter
from communities.selectors import get_check_ins
from communities.services import checking_in
from communities.services.checking_in import MemberWords, UnitWords
from communities.views import check_in_choices as choices
from communities.views.frame import Listing, act, form_page, list_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui import keypages

NEWEST = (keypages.Column("id", descending=True),)
LISTS = {
    CheckIn.Kind.UNIT: ("check-ins", "unit-check-ins"),
    CheckIn.Kind.MEMBER: ("member-check-ins", "member-check-ins"),
}


def visible_check_in(user: User, pk: int) -> CheckIn:
    """Return the check-in, or 404."""
    rows = get_check_ins(user=user).select_related("community", "unit", "service_class", "grid")
    row: CheckIn = get_object_or_404(rows, pk=pk)
    return row


@require_GET
def units(request: HttpRequest) -> HttpResponse:
    """List the units that checked in, newest first."""
    return _list(request, CheckIn.Kind.UNIT)


@require_GET
def members(request: HttpRequest) -> HttpResponse:
    """List the members who checked in, newest first."""
    return _list(request, CheckIn.Kind.MEMBER)


def _list(request: HttpRequest, kind: CheckIn.Kind) -> HttpResponse:
    user = signed_in(request)
    route, register = LISTS[kind]
    rows = get_check_ins(user=user).filter(kind=kind).select_related("community", "service_class", "unit")
    chosen = CheckInFilter(request.GET, queryset=rows, request=request)
    fields = [choices.division_field(user, request.GET)]
    if kind == CheckIn.Kind.MEMBER:
        fields += [choices.class_field(request.GET), choices.unit_field(user, request.GET)]
    listing = Listing(
        template="communities/check_ins/list.html",
        fragment="communities/check_ins/rows.html",
        columns=NEWEST,
        present=lambda found: presenter.rows_of(found, user=user),
        register=register,
        context={
            "tabs": choices.tabs_of(route),
            "is_members": kind == CheckIn.Kind.MEMBER,
            "may_check_in": user.can(P.COMMUNITY_KEEP) or user.can(P.CHECK_IN),
            "new_url": reverse("check-in-new", args=[kind.value]),
            "words_hint": _("Name, unit, pinyin, initials"),
        },
    )
    fields.append(choices.state_field(request.GET))
    return list_page(request, listing, chosen=chosen, choices=choices.offered(*fields))


@require_GET
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a unit or a member who checked in: plan, members, records, opinions, and what I may do."""
    user, now = signed_in(request), timezone.now()
    found = visible_check_in(user, pk)
    return render(
        request,
        "communities/check_ins/page.html",
        {"page": presenter.page_of(found, user=user, now=now), "check_in": found, "now": now},
    )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Check a unit or a member in. Who acts for a unit is not asked which; `like` takes another check-in's unit."""
    user, now = signed_in(request), timezone.now()
    if kind not in CheckIn.Kind.values:
        raise Http404
    if not (user.can(P.COMMUNITY_KEEP) or user.can(P.CHECK_IN)):
        raise Http404
    unit = None if user.can(P.COMMUNITY_KEEP) else choices.own_unit(user)
    today = timezone.localdate(now)
    common: dict[str, Any] = {
        "communities": choices.writable_communities(user),
        "asks_unit": unit is None,
        "initial": _initial(request, user),
    }
    context = {"facts": [(_("Unit"), unit.name)] if unit is not None else [], "verb": _("Check in")}
    back = reverse(LISTS[CheckIn.Kind(kind)][0])
    if kind == CheckIn.Kind.UNIT:
        form: UnitForm | MemberForm = UnitForm(request.POST or None, **common)
        context |= {
            "title": _("Check a unit in"),
            "lede": _("The community and the unit fix together what the year brings."),
        }
    else:
        form = MemberForm(request.POST or None, community=_only(user), **common)
        context |= {
            "title": _("Check a member in"),
            "lede": _(
                "Members check in where they live, because they want to. No ID number, no points, no ranking."
            ),
        }

    def run(typed: dict[str, Any]) -> CheckIn:
        community = typed.pop("community")
        typed.setdefault("unit_name", unit.name if unit is not None else "")
        if kind == CheckIn.Kind.UNIT:
            words = UnitWords(**typed, plan_year=this_year(today))
            return checking_in.check_in_unit(community=community, words=words, by=user, now=now, unit=unit)
        return checking_in.check_in_member(
            community=community, words=MemberWords(**typed), by=user, now=now, unit=unit
        )

    return form_page(request, form, run, context=context, done=_("Checked in."), back=back)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change whom to call and the plan of a unit; skills, class, grid and number of a member."""
    user, now = signed_in(request), timezone.now()
    found = visible_check_in(user, pk)
    context = {
        "title": _("Change %(name)s") % {"name": found},
        "facts": [(_("Community"), found.community.place_name), (_("Unit"), found.unit_name)],
        "verb": _("Save"),
        "refusal": presenter.refusal_of(
            lambda: checking_in.check_keeps(found.community_id, found.unit, by=user)
        ),
    }
    year = found.plan_year or this_year(timezone.localdate(now))
    initial: dict[str, Any]
    if found.is_unit:
        initial = {"liaison": found.liaison, "liaison_phone": found.liaison_phone, "plan": found.plan}
        form: UnitForm | MemberForm = UnitForm(request.POST or None, asks_unit=False, initial=initial)
    else:
        initial = {
            "name": found.name,
            "skills": found.skills,
            "service_class": found.service_class_id,
            "grid": found.grid_id,
        }
        if presenter.sees_phone(found, user):
            initial["phone"] = found.phone
        form = MemberForm(
            request.POST or None, asks_unit=False, community=found.community_id, initial=initial
        )
        if not presenter.sees_phone(found, user):
            del form.fields["phone"]

    def run(typed: dict[str, Any]) -> CheckIn:
        if found.is_unit:
            words = UnitWords(found.unit_name, plan_year=year, **typed)
            return checking_in.change_unit(check_in=found, words=words, by=user, now=now)
        kept = {"grid": found.grid, **typed}
        return checking_in.change_member(
            check_in=found, words=MemberWords(found.unit_name, **kept), by=user, now=now
        )

    return form_page(request, form, run, context=context, done=_("Saved."), back=found.get_absolute_url())


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a check-in with today."""
    user, now = signed_in(request), timezone.now()
    found = visible_check_in(user, pk)
    return act(
        request,
        lambda: checking_in.end_check_in(check_in=found, by=user, now=now),
        done=_("The check-in has ended. What was recorded stays."),
        back=found.get_absolute_url(),
    )


def _initial(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return what the portal knows already: the unit of a check-in one came from, for a unit's people themselves."""
    unit = choices.own_unit(user)
    known: dict[str, Any] = {}
    if unit is not None and not user.can(P.COMMUNITY_KEEP):
        known = {"liaison": user.name, "liaison_phone": unit.duty_phone}
    like = request.GET.get("like", "")
    if like.isdecimal() and len(like) < 10:
        row = get_check_ins(user=user).select_related("community").filter(pk=int(like)).first()
        if row is not None:
            known |= {"unit_name": row.unit_name, "community": row.community_id}
    return known


def _only(user: User) -> str:
    """Return the code of the only community the person keeps, "" where there are more."""
    codes = list(choices.writable_communities(user).order_by("code").values_list("pk", flat=True)[:2])
    return codes[0] if len(codes) == 1 else ""
