"""How long a file of ten thousand rows takes, step by step: `make bench ARGS="--only importing"`."""

import contextlib
import io
import time
import uuid
from collections.abc import Callable
from typing import Any

import xlsxwriter
from django.db.models import Q
from django.test import override_settings
from django.utils import timezone

from communities.models import Compound
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.spreadsheets import reading, services
from kunming_portal.spreadsheets.models import Import
from kunming_portal.spreadsheets.package import WorkbookRefused
from kunming_portal.spreadsheets.writing import write_export
from tests.spreadsheets.sample import HEADS, REGISTER, SETTING

LARGE = 200_000


def report(number: int) -> None:
    """Print seconds for sending, reading with preview, and saving: all new, then half changed, then refused."""
    unit = Unit.objects.get(code="5301-leading_group")
    by = User.objects.filter(appointments__unit=unit, appointments__role="office_staff").order_by("pk")[0]
    with override_settings(PORTAL_REGISTERS=SETTING):
        for title, households in (("all new", 300), ("half of them changed", 301)):
            steps(title, book(number, households), by)
        again = io.BytesIO()
        took(
            f"export of {number:,} rows",
            lambda: write_export(
                again, REGISTER, REGISTER.rows(Compound.objects.order_by("pk")), limit=number
            ),
        )
        steps("what came out goes in again", again.getvalue(), by)
        large = book(LARGE, 1)
        took(f"a file of {LARGE:,} rows is refused", lambda: refused(large))


def steps(title: str, content: bytes, by: User) -> None:
    """Walk one file from the upload to the last row and print each step."""
    began = time.monotonic()
    now = timezone.now()
    job = took(
        f"{title}: sent, {len(content) // 1024} KB",
        lambda: services.receive(register=REGISTER, name="a.xlsx", content=content, by=by, now=now),
    )
    took(f"{title}: read, checked, compared", lambda: work(job))
    job.refresh_from_db()
    print(f"{'':12}new {job.new:,}, changed {job.changed:,}, unchanged {job.unchanged:,}", flush=True)
    if job.to_save:
        services.confirm(job=job, by=by, now=now)
        took(f"{title}: checked again and saved", lambda: work(job))
        job.refresh_from_db()
        assert job.state == "done", job.failure
    print(f"{time.monotonic() - began:10.2f} s  {title}: in all", flush=True)


def work(job: Import) -> None:
    """Do what a worker would do."""
    worker = uuid.uuid4()
    mine = services.claim(worker=worker, now=timezone.now(), job=job)
    assert mine is not None
    services.advance(job=mine, worker=worker, now=timezone.now())


def took(title: str, run: Callable[[], Any]) -> Any:
    """Run something and print its seconds."""
    began = time.monotonic()
    result = run()
    print(f"{time.monotonic() - began:10.2f} s  {title}", flush=True)
    return result


def refused(content: bytes) -> None:
    """Look at a file that is too long."""
    with contextlib.suppress(WorkbookRefused):
        reading.look(content, REGISTER)
        raise AssertionError("A file that is too long was read.")


def book(number: int, households: int) -> bytes:
    """Return a workbook over all communities of the city; every second row has this many households."""
    codes = list(
        Division.objects.filter(Q(level="community"), code__startswith="5301")
        .order_by("code")
        .values_list("code", flat=True)
    )
    file = io.BytesIO()
    made: Any = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = made.add_worksheet(str(REGISTER.title))
    sheet.write_row(0, 0, HEADS)
    for n in range(number):
        row = [
            codes[n % len(codes)],
            f"测试小区{n}",
            f"测试路{n}号",
            "老旧小区",
            households if n % 2 else 9,
            "",
            "",
            "无物业",
        ]
        sheet.write_row(n + 1, 0, row)
    made.close()
    return file.getvalue()
