"""What the portal takes: sizes, pixels, formats - and the sentences that say so. One address for each number."""

from django.utils.translation import gettext as _

from kunming_portal.errors import Refused

MEGABYTE = 1024 * 1024
PHOTO_BYTES = 20 * MEGABYTE
DOCUMENT_BYTES = 30 * MEGABYTE
# What any telephone takes today; drawn out in memory this is 200 MB, and one at a time (`pictures`)
PHOTO_PIXELS = 50_000_000
LONGEST_EDGE = 2560
THUMBNAIL_EDGE = 480
NAME_LENGTH = 100
FILES_PER_FORM = 9
KEPT_PER_PERSON = 60
KEPT_DAYS = 3
# A workbook or letter unpacks to more than it weighs, but not without end
ARCHIVE_ENTRIES = 5000
ARCHIVE_BYTES = 300 * MEGABYTE


class FileRefused(Refused):
    """A file the portal does not take. Nothing was kept of it; the sentence says what would be taken."""


def allowed() -> str:
    """Return the sentence that ends every refusal: what would be taken."""
    return _(
        "Allowed are photos (JPEG, PNG, WebP, HEIC) up to %(photo)d MB and documents (PDF, Word, Excel) up to "
        "%(document)d MB."
    ) % {"photo": PHOTO_BYTES // MEGABYTE, "document": DOCUMENT_BYTES // MEGABYTE}


def refuse(sentence: str, code: str) -> FileRefused:
    """Return the refusal of one file: why, and what would be allowed."""
    return FileRefused(_("%(why)s %(allowed)s") % {"why": sentence, "allowed": allowed()}, code=code)
