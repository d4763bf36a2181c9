"""One file that arrived: what it is, whether the portal takes it, and what of it is kept. No query, no disk."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from kunming_portal.attachments import limits, names, pictures, sniffing
from kunming_portal.attachments.limits import FileRefused, refuse
from kunming_portal.attachments.sniffing import Format

MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PHOTO_TYPE = "image/jpeg"
PDF_END = 2048


@dataclass(frozen=True)
class Inspected:
    """What is kept of a file. A photo has a size, a thumbnail and perhaps a place; a document its own bytes."""

    name: str
    media_type: str
    content: bytes
    sha256: str
    thumbnail: bytes = b""
    width: int | None = None
    height: int | None = None
    place: pictures.Place | None = None


def inspect(file: BinaryIO, *, name: str) -> Inspected:
    """Return what is kept of the file. Refuses (`FileRefused`) with why, and what would be allowed.

    `name` is what the sender calls it: shown and cleaned, never believed.
    """
    shown = names.shown(name)
    size = _size(file)
    if size == 0:
        raise refuse(_("“%(name)s” is empty (0 bytes).") % {"name": shown}, "empty")
    if size > max(limits.PHOTO_BYTES, limits.DOCUMENT_BYTES):
        raise refuse(_too_heavy(shown, size), "bytes")
    kind = _kind(file, shown)
    if size > (limits.PHOTO_BYTES if kind.is_photo else limits.DOCUMENT_BYTES):
        raise refuse(_too_heavy(shown, size), "bytes")
    return _photo(file, kind, name) if kind.is_photo else _document(file, kind, name)


def _kind(file: BinaryIO, shown: str) -> Format:
    try:
        kind = sniffing.sniff(file)
    except sniffing.Suspect as suspect:
        sentence = {
            "macros": _("“%(name)s” carries macros. Save it as an ordinary document without them."),
            "bomb": _("“%(name)s” unpacks to more than the portal takes."),
        }[suspect.why]
        raise refuse(sentence % {"name": shown}, suspect.why) from suspect
    if kind is None:
        told = _("“%(name)s” is by its content neither a photo nor a document, whatever its name says.")
        raise refuse(told % {"name": shown}, "type")
    return kind


def _photo(file: BinaryIO, kind: Format, name: str) -> Inspected:
    words = {"name": names.shown(name), "number": limits.PHOTO_PIXELS // 1_000_000}
    try:
        drawn = pictures.draw(file, kind)
    except pictures.TooLarge as error:
        told = _("“%(name)s” declares more than %(number)d million pixels; send it smaller.")
        raise FileRefused(told % words, code="pixels") from error
    except pictures.Unreadable as error:
        told = _("“%(name)s” is damaged or cut off and cannot be shown. Take or send it again.")
        raise refuse(told % words, "damaged") from error
    return Inspected(
        name=names.clean(name, ending=".jpg", otherwise="photo"),
        media_type=PHOTO_TYPE,
        content=drawn.jpeg,
        sha256=hashlib.sha256(drawn.jpeg).hexdigest(),
        thumbnail=drawn.thumbnail,
        width=drawn.width,
        height=drawn.height,
        place=drawn.place,
    )


def _document(file: BinaryIO, kind: Format, name: str) -> Inspected:
    file.seek(0)
    content = file.read()
    if kind is Format.PDF and b"%%EOF" not in content[-PDF_END:]:
        told = _("“%(name)s” is damaged or cut off: the end of the PDF is missing. Send it again.")
        raise refuse(told % {"name": names.shown(name)}, "damaged")
    return Inspected(
        name=names.clean(name, ending=f".{kind.value}", otherwise="document"),
        media_type=MEDIA_TYPES[kind],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _size(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _too_heavy(shown: str, size: int) -> str:
    return _("“%(name)s” has %(size)d MB.") % {"name": shown, "size": -(-size // limits.MEGABYTE)}
