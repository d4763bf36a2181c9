"""Photos drawn anew: upright, no larger than needed, as plain JPEG without a word about where and with what.

Decoding is the one dangerous thing here: the size a file declares is looked at before anything is unpacked, and one
picture at a time is unpacked in a process.
"""

import io
import math
import struct
import threading
from dataclasses import dataclass
from typing import Any, BinaryIO

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageOps

from kunming_portal.attachments.limits import LONGEST_EDGE, PHOTO_PIXELS, THUMBNAIL_EDGE
from kunming_portal.attachments.sniffing import HEAD, Format, webp_size

# Only the reader of the format the content shows; a file cannot choose another one
READERS = {
    Format.JPEG: ("JPEG", "MPO"),
    Format.PNG: ("PNG",),
    Format.WEBP: ("WEBP",),
    Format.HEIC: ("HEIF",),
}
QUALITY = 85
SMALLEST_EDGE = 8
# What the readers raise on files that are broken, cut off or made to break them
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    ZeroDivisionError,
    struct.error,
    RuntimeError,
)
_one_at_a_time = threading.BoundedSemaphore(1)

pillow_heif.register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = None  # our own limit is lower, and asked before any reader makes a canvas


class Unreadable(Exception):
    """The picture is broken or cut off."""


class TooLarge(Exception):
    """The picture declares more pixels than the portal unpacks."""


@dataclass(frozen=True)
class Place:
    """Where a photo was taken, WGS-84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Picture:
    """A photo drawn anew, its thumbnail, and where it was taken, if its metadata said so."""

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    place: Place | None


def draw(file: BinaryIO, kind: Format) -> Picture:
    """Return the photo upright, at most `LONGEST_EDGE` long, without any metadata; and its thumbnail.

    Raises `TooLarge` before unpacking, `Unreadable` for what is broken. Colours are brought to sRGB, what is
    transparent becomes white, of several frames the first one stays.
    """
    _look(file, kind)
    with _one_at_a_time:
        try:
            file.seek(0)
            with Image.open(file, formats=READERS[kind]) as opened:
                if opened.width * opened.height > PHOTO_PIXELS:
                    raise TooLarge
                place = _place(opened)
                plain = _upright(opened)
        except BROKEN as error:
            raise Unreadable from error
    small = ImageOps.contain(plain, (THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    return Picture(_jpeg(plain), _jpeg(small), plain.width, plain.height, place)


def _look(file: BinaryIO, kind: Format) -> None:
    """Ask a WebP for its size ourselves: its reader makes the whole canvas when it opens."""
    if kind is Format.WEBP:
        file.seek(0)
        size = webp_size(file.read(HEAD))
        if size is None:
            raise Unreadable
        if size[0] * size[1] > PHOTO_PIXELS:
            raise TooLarge


def _upright(opened: Image.Image) -> Image.Image:
    """Return a new picture that carries pixels and nothing else."""
    opened.seek(0)
    opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))  # a JPEG is unpacked at a fraction where that is enough
    opened.load()
    if min(opened.size) < SMALLEST_EDGE:
        raise Unreadable
    turned = ImageOps.exif_transpose(opened)
    turned.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    flat = _flat(turned)
    plain = Image.new("RGB", flat.size, "white")
    plain.paste(flat)
    return plain


def _flat(turned: Image.Image) -> Image.Image:
    """Return the picture in sRGB without transparency."""
    if turned.mode in {"RGBA", "LA", "PA", "P"} or "transparency" in turned.info:
        layer = turned.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    profile = turned.info.get("icc_profile")
    if profile and turned.mode in {"RGB", "CMYK", "L"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            coloured = ImageCms.profileToProfile(
                turned, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            coloured = None  # a broken profile says nothing about colours
        if coloured is not None:
            return coloured
    return turned.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def _place(opened: Image.Image) -> Place | None:
    """Return where the photo was taken; what is missing, broken or no place on earth is None."""
    try:
        gps: dict[int, Any] = dict(opened.getexif().get_ifd(ExifTags.IFD.GPSInfo))
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    except (*BROKEN, AttributeError):
        return None
    whole = math.isfinite(latitude) and math.isfinite(longitude)
    if not whole or abs(latitude) > 90 or abs(longitude) > 180 or (latitude, longitude) == (0, 0):
        return None
    return Place(round(latitude, 6), round(longitude, 6))


def _degrees(three: Any, side: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in three)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(side or "").strip("\0 ").upper() == negative else value
