"""Files as people send them, honest and not. Small, and made here, so that nothing binary lies in the project."""

import io
import struct
import zipfile
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, ImageDraw

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HTML = b"<!doctype html><script>alert(1)</script>"
EXE = b"MZ\x90\x00" + b"\0" * 200
SECRET = b"SECRET-MAKER"


def picture(
    kind: str = "JPEG",
    *,
    size: tuple[int, int] = (60, 40),
    orientation: int = 0,
    gps: tuple[float, float] | None = None,
    shade: int = 200,
) -> bytes:
    """Return a picture, red at the top left corner, with the metadata a telephone writes."""
    image = Image.new("RGB", size, (shade, shade, shade))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill=(230, 20, 20))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET.decode()
    if orientation:
        exif[ExifTags.Base.Orientation] = orientation
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "N" if gps[0] >= 0 else "S",
                ExifTags.GPS.GPSLatitude: (abs(gps[0]), 0.0, 0.0),
                ExifTags.GPS.GPSLongitudeRef: "E" if gps[1] >= 0 else "W",
                ExifTags.GPS.GPSLongitude: (abs(gps[1]), 0.0, 0.0),
            }
        )
    out = io.BytesIO()
    more = {"comment": SECRET} if kind == "JPEG" else {}
    image.save(out, kind, exif=exif, **more)
    return out.getvalue()


def png_that_declares(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that declares this size: a decompression bomb."""
    packed = zlib.compress(b"\0" * 4096)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def webp_that_declares(width: int, height: int) -> bytes:
    """Return a WebP header that declares this canvas."""
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4)
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def archive(*names: str, content: bytes = b"<x/>") -> bytes:
    """Return a zip archive with these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in names:
            zipped.writestr(name, content)
    return out.getvalue()


WORD = archive("[Content_Types].xml", "word/document.xml")


def sent(name: str = "a.jpg", content: bytes | None = None, claims: str = "image/jpeg") -> SimpleUploadedFile:
    """Return a file as a browser sends it: with a name and a type it claims."""
    return SimpleUploadedFile(name, picture() if content is None else content, content_type=claims)
