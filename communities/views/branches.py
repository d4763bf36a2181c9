"""Forms that keep compound branches, their seats and their cross-posts."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from communities.forms.branches import BranchForm, PostForm
from communities.forms.compounds import EndForm
from communities.models import Compound, CompoundBranch
from communities.selectors import get_branches, get_cross_posts
from communities.services import branches as services
from communities.views.compounds import keeping, visible_compound
from communities.views.frame import act, signed_in
from kunming_portal.accounts.models import User


@require_http_methods(["GET", "POST"])
def branch_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Enter the branch of a compound; one that has a branch shows that one's form."""
    user = signed_in(request)
    compound = visible_compound(user, pk)
    if compound.branch is not None:
        return redirect("branch-change", pk=compound.branch_id)
    initial = {
        "name": _("%(compound)s Party branch") % {"compound": compound.name},
        "superior": _("Party committee of %(community)s") % {"community": compound.community.place_name},
        "compounds": [compound.pk],
    }
    form = BranchForm(request.POST or None, compounds=_offered(compound.community_id), initial=initial)
    return keeping(
        request,
        compound,
        form,
        lambda typed: services.found_branch(
            community=compound.community,
            facts=form.facts(),
            compounds=list(typed["compounds"]),
            by=user,
            now=timezone.now(),
        ),
        title=_("Enter the branch"),
        done=_("Entered."),
    )


@require_http_methods(["GET", "POST"])
def branch_change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change what is on record about a branch, and which compounds it leads."""
    user = signed_in(request)
    branch, compound, led = _visible(user, pk)
    form = BranchForm(
        request.POST or None,
        compounds=_offered(branch.community_id, branch),
        branch=branch,
        initial={"compounds": [row.pk for row in led]},
    )
    return keeping(
        request,
        compound,
        form,
        lambda typed: services.change_branch(
            branch=branch,
            facts=form.facts(),
            compounds=list(typed["compounds"]),
            by=user,
            now=timezone.now(),
        ),
        title=_("Change the branch"),
        done=_("Changed."),
    )


@require_http_methods(["GET", "POST"])
def branch_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a branch."""
    user = signed_in(request)
    branch, compound, _led = _visible(user, pk)
    form = EndForm(request.POST or None, initial={"ended_on": timezone.localdate()})
    return keeping(
        request,
        compound,
        form,
        lambda typed: services.end_branch(branch=branch, by=user, now=timezone.now(), **typed),
        title=_("End the branch"),
        done=_("The branch has ended."),
        verb=_("End the branch"),
    )


@require_POST
def branch_seat(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give a branch the seat in which its secretary can sign in."""
    user = signed_in(request)
    branch, compound, _led = _visible(user, pk)
    return act(
        request,
        lambda: services.seat_branch(branch=branch, by=user, now=timezone.now()),
        done=_("The branch has a seat; the security administrator can appoint its secretary now."),
        back=compound.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def cross_post_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Enter a cross-post."""
    user = signed_in(request)
    branch, compound, _led = _visible(user, pk)
    form = PostForm(request.POST or None, initial={"starts_on": timezone.localdate()})
    return keeping(
        request,
        compound,
        form,
        lambda _typed: services.enter_post(branch=branch, facts=form.facts(), by=user, now=timezone.now()),
        title=_("Enter a cross-post"),
        done=_("Entered."),
    )


@require_POST
def cross_post_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a cross-post today."""
    user = signed_in(request)
    post = get_object_or_404(get_cross_posts(user=user).select_related("branch"), pk=pk)
    compound = Compound.objects.filter(branch=post.branch_id).order_by("name", "pk").first()
    return act(
        request,
        lambda: services.end_post(post=post, by=user, now=timezone.now()),
        done=_("The cross-post has ended."),
        back=compound.get_absolute_url() if compound is not None else reverse("compounds"),
    )


def _visible(user: User, pk: int) -> tuple[CompoundBranch, Compound, Sequence[Compound]]:
    """Return the branch, the compound to which its forms lead back, and all it leads; else 404. Three queries."""
    branch = get_object_or_404(get_branches(user=user).select_related("community", "unit"), pk=pk)
    led = list(Compound.objects.filter(branch=branch).select_related("community").order_by("name", "pk"))
    if led:
        return branch, led[0], led
    near = Compound.objects.filter(community=branch.community_id).select_related("community")
    return branch, get_object_or_404(near.order_by("name", "pk")[:1]), led


def _offered(community_code: str, branch: CompoundBranch | None = None) -> list[Any]:
    """Return the compounds in use of a community that this branch leads or could lead. One query."""
    rows = Compound.objects.in_use().filter(community=community_code)
    mine = rows.filter(branch=None) | rows.filter(branch=branch)
    return list(mine.order_by("name"))
