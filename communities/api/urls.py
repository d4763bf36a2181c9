"""Addresses of the communities' part of the API, below /api/v1/."""

from django.urls import path

from communities.api import views

urlpatterns = [
    path("compounds/", views.CompoundList.as_view(), name="api-compounds"),
    path("compounds/<int:pk>/", views.CompoundDetail.as_view(), name="api-compound"),
    path("grids/", views.GridList.as_view(), name="api-grids"),
]
