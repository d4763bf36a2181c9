"""Addresses of check-ins."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
