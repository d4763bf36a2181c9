"""Community workers as a workbook: what comes out can go in again, and what is wrong is said by row and column."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.models import CommunityWorker
from communities.registers.workers import WorkerRegister
from kunming_portal.audit.models import AuditEvent
from kunming_portal.spreadsheets.models import Import
from kunming_portal.spreadsheets.registers import Row
from tests.communities.workers import entered, graded
from tests.whistle.people import COMMUNITY, NOW, OTHER_COMMUNITY, World

pytestmark = pytest.mark.django_db
REGISTER = WorkerRegister()


def row(number: int = 2, **more: Any) -> Row:
    values: dict[str, Any] = {
        "community_code": COMMUNITY,
        "community": "",
        "name": "李梅",
        "started_on": date(2020, 1, 1),
        "education": "college",
        "post_class": "full_time",
        "post_since": None,
        "grade": "",
    }
    return Row(number, values | more)


def faults(world: World, *rows: Row, by: Any = None) -> list[tuple[int, str]]:
    found = REGISTER.check(rows, by=by or world.street_staff, now=NOW)
    return [(fault.row, fault.column) for fault in found]


def test_what_comes_out_goes_in_again_unchanged(world: World) -> None:
    entered(world)
    graded(world)
    out = list(REGISTER.rows(REGISTER.queryset(world.street_staff, QueryDict())))
    assert set(out[0]) == {column.name for column in REGISTER.columns}
    assert out[0]["grade"] == "四级"
    rows = [Row(2, out[0])]
    assert faults(world, *rows) == []
    there = REGISTER.existing(rows, by=world.street_staff)[REGISTER.key_of(out[0])]
    assert there == {name: out[0][name] for name in there}


def test_an_exported_file_is_imported_as_unchanged_in_the_browser(world: World, client: Client) -> None:
    entered(world)
    graded(world)
    client.force_login(world.street_staff)
    sent: Any = client.get(reverse("register-export", args=["workers"]))
    file = SimpleUploadedFile("workers.xlsx", b"".join(sent.streaming_content))
    client.post(reverse("import-new", args=["workers"]), {"file": file})
    job = Import.objects.get()
    assert (job.state, job.faults, job.new, job.changed, job.unchanged) == ("preview", 0, 0, 0, 1)


def test_no_column_is_about_pay() -> None:
    names = {column.name for column in REGISTER.columns}
    assert not {name for name in names if "pay" in name or "base" in name or "bonus" in name}


def test_new_and_changed_rows_are_saved_in_sets_with_one_entry(world: World) -> None:
    entered(world)
    new = [row(number, name=f"员工{number}") for number in range(2, 8)]
    changed = [
        row(
            9,
            name="杨晓岚",
            started_on=date(2016, 3, 1),
            education="master",
            post_class="deputy",
            post_since=date(2024, 5, 1),
        )
    ]
    assert faults(world, *new, *changed) == []
    REGISTER.save(new, changed, by=world.street_staff, now=NOW)
    assert CommunityWorker.objects.count() == 7
    worker = CommunityWorker.objects.get(name="杨晓岚")
    assert worker.education == "master"
    assert list(worker.posts.order_by("started_on").values_list("post_class__code", "ended_on")) == [
        ("full_time", date(2024, 4, 30)),
        ("deputy", None),
    ]
    event = AuditEvent.objects.get(event="worker.imported")
    assert (event.data["new"], event.data["changed"]) == (6, 1)
    assert "yuangong2" in CommunityWorker.objects.get(name="员工2").search_text


def test_what_is_wrong_is_said_at_its_cell(world: World) -> None:
    entered(world)
    known = {"name": "杨晓岚", "started_on": date(2016, 3, 1), "education": "bachelor"}
    rows = [
        row(2, community_code=OTHER_COMMUNITY),
        row(3, community_code="999999999999"),
        row(4, community="尚义社区"),
        row(5, started_on=date(2030, 1, 1)),
        row(6, grade="九级"),
        row(7, post_since=date(2019, 1, 1)),
        row(8, **known, post_class="deputy"),
        row(9, **known, post_since=date(2020, 1, 1)),
        row(10, **known),
    ]
    assert faults(world, *rows) == [
        (2, "community_code"),
        (3, "community_code"),
        (4, "community"),
        (5, "started_on"),
        (6, "grade"),
        (7, "post_since"),
        (8, "post_since"),
        (9, "post_since"),
    ]
    assert faults(world, row(), by=world.community_secretary) == [(2, "community_code")]
    assert REGISTER.existing([row(2, **known)], by=world.other_dispatcher) == {}


def test_queries_do_not_grow_with_the_rows(world: World) -> None:
    counts = []
    for rows in ([row()], [row(number, name=f"员工{number}") for number in range(2, 14)]):
        with CaptureQueriesContext(connection) as asked:
            REGISTER.lock(rows, by=world.street_staff)
            REGISTER.existing(rows, by=world.street_staff)
            list(REGISTER.check(rows, by=world.street_staff, now=NOW))
            REGISTER.save(rows, [], by=world.street_staff, now=NOW)
        counts.append(len(asked))
    # the first also reads the person's appointments and territory
    assert counts[1] <= counts[0]
