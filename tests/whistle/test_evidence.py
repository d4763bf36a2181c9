"""Pictures and papers of a case: added, set side by side, withdrawn; never seen by a stranger."""

import io
import uuid
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.utils import translation

from kunming_portal.accounts.models import User
from kunming_portal.attachments import services as attachments
from kunming_portal.attachments import store
from kunming_portal.attachments.limits import FileRefused
from kunming_portal.attachments.models import Attachment
from kunming_portal.audit.models import AuditEvent
from tests.attachments.files import PDF, picture
from tests.whistle.people import NOW, World, blown, build_world, dispatched, fed_back, opened, whistle_of
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Case, CaseLocation, CaseNote, Evidence
from whistle.services.evidence import Piece

LATER = NOW + timedelta(hours=1)


def kept(by: User, *, content: bytes | None = None, form: uuid.UUID | None = None, **more: Any) -> Attachment:
    """Walk to a file that is kept."""
    file = io.BytesIO(picture() if content is None else content)
    return attachments.keep(file=file, name="a.jpg", form=form or uuid.uuid4(), by=by, now=NOW, **more)


def added(world: World, case: Case, *, by: User | None = None, **more: Any) -> Evidence:
    """Walk to one picture on the case."""
    person = by or world.community_worker
    piece = Piece(kept(person).pk, **more)
    return services.add_evidence(case=case, pieces=[piece], by=person, now=NOW)[0]


def lies_there(file: Attachment) -> list[bool]:
    return [
        (Path(settings.MEDIA_ROOT) / store.path_of(file.pk, small=small)).exists() for small in (False, True)
    ]


def events(case: Case, name: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(stream=case.stream, event=name).order_by("seq"))


# -- keeping -----------------------------------------------------------------------------------------
def test_the_same_file_with_the_same_form_is_kept_once(world: World) -> None:
    form = uuid.uuid4()
    first, again = (kept(world.community_worker, form=form) for _ in range(2))
    assert first == again
    assert kept(world.community_worker) != first
    assert kept(world.stranger, form=form) != first


def test_a_place_is_read_only_when_somebody_agrees(world: World) -> None:
    content = picture(gps=(25.0, 102.7))
    assert kept(world.community_worker, content=content).latitude is None
    agreed = kept(world.community_worker, content=content, with_place=True)
    assert (agreed.latitude, agreed.longitude) == (25.0, 102.7)


def test_nobody_keeps_files_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kunming_portal.attachments.limits.KEPT_PER_PERSON", 2)
    for _ in range(2):
        kept(world.community_worker)
    with translation.override("en"), pytest.raises(FileRefused, match="2 files that were never sent"):
        kept(world.community_worker)
    kept(world.stranger)


def test_a_disk_that_is_full_leaves_no_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write", full)
    with pytest.raises(FileRefused) as refused:
        kept(world.community_worker)
    assert refused.value.code == "store"
    assert not Attachment.objects.exists()


def test_cleaning_forgets_what_was_never_sent_and_nothing_else(world: World) -> None:
    case = opened(world)
    attached = added(world, case).attachment
    forgotten = kept(world.community_worker)
    assert attachments.clean_up(now=NOW + timedelta(days=2)) == (0, 0)
    assert attachments.clean_up(now=NOW + timedelta(days=3, minutes=1)) == (1, 0)
    assert lies_there(forgotten) == [False, False]
    assert lies_there(attached) == [True, True]
    assert list(Attachment.objects.values_list("pk", flat=True)) == [attached.pk]


def test_cleaning_finishes_what_a_dead_process_left(world: World) -> None:
    piece = added(world, opened(world))
    # inside the test's transaction nothing is committed, as if the process had died before
    services.remove_evidence(piece=piece, reason="有人脸", by=world.community_worker, now=LATER)
    assert lies_there(piece.attachment) == [True, True]
    assert attachments.clean_up(now=LATER) == (0, 1)
    assert lies_there(piece.attachment) == [False, False]
    assert attachments.clean_up(now=LATER) == (0, 0)


# -- adding ------------------------------------------------------------------------------------------
def test_adding_puts_files_and_their_sums_on_the_trail(world: World) -> None:
    case = dispatched(world)[0].whistle.case
    by = world.enforcement_liaison
    pieces = [Piece(kept(by).pk, moment="during"), Piece(kept(by, content=PDF).pk, moment="during")]
    rows = services.add_evidence(case=case, pieces=pieces, by=by, now=NOW)
    (event,) = events(case, "evidence.added")
    assert (event.data["photos"], event.data["papers"], event.data["moment"]) == (1, 1, "during")
    assert event.data["files"] == [[r.attachment.pk.hex, r.attachment.sha256] for r in rows]
    assert event.unit_name == "城管执法中队"
    assert rows[0].assignment is not None
    assert rows[0].assignment.unit == world.units["enforcement"]
    assert "a.jpg" not in str(event.data), "names of files may name people"


def test_the_place_of_a_photo_becomes_the_cases_and_leaves_the_file(world: World) -> None:
    case = opened(world)
    file = kept(world.community_worker, content=picture(gps=(25.0413, 102.7019)), with_place=True)
    services.add_evidence(case=case, pieces=[Piece(file.pk)], by=world.community_worker, now=NOW)
    place = CaseLocation.objects.get(case=case)
    assert place.text == "25.04130°N 102.70190°E"
    assert place.agreed_by == world.community_worker
    file.refresh_from_db()
    assert (file.latitude, file.longitude) == (None, None)


@pytest.mark.parametrize(("name", "code"), [("stranger", "role"), ("inspector", "role")])
def test_who_may_not_write_there_adds_nothing(world: World, name: str, code: str) -> None:
    case = opened(world)
    with pytest.raises(MoveRefused) as refused:
        added(world, case, by=world.people[name])
    assert refused.value.code == code
    assert not Evidence.objects.exists()
    assert Attachment.objects.kept_by(world.people[name]).count() == 1, "the file is still kept"


def test_nobody_attaches_what_somebody_else_keeps(world: World) -> None:
    case = opened(world)
    theirs = kept(world.community_secretary)
    with pytest.raises(FileRefused) as refused:
        services.add_evidence(case=case, pieces=[Piece(theirs.pk)], by=world.community_worker, now=NOW)
    assert refused.value.code == "gone"


def test_a_file_is_attached_once(world: World) -> None:
    case, file = opened(world), kept(world.community_worker)
    services.add_evidence(case=case, pieces=[Piece(file.pk)], by=world.community_worker, now=NOW)
    with pytest.raises(FileRefused) as refused:
        services.add_evidence(case=case, pieces=[Piece(file.pk)], by=world.community_worker, now=NOW)
    assert refused.value.code == "gone"


def test_a_case_does_not_hold_files_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whistle.services.evidence.FILES_PER_CASE", 1)
    case = opened(world)
    added(world, case)
    with translation.override("en"), pytest.raises(MoveRefused, match="at most 1 files; it has 1"):
        added(world, case)


def test_a_later_picture_stands_beside_an_earlier_one_of_this_case(world: World) -> None:
    case, other = opened(world), opened(world)
    before, foreign = added(world, case), added(world, other)
    after = added(world, case, moment="after", pair=before.pk)
    assert after.pair == before
    with pytest.raises(MoveRefused) as refused:
        added(world, case, moment="after", pair=foreign.pk)
    assert refused.value.code == "pair"
    assert added(world, case, moment="during", pair=before.pk).pair is None


def test_feedback_brings_its_pictures_along_or_none_of_it_happens(world: World) -> None:
    duty = dispatched(world, assists=0)[0]
    by = world.enforcement_liaison
    services.sign(assignment=duty, by=by, now=NOW)
    services.report_in(assignment=duty, person="王磊", phone="0871-6000-0000", by=by, now=NOW)
    with pytest.raises(FileRefused):
        services.feed_back(assignment=duty, measures="已补。", pieces=[Piece(uuid.uuid4())], by=by, now=NOW)
    duty.refresh_from_db()
    assert duty.status == "handling"
    services.feed_back(
        assignment=duty, measures="已补。", pieces=[Piece(kept(by).pk, moment="after")], by=by, now=NOW
    )
    row = Evidence.objects.get()
    assert (row.moment, row.assignment) == ("after", duty)
    (event,) = events(duty.whistle.case, "evidence.added")
    assert event.unit_name == "城管执法中队"


def test_a_note_and_a_rewritten_draft_take_files_too(world: World) -> None:
    case, by = opened(world), world.community_worker
    services.note(case=case, text="又塌了一块。", pieces=[Piece(kept(by).pk)], by=by, now=NOW)
    assert CaseNote.objects.count() == Evidence.objects.count() == 1


def test_a_closed_case_takes_nothing_more(world: World) -> None:
    whistle = fed_back(world)
    by = world.community_worker
    services.verify(whistle=whistle, verdict="solved", satisfaction="satisfied", by=by, now=NOW)
    services.close(whistle=whistle, by=by, now=NOW)
    with pytest.raises(MoveRefused) as refused:
        added(world, whistle.case)
    assert refused.value.code == "closed"


# -- withdrawing -------------------------------------------------------------------------------------
def test_withdrawing_deletes_the_bytes_and_keeps_who_and_why(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    case = opened(world)
    file = kept(world.community_worker, content=picture(gps=(25.0, 102.7)), with_place=True)
    (piece,) = services.add_evidence(case=case, pieces=[Piece(file.pk)], by=world.community_worker, now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_evidence(piece=piece, reason="照片中有人脸", by=world.community_worker, now=LATER)
    piece.refresh_from_db()
    assert (piece.removed_by, piece.removed_at, piece.removed_reason) == (
        world.community_worker,
        LATER,
        "照片中有人脸",
    )
    assert lies_there(file) == [False, False]
    assert not CaseLocation.objects.exists(), "the place came from this photo"
    (event,) = events(case, "evidence.removed")
    assert (event.reason, event.data["file"][1]) == ("照片中有人脸", file.sha256)


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("enforcement_liaison", True),  # who added it
        ("community_worker", True),  # who wrote the case
        ("community_secretary", False),
        ("street_dispatcher", False),
        ("stranger", False),
    ],
)
def test_who_may_withdraw(world: World, name: str, may: bool) -> None:
    case = dispatched(world)[0].whistle.case
    piece = added(world, case, by=world.enforcement_liaison)
    if may:
        services.remove_evidence(piece=piece, reason="重传", by=world.people[name], now=LATER)
        return
    with pytest.raises(MoveRefused) as refused:
        services.remove_evidence(piece=piece, reason="重传", by=world.people[name], now=LATER)
    assert refused.value.code == "role"


def test_who_left_withdraws_nothing(world: World) -> None:
    case = opened(world)
    piece = added(world, case)
    world.community_worker.appointments.update(ends_on=NOW.date() - timedelta(days=1), starts_on="2020-01-01")
    left = User.objects.get(pk=world.community_worker.pk)
    with pytest.raises(MoveRefused) as refused:
        services.remove_evidence(piece=piece, reason="重传", by=left, now=LATER)
    assert refused.value.code == "role"


def test_withdrawing_wants_a_reason(world: World) -> None:
    piece = added(world, opened(world))
    with pytest.raises(MoveRefused) as refused:
        services.remove_evidence(piece=piece, reason=" ", by=world.community_worker, now=LATER)
    assert refused.value.code == "reason"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_who_withdraw_one_wins() -> None:
    world = build_world()
    case = blown(world).case
    piece = added(world, case)
    gate, told = Barrier(2), []

    def withdraw(name: str) -> None:
        try:
            by = User.objects.get(username=name)
            row = Evidence.objects.get(pk=piece.pk)
            gate.wait(10)
            services.remove_evidence(piece=row, reason=f"由{name}", by=by, now=LATER)
            told.append("done")
        except MoveRefused as refused:
            told.append(refused.code)
        finally:
            connections.close_all()

    both = [Thread(target=withdraw, args=("community_worker",)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(20)
    assert sorted(told) == ["done", "status"]
    assert len(events(case, "evidence.removed")) == 1
    assert lies_there(piece.attachment) == [False, False]
    assert whistle_of(case).is_open
