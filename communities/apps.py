"""The app of communities, compounds and grids."""

from django.apps import AppConfig


class CommunitiesConfig(AppConfig):
    """Below the whistle: cases lie in communities, never the other way round."""

    name = "communities"
