"""The answer that carries a file. Whether somebody may have it is decided before, by scope."""

from django.http import FileResponse, Http404
from django.utils.http import content_disposition_header

from kunming_portal.attachments import store
from kunming_portal.attachments.inspection import PHOTO_TYPE
from kunming_portal.attachments.models import Attachment

# Scope may change any minute, so a browser asks again after a few
CACHE = "private, max-age=300"


def file_response(attachment: Attachment, *, small: bool = False) -> FileResponse:
    """Return the bytes, or 404 when they are gone. Photos may be shown, everything else is only saved.

    The type is the one that was found in the content, never guessed; the page it opens in may do nothing.
    """
    opened = None if attachment.discarded_at else store.read(attachment.pk, small=small)
    if opened is None:
        raise Http404
    response = FileResponse(opened, content_type=attachment.media_type)
    shows = attachment.media_type == PHOTO_TYPE
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=not shows, filename=attachment.name) or "attachment"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = CACHE
    return response
