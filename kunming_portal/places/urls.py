"""Addresses of the pages about one place."""

from django.urls import path

from kunming_portal.places import views

urlpatterns = [
    path("compounds/<int:pk>/", views.compound, name="compound"),
    path("communities/", views.communities, name="community"),
    path("communities/<slug:code>/", views.community, name="community-page"),
]
