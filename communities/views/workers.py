"""The list of community workers and the page of one; pay on a page of its own and in an export of its own."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from communities.filtersets.workers import NO_GRADE, STATES, filtered
from communities.models import CommunityWorker, Grade, PostClass
from communities.presenters import workers as presenter
from communities.querysets import WorkerQuerySet
from communities.services import regrading, schemes, worker_pay
from communities.services.worker_rights import is_own, sees_pay_of
from communities.views.frame import Listing, list_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.selectors import get_ancestors
from kunming_portal.spreadsheets.workbook import ExportRefused
from kunming_portal.ui import keypages, parts
from kunming_portal.ui.fragments import Field, as_choices, refuse

BY_PLACE = (keypages.Column("community_id", str), keypages.Column("id"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def seen_rows(user: User) -> WorkerQuerySet:
    """Return the workers this person sees, with post and grade of today. Refuses who sees no communities (403)."""
    if not user.can(P.COMMUNITY_VIEW):
        raise PermissionDenied
    rows = CommunityWorker.objects.seen_by(user, P.COMMUNITY_VIEW)
    return rows.with_standing(timezone.localdate())


def visible_worker(user: User, pk: int) -> CommunityWorker:
    """Return the file, or 404: what is out of scope is not there; one's own file always is."""
    rows = CommunityWorker.objects.seen_by(user, P.COMMUNITY_VIEW).select_related("community", "account")
    return get_object_or_404(rows, pk=pk)


@require_GET
def workers(request: HttpRequest) -> HttpResponse:
    """List the community workers this person sees, community by community."""
    user = signed_in(request)
    rows = seen_rows(user)
    listing = Listing(
        template="communities/workers/list.html",
        fragment="communities/workers/rows.html",
        columns=BY_PLACE,
        register="workers",
        context={
            "may_keep": user.can(P.WORKER_KEEP),
            "pay_url": f"{reverse('workers-pay-export')}?{request.GET.urlencode()}"
            if user.can(P.PAY_VIEW)
            else "",
            "words_hint": _("Name, community, pinyin, initials"),
        },
    )
    chosen = filtered(request.GET, rows.select_related("community__parent"))
    return list_page(request, listing, chosen=chosen, choices=_choices(request, user))


@require_GET
def pay_export(request: HttpRequest) -> HttpResponseBase:
    """Send the pay of the filtered workers as a workbook; there is no such address for who may not see pay."""
    user = signed_in(request)
    if not user.can(P.PAY_VIEW):
        raise Http404
    now = timezone.now()
    chosen = filtered(request.GET, seen_rows(user).select_related("community"))
    found = chosen.qs if chosen.is_valid() else CommunityWorker.objects.none()
    used = {name: value for name, value in request.GET.dict().items() if name in chosen.form.fields and value}
    try:
        file = worker_pay.export_pay(found, by=user, now=now, filters=used)
    except ExportRefused as refused:
        return refuse(request, refused, back=reverse("workers"))
    name = f"{_('Pay of community workers')} {timezone.localdate(now).isoformat()}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


@require_GET
def worker(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one worker: posts, points line by line, grades given, titles, appraisals, what one may do. No pay."""
    user = signed_in(request)
    row = visible_worker(user, pk)
    today = timezone.localdate()
    file = regrading.with_facts(CommunityWorker.objects.filter(pk=row.pk)).get()
    scheme = schemes.get_scheme(row.community_id, on=today)
    context: dict[str, Any] = {
        "worker": row,
        "is_own": is_own(row, by=user),
        "ways": place_ways(row.community_id, "workers"),
        "posts": list(row.posts.select_related("post_class", "community").order_by("-started_on")),
        "standing": presenter.standing_of(file, scheme=scheme, today=today),
        "grades": presenter.grade_rows(file),
        "awards": sorted(file.qualifications.all(), key=lambda award: award.on, reverse=True),
        "appraisals": sorted(file.appraisals.all(), key=lambda one: one.year, reverse=True),
        "moves": presenter.moves_of(row, by=user),
        "may_keep": presenter.keeps(row, by=user),
        "now": timezone.now(),
    }
    return render(request, "communities/workers/worker.html", context)


@never_cache
@require_GET
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a worker's pay and put the look on the trail; there is no such page for who may not see it."""
    user = signed_in(request)
    row = visible_worker(user, pk)
    if not sees_pay_of(row, by=user):
        raise Http404
    paid = worker_pay.read_pay(worker=row, by=user, now=timezone.now())
    context = {"worker": row, "pay": paid, "is_own": is_own(row, by=user)}
    return render(request, "communities/workers/pay.html", context)


def place_ways(code: str, route: str) -> list[parts.Crumb]:
    """Return the divisions from the county down to a place, each leading to a list of what lies there. One query."""
    return [
        parts.Crumb(one.place_name, f"{reverse(route)}?division={one.code}", current=one.code == code)
        for one in get_ancestors(code)[1:]
    ]


def _choices(request: HttpRequest, user: User) -> list[Field]:
    """Return the selects: division, post class, grade, in post or left. Three queries."""
    query = request.GET
    posts = PostClass.objects.order_by("position", "pk").values_list("code", "name")
    names = Grade.objects.order_by("-from_points").values_list("name", flat=True)
    grades = [(name, name) for name in dict.fromkeys(names)]
    grades.append((NO_GRADE, pgettext("of a worker", "No grade yet")))
    fields = [
        Field(
            "division",
            _("All places"),
            places_below(user, query.get("division", "")),
            query.get("division", ""),
        ),
        Field("post", _("All post classes"), list(posts), query.get("post", "")),
        Field("grade", _("All grades"), grades, query.get("grade", "")),
        Field("state", _("In post"), as_choices(STATES), query.get("state", "")),
    ]
    return [field for field in fields if len(field.options) > 1 or field.value]


def places_below(user: User, chosen: str) -> list[tuple[str, str]]:
    """Return the divisions directly below the person's territory and below the chosen one. One query."""
    prefixes = user.scope(P.COMMUNITY_VIEW).prefixes
    rows: QuerySet[Division] = Division.objects.filter(parent_id__in=[*prefixes, chosen]).real()
    rows |= Division.objects.filter(code=chosen)
    return list(rows.order_by("code").values_list("code", "short_name"))
