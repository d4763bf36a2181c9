"""Who may enter, and in which appointment somebody acts."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from kunming_portal.accounts import kept, views
from kunming_portal.accounts.models import User
from kunming_portal.accounts.sessions import SessionStore


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page needs a sign-in unless it says otherwise. What was typed when a session ended is kept."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Answer an anonymous request with the sign-in page; a form's typed text is held there."""
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None and request.method == "POST" and request.POST:
            return views.sign_in_keeping(request, packed=kept.pack(request))
        return refused


class SessionLimitMiddleware:
    """Ends a session that was idle for too long or is too old, before anybody asks who it belongs to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        assert isinstance(session, SessionStore)
        if session.is_over():
            session.flush()
        else:
            session.note_use()
        return self.get_response(request)


class ActingMiddleware:
    """Sets `request.user.acting` from the session; an appointment that ended is forgotten at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.session.get(views.ACTING)
        if chosen is not None and isinstance(request.user, User):
            held = {a.pk: a for a in request.user.appointments_in_force}
            request.user.acting = held.get(chosen)
        return self.get_response(request)
