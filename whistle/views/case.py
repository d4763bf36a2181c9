"""The case page, the worksheet of a deadline, notes, and the reporter's name."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from whistle import selectors, services
from whistle.forms.moves import NoteForm, RevealForm
from whistle.models import Case, CaseDeadline, Evidence
from whistle.presenters import page, sheet, timeline

FILTERS: dict[str, timeline.Filter] = {"all": "all", "moves": "moves", "time": "time"}


def signed_in(request: HttpRequest) -> User:
    """Return who asks. Anonymous requests never get here (SignInMiddleware)."""
    assert isinstance(request.user, User)
    return request.user


def visible_case(user: User, pk: int) -> Case:
    """Return the case, or 404: what is not in somebody's scope is not there for them."""
    return get_object_or_404(
        selectors.get_cases(user=user).select_related("division", "compound", "opened_by", "parent"), pk=pk
    )


@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The case page. `log` filters the history (all, moves, time), `before` is the key of its next page.

    A merged case leads to the one that stands for it, unless `stay` is asked for.
    """
    user = signed_in(request)
    found = visible_case(user, pk)
    if found.parent_id is not None and not request.GET:
        root = selectors.get_cases(user=user).filter(pk=found.parent_id).first()
        if root is not None:
            return redirect(f"{root.get_absolute_url()}?from={found.pk}")
    watch = page.get_watch(timezone.now())
    chosen = FILTERS.get(request.GET.get("log", ""), "all")
    before = request.GET.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    shown = page.get_case_page(case=found, user=user, watch=watch, log=chosen, before=key)
    template = "whistle/case/log.html" if request.headers.get("HX-Target") == "log" else "whistle/case.html"
    context = {"page": shown, "case": found, "now": watch.now, "came_from": came_from(request, found)}
    return render(request, template, context)


def came_from(request: HttpRequest, found: Case) -> Case | None:
    """Return the merged case from which the reader was led here; only one they may see. At most one query."""
    number = request.GET.get("from", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 15):
        return None
    children = selectors.get_cases(user=signed_in(request)).filter(parent=found)
    child: Case | None = children.filter(pk=number).first()
    return child


@require_GET
def deadline(request: HttpRequest, pk: int) -> HttpResponse:
    """The worksheet of one deadline: start, every day, due; its rule; planned and actual rungs."""
    user = signed_in(request)
    rows = CaseDeadline.objects.visible_to(user, Permission.CASE_VIEW).select_related("case__division")
    found = get_object_or_404(rows, pk=pk)
    watch = page.get_watch(timezone.now())
    everything = selectors.get_deadlines(found.case)
    this = next(row for row in everything if row.pk == found.pk)
    whistles, _duties = page.get_chain(found.case)
    head = page.get_head(case=found.case, whistle=whistles[-1], deadlines=everything, user=user, watch=watch)
    shown = sheet.get_sheet(deadline=this, all_of_case=everything, watch=watch)
    return render(
        request, "whistle/deadline.html", {"sheet": shown, "head": head, "case": found.case, "now": watch.now}
    )


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add a note to the case. A refusal keeps what was typed."""
    user = signed_in(request)
    found = visible_case(user, pk)
    form = NoteForm(request.POST or None, request.FILES or None, sender=user)
    status = 200
    if request.method != "POST" and found.closed_at is not None:
        messages.error(request, _("The case is closed; nothing can be added."))
        return redirect(found)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.note(
                    case=found,
                    text=form.cleaned_data["text"],
                    pieces=form.pieces(moment=Evidence.Moment.DURING),
                    by=user,
                    now=timezone.now(),
                )
            except Refused as refused:
                form.add_error(None, refused.sentence)
            else:
                messages.success(request, _("Added to the case."))
                return redirect(found)
    context = {"form": form, "title": _("Add a note"), "verb": pgettext("to a case", "Add")}
    return form_page(request, found, context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def reporter(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the reporter's name and phone for a reason that goes on record. Never cached, never in an address."""
    user = signed_in(request)
    found = visible_case(user, pk)
    form = RevealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name, phone = services.reveal_reporter(
                case=found, reason=form.cleaned_data["reason"], by=user, now=timezone.now()
            )
        except Refused as refused:
            form.add_error("reason" if refused.code == "reason" else None, refused.sentence)
        else:
            context = {
                "case": found,
                "name": name,
                "phone": phone,
                "head": small_head(found, user),
                "now": timezone.now(),
            }
            return render(request, "whistle/reporter.html", context)
    context = {"form": form, "title": _("Show the reporter"), "verb": _("Show")}
    return form_page(request, found, context, status=422 if form.errors else 200)


def small_head(found: Case, user: User) -> page.Head:
    """Return the head a form repeats from the case page."""
    watch = page.get_watch(timezone.now())
    whistles, _duties = page.get_chain(found)
    deadlines = selectors.get_deadlines(found)
    return page.get_head(case=found, whistle=whistles[-1], deadlines=deadlines, user=user, watch=watch)


def form_page(request: HttpRequest, found: Case, context: dict[str, object], *, status: int) -> HttpResponse:
    """Show a form under the head of its case."""
    base: dict[str, object] = {
        "case": found,
        "head": small_head(found, signed_in(request)),
        "now": timezone.now(),
        "shows_form": True,
    }
    return render(request, "whistle/move.html", base | context, status=status)
