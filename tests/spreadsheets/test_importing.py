"""Read, previewed, confirmed, saved in one transaction; whatever comes between leaves nothing half done."""

import uuid
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communities.models import Compound
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.heartbeats.models import Heartbeat
from kunming_portal.spreadsheets import keeping, limits, services, tasks
from kunming_portal.spreadsheets.models import Import, ImportFile
from kunming_portal.spreadsheets.package import WorkbookRefused
from kunming_portal.spreadsheets.services import ImportRefused
from tests.communities.people import build_place
from tests.spreadsheets.sample import FOREIGN, REGISTER, book, changed, many
from tests.whistle.people import COMMUNITY, World

NOW = timezone.now()


def sent(by: User, content: bytes) -> Import:
    """Walk to a file that waits for a worker."""
    return services.receive(register=REGISTER, name="台账.xlsx", content=content, by=by, now=NOW)


def worked(job: Import, *, now: datetime = NOW) -> Import:
    """Let a worker do what is its turn; return the job as it stands then."""
    worker = uuid.uuid4()
    mine = services.claim(worker=worker, now=now, job=job)
    assert mine is not None
    services.advance(job=mine, worker=worker, now=now)
    return Import.objects.get(pk=job.pk)


def previewed(by: User, content: bytes) -> Import:
    job = worked(sent(by, content))
    assert job.state == "preview", list(job.found.values_list("row", "sentence"))
    return job


def saved(by: User, content: bytes) -> Import:
    job = previewed(by, content)
    services.confirm(job=job, by=by, now=NOW)
    return worked(job)


def changes(job: Import, number: int) -> list[list[object]]:
    return keeping.open_row(job.rows.get(number=number).kept)[1]


def sentences(job: Import) -> list[tuple[int, str, str]]:
    return list(job.found.order_by("row", "pk").values_list("row", "letter", "sentence"))


def test_new_changed_and_unchanged_are_told_apart_and_saved(world: World) -> None:
    build_place(world)
    saved(world.community_worker, book(changed(), changed(小区名称="翠湖小区")))
    job = previewed(
        world.community_worker,
        book(changed(户数=121, 物业企业=None), changed(小区名称="翠湖小区"), changed(小区名称="盘龙小区")),
    )
    assert (job.total, job.new, job.changed, job.unchanged) == (3, 1, 1, 1)
    assert changes(job, 2) == [["households", 120, 121], ["property_firm", "滇泉", ""]]
    services.confirm(job=job, by=world.community_worker, now=NOW)
    assert worked(job).state == "done"
    one = Compound.objects.get(name="金碧小区")
    assert (one.households, one.property_firm, str(one.property_contract_until)) == (121, "", "2027-03-05")
    assert Compound.objects.filter(name="盘龙小区").exists()


def test_the_trail_has_the_file_and_one_entry_of_the_register(world: World) -> None:
    job = saved(world.community_worker, book(changed()))
    events = AuditEvent.objects.filter(
        stream=f"user:{world.community_worker.pk}", event__startswith="import."
    )
    assert list(events.order_by("pk").values_list("event", flat=True)) == [
        "import.received",
        "import.confirmed",
        "import.saved",
    ]
    last = events.order_by("pk").last()
    assert last is not None
    assert last.data["sha256"] == job.sha256
    assert last.data["new"] == 1
    assert AuditEvent.objects.filter(event="compounds.imported").count() == 1


def test_a_faulty_file_keeps_every_fault_and_saves_nothing(world: World) -> None:
    content = book(
        changed(户数="x"), changed(社区代码=FOREIGN), changed(小区名称="二"), changed(小区名称="二")
    )
    job = worked(sent(world.community_worker, content))
    assert job.state == "faulty"
    assert job.faults == 3
    assert sentences(job) == [
        (2, "E", "这里是文本。填数字，单元格不要设为文本格式。"),
        (3, "A", "不在您的辖区。"),
        (5, "A", "与第4行的社区代码、小区名称相同，只能出现一次。"),
    ]
    assert job.found.get(row=3).shown == FOREIGN
    with pytest.raises(ImportRefused):
        services.confirm(job=job, by=world.community_worker, now=NOW)
    assert not Compound.objects.exists()


def test_faults_beyond_the_kept_ones_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FAULTS_KEPT", 5)
    job = worked(
        sent(world.community_worker, book(*[changed(户数="x", 小区名称=f"第{n}") for n in range(9)]))
    )
    assert job.faults == 9
    assert job.found.count() == 5


def test_what_lies_in_the_database_can_be_read_by_nobody(world: World) -> None:
    job = previewed(world.community_worker, book(changed()))
    assert "金碧" not in job.rows.get().kept + job.file.content
    faulty = worked(sent(world.community_worker, book(changed(物业企业="张三13888888888"))))
    assert faulty.found.get().shown == "张三***********", (
        "a personal number is not even shown beside its fault"
    )


def test_what_is_no_workbook_is_refused_before_anything_is_kept(world: World) -> None:
    with pytest.raises(WorkbookRefused):
        sent(world.community_worker, b"name,address")
    assert not Import.objects.exists()


def test_who_keeps_no_register_cannot_import(world: World) -> None:
    with pytest.raises(ImportRefused):
        sent(world.enforcement_liaison, book(changed()))


def test_a_row_refused_at_the_end_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job = previewed(world.community_worker, book(*many(20), changed(小区名称="末")))
    services.confirm(job=job, by=world.community_worker, now=NOW)
    monkeypatch.setattr(REGISTER, "refuses", "末")
    job = worked(job)
    assert (job.state, job.failure) == ("failed", "最后一行不能保存。")
    assert not Compound.objects.exists()
    assert not AuditEvent.objects.filter(event="compounds.imported").exists()


def test_a_row_the_database_refuses_leaves_nothing(world: World) -> None:
    rows = [*many(20), changed(小区名称="末", 物业方式="无物业")]  # a firm without management: a constraint
    job = saved(world.community_worker, book(*rows))
    assert job.state == "failed"
    assert job.failure.startswith("未写入任何内容")
    assert not Compound.objects.exists()


def test_two_people_at_once_the_second_sees_a_new_preview(world: World) -> None:
    first = previewed(world.community_worker, book(changed(), changed(小区名称="二")))
    second = previewed(world.community_secretary, book(changed(户数=99), changed(小区名称="三")))
    for job, by in ((first, world.community_worker), (second, world.community_secretary)):
        services.confirm(job=job, by=by, now=NOW)
    assert worked(first).state == "done"
    second = worked(second)
    assert second.state == "reading"
    assert "第2行" in second.failure
    assert not Compound.objects.filter(name="三").exists(), "none of its rows, not even the untouched ones"
    second = worked(second)
    assert (second.state, second.new, second.changed) == ("preview", 1, 1)
    assert changes(second, 2) == [["households", 120, 99]]
    services.confirm(job=second, by=world.community_secretary, now=NOW)
    assert worked(second).state == "done"
    assert Compound.objects.get(name="金碧小区").households == 99


def test_a_right_that_ended_between_preview_and_saving(world: World) -> None:
    job = previewed(world.community_worker, book(changed()))
    services.confirm(job=job, by=world.community_worker, now=NOW)
    world.community_worker.appointments.update(ends_on=NOW.date() - timedelta(days=1))
    assert worked(job).state == "failed"
    assert not Compound.objects.exists()


def test_cancelling_before_and_not_after(world: World) -> None:
    job = previewed(world.community_worker, book(changed()))
    services.cancel(job=job, by=world.community_worker, now=NOW)
    with pytest.raises(ImportRefused):
        services.confirm(job=job, by=world.community_worker, now=NOW)
    done = saved(world.community_worker, book(changed()))
    with pytest.raises(ImportRefused):
        services.cancel(job=done, by=world.community_worker, now=NOW)


def test_a_job_cancelled_while_it_is_read_stops(world: World) -> None:
    job = sent(world.community_worker, book(*many(3)))
    worker = uuid.uuid4()
    mine = services.claim(worker=worker, now=NOW)
    services.cancel(job=job, by=world.community_worker, now=NOW)
    assert mine is not None
    services.advance(job=mine, worker=worker, now=NOW)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not job.rows.exists()


def test_confirming_without_anything_to_save_or_twice_is_refused(world: World) -> None:
    saved(world.community_worker, book(changed()))
    job = previewed(world.community_worker, book(changed()))
    with pytest.raises(ImportRefused, match="都已经有了"):
        services.confirm(job=job, by=world.community_worker, now=NOW)
    other = previewed(world.community_worker, book(changed(户数=1)))
    services.confirm(job=other, by=world.community_worker, now=NOW)
    with pytest.raises(ImportRefused):
        services.confirm(job=other, by=world.community_worker, now=NOW)


def test_a_worker_that_dies_is_followed_by_another(world: World) -> None:
    job = previewed(world.community_worker, book(*many(10)))
    services.confirm(job=job, by=world.community_worker, now=NOW)
    dead = services.claim(worker=uuid.uuid4(), now=NOW)
    assert dead is not None
    assert services.claim(worker=uuid.uuid4(), now=NOW) is None, "one worker at a time"
    later = NOW + services.LEASE + timedelta(seconds=1)
    assert worked(job, now=later).state == "done"
    assert Compound.objects.count() == 10
    assert dead.worker is not None
    services.advance(job=dead, worker=dead.worker, now=later)
    assert Compound.objects.count() == 10, "the first worker comes back and finds nothing to do"


def test_while_the_database_is_away_the_job_waits(world: World) -> None:
    job = previewed(world.community_worker, book(*many(3)))
    services.confirm(job=job, by=world.community_worker, now=NOW)
    with (
        mock.patch.object(REGISTER, "save", side_effect=OperationalError("gone")),
        pytest.raises(OperationalError),
    ):
        worked(job)
    assert worked(job, now=NOW + services.LEASE + timedelta(seconds=1)).state == "done"


def test_a_file_on_which_workers_die_fails_in_the_end(world: World) -> None:
    job = sent(world.community_worker, book(changed()))
    now = NOW
    for _ in range(services.MOST_ATTEMPTS):
        assert services.claim(worker=uuid.uuid4(), now=now) is not None
        now += services.LEASE + timedelta(seconds=1)
    assert services.claim(worker=uuid.uuid4(), now=now) is None
    job.refresh_from_db()
    assert job.state == "failed"
    assert "多次中断" in job.failure


def test_the_worker_acts_in_the_appointment_that_was_chosen(world: World) -> None:
    worker = world.community_worker
    worker.acting = worker.appointments_in_force[0]
    assert sent(worker, book(changed())).acting == worker.acting


def test_the_beat_reads_and_saves_and_tells(world: World) -> None:
    job = sent(world.community_worker, book(changed()))
    tasks.import_workbooks()
    job.refresh_from_db()
    assert job.state == "preview"
    services.confirm(job=job, by=world.community_worker, now=NOW)
    tasks.import_workbooks()
    job.refresh_from_db()
    assert job.state == "done"
    assert Heartbeat.objects.get(pk="import workbooks").error == ""


def test_files_are_deleted_after_a_month_and_the_line_stays(world: World) -> None:
    done = saved(world.community_worker, book(changed()))
    waits = previewed(world.community_worker, book(changed(户数=5)))
    assert services.expire(now=NOW + limits.KEPT - timedelta(hours=1)) == 0
    assert services.expire(now=NOW + limits.KEPT + timedelta(hours=1)) == 2
    assert not ImportFile.objects.exists()
    assert not waits.rows.exists()
    states = dict(Import.objects.values_list("pk", "state"))
    assert states == {done.pk: "done", waits.pk: "cancelled"}
    assert services.expire(now=NOW + limits.KEPT + timedelta(hours=2)) == 0


def test_queries_do_not_grow_with_the_rows(world: World) -> None:
    counts = []
    for community, number in ((COMMUNITY, 2), (COMMUNITY, 12)):
        Compound.objects.all().delete()
        job = sent(world.community_worker, book(*many(number, community=community)))
        with CaptureQueriesContext(connection) as reading:
            job = worked(job)
        services.confirm(job=job, by=world.community_worker, now=NOW)
        with CaptureQueriesContext(connection) as saving:
            assert worked(job).state == "done"
        counts.append((len(reading), len(saving)))
    assert counts[0] == counts[1]
