"""What every page knows without asking: the shell, the person's preferences, the office's own words."""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from kunming_portal.ui import preferences
from kunming_portal.ui.parts import Shell


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the names that base.html reads.

    `shell` is built at its first use: a fragment that does not draw the frame costs no query. Anonymous
    visitors, and requests that failed before the person was known, get the empty shell.
    """
    frame = SimpleLazyObject(lambda: frame_for(request))
    return {
        "shell": frame,
        "this_page": request.get_full_path(),
        "demonstration": settings.DEMONSTRATION,
        "support_phone": settings.SUPPORT_PHONE,
        "theme": preferences.theme_of(request),
        "large_text": preferences.is_large(request),
    }


def frame_for(request: HttpRequest) -> Shell:
    """Return the frame of the signed-in person, from the builder that PORTAL_NAVIGATION names."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return Shell()
    return builder()(request)


@functools.cache
def builder() -> Callable[[HttpRequest], Shell]:
    """Return the builder of the frame; a dotted path because this layer must not import the apps."""
    path = getattr(settings, "PORTAL_NAVIGATION", "")
    if not path:
        return lambda request: Shell()
    found: Callable[[HttpRequest], Shell] = import_string(path)
    return found
