"""Addresses of grids."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
