"""Messages that were given up: a list to filter, and sending them again."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages as notes
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kunming_portal.errors import Refused
from kunming_portal.notifications import resending
from kunming_portal.notifications.models import Delivery
from kunming_portal.operations.views import watcher
from kunming_portal.ui import keypages

NEWEST = (
    keypages.Column("given_up_at", datetime, descending=True),
    keypages.Column("key", str, descending=True),
)
TABS = ("refused", "left", "all")


@require_GET
def given_up(request: HttpRequest) -> HttpResponse:
    """List messages that were given up, newest first, by why and by words of reason or recipient."""
    watcher(request)
    tab, words = asked(request.GET)
    rows = filtered(tab, words).annotate(key=Cast("id", CharField())).select_related("notice__recipient")
    page = keypages.read_page(rows, columns=NEWEST, query=request.GET.dict())
    labels = {"refused": _("Refused by the channel"), "left": _("Recipient left"), "all": _("All")}
    context = {
        "now": timezone.now(),
        "rows": [(row, masked(row.notice.recipient.email)) for row in page.rows],
        "page": page.key,
        "tabs": [(name, labels[name]) for name in TABS],
        "tab": tab,
        "words": words,
    }
    return render(request, "operations/messages.html", context)


@require_POST
def send_again(request: HttpRequest) -> HttpResponse:
    """Send the ticked messages again, or all of the filter; say how many wait again and why others do not."""
    user = watcher(request)
    tab, words = asked(request.POST)
    chosen = filtered(tab, words)
    if "all" not in request.POST:
        chosen = chosen.filter(pk__in=[key for text in request.POST.getlist("row") if (key := as_key(text))])
    try:
        done = resending.send_again(chosen, by=user, now=timezone.now())
    except Refused as refused:
        notes.error(request, refused.sentence)
    else:
        _tell(request, done)
    return redirect(f"{reverse('given-up')}?{urlencode({'tab': tab, 'q': words})}")


def asked(query: Any) -> tuple[str, str]:
    """Return tab and words of an address or form; an unknown tab is the first."""
    tab = query.get("tab", "")
    return tab if tab in TABS else TABS[0], query.get("q", "").replace("\0", "").strip()[:60]


def filtered(tab: str, words: str) -> "QuerySet[Delivery]":
    """Return what was given up, for the tab, with the words in its reason or its recipient's name."""
    rows = Delivery.objects.filter(given_up_at__isnull=False)
    if tab != "all":
        refused = Q(attempts__gte=Delivery.MAX_ATTEMPTS)
        rows = rows.filter(refused if tab == "refused" else ~refused)
    if words:
        rows = rows.filter(Q(failure__icontains=words) | Q(notice__recipient__name__icontains=words))
    return rows


def as_key(text: str) -> uuid.UUID | None:
    """Return the key a form sent, None for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def masked(address: str) -> str:
    """Return an e-mail address of which only the beginning can be read."""
    name, at, host = address.partition("@")
    return f"{name[:2]}***{at}{host}" if at else ""


def _tell(request: HttpRequest, done: resending.Resent) -> None:
    if done.again:
        words = ngettext(
            "%(number)s message is sent again.", "%(number)s messages are sent again.", done.again
        )
        notes.success(request, words % {"number": done.again})
    for reason, number in done.refused.items():
        notes.error(request, _("%(number)s not: %(reason)s") % {"number": number, "reason": _(reason)})
    if not done.again and not done.refused:
        notes.info(request, _("Nothing was chosen."))
