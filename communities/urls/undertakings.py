"""Addresses of undertakings."""

from django.urls import URLPattern, path

from communities.views import undertakings as views

urlpatterns: list[URLPattern] = [
    path("undertakings/", views.undertakings, name="undertakings"),
    path("undertakings/export/", views.export, name="undertakings-export"),
    path("undertakings/<int:pk>/", views.undertaking, name="undertaking"),
    path("undertakings/<int:pk>/<slug:move>/", views.move, name="undertaking-move"),
]
