"""Applies the role switch: one request acts in one appointment."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kunming_portal.accounts.models import User

SESSION_KEY = "acting_appointment"


class ActingMiddleware:
    """Sets `request.user.acting` from the session; an appointment that ended is forgotten at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.session.get(SESSION_KEY)
        if chosen is not None and isinstance(request.user, User):
            held = {a.pk: a for a in request.user.appointments_in_force}
            request.user.acting = held.get(chosen)
        return self.get_response(request)
