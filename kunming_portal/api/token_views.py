"""The page on which a holder creates, sees and revokes API tokens. Others do not find it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from kunming_portal.accounts.models import User
from kunming_portal.api.token_forms import TokenForm
from kunming_portal.api.tokens import create_token, get_tokens, may_hold, revoke_token
from kunming_portal.errors import Refused


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List the holder's tokens; a post creates one and shows it this once."""
    user = _holder(request)
    form = TokenForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, user, form)
    try:
        _row, secret = create_token(by=user, now=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _page(request, user, form)
    return _page(request, user, TokenForm(), secret=secret)


@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke one of the holder's own tokens, named by its visible beginning; also without the role."""
    assert isinstance(request.user, User)
    token = get_object_or_404(get_tokens(user=request.user), token_key=request.POST.get("token", ""))
    revoke_token(token=token, by=request.user, now=timezone.now())
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("tokens")


def _holder(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    if not may_hold(request.user) and not get_tokens(user=request.user).exists():
        raise Http404
    return request.user


def _page(request: HttpRequest, user: User, form: TokenForm, *, secret: str = "") -> HttpResponse:
    now = timezone.now()
    context = {
        "now": now,
        "form": form,
        "may_create": may_hold(user),
        "secret": secret,
        "rows": [(token, token.is_valid(now)) for token in get_tokens(user=user)],
    }
    return render(request, "api/tokens.html", context)
