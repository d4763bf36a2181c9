"""The dispatch catalogue: who dispatches reads it, the centres of counties and city keep it."""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import IO, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.errors import Refused
from kunming_portal.ui import keypages
from whistle import exports
from whistle.accuracy import Accuracy, get_accuracy, get_outcomes
from whistle.filtersets import CatalogueFilter
from whistle.forms.catalogue import EntryForm, NewEntryForm, PeriodForm, WithdrawForm
from whistle.models import CatalogueEntry, CatalogueProposal
from whistle.services import catalogue as kept
from whistle.views.case import signed_in
from whistle.views.cases import XLSX

IN_ORDER = (
    keypages.Column("kind_place"),
    keypages.Column("place_in_kind"),
    keypages.Column("tier"),
    keypages.Column("id"),
)
PENDING = CatalogueProposal.State.PENDING


def reader(request: HttpRequest) -> User:
    """Return who asks; others than those who dispatch or configure are refused (403)."""
    user = signed_in(request)
    if not (user.can(Permission.WHISTLE_DISPATCH) or user.can(Permission.CONFIGURE)):
        raise PermissionDenied(_("The dispatch catalogue is read by those who dispatch."))
    return user


def may_edit(user: User, row: CatalogueEntry | None = None) -> bool:
    """Whether `check_editor` would let the person pass; without an entry: for anything at all."""
    try:
        kept.check_editor(user, division=row.division if row is not None else None)
    except Refused as refused:
        return row is None and refused.code == "division"
    return True


def found_entry(pk: int) -> CatalogueEntry:
    """Return an entry with what its page shows, or 404."""
    rows = CatalogueEntry.objects.select_related(
        "sub_class__kind", "division", "unit__division", "written_by"
    )
    return get_object_or_404(rows, pk=pk)


def get_entries() -> QuerySet[CatalogueEntry]:
    """Return the catalogue with what its list shows."""
    rows = CatalogueEntry.objects.select_related("sub_class__kind", "division", "unit")
    return rows.prefetch_related("assists__unit").annotate(
        kind_place=F("sub_class__kind__position"),
        place_in_kind=F("sub_class__position"),
        open_proposals=Count("proposals", filter=Q(proposals__state=PENDING)),
    )


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """List the catalogue by kind and sub-class, filtered, a page at a time."""
    user = reader(request)
    chosen = CatalogueFilter(request.GET, queryset=get_entries())
    found = chosen.qs if chosen.is_valid() else CatalogueEntry.objects.none()
    page = (
        keypages.read_page(found, columns=IN_ORDER, query=request.GET.dict()) if chosen.is_valid() else None
    )
    context = {
        "rows": page.rows if page else [],
        "page": page.key if page else None,
        "filter": chosen,
        "may_edit": may_edit(user),
        "filtered": any(request.GET.get(name) for name in CatalogueFilter.base_filters),
    }
    return render(request, "whistle/catalogue/list.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a workbook."""
    user = reader(request)
    chosen = CatalogueFilter(request.GET, queryset=get_entries())
    found = chosen.qs.order_by("kind_place", "place_in_kind", "tier", "id") if chosen.is_valid() else []
    heads = [_("Kind"), _("Sub-class"), _("Tier"), _("Place"), _("Lead"), _("Assisting"), _("Power")]
    heads += [_("Legal basis"), _("Version"), _("Valid from")]
    lines = (_cells(row) for row in found)
    return _workbook(request, user, "catalogue", heads, lines)


def _cells(row: CatalogueEntry) -> list[str]:
    return [
        row.sub_class.kind.label,
        row.sub_class.name,
        str(row.get_tier_display()),
        row.place,
        row.label,
        "、".join(assist.label for assist in row.assists.all()),
        row.power,
        row.legal_basis,
        str(row.version),
        timezone.localtime(row.valid_from).strftime(exports.MOMENT),
    ]


def _workbook(
    request: HttpRequest, user: User, name: str, heads: list[str], lines: Iterator[list[str]]
) -> HttpResponseBase:
    now = timezone.now()
    try:
        file: IO[bytes] = exports.export_list(
            name,
            heads,
            lines,
            by=user,
            now=now,
            filters=request.GET.dict(),
            rights=(Permission.LIST_EXPORT, Permission.CONFIGURE),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("catalogue")
    return FileResponse(
        file, as_attachment=True, filename=f"{name}-{timezone.localdate(now)}.xlsx", content_type=XLSX
    )


@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one version: what it says, its other versions, what objections propose."""
    user = reader(request)
    row = found_entry(pk)
    now = timezone.now()
    same = CatalogueEntry.objects.filter(sub_class=row.sub_class, tier=row.tier, division=row.division)
    context = {
        "now": now,
        "entry": row,
        "assists": list(row.assists.select_related("unit").order_by("id")),
        "versions": list(same.select_related("written_by", "unit").order_by("-version")),
        "proposals": list(
            row.proposals.filter(state=PENDING).select_related("unit").order_by("-times", "id")
        ),
        "holds": row.holds_at(now),
        "may_edit": may_edit(user, row) and row.valid_to is None,
        "withdraw": WithdrawForm(),
    }
    return render(request, "whistle/catalogue/entry.html", context)


@require_http_methods(["GET", "POST"])
def entry_new(request: HttpRequest) -> HttpResponseBase:
    """Write an entry for a place that has none."""
    user = reader(request)
    if not may_edit(user):
        raise PermissionDenied(
            _("The dispatch catalogue is kept by the centres of the county and the city. Ask them.")
        )
    form = NewEntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _try(
            form, lambda now: kept.add_entry(place=form.place(), terms=form.terms(), by=user, now=now)
        )
        if made is not None:
            messages.success(request, _("Written into the catalogue."))
            return redirect(made)
    status = 422 if request.method == "POST" else 200
    return render(request, "whistle/catalogue/form.html", {"form": form, "entry": None}, status=status)


@require_http_methods(["GET", "POST"])
def entry_change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write the next version of an entry."""
    user = reader(request)
    row = found_entry(pk)
    if not may_edit(user, row):
        raise PermissionDenied(
            _("The dispatch catalogue is kept by the centres of the county and the city. Ask them.")
        )
    form = EntryForm(request.POST or None, entry=row)
    if request.method == "POST" and form.is_valid():
        made = _try(form, lambda now: kept.change_entry(entry=row, terms=form.terms(), by=user, now=now))
        if made is not None:
            messages.success(request, _("Version %(version)d holds from now on.") % {"version": made.version})
            return redirect(made)
    status = 422 if request.method == "POST" else 200
    return render(request, "whistle/catalogue/form.html", {"form": form, "entry": row}, status=status)


def _try(form: EntryForm, make: Callable[[datetime], CatalogueEntry]) -> CatalogueEntry | None:
    try:
        return make(timezone.now())
    except Refused as refused:
        form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
        return None


@require_POST
def entry_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End an entry without a successor."""
    user = reader(request)
    row = found_entry(pk)
    return _decide(
        request,
        row,
        lambda now: kept.withdraw_entry(
            entry=row, reason=request.POST.get("reason", "")[:200], by=user, now=now
        ),
        _("The entry no longer holds."),
    )


@require_POST
def proposal_confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Make the proposed unit the lead."""
    user = reader(request)
    proposal = found_proposal(pk)
    return _decide(
        request,
        proposal.entry,
        lambda now: kept.confirm_proposal(proposal=proposal, by=user, now=now),
        _("The proposed unit leads from now on."),
    )


@require_POST
def proposal_dismiss(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Leave the entry as it is."""
    user = reader(request)
    proposal = found_proposal(pk)
    return _decide(
        request,
        proposal.entry,
        lambda now: kept.dismiss_proposal(proposal=proposal, by=user, now=now),
        _("Dismissed; the entry stays as it is."),
    )


def found_proposal(pk: int) -> CatalogueProposal:
    """Return a proposal with its entry, or 404."""
    rows = CatalogueProposal.objects.select_related(
        "entry__sub_class", "entry__division", "entry__unit", "unit"
    )
    return get_object_or_404(rows, pk=pk)


def _decide(
    request: HttpRequest, row: CatalogueEntry, make: Callable[[datetime], Any], done: str
) -> HttpResponseBase:
    if not may_edit(signed_in(request), row):
        raise PermissionDenied(
            _("The dispatch catalogue is kept by the centres of the county and the city. Ask them.")
        )
    try:
        made = make(timezone.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(row)
    messages.success(request, done)
    return redirect(made if isinstance(made, CatalogueEntry) else row)


def _lines(request: HttpRequest, user: User) -> tuple[PeriodForm, list[Accuracy]]:
    form = PeriodForm(request.GET or None)
    if form.is_bound and not form.is_valid():
        return form, []
    period = form.cleaned_data if form.is_bound else {}
    zone = timezone.get_current_timezone()
    since, until = period.get("since"), period.get("until")
    outcomes = get_outcomes(
        user=user,
        since=datetime.combine(since, time(), tzinfo=zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), tzinfo=zone) if until else None,
    )
    return form, get_accuracy(outcomes)


@require_GET
def accuracy(request: HttpRequest) -> HttpResponse:
    """Show how often the catalogue was followed and how often objections against it were upheld."""
    user = reader(request)
    form, lines = _lines(request, user)
    return render(request, "whistle/catalogue/accuracy.html", {"form": form, "lines": lines})


@require_GET
def accuracy_export(request: HttpRequest) -> HttpResponseBase:
    """The accuracy report as a workbook."""
    user = reader(request)
    _form, lines = _lines(request, user)
    heads = [_("Sub-class"), _("Entry"), _("Followed"), _("Share"), _("Objections upheld"), _("Share")]
    rows = (
        [
            line.sub_class.name,
            f"{line.entry.place} {line.entry.get_tier_display()} v{line.entry.version}" if line.entry else "",
            line.followed.fraction,
            line.followed.percent,
            line.upheld.fraction,
            line.upheld.percent,
        ]
        for line in lines
    )
    return _workbook(request, user, "catalogue-accuracy", heads, rows)
