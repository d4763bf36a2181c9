"""Addresses of the whistle's pages."""

from django.urls import path

from whistle import views

urlpatterns = [
    path("cases/<int:pk>/", views.case, name="case"),
]
