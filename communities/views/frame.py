"""What the pages of communities share: who asks, lists that filter and page by key, forms that lose nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from kunming_portal.spreadsheets import registers
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, wants_fragment


def signed_in(request: HttpRequest) -> User:
    """Return who asks; the middleware has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


@dataclass(frozen=True)
class Listing:
    """A list page: the template of the whole (it includes `fragment`), its order, and what fills it.

    `present` turns the page's rows into what the template shows; `register` is the key of the spreadsheet register
    that exports and imports the same rows, empty where there is none.
    """

    template: str
    fragment: str
    columns: Sequence[keypages.Column]
    present: Callable[[list[Any]], Sequence[Any]] = list
    register: str = ""
    context: dict[str, Any] = field(default_factory=dict)


def list_page(
    request: HttpRequest,
    listing: Listing,
    *,
    chosen: django_filters.FilterSet,
    choices: Sequence[Field] = (),
) -> HttpResponse:
    """Answer with one page of a filtered list, or with the changed part when htmx asks for it.

    Give the filter set rows the person may see. One query for the rows, besides what `present` reads.
    """
    user = signed_in(request)
    found: QuerySet[Any] = chosen.qs if chosen.is_valid() else chosen.queryset.none()
    page = keypages.read_page(found, columns=listing.columns, query=request.GET.dict())
    context = {
        "now": timezone.now(),
        "filter": chosen,
        "choices": choices,
        "rows": listing.present(page.rows),
        "page": page.key,
        "filtered": any(request.GET.values()),
        "register": listing.register,
        "may_export": user.can(Permission.LIST_EXPORT),
        "may_import": registers.may_import(listing.register, user),
        "fragment": listing.fragment,
        **listing.context,
    }
    name = listing.fragment if wants_fragment(request) else listing.template
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def form_page(
    request: HttpRequest,
    form: forms.Form,
    run: Callable[[dict[str, Any]], Any],
    *,
    context: dict[str, Any],
    done: str,
    back: str,
    fields: dict[str, str] | None = None,
    template: str = "communities/form.html",
) -> HttpResponseBase:
    """Show a form, or send what was typed to the domain with `run(cleaned data)` and go `back` with the word `done`.

    A refusal stands at the field of its code (`fields` maps codes to other names), else on top; status 422, and all
    that was typed stays. `run` may return an object with an address of its own: then the person goes there.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                result = run(form.cleaned_data)
            except Refused as refused:
                name = (fields or {}).get(refused.code, refused.code)
                form.add_error(name if name in form.fields else None, refused.sentence)
            else:
                messages.success(request, done)
                return redirect(result if hasattr(result, "get_absolute_url") else back)
    shown = {"form": form, "back_url": back, "now": timezone.now(), **context}
    return render(request, template, shown, status=status)


def act(request: HttpRequest, run: Callable[[], Any], *, done: str, back: str) -> HttpResponseBase:
    """Do what a button asks for without a form, and go `back` with the word `done` or with the refusal."""
    try:
        run()
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, done)
    return redirect(back)
