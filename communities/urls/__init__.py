"""Addresses of the pages about communities, one family a module."""

from communities.urls import (
    burden,
    check_ins,
    committees,
    compounds,
    grids,
    powers,
    undertakings,
    volunteers,
    workers,
)

urlpatterns = [
    *burden.urlpatterns,
    *check_ins.urlpatterns,
    *committees.urlpatterns,
    *compounds.urlpatterns,
    *grids.urlpatterns,
    *powers.urlpatterns,
    *undertakings.urlpatterns,
    *volunteers.urlpatterns,
    *workers.urlpatterns,
]
