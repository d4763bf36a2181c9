"""The portal's addresses and the bare views'."""

from django.urls import include, path

from tests.bench import bare

urlpatterns = [
    path("bare/queue/", bare.queue),
    path("bare/cases/<int:pk>/", bare.case),
    path("bare/search/", bare.search),
    path("", include("kunming_portal.urls")),
]
