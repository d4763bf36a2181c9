"""Addresses of the operators' pages, and what machines ask."""

from django.urls import path

from kunming_portal.operations import messages, views

urlpatterns = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("healthz", views.healthz, name="healthz"),
    path("operations/", views.operations, name="operations"),
    path("operations/messages/", messages.given_up, name="given-up"),
    path("operations/messages/send/", messages.send_again, name="given-up-send"),
]
