"""Addresses of configuration pages that are no admin pages."""

from django.urls import path

from kunming_portal.administration import calendar_views

urlpatterns = [
    path("", calendar_views.calendar, name="calendar"),
    path("<int:year>/", calendar_views.calendar_year, name="calendar-year"),
    path("<int:year>/notice/", calendar_views.calendar_notice, name="calendar-notice"),
    path("days/new/", calendar_views.calendar_local, name="calendar-local"),
    path("days/<int:pk>/remove/", calendar_views.calendar_local_remove, name="calendar-local-remove"),
]
