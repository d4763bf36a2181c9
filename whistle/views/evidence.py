"""Pictures and papers: sending them ahead of a form, adding and withdrawing them, and the files themselves."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.attachments.models import Attachment
from kunming_portal.attachments.serving import file_response
from kunming_portal.errors import Refused
from whistle import services
from whistle.forms.files import EvidenceForm, FilesForm
from whistle.forms.moves import WithdrawForm
from whistle.models import Evidence
from whistle.services.evidence import check_add, check_remove
from whistle.views.case import form_page, signed_in, visible_case


@require_POST
def files(request: HttpRequest) -> HttpResponse:
    """Keep files while their form is still being written; answer with the field as it stands then."""
    user = signed_in(request)
    if not (user.can(Permission.CASE_NOTE) or user.can(Permission.CASE_OPEN)):
        raise PermissionDenied
    form = FilesForm(request.POST, request.FILES, sender=user)
    form.is_valid()
    return render(request, "whistle/evidence/files.html", {"field": form["photos"]})


@require_GET
def attachment(request: HttpRequest, pk: uuid.UUID, size: str = "") -> HttpResponseBase:
    """A file or its thumbnail, for who sees its case; a kept one for who sent it. Everybody else: 404."""
    return file_response(seen(signed_in(request), pk), small=size == "small")


def seen(user: User, pk: uuid.UUID) -> Attachment:
    """Return the file if this person may see it, or 404. One or two queries."""
    rows = Evidence.objects.visible_to(user, Permission.CASE_VIEW).standing()
    found = rows.filter(attachment=pk).select_related("attachment").first()
    return (
        found.attachment if found is not None else get_object_or_404(Attachment.objects.kept_by(user), pk=pk)
    )


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add pictures and papers to a case. A refusal keeps what was typed and every file that was good."""
    user = signed_in(request)
    found = visible_case(user, pk)
    if request.method != "POST":
        try:
            check_add(found, by=user)
        except Refused as refused:
            messages.error(request, refused.sentence)
            return redirect(found)
    form = EvidenceForm(request.POST or None, request.FILES or None, sender=user, case=found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.add_evidence(case=found, pieces=form.evidence(), by=user, now=timezone.now())
            except Refused as refused:
                form.add_error(refused.code if refused.code in form.fields else None, refused.sentence)
                status = 409
            else:
                messages.success(request, _("Added to the case."))
                return redirect(found)
    context: dict[str, object] = {
        "form": form,
        "title": _("Add pictures or papers"),
        "verb": pgettext("to a case", "Add"),
        "icon": "camera",
    }
    return form_page(request, found, context, status=status)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw one file of a case, with a reason that stays."""
    user = signed_in(request)
    rows = Evidence.objects.visible_to(user, Permission.CASE_VIEW)
    piece = get_object_or_404(rows.select_related("attachment"), pk=pk)
    found = visible_case(user, piece.case_id)
    form = WithdrawForm(request.POST or None)
    status = 200
    try:
        check_remove(piece, case=found, by=user)
        if request.method == "POST":
            status = 422
            if form.is_valid():
                services.remove_evidence(
                    piece=piece, reason=form.cleaned_data["reason"], by=user, now=timezone.now()
                )
                messages.success(request, _("Withdrawn. The file is deleted; the history says who and why."))
                return redirect(found)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(found)
    context: dict[str, object] = {
        "form": form,
        "piece": piece,
        "title": _("Withdraw “%(name)s”") % {"name": piece.attachment.name},
        "lede": _("The file is deleted for good. The history keeps who withdrew it, when and why."),
        "verb": pgettext("a file", "Withdraw"),
    }
    return form_page(request, found, context, status=status)
