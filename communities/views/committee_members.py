"""Part-time members: the list, one's page and steps, what waits for my signature, the letter to the unit."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from communities.committee_selectors import get_part_time_members
from communities.filtersets.committees import SITTING, PartTimeMemberFilter
from communities.forms import committees as forms_of
from communities.models import BigCommittee, Compound, MemberAppraisal, PartTimeMember
from communities.papers.committees import get_letter
from communities.presenters import committees
from communities.services import committee_members, committee_years
from communities.services import committee_rights as rights
from communities.views.committees import division_field, refusal, seeing, visible_committee
from communities.views.frame import Listing, form_page, list_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import codes_above
from kunming_portal.documents import Paper, render_pdf, render_word
from kunming_portal.errors import Refused
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.querysets import UnitQuerySet
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

ROWS = (keypages.Column("place", str), keypages.Column("id"))
KEY = re.compile(r"[0-9]{1,18}")  # of a chosen row
FORMS: dict[str, tuple[Callable[[Paper], bytes], str]] = {
    "docx": (render_word, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": (render_pdf, "application/pdf"),
}
RELATED = ("committee__community", "unit", "compound", "approved_by", "filed_by")


def visible_member(user: User, pk: int) -> PartTimeMember:
    """Return the member, or 404: who lies out of scope is not there."""
    return get_object_or_404(get_part_time_members(user=user).select_related(*RELATED), pk=pk)


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List part-time members by community; filters, export."""
    user = seeing(request)
    rows = get_part_time_members(user=user).select_related("committee__community")
    placed = rows.annotate(place=F("committee__community_id"))
    chosen = PartTimeMemberFilter(request.GET, queryset=placed, request=request)
    listing = Listing(
        template="communities/committees/members.html",
        fragment="communities/committees/members_list.html",
        columns=ROWS,
        present=committees.member_rows,
        register="committee-members",
        context={
            "to_sign": committees.waiting(user),
            "words_hint": _("Member, unit, community, pinyin"),
        },
    )
    status = Field("status", _("All who hold a place"), as_choices(SITTING), request.GET.get("status", ""))
    fields = [*division_field(user, request.GET.get("division", "")), status]
    return list_page(request, listing, chosen=chosen, choices=fields)


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a member: the chain, the years, what I may do."""
    user, now = signed_in(request), timezone.now()
    found = visible_member(user, pk)
    context = {
        "member": found,
        "committee": found.committee,
        "crumbs": committees.crumbs_of(found.committee.community_id, "committees"),
        "chain": committees.chain_of(found),
        "reports": found.reports.select_related("appraisal").order_by("-year"),
        "attendance": found.attendance.select_related("meeting").order_by("-meeting__held_at")[:12],
        "moves": committees.member_moves(found, user=user, today=timezone.localdate(now)),
        "now": now,
    }
    return render(request, "communities/committees/member.html", context)


# -- forms -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def recommend(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Recommend somebody for the committee."""
    user, now = signed_in(request), timezone.now()
    found = visible_committee(user, pk)
    today = timezone.localdate(now)
    form = forms_of.RecommendForm(
        request.POST or None,
        units=units_near(found, today),
        compounds=Compound.objects.filter(community=found.community_id).order_by("name"),
        today=today,
    )
    context = {
        "title": _("Recommend a member"),
        "verb": _("Recommend"),
        "icon": "person-plus",
        "lede": _("The street approves, the county files, then you take the member into office."),
        "ways": committees.crumbs_of(found.community_id, "committees"),
        "back_label": _("the committee"),
        "refusal": refusal(request, lambda: rights.check_recommends(found, by=user, on=today)),
    }
    return form_page(
        request,
        form,
        lambda typed: committee_members.recommend(committee=found, by=user, now=now, **typed),
        context=context,
        done=_("Recommended; the street was told."),
        back=found.get_absolute_url(),
    )


def units_near(committee: BigCommittee, today: dt.date) -> UnitQuerySet:
    """Return the units of the community, its street, county and city that somebody could come from."""
    code = committee.community_id
    kinds = ["department", "force", "company", "branch", "centre"]
    above = [one for one in codes_above(code) if one != code]
    near = Q(division_id__in=above, kind__in=kinds) | Q(division_id=code, kind="branch")
    return Unit.objects.active(today).filter(near).order_by("-division_id", "kind", "name", "id")


@dataclass(frozen=True)
class MemberForm:
    """A step of a member: its form, what it does, and what is said when it is done."""

    build: Callable[[HttpRequest, PartTimeMember, dt.date], forms.Form]
    run: Callable[..., object]
    check: Callable[[PartTimeMember, User], object]
    done: Callable[[], str]


def _plain(kind: Callable[..., forms.Form]) -> Callable[[HttpRequest, PartTimeMember, dt.date], forms.Form]:
    return lambda request, _member, _today: kind(request.POST if request.method == "POST" else None)


def _on(kind: Callable[..., forms.Form]) -> Callable[[HttpRequest, PartTimeMember, dt.date], forms.Form]:
    return lambda request, _member, today: kind(request.POST or None, initial={"on": today})


def _chain(move: str) -> Callable[[PartTimeMember, User], object]:
    return lambda member, user: rights.check_member_move(move, member, by=user)


def _report_form(request: HttpRequest, member: PartTimeMember, today: dt.date) -> forms.Form:
    years = committees.years_to_report(member, today=today)
    return forms_of.DutyReportForm(request.POST or None, years=years, initial={"given_on": today})


def _appraise_form(request: HttpRequest, member: PartTimeMember, _today: dt.date) -> forms.Form:
    return forms_of.AppraiseForm(request.POST or None, years=committees.years_to_appraise(member))


def _amend_form(request: HttpRequest, member: PartTimeMember, _today: dt.date) -> forms.Form:
    names = ("unit_post", "post", "duties", "compound")
    return forms_of.AmendForm(
        request.POST or None,
        compounds=Compound.objects.filter(community=member.committee.community_id).order_by("name"),
        initial={name: getattr(member, name) for name in names},
    )


def _reviews(member: PartTimeMember, user: User) -> object:
    return rights.check_reviews(member, by=user)


MOVES: dict[str, MemberForm] = {
    "amend": MemberForm(
        _amend_form,
        committee_members.amend,
        lambda member, user: rights.check_amends(member, by=user),
        lambda: _("The change is on record."),
    ),
    "approve": MemberForm(
        _plain(forms.Form),
        committee_members.approve,
        _chain("approve"),
        lambda: _("Approved; the county was told."),
    ),
    "file": MemberForm(
        _plain(forms.Form),
        committee_members.file,
        _chain("file"),
        lambda: _("Filed; the community was told."),
    ),
    "refuse": MemberForm(
        _plain(forms_of.ReasonForm),
        committee_members.refuse,
        _chain("refuse"),
        lambda: _("Refused; the community was told."),
    ),
    "appoint": MemberForm(
        _on(forms_of.AppointForm),
        committee_members.appoint,
        _chain("appoint"),
        lambda: _("The member is in office."),
    ),
    "leave": MemberForm(
        _on(forms_of.LeaveForm), committee_members.leave, _chain("leave"), lambda: _("It is on record.")
    ),
    "report": MemberForm(
        _report_form, committee_years.report_duty, _reviews, lambda: _("The duty report is on record.")
    ),
    "appraise": MemberForm(
        _appraise_form,
        committee_years.appraise,
        _reviews,
        lambda: _("Appraised. The letter to the unit is ready."),
    ),
}


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int, move: str) -> HttpResponseBase:
    """Make a step with a member, after its form."""
    user, now = signed_in(request), timezone.now()
    found = visible_member(user, pk)
    if move not in MOVES:
        raise Http404
    step = MOVES[move]
    context = {
        "title": committees.move_words(move),
        "verb": committees.move_words(move),
        "icon": committees.MOVE_ICONS[move],
        "ways": committees.crumbs_of(found.committee.community_id, "committees"),
        "back_label": found.name,
        "facts": _facts(found),
        "refusal": refusal(request, lambda: step.check(found, user)),
    }
    return form_page(
        request,
        step.build(request, found, timezone.localdate(now)),
        lambda typed: step.run(member=found, by=user, now=now, **typed),
        context=context,
        done=step.done(),
        back=found.get_absolute_url(),
    )


def _facts(member: PartTimeMember) -> list[tuple[str, str]]:
    found = [
        (pgettext("of a person", "Name"), member.name),
        (_("Unit of the member"), f"{member.unit_name} {member.unit_post}".strip()),
        (_("Post on the committee"), str(member.get_post_display())),
        (_("Division of work"), member.duties),
        (_("Community"), member.committee.community.short_name),
        (_("Recommended on"), member.recommended_on.isoformat()),
    ]
    return [(label, text) for label, text in found if text]


# -- many at once ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Result:
    """What became of one chosen member."""

    member: PartTimeMember
    is_done: bool
    sentence: str


@require_http_methods(["GET", "POST"])
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits for my signature, with ticks; posting it signs or refuses each chosen one by itself."""
    user, now = seeing(request), timezone.now()
    context: dict[str, Any] = {"now": now, "reason": "", "picked": []}
    if request.method == "POST":
        keys = [int(key) for key in request.POST.getlist("row") if KEY.fullmatch(key)][:200]
        verb = request.POST.get("verb", "sign")
        reason = request.POST.get("reason", "").replace("\x00", "").strip()[:200]
        rows = get_part_time_members(user=user).filter(pk__in=keys).select_related(*RELATED).order_by("pk")
        if not keys:
            messages.error(request, _("Choose at least one member."))
        elif verb == "refuse" and not reason:
            messages.error(request, _("Say why they are refused; the community reads it."))
        else:
            results = [_sign(member, verb=verb, reason=reason, user=user, now=now) for member in rows]
            return render(request, "communities/committees/results.html", context | {"results": results})
        context |= {"reason": reason, "picked": keys}
    waiting = committees.members_to_sign(user)
    return render(request, "communities/committees/approvals.html", context | {"rows": waiting})


def _sign(member: PartTimeMember, *, verb: str, reason: str, user: User, now: dt.datetime) -> Result:
    """Approve or file one member, whichever comes next, or refuse; each in its own transaction."""
    run = committee_members.file if member.status == "approved" else committee_members.approve
    try:
        if verb == "refuse":
            made = committee_members.refuse(member=member, reason=reason, by=user, now=now)
        else:
            made = run(member=member, by=user, now=now)
    except Refused as refused:
        return Result(member, is_done=False, sentence=refused.sentence)
    return Result(made, is_done=True, sentence=str(made.get_status_display()))


# -- the letter ---------------------------------------------------------------------------------------------------
@never_cache
@require_GET
def letter(request: HttpRequest, pk: int, year: int, form: str) -> HttpResponseBase:
    """Send the letter to the member's unit on an appraised year; taking it goes on the trail."""
    user = signed_in(request)
    member = visible_member(user, pk)
    if form not in FORMS:
        raise Http404
    rows = MemberAppraisal.objects.select_related(
        "report__member__committee__community", "report__member__compound"
    )
    appraisal = get_object_or_404(rows, report__member=member, report__year=year)
    render_as, kind = FORMS[form]
    paper = get_letter(appraisal)
    try:
        committee_years.take_letter(appraisal=appraisal, form=form, by=user, now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(member)
    response = HttpResponse(render_as(paper), content_type=kind)
    name = f"{paper.title}.{form}".replace("/", "-")
    header = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = header or "attachment"
    return response
