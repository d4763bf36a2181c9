"""Signing in and out, the role switch, and pages that keep what was typed."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kunming_portal.accounts import events, kept
from kunming_portal.accounts.forms import SignInForm
from kunming_portal.accounts.models import User
from kunming_portal.accounts.selectors import get_showcase_accounts
from kunming_portal.encryption import masking

SIGN_IN_TEMPLATE = "registration/sign_in.html"
ACTING = "acting_appointment"


def sign_in_context(packed: str = "") -> dict[str, Any]:
    """Return what the sign-in page shows beside its form."""
    return {
        "accounts": get_showcase_accounts() if settings.DEMONSTRATION else [],
        "demonstration_password": settings.DEMONSTRATION_PASSWORD if settings.DEMONSTRATION else "",
        "kept": packed,
    }


@method_decorator(login_not_required, name="dispatch")
class SignIn(views.LoginView):
    """The sign-in page. Text kept from an ended session is offered for sending again afterwards."""

    form_class = SignInForm
    template_name = SIGN_IN_TEMPLATE
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demonstration accounts and the kept text."""
        return super().get_context_data(**kwargs) | sign_in_context(self.request.POST.get("kept", ""))

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, then go on, or show the kept text."""
        with transaction.atomic():
            login(self.request, form.get_user())
            events.tell(events.SIGNED_IN, request=self.request, user=form.get_user(), by=form.get_user())
        found = kept.unpack(self.request.POST.get("kept", ""))
        if found is None:
            return HttpResponseRedirect(self.get_success_url())
        path, fields = found
        return render(self.request, "kept.html", {"path": path, "fields": fields, "why": "signed_out"})

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say so, and record the attempt; a locked account is recorded by `locked_out`."""
        if not getattr(self.request, "axes_locked_out", False):
            tell_of_attempt(events.SIGN_IN_FAILED, self.request)
        return super().form_invalid(form)


class SignOut(views.LogoutView):
    """Ends the session; recorded in the trail."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Record who leaves, then end the session."""
        if isinstance(request.user, User):
            events.tell(events.SIGNED_OUT, request=request, user=request.user, by=request.user)
        return super().post(request, *args, **kwargs)


class PasswordChange(views.PasswordChangeView):
    """One's own password: the old one, the new one twice. Other sessions of the account end."""

    template_name = "registration/password_change.html"
    success_url = reverse_lazy(settings.LOGIN_REDIRECT_URL)

    def form_valid(self, form: Any) -> HttpResponse:
        """Save, record, say so."""
        with transaction.atomic():
            response = super().form_valid(form)
            events.tell(events.PASSWORD_CHANGED, request=self.request, user=form.user, by=form.user)
        messages.success(self.request, _("Your password has been changed."))
        return response


def tell_of_attempt(event: str, request: HttpRequest) -> None:
    """Record a sign-in that did not succeed. A name without an account is kept masked: it may be a password."""
    typed = request.POST.get("username", "")
    user = User.objects.filter(username=typed).first()
    data = {} if user is not None else {"account": masking.mask_name(typed[:20])}
    events.tell(event, request=request, user=user, by=None, data=data)


def sign_in_keeping(request: HttpRequest, *, packed: str) -> HttpResponse:
    """Show the sign-in page to somebody whose session ended while writing; status 403."""
    context = {"form": SignInForm(request), **sign_in_context(packed)}
    return render(request, SIGN_IN_TEMPLATE, context, status=403)


@login_not_required
def expired_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose page had expired: nothing is done, what was typed can be sent again."""
    context = {"path": request.get_full_path(), "fields": kept.fields_of(request.POST), "why": "expired"}
    return render(request, "kept.html", context, status=403)


def locked_out(
    request: HttpRequest,
    response: HttpResponse | None = None,
    credentials: Any = None,
    *args: Any,
    **kwargs: Any,
) -> HttpResponse:
    """Answer a sign-in to an account that is locked after failed attempts."""
    tell_of_attempt(events.SIGN_IN_LOCKED, request)
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    form = SignInForm(request, initial={"username": request.POST.get("username", "")})
    context = {
        "form": form,
        "locked_minutes": minutes,
        "next": request.GET.get("next", ""),  # checked when it is followed
        **sign_in_context(request.POST.get("kept", "")),
    }
    return render(request, SIGN_IN_TEMPLATE, context, status=429)


@require_POST
def switch_role(request: HttpRequest) -> HttpResponse:
    """Act in one of one's own appointments, or in all of them (empty value)."""
    chosen = request.POST.get("appointment", "")
    assert isinstance(request.user, User)
    held = {str(a.pk) for a in request.user.appointments_in_force}
    if chosen in held:
        request.session[ACTING] = int(chosen)
    else:
        request.session.pop(ACTING, None)
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = settings.LOGIN_REDIRECT_URL
    return redirect(target)
