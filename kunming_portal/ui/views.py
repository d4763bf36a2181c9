"""The switches of the interface itself: theme and large text. Language is Django's own view.

The sign-in page has them too, so they ask for no sign-in.
"""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from kunming_portal.ui import preferences


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember `theme` (light, dark, auto) and return to `next`."""
    return _remembered(request, cookie="theme", allowed=preferences.THEMES)


@login_not_required
@require_POST
def set_text(request: HttpRequest) -> HttpResponse:
    """Remember `text` (normal, large) and return to `next`."""
    return _remembered(request, cookie="text", allowed=preferences.TEXT_SIZES)


def _remembered(request: HttpRequest, *, cookie: preferences.Cookie, allowed: Sequence[str]) -> HttpResponse:
    value = request.POST.get(cookie, "")
    if value not in allowed:
        return HttpResponseBadRequest(gettext("This choice does not exist."))
    response = HttpResponseRedirect(_way_back(request))
    preferences.remember(response, cookie=cookie, value=value, secure=settings.SESSION_COOKIE_SECURE)
    return response


def _way_back(request: HttpRequest) -> str:
    """Return the page the person came from, if it is one of ours."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"
