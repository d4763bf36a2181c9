"""Every address of the portal."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kunming_portal.accounts.urls")),
    path("", include("kunming_portal.notifications.urls")),
    path("", include("kunming_portal.staffing.urls")),
    path("", include("kunming_portal.spreadsheets.urls")),
    path("", include("communities.urls")),
    path("", include("whistle.urls")),
    path("", include("kunming_portal.api.urls")),
    path("calendar/", include("kunming_portal.administration.urls")),
    path("", include("kunming_portal.operations.urls")),
    path("city/", include("kunming_portal.reporting.urls")),
    path("preferences/", include("kunming_portal.ui.urls")),
    path("admin/", admin.site.urls),
]
