"""Addresses of grids, of their people, of the contact book, and of what sinks to compounds."""

from django.urls import URLPattern, path

from communities.views import grants, grid_posts, grids

urlpatterns: list[URLPattern] = [
    path("grids/", grids.grids, name="grids"),
    path("grids/new/", grids.new, name="grid-new"),
    path("grids/<int:pk>/", grids.grid, name="grid"),
    path("grids/<int:pk>/change/", grids.change, name="grid-change"),
    path("grids/<int:pk>/buildings/", grids.buildings, name="grid-buildings"),
    path("grids/<int:pk>/end/", grids.end, name="grid-end"),
    path("grids/<int:pk>/people/new/", grid_posts.new, name="grid-post-new"),
    path("grid-people/<int:pk>/", grid_posts.change, name="grid-post-change"),
    path("grid-people/<int:pk>/relieve/", grid_posts.relieve, name="grid-post-relieve"),
    path("contacts/", grid_posts.contacts, name="contacts"),
    path("compound-grants/", grants.grants, name="compound-grants"),
    path("compound-grants/new/", grants.new, name="grant-new"),
    path("compound-grants/<int:pk>/", grants.grant, name="grant"),
    path("compound-grants/<int:pk>/change/", grants.change, name="grant-change"),
    path("compound-grants/<int:pk>/use/", grants.use, name="grant-use"),
    path("grant-uses/<int:pk>/strike/", grants.strike, name="grant-use-strike"),
]
