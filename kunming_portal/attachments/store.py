"""Where the bytes lie: MEDIA_ROOT, under the row's key and nothing else. No address leads there."""

import uuid

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

THUMBNAIL = "-small"


def path_of(key: uuid.UUID, *, small: bool = False) -> str:
    """Return the place of a file, or of its thumbnail: two folders deep, without name and ending."""
    text = key.hex
    return f"attachments/{text[:2]}/{text[2:4]}/{text}{THUMBNAIL if small else ''}"


def write(key: uuid.UUID, content: bytes, *, thumbnail: bytes) -> None:
    """Write a new file and its thumbnail. Keys are given once, so nothing is written over."""
    default_storage.save(path_of(key), ContentFile(content))
    if thumbnail:
        default_storage.save(path_of(key, small=True), ContentFile(thumbnail))


def read(key: uuid.UUID, *, small: bool = False) -> File | None:  # type: ignore[type-arg]  # not generic at run time
    """Open a file for reading; None when it is not there."""
    try:
        return default_storage.open(path_of(key, small=small))
    except FileNotFoundError:
        return None


def delete(key: uuid.UUID) -> None:
    """Delete a file and its thumbnail; what is gone already is no failure."""
    for small in (False, True):
        default_storage.delete(path_of(key, small=small))
