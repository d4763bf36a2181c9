"""Lists that go out as workbooks without a register: the link on the list, the file, the refusal."""

from collections.abc import Callable
from typing import IO

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from kunming_portal.spreadsheets.workbook import ExportRefused
from kunming_portal.ui.fragments import refuse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def link_to(request: HttpRequest, route: str, **chosen: str) -> str:
    """Return the address of the export of what the list shows: its filter, without the place in it."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in chosen.items():
        query[name] = value
    return f"{reverse(route)}?{query.urlencode()}"


def send(request: HttpRequest, write: Callable[[], IO[bytes]], *, name: str, back: str) -> HttpResponseBase:
    """Send the workbook that `write` makes, named after the list and the day; a refusal is said on the list."""
    try:
        file = write()
    except ExportRefused as refused:
        return refuse(request, refused, back=f"{reverse(back)}?{request.GET.urlencode()}")
    filename = f"{name} {timezone.localdate().isoformat()}.xlsx"
    return FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX)
