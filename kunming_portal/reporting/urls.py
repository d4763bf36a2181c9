"""Addresses of the reporting pages."""

from django.urls import path

from kunming_portal.reporting import views

urlpatterns = [
    path("", views.city, name="city"),
    path("units/", views.units, name="city-units"),
    path("units/export/", views.units_export, name="city-units-export"),
    path("rows/<slug:what>/", views.behind, name="city-rows"),
]
