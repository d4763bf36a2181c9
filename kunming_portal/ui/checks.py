"""System checks of the interface layer: what an operator or a writer of pages can get wrong."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string


def navigation_exists(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Complain when PORTAL_NAVIGATION names a function that cannot be imported."""
    path = getattr(settings, "PORTAL_NAVIGATION", "")
    if not path:
        return []
    try:
        import_string(path)
    except ImportError as error:
        hint = "Name the function that builds the frame of a page, like whistle.navigation.build."
        return [Error(f"PORTAL_NAVIGATION {path!r} cannot be imported: {error}", hint=hint, id="ui.E001")]
    return []
