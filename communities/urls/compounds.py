"""Addresses of compounds and their branches; a compound's own page lies above (`kunming_portal/places`)."""

from django.urls import URLPattern, path

from communities.views import branches, compounds

urlpatterns: list[URLPattern] = [
    path("compounds/", compounds.compounds, name="compounds"),
    path("compounds/new/", compounds.compound_new, name="compound-new"),
    path("compounds/<int:pk>/change/", compounds.compound_change, name="compound-change"),
    path("compounds/<int:pk>/end/", compounds.compound_end, name="compound-end"),
    path("compounds/<int:pk>/buildings/", compounds.compound_buildings, name="compound-buildings"),
    path("compounds/<int:pk>/branch/", branches.branch_new, name="branch-new"),
    path("branches/<int:pk>/change/", branches.branch_change, name="branch-change"),
    path("branches/<int:pk>/end/", branches.branch_end, name="branch-end"),
    path("branches/<int:pk>/seat/", branches.branch_seat, name="branch-seat"),
    path("branches/<int:pk>/posts/new/", branches.cross_post_new, name="cross-post-new"),
    path("cross-posts/<int:pk>/end/", branches.cross_post_end, name="cross-post-end"),
]
