"""Addresses of the notices."""

from django.urls import path

from kunming_portal.notifications import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all, name="notices-read"),
    path("notices/channels/", views.channels, name="notice-channels"),
    path("notices/<int:pk>/", views.open_notice, name="notice"),
]
