"""What every request of the API brings along: who asks, and which version they saw."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from kunming_portal.accounts.models import User
from whistle import services
from whistle.models import Case

IF_MATCH = re.compile(r'"(\d{1,9})"')


class Changed(APIException):
    """The case is no longer as the If-Match header says; nothing was done."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = _("Somebody acted first. Nothing was changed; read the case again and decide.")
    default_code = "stale"


def user_of(request: Request) -> User:
    """Return the person in whose name the request is made; views admit nobody anonymous."""
    assert isinstance(request.user, User)
    return request.user


@contextmanager
def expected_version(request: Request, version: int | None) -> Iterator[int | None]:
    """Yield the version the caller saw, for the service to check under its lock.

    From the If-Match header (the ETag of an earlier answer), else from the body. A case that moved on
    answers 412 to the header and 409 to the body. A header that is no ETag of ours matches nothing: 412.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        yield version
        return
    found = IF_MATCH.fullmatch(header)
    if found is None:
        raise Changed
    try:
        yield int(found[1])
    except services.Stale as stale:
        raise Changed from stale


def tagged(response: Response, case: Case) -> Response:
    """Return the answer with the case's version as its ETag."""
    response["ETag"] = f'"{case.version}"'
    return response
