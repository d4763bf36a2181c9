"""After a rule was saved: how many running deadlines still follow the old one, and the way to a preview."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import ngettext


def offer_change(request: HttpRequest, *, number: int, most: int, **query: object) -> None:
    """Say on the next page that running deadlines follow the old rule, with a link; nothing when none do."""
    if not number:
        return
    sentence = ngettext(
        "%(number)s running deadline follows the old rule: preview a change",
        "%(number)s running deadlines follow the old rule: preview a change",
        number,
    ) % {"number": f"{most}+" if number > most else number}
    address = f"{reverse('recalculation-new')}?{urlencode({k: str(v) for k, v in query.items() if v})}"
    messages.warning(request, format_html('<a href="{}">{}</a>', address, sentence))
