"""What the portal takes, what it keeps of it, and how it refuses the rest."""

import io

import pytest
from django.utils import translation
from PIL import Image

from kunming_portal.attachments import limits, names
from kunming_portal.attachments.inspection import Inspected, inspect
from kunming_portal.attachments.limits import FileRefused
from tests.attachments.files import (
    EXE,
    HTML,
    PDF,
    SECRET,
    WORD,
    archive,
    picture,
    png_that_declares,
    webp_that_declares,
)


def look(content: bytes, name: str = "a.jpg") -> Inspected:
    return inspect(io.BytesIO(content), name=name)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "MPO"])
def test_every_format_of_photos_becomes_a_jpeg(kind: str) -> None:
    found = look(picture(kind), "IMG_0001.HEIC")
    assert (found.media_type, found.name) == ("image/jpeg", "IMG_0001.jpg")
    with Image.open(io.BytesIO(found.content)) as image:
        assert (image.format, image.size) == ("JPEG", (60, 40))
    with Image.open(io.BytesIO(found.thumbnail)) as small:
        assert max(small.size) <= limits.THUMBNAIL_EDGE


def test_a_photo_taken_upright_stands_upright() -> None:
    found = look(picture(orientation=6))
    with Image.open(io.BytesIO(found.content)) as image:
        assert image.size == (40, 60) == (found.width, found.height)
        red, green, _blue = image.convert("RGB").getpixel((37, 3))  # type: ignore[misc]
    assert red > 150 > green, "the corner that was top left is top right after a quarter turn"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_place_and_maker_are_read_and_gone(kind: str) -> None:
    found = look(picture(kind, gps=(25.0413, 102.7019)))
    assert found.place is not None
    assert (found.place.latitude, found.place.longitude) == pytest.approx((25.0413, 102.7019), abs=1e-4)
    for content in (found.content, found.thumbnail):
        assert SECRET not in content
        assert not any(mark in content for mark in (b"Exif", b"http://ns.adobe.com", b"Photoshop", b"ICC_"))
        with Image.open(io.BytesIO(content)) as image:
            assert not dict(image.getexif())
            assert set(image.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }


def test_a_southern_western_place_keeps_its_sign() -> None:
    place = look(picture(gps=(-33.5, -70.25))).place
    assert place is not None
    assert (place.latitude, place.longitude) == (-33.5, -70.25)


@pytest.mark.parametrize("gps", [None, (0.0, 0.0), (95.0, 10.0), (10.0, 200.0)])
def test_no_place_on_earth_is_no_place(gps: tuple[float, float] | None) -> None:
    assert look(picture(gps=gps)).place is None


def test_a_large_photo_is_made_smaller() -> None:
    found = look(picture(size=(4000, 1000)))
    assert (found.width, found.height) == (2560, 640)


def test_what_is_transparent_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(look(out.getvalue()).content)) as image:
        darkest, _lightest = image.convert("L").getextrema()
    assert darkest > 250  # type: ignore[operator]


def test_what_hangs_behind_a_photo_is_cut_off() -> None:
    found = look(picture() + HTML)
    assert b"<script" not in found.content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (HTML, "type"),
        (EXE, "type"),
        (b"GIF89a" + HTML, "type"),
        (archive("a.txt"), "type"),
        (archive("[Content_Types].xml", "a.txt"), "type"),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (b"PK\x03\x04" + b"\0" * 40, "type"),
        (HTML + PDF, "type"),
        (PDF[:-10], "damaged"),
        (picture()[:500], "damaged"),
        (picture("PNG")[:60], "damaged"),
        (picture("WEBP")[:40], "damaged"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "damaged"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 60, "damaged"),
        (png_that_declares(60_000, 60_000), "pixels"),
        (webp_that_declares(16_000, 16_000), "pixels"),
    ],
)
def test_what_is_refused_says_what_would_be_taken(content: bytes, code: str) -> None:
    with translation.override("en"), pytest.raises(FileRefused) as refused:
        look(content, "photo.jpg")
    assert refused.value.code == code
    assert "photo.jpg" in refused.value.sentence
    allowed = "million pixels" if code == "pixels" else "Allowed are photos (JPEG, PNG, WebP, HEIC)"
    assert allowed in refused.value.sentence


def test_a_jpeg_that_declares_too_much_is_refused_before_it_is_unpacked() -> None:
    content = bytearray(picture())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = b"\xea\x60\xea\x60"
    with pytest.raises(FileRefused) as refused:
        look(bytes(content))
    assert refused.value.code == "pixels"


def test_a_document_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kunming_portal.attachments.sniffing.ARCHIVE_BYTES", 1000)
    bomb = archive("[Content_Types].xml", "word/document.xml", content=b"\0" * 5000)
    with pytest.raises(FileRefused) as refused:
        look(bomb)
    assert refused.value.code == "bomb"


@pytest.mark.parametrize(("content", "limit"), [(picture(), "PHOTO_BYTES"), (PDF, "DOCUMENT_BYTES")])
def test_what_is_too_heavy_is_refused(content: bytes, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, limit, 20)
    with pytest.raises(FileRefused) as refused:
        look(content)
    assert refused.value.code == "bytes"


@pytest.mark.parametrize(
    ("content", "name", "kept", "media_type"),
    [
        (PDF, "告知书.jpg", "告知书.pdf", "application/pdf"),
        (WORD, "a.pdf", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_a_document_is_what_its_content_is(content: bytes, name: str, kept: str, media_type: str) -> None:
    found = look(content, name)
    assert (found.name, found.media_type, found.content) == (kept, media_type, content)
    assert not found.thumbnail


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("西坝路.JPG", "西坝路.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\井盖.png", "井盖.jpg"),
        ("photo\u202egpj.exe", "photogpj.jpg"),
        ("a\x00b\r\nc.jpg", "ab c.jpg"),
        ("  ..  ", "photo.jpg"),
        ("", "photo.jpg"),
        ("井盖 2026.11.28 上午", "井盖 2026.11.28 上午.jpg"),
        ('<b>"x"</b>.jpg', "b.jpg"),
    ],
)
def test_names_are_cleaned(sent: str, kept: str) -> None:
    assert names.clean(sent, ending=".jpg", otherwise="photo") == kept


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    kept = names.clean("长" * 300 + ".jpg", ending=".jpg", otherwise="photo")
    assert len(kept) == limits.NAME_LENGTH
    assert kept.endswith("长.jpg")
