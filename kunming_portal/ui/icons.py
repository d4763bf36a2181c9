"""Pictures that pages draw inline: Bootstrap Icons from static/vendor, our own from static/icons."""

import functools
import re
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

DRAWING = re.compile(r'<svg[^>]*\bviewBox="(?P<box>[^"]+)"[^>]*>(?P<shapes>.*)</svg>', re.DOTALL)


class UnknownIcon(LookupError):
    """No picture of that name lies in static/icons or in the vendored icon set."""


@functools.cache
def draw(name: str, *, css: str) -> SafeString:
    """Return the picture as inline SVG with the given classes, hidden from screen readers.

    Refuses an unknown name with UnknownIcon, so that a typing error fails in the first test of the page.
    """
    box, shapes = read(name)
    return format_html(
        '<svg class="{}" viewBox="{}" aria-hidden="true" focusable="false">{}</svg>', css, box, shapes
    )


@functools.cache
def read(name: str) -> tuple[str, SafeString]:
    """Return the view box and the shapes of a picture; read once a process."""
    for folder in folders():
        file = folder / f"{name}.svg"
        if file.is_file():
            found = DRAWING.search(file.read_text(encoding="utf-8"))
            if found is None:
                break
            # Drawings are files of this project, never input.
            return found["box"], mark_safe(" ".join(found["shapes"].split()))
    raise UnknownIcon(name)


def folders() -> list[Path]:
    """Return the folders that hold pictures, ours first."""
    static = Path(settings.BASE_DIR) / "static"
    return [static / "icons", *sorted((static / "vendor").glob("bootstrap-icons-*"))]
