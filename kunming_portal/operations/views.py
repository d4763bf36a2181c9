"""The operators' page, and the three questions of machines."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.operations import health
from kunming_portal.operations.figures import get_figures
from kunming_portal.operations.presenting import show


@login_not_required
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Say that this process answers. No query."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether this process can answer people: 200 or 503."""
    return _answer(*health.get_readiness())


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say whether everything that runs by itself runs: 200 or 503. Computed from rows, also while no beat runs."""
    return _answer(*health.get_health())


def _answer(fine: bool, checks: dict[str, str]) -> HttpResponse:
    status = health.OK if fine else health.LATE
    return JsonResponse({"status": status, "checks": checks}, status=200 if fine else 503)


def watcher(request: HttpRequest) -> User:
    """Return who asks; others than those who watch over the portal are refused (403)."""
    user = request.user
    assert isinstance(user, User)
    if not user.can(Permission.OPERATIONS_WATCH):
        raise PermissionDenied(_("Operations belong to the system administrator."))
    return user


@never_cache
@require_GET
def operations(request: HttpRequest) -> HttpResponse:
    """Show in one look whether deadlines are healthy. htmx asks for the changing part every ten seconds."""
    watcher(request)
    figures = get_figures()
    context = {"now": figures.now, "shown": show(figures)}
    fragment = bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    name = "operations/state.html" if fragment else "operations/page.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
