"""Addresses of absences and duty rosters."""

from django.urls import path

from kunming_portal.staffing.views import absences, rosters

urlpatterns = [
    path("absences/", absences.absences, name="absences"),
    path("absences/<int:pk>/end/", absences.end, name="absence-end"),
    path("roster/", rosters.roster, name="roster"),
    path("roster/new/", rosters.new, name="roster-new"),
    path("roster/copy/", rosters.copy, name="roster-copy"),
    path("roster/<int:pk>/end/", rosters.end, name="shift-end"),
    path("roster/<int:pk>/hand-over/", rosters.hand_over, name="shift-hand-over"),
    path("roster/<int:pk>/take-over/", rosters.take_over, name="shift-take-over"),
]
