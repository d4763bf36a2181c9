"""Addresses of the interface's own switches; mounted below /preferences/."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from kunming_portal.ui import views

app_name = "ui"

urlpatterns = [
    path("language/", login_not_required(set_language), name="language"),
    path("theme/", views.set_theme, name="theme"),
    path("text/", views.set_text, name="text"),
]
