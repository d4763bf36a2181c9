"""The small demonstration: complete, obeying workflow, policies and calendar; a broken row is found."""

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import connection, transaction
from django.db.models import F

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_showcase_accounts, get_units_with_people
from kunming_portal.attachments import store
from kunming_portal.attachments.models import Attachment
from kunming_portal.audit.models import AuditEvent
from kunming_portal.demo import histories, loading
from kunming_portal.demo.directory import Directory
from kunming_portal.demo.progress import Steps
from kunming_portal.notifications.models import Delivery
from kunming_portal.organisations.models import Unit
from kunming_portal.workdays.selectors import get_calendar
from tests.whistle.people import at
from whistle.models import (
    Assignment,
    Case,
    CaseCounter,
    CaseDeadline,
    CaseLocation,
    Consultation,
    Evidence,
    Extension,
    Hold,
    HoldReview,
    Objection,
    Reporter,
    SupervisionTask,
    TaskDeadline,
    Whistle,
)
from whistle.services import cases
from whistle.workflow import AssignmentStatus, WhistleStatus

# Makes the test database even when this file runs alone; each test rolls back inside the transaction of `demo`
pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: object) -> Iterator[loading.Loaded]:
    """The small demonstration, loaded once for this file and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]  # pytest-django's blocker
        yield loading.load(Steps(OutputWrapper(io.StringIO()), count=loading.STEPS), now=NOW, small=True)
        transaction.set_rollback(True)


@pytest.fixture
def broken(demo: loading.Loaded) -> Iterator[None]:
    """A savepoint in which a test may break something."""
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)


def violations() -> list[str]:
    """Every violation the check finds."""
    return [str(violation) for _done, found in histories.check() for violation in found]


def test_whistles_come_out_at_their_numbers(demo: loading.Loaded) -> None:
    for tier, count in loading.SMALL.items():
        assert Whistle.objects.blown().filter(tier=tier).count() == count


def test_every_history_obeys_the_workflow(demo: loading.Loaded) -> None:
    assert violations() == []


def test_some_cases_have_pictures_before_and_after(demo: loading.Loaded) -> None:
    pairs = Evidence.objects.filter(pair__isnull=False).select_related("attachment", "pair__attachment")
    assert pairs.exists()
    for row in pairs:
        assert (row.moment, row.pair.moment if row.pair else "") == ("after", "before")
        with store.read(row.attachment_id) or io.BytesIO() as file:
            assert hashlib.sha256(file.read()).hexdigest() == row.attachment.sha256
    told = AuditEvent.objects.filter(event="evidence.added").count()
    assert told == Evidence.objects.count() == Attachment.objects.count()
    placed = AuditEvent.objects.filter(event="evidence.added", data__place=True).count()
    assert placed == CaseLocation.objects.count() > 0
    assert not Attachment.objects.filter(latitude__isnull=False).exists()


def test_every_status_is_there_and_open_at_every_tier(demo: loading.Loaded) -> None:
    assert set(Whistle.objects.values_list("status", flat=True)) == set(WhistleStatus.values)
    assert set(Assignment.objects.values_list("status", flat=True)) == set(AssignmentStatus.values)
    assert set(Whistle.objects.open().values_list("tier", flat=True)) == {1, 2, 3}


def test_every_light_is_there(demo: loading.Loaded) -> None:
    assert {case.light(NOW) for case in Case.objects.all()} == {"normal", "soon", "over", "closed", "hold"}
    supervised = CaseDeadline.objects.running().filter(rungs__rung="supervision")
    assert supervised.exists()


def test_notices_and_instructions_are_there_late_answered_and_closed(demo: loading.Loaded) -> None:
    tasks = SupervisionTask.objects.all()
    assert set(tasks.values_list("kind", flat=True)) == {"notice", "instruction"}
    assert {"awaiting_reply", "replied"} <= set(tasks.values_list("status", flat=True))
    assert not TaskDeadline.objects.filter(wake_at__lte=NOW).exists()
    assert TaskDeadline.objects.filter(ended_at=None, due_at__lt=NOW).exists()


def test_every_side_path_has_a_live_example(demo: loading.Loaded) -> None:
    answers = set(Objection.objects.values_list("answer", flat=True))
    assert {"pending", "granted"} <= answers
    assert Consultation.objects.filter(decided_at=None).exists()
    assert Consultation.objects.filter(decided_at__isnull=False).exists()
    assert {"pending", "granted"} <= set(Extension.objects.values_list("answer", flat=True))
    assert Hold.objects.lasting().count() == Case.objects.on_hold().count() > 1
    assert Hold.objects.filter(answer="pending").exists()
    assert HoldReview.objects.exists()


def test_nothing_rings_at_once_and_three_rungs_come_within_minutes(demo: loading.Loaded) -> None:
    assert not CaseDeadline.objects.filter(wake_at__lte=NOW - timedelta(seconds=10)).exists()
    soon = [rung for rung, moment, _case in demo.rings if NOW < moment <= NOW + timedelta(minutes=3)]
    assert sorted(set(soon)) == ["red", "upgrade", "yellow"]


def test_every_real_community_has_a_unit_and_every_acting_unit_somebody(demo: loading.Loaded) -> None:
    assert Unit.objects.filter(kind="community").count() == 1732
    callable_ids = list(Unit.objects.can_be_called().values_list("pk", flat=True))
    assert get_units_with_people(permission=Permission.ASSIGNMENT_HANDLE, unit_ids=callable_ids) == set(
        callable_ids
    )
    for kind, permission in (
        ("community", Permission.WHISTLE_APPROVE),
        ("centre", Permission.WHISTLE_DISPATCH),
    ):
        ids = list(Unit.objects.filter(kind=kind).values_list("pk", flat=True))
        assert get_units_with_people(permission=permission, unit_ids=ids) == set(ids)


def test_only_showcase_accounts_can_sign_in_and_nobody_gets_mail(demo: loading.Loaded) -> None:
    showcases = set(User.objects.filter(is_showcase=True))
    assert {user for user in User.objects.all() if user.has_usable_password()} == showcases
    assert all(user.check_password("Kunming-2026") for user in showcases)
    roles = {held.role for held in get_showcase_accounts()}
    assert {
        "community_worker",
        "dispatcher",
        "party_secretary",
        "liaison",
        "inspector",
        "integrator",
    } <= roles
    switching = Appointment.objects.filter(user__username="street.deputy")
    assert switching.count() == 2
    assert not User.objects.exclude(email="").exists()
    assert not Delivery.objects.exists()


def test_the_worker_of_zhuantang_has_four_things_to_do(demo: loading.Loaded) -> None:
    mine = Whistle.objects.open().filter(caller__code="530102003005-community")
    assert mine.filter(status="draft").count() == 1
    checks = [w.case.light(NOW) for w in mine.filter(status="awaiting_verification").select_related("case")]
    assert sorted(checks) == ["over", "soon"]
    assert mine.filter(status="awaiting_evaluation").count() == 1
    assert mine.filter(status="awaiting_approval").count() == 2


def test_the_centre_of_daguan_has_a_full_queue(demo: loading.Loaded) -> None:
    seat = Whistle.objects.open().filter(receiver__code="530102003-centre")
    called = Whistle.objects.open().filter(caller__code="530102003-centre")
    to_receive = seat.awaiting(WhistleStatus.AWAITING_ACCEPTANCE, WhistleStatus.AWAITING_DISPATCH).count()
    to_verify = called.awaiting(
        WhistleStatus.AWAITING_VERIFICATION, WhistleStatus.AWAITING_EVALUATION
    ).count()
    assert to_receive + to_verify >= 20


def test_the_next_case_gets_the_next_number_and_key(broken: None) -> None:
    worker = User.objects.get(username="community.worker")
    unit = Unit.objects.select_related("division").get(code="530102003005-community")
    last = CaseCounter.objects.get(division_id="530102003").last
    kind = Whistle.objects.filter(tier=1).select_related("kind").first()
    assert kind is not None
    matter = cases.Matter(description="井盖破损。", place="北门", kind=kind.kind)
    case = cases.open_case(matter=matter, caller=unit, by=worker, now=NOW)
    assert case.number == f"大观{last + 1}"


def test_the_same_moment_tells_the_same_stories(demo: loading.Loaded) -> None:
    units = list(Unit.objects.select_related("division").order_by("id"))
    appointments = list(Appointment.objects.select_related("user", "unit__division").order_by("id"))
    directory = Directory(units, appointments, get_calendar())
    scripts = sorted(loading.author_scripts(directory, now=NOW, small=True), key=lambda s: s.opened_at)
    told = [(script.title, script.place, script.opened_at) for script in scripts]
    assert told == list(Case.objects.order_by("id").values_list("title", "place", "opened_at"))


def test_reporters_are_encrypted_and_nowhere_else(demo: loading.Loaded) -> None:
    assert Reporter.objects.count() > 50
    assert not Reporter.objects.filter(name_cipher__regex="[一-龥]").exists()
    assert not AuditEvent.objects.filter(data__icontains="1000").filter(event="case.opened").exists()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "update whistle_case set version = version + 1 where id = (select min(id) from whistle_case)",
            "version",
        ),
        (
            "update whistle_casedeadline set due_at = due_at + interval '1 day' where id = "
            "(select min(id) from whistle_casedeadline where ended_at is not null)",
            "the calendar says",
        ),
        ("delete from whistle_caserung where id = (select min(id) from whistle_caserung)", "rungs climbed"),
        (
            "update whistle_case set due_at = due_at + interval '1 hour' where id = "
            "(select min(id) from whistle_case where due_at is not null)",
            "not the earliest",
        ),
        (
            "update whistle_whistle set accepted_at = accepted_at + interval '1 hour' where id = "
            "(select min(id) from whistle_whistle where accepted_at is not null)",
            "accepted_at",
        ),
        (
            "insert into whistle_casenote (case_id, by_id, text, written_at) select min(c.id), min(u.id), 'x', now() "
            "from whistle_case c, accounts_user u",
            "notes",
        ),
        (
            "insert into audit_auditevent (at, stream, seq, event, actor_name, unit_name, object_type, object_id, "
            "object_label, data, reason, request_id, link, key_id) "
            "select now(), stream, max(seq) + 1, 'whistle.closed', 'x', '', "
            "'', '', '', '{\"tier\": 1}', '', '', '', '' from audit_auditevent where stream like 'case:%' "
            "group by stream order by stream limit 1",
            "close at tier 1",
        ),
    ],
)
def test_a_broken_row_is_found(broken: None, statement: str, said: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
    assert any(said in violation for violation in violations())
    with pytest.raises(CommandError):
        call_command("check_histories", stdout=io.StringIO())


def test_somebody_without_the_right_is_found(broken: None) -> None:
    stranger = User.objects.get(username="admin.audit")
    Appointment.objects.filter(user__username="street.dispatcher").update(user=stranger)
    assert any("had no right to it" in violation for violation in violations())


def test_loading_twice_says_so_and_changes_nothing(broken: None) -> None:
    before = Case.objects.count()
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    assert out.getvalue().strip()
    call_command("load_demo", "--if-empty", stdout=io.StringIO())
    assert Case.objects.count() == before


def test_accounts_are_printed_by_role(broken: None) -> None:
    out = io.StringIO()
    call_command("demo_accounts", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 23
    assert all("Kunming-2026" in line for line in lines[1:])


def test_cases_lie_in_the_compounds_they_name(demo: loading.Loaded) -> None:
    gathered = Case.objects.filter(compound__isnull=False).select_related("compound", "search")
    assert gathered.count() > 20
    for case in gathered:
        assert case.compound is not None
        assert case.compound.community_id == case.division_id
        assert case.compound.name.lower() in case.search.text
    assert gathered.filter(compound__name="丹桂里小区", status="open").count() >= 3


def test_versions_count_on_from_the_trail(demo: loading.Loaded) -> None:
    assert not Case.objects.filter(version=0, due_at__isnull=False).exists()
    assert not CaseDeadline.objects.filter(ended_at__lt=F("started_at")).exists()
