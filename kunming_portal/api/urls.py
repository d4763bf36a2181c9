"""Addresses of the API, and of the page on which a holder keeps tokens."""

from django.urls import include, path, re_path

from kunming_portal.api import documents, places, token_views

urlpatterns = [
    path("account/tokens/", token_views.tokens, name="tokens"),
    path("account/tokens/revoke/", token_views.revoke, name="token-revoke"),
    path("api/v1/", include("communities.api.urls")),
    path("api/v1/", include("whistle.api.urls")),
    path("api/v1/divisions/", places.DivisionList.as_view(), name="api-divisions"),
    re_path(
        r"^api/v1/divisions/(?P<code>[0-9]{4,12})/$", places.DivisionDetail.as_view(), name="api-division"
    ),
    path("api/v1/units/", places.UnitList.as_view(), name="api-units"),
    path("api/v1/me/", places.Me.as_view(), name="api-me"),
    path("api/v1/schema/", documents.Schema.as_view(), name="schema"),
    path("api/v1/docs/", documents.Pages.as_view(url_name="schema"), name="api-docs"),
    re_path(r"^api/.*$", documents.NoSuchAddress.as_view(), name="api-nothing"),
]
