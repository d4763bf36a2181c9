"""The admin site: the portal's own sign-in and sign-out, and no page that leaves no trail."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts import views
from kunming_portal.administration.audited import AuditedAdmin


class PortalAdminSite(AdminSite):
    """Lists what the person's roles may configure, appoint or audit."""

    site_title = _("Administration")
    site_header = _("Kunming Grassroots Governance: administration")
    index_title = _("What you may configure")
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any) -> None:
        """Take pages that write the trail; leave out the ones other packages bring along."""
        if admin_class is not None and issubclass(admin_class, AuditedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send to the portal's sign-in; a person without an administrator's role is refused."""
        if request.user.is_authenticated:
            raise PermissionDenied
        target = request.GET.get("next") or request.get_full_path()
        return redirect_to_login(target, settings.LOGIN_URL)

    @method_decorator(login_not_required)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign out like everywhere else, so that the trail knows of it."""
        return views.SignOut.as_view()(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Use the portal's page."""
        return redirect("password-change")

    def get_urls(self) -> list[Any]:
        """Leave out the address that shows any model's page on the site: there is nothing to show."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
