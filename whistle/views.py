"""Pages of the whistle."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from kunming_portal.accounts.models import User
from whistle.selectors import get_cases


def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The case page."""
    assert isinstance(request.user, User)
    found = get_object_or_404(get_cases(user=request.user), pk=pk)
    return render(request, "whistle/case.html", {"case": found})
