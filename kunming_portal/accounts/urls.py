"""Addresses of signing in and out."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from kunming_portal.accounts import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("role/", views.switch_role, name="switch-role"),
]
