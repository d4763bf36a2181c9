"""Saved filters: kept from a list, shown as chips above it, renamed and deleted on a page of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kunming_portal.accounts.models import User
from kunming_portal.errors import Refused
from whistle import services
from whistle.filtersets import CaseFilter
from whistle.forms.filters import FilterNameForm
from whistle.models import Case, SavedFilter
from whistle.views.case import signed_in

Page = SavedFilter.Page
BESIDES = {Page.QUEUE: ("turn",), Page.CASES: ("sort",)}  # parts of a list's address that are no filter


@dataclass(frozen=True)
class Chip:
    """A saved filter above its list; `is_now`: the list shows exactly that."""

    name: str
    url: str
    is_now: bool


@dataclass(frozen=True)
class Saved:
    """The chips of a list; `query` is what could be saved now, empty where nothing could."""

    page: str
    chips: Sequence[Chip]
    query: str


def saved_of(user: User, page: Page, asked: QueryDict) -> Saved:
    """Return the person's chips of a list, and whether what stands in its address could be one more. One query."""
    now = tidy(page, asked)
    rows = SavedFilter.objects.filter(user=user, page=page).order_by("position", "pk")
    chips = [Chip(row.name, f"{reverse(page)}?{row.query}", row.query == now) for row in rows]
    return Saved(page=page.value, chips=chips, query="" if any(chip.is_now for chip in chips) else now)


def tidy(page: Page, asked: QueryDict) -> str:
    """Return what of an address is a filter, always in the same order; nothing when nothing filters or it is wrong."""
    chosen = CaseFilter(asked, queryset=Case.objects.none(), now=timezone.now())
    names = [*CaseFilter.base_filters, "opened_after", "opened_before"]
    filters = [(name, asked[name]) for name in names if asked.get(name)]
    if not filters or not chosen.is_valid():
        return ""
    besides = [(name, asked[name]) for name in BESIDES[page] if asked.get(name)]
    return urlencode(besides + filters)


@require_http_methods(["GET", "POST"])
def saved_filters(request: HttpRequest, page: str) -> HttpResponse:
    """The person's own filters of a list. POST `do` is keep (from the list), rename or forget."""
    user = signed_in(request)
    if page not in Page.values:
        raise Http404
    if request.method != "POST":
        return _show(request, user, Page(page))
    done = {"keep": _keep, "rename": _rename, "forget": _forget}.get(request.POST.get("do", ""))
    if done is None:
        raise Http404
    return done(request, user, Page(page))


def _keep(request: HttpRequest, user: User, page: Page) -> HttpResponse:
    query = tidy(page, QueryDict(request.POST.get("query", "")))
    form = FilterNameForm(request.POST)
    if form.is_valid():
        try:
            services.keep_filter(page=page.value, name=form.cleaned_data["name"], query=query, by=user)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse(page)}?{query}")
    return _show(request, user, page, new=form, query=query)


def _rename(request: HttpRequest, user: User, page: Page) -> HttpResponse:
    kept = _own(request, user, page)
    form = FilterNameForm(request.POST, auto_id=f"id_{kept.pk}_%s")
    if form.is_valid():
        try:
            services.rename_filter(kept=kept, name=form.cleaned_data["name"], by=user)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            messages.success(request, _("Renamed."))
            return redirect("saved-filters", page.value)
    return _show(request, user, page, changed={kept.pk: form})


def _forget(request: HttpRequest, user: User, page: Page) -> HttpResponse:
    services.forget_filter(kept=_own(request, user, page), by=user)
    messages.success(request, _("Deleted."))
    return redirect("saved-filters", page.value)


def _own(request: HttpRequest, user: User, page: Page) -> SavedFilter:
    pk = request.POST.get("filter", "")
    key = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 16 else 0
    return get_object_or_404(SavedFilter, pk=key, user=user, page=page)


def _show(request: HttpRequest, user: User, page: Page, **more: Any) -> HttpResponse:
    changed: dict[int, FilterNameForm] = more.pop("changed", {})
    rows = SavedFilter.objects.filter(user=user, page=page).order_by("position", "pk")
    context = {
        "list_label": page.label,
        "list_url": reverse(page),
        "rows": [
            (
                row,
                changed.get(row.pk) or FilterNameForm(initial={"name": row.name}, auto_id=f"id_{row.pk}_%s"),
            )
            for row in rows
        ],
    }
    status = 422 if changed or "new" in more else 200
    return render(request, "whistle/saved_filters.html", context | more, status=status)
