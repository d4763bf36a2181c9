"""Addresses of signing in and out, and of one's own password."""

from django.urls import path

from kunming_portal.accounts import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("password/", views.PasswordChange.as_view(), name="password-change"),
    path("role/", views.switch_role, name="switch-role"),
]
