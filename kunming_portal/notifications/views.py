"""The person's own notices."""

from datetime import datetime
from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kunming_portal.accounts.models import User
from kunming_portal.errors import Refused
from kunming_portal.notifications import services
from kunming_portal.notifications.forms import ChannelForm
from kunming_portal.notifications.models import Delivery
from kunming_portal.notifications.quiet import DEFAULT
from kunming_portal.notifications.selectors import count_unread, get_notices, get_quiet
from kunming_portal.ui import keypages

NEWEST = (keypages.Column("created_at", datetime, descending=True), keypages.Column("id", descending=True))


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """List the person's notices, newest first, by day."""
    user = request.user
    assert isinstance(user, User)
    page = keypages.read_page(get_notices(user=user), columns=NEWEST, query=request.GET.dict())
    by_day = groupby(page.rows, key=lambda notice: timezone.localtime(notice.created_at).date())
    context = {
        "now": timezone.now(),
        "days": [(day, list(some)) for day, some in by_day],
        "page": page.key,
        "unread": count_unread(user=user),
    }
    return render(request, "notifications/notices.html", context)


@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one of the person's own notices as read and go where it leads; others' are not found (404)."""
    user = request.user
    assert isinstance(user, User)
    notice = get_object_or_404(get_notices(user=user), pk=pk)
    services.mark_read(notices=[notice], by=user, now=timezone.now())
    inside = url_has_allowed_host_and_scheme(notice.link, allowed_hosts=None)
    return redirect(notice.link if notice.link and inside else "notices")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark every notice of the person as read."""
    user = request.user
    assert isinstance(user, User)
    services.mark_all_read(by=user, now=timezone.now())
    return redirect("notices")


@require_http_methods(["GET", "POST"])
def channels(request: HttpRequest) -> HttpResponse:
    """Choose whether notices come by e-mail, and when e-mail is to be quiet."""
    user = request.user
    assert isinstance(user, User)
    if request.method == "POST":
        form = ChannelForm(request.POST)
        if form.is_valid() and _chosen(form, user):
            messages.success(request, _("Your quiet hours are kept."))
            return redirect("notice-channels")
        return _channels_page(request, form, status=422)
    quiet = get_quiet(user_ids=[user.pk], channel=Delivery.Channel.EMAIL).get(user.pk, DEFAULT)
    initial = {
        "wanted": user.wants_email,
        "quiet_from": quiet.start,
        "quiet_to": quiet.end,
        "quiet_rest_days": quiet.rest_days,
    }
    return _channels_page(request, ChannelForm(initial=initial))


def _chosen(form: ChannelForm, user: User) -> bool:
    try:
        services.choose_channel(
            channel=Delivery.Channel.EMAIL,
            wanted=form.cleaned_data["wanted"],
            quiet=form.quiet,
            by=user,
            now=timezone.now(),
        )
    except Refused as refused:
        form.add_error("quiet_to", refused.sentence)
        return False
    return True


def _channels_page(request: HttpRequest, form: ChannelForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "address": getattr(request.user, "email", "")}
    return render(request, "notifications/channels.html", context, status=status)
