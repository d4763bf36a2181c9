"""Addresses of powers."""

from django.urls import URLPattern, path

from communities.views import power_moves, powers

urlpatterns: list[URLPattern] = [
    path("powers/", powers.power_list, name="powers"),
    path("powers/export/", powers.export, name="powers-export"),
    path("powers/<int:pk>/", powers.power, name="power"),
    path("powers/<int:pk>/<slug:move>/", power_moves.move, name="power-move"),
    path("compounds/<int:pk>/powers/<slug:power>/new/", powers.new, name="power-new"),
]
