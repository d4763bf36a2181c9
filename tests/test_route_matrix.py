"""Role x route x object, generated from the URL configuration. A route that is not in the table fails.

Each person asks every address, reading and writing, about a case of the chain and about a foreign one.
Who sees what is written here by hand, not read from the roles.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from kunming_portal.accounts.models import Absence, User
from kunming_portal.attachments import services as attachments
from kunming_portal.duty.models import DutyShift
from kunming_portal.notifications import services as notifications
from tests.attachments.files import picture
from tests.communities.routes import FAMILIES
from tests.communities.routes.tables import EVERYBODY
from tests.route_tables import (
    ABOUT_ABSENCE,
    ABOUT_CASE,
    ABOUT_DUTY,
    ABOUT_EVIDENCE,
    ABOUT_OBJECT,
    ABOUT_SHIFT,
    ABOUT_TASK,
    ELSEWHERE,
    EXPORT_LISTS,
    FIGURES,
    NEVER_THERE,
    NO_SIGN_IN,
    OWN_NOTICE,
    PLAIN,
    REFUSED,
    SEES_FOREIGN,
    SEES_OWN,
)
from tests.whistle.people import NOW, World, dispatched, matter, whistle_of
from whistle import services
from whistle.models import Assignment, Case, CaseDeadline, Evidence, SupervisionTask

READ = {200, 302}
WRITTEN = {200, 201, 302, 400, 403, 409, 415, 422}


def routes(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """Yield the name of every route outside the admin site (tests/config asks every page of that)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) == "admin/":
                continue
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_every_route_is_in_the_table_and_every_row_is_a_route() -> None:
    known = NO_SIGN_IN | set(PLAIN) | ABOUT_OBJECT | OWN_NOTICE | NEVER_THERE | set(ELSEWHERE)
    known |= set(ABOUT_SHIFT) | set(ABOUT_ABSENCE)
    assert set(routes()) == known


@dataclass(frozen=True)
class Objects:
    """The case of the chain with its lead's duty, a deadline and a photo, and the foreign one with a photo."""

    own: Case
    duty: Assignment
    deadline: CaseDeadline
    task: SupervisionTask
    foreign: Case
    photo: Evidence
    foreign_photo: Evidence
    shift: DutyShift
    absence: Absence


@pytest.fixture
def objects(world: World) -> Objects:
    lead = dispatched(world)[0]
    foreign = services.open_case(
        matter=matter(), caller=world.units["other_community"], by=world.stranger, now=NOW
    )
    return Objects(
        own=lead.whistle.case,
        duty=lead,
        deadline=CaseDeadline.objects.get(whistle=lead.whistle, step="close"),
        task=services.issue_notice(
            whistle=lead.whistle, unit=lead.unit, text="限期办结。", by=world.street_dispatcher, now=NOW
        ),
        foreign=foreign,
        photo=photo_on(lead.whistle.case, by=world.community_worker),
        foreign_photo=photo_on(foreign, by=world.stranger),
        shift=DutyShift.objects.create(
            unit=world.units["street_centre"],
            user=world.street_dispatcher,
            starts_at=timezone.now() - timedelta(hours=1),
            ends_at=timezone.now() + timedelta(hours=1),
            entered_by=world.street_dispatcher,
        ),
        absence=Absence.objects.create(
            user=world.street_dispatcher,
            stand_in=world.street_secretary,
            starts_on=timezone.localdate() + timedelta(days=30),
            ends_on=timezone.localdate() + timedelta(days=31),
            reason="leave",
            recorded_by=world.street_dispatcher,
            recorded_at=NOW,
        ),
    )


def photo_on(case: Case, *, by: User) -> Evidence:
    """Walk to a photo of a case."""
    kept = attachments.keep(file=BytesIO(picture()), name="a.jpg", form=uuid4(), by=by, now=NOW)
    return services.add_evidence(case=case, pieces=[services.Piece(kept.pk)], by=by, now=NOW)[0]


def ask(client: Client, method: str, url: str) -> int:
    """Return the status of a request whose effects are undone."""
    with transaction.atomic():
        response: Any = (
            client.generic(method, url, data="{}", content_type="application/json")
            if (method == "POST" and "/api/" in url)
            else client.generic(method, url)
        )
        transaction.set_rollback(True)
    status: int = response.status_code
    if response.streaming:
        list(response)  # read to the end, as a browser would
    return status


# What stands in an address beside the number of the object
PARTS = {
    "case-move": {"move": "accept"},
    "assignment-move": {"move": "sign"},
    "case-paper": {"paper": "file", "form": "pdf"},
    "supervision-move": {"move": "reply"},
    "supervision-paper": {"form": "pdf"},
}


def addresses(name: str, objects: Objects) -> list[tuple[str, bool]]:
    """Return the addresses of a route: with whether it is about the foreign case."""
    move = PARTS.get(name, {})
    if name in ABOUT_CASE:
        return [
            (reverse(name, kwargs={"pk": objects.own.pk, **move}), False),
            (reverse(name, kwargs={"pk": objects.foreign.pk, **move}), True),
        ]
    if name in ABOUT_EVIDENCE:
        key = "pk" if name == "evidence-remove" else "attachment_id"
        photos = ((objects.photo, False), (objects.foreign_photo, True))
        return [(reverse(name, args=[getattr(row, key)]), is_foreign) for row, is_foreign in photos]
    if name in ABOUT_DUTY:
        return [(reverse(name, kwargs={"pk": objects.duty.pk, **move}), False)]
    if name in ABOUT_TASK:
        return [(reverse(name, kwargs={"pk": objects.task.pk, **move}), False)]
    return [(reverse(name, kwargs={"pk": objects.deadline.pk}), False)]


def plain_address(name: str) -> str:
    """Return the address of a route without an object."""
    extra = {
        "city-rows": {"what": "closing"},
        "api-division": {"code": "5301"},
        "bulk": {"move": "accept"},
        "saved-filters": {"page": "queue"},
    } | {name: kwargs for family in FAMILIES for name, kwargs in family.KWARGS.items()}
    return reverse(name, kwargs=extra.get(name))


PEOPLE = sorted(
    SEES_OWN | SEES_FOREIGN | EXPORT_LISTS | FIGURES | {"system_admin", "security_admin", "audit_admin"}
)


Wrong = tuple[str, str, int]


def wrong_about_objects(client: Client, objects: Objects, name: str) -> Iterator[Wrong]:
    """Yield what this person is wrongly shown or refused of the two cases."""
    for route in sorted(ABOUT_OBJECT):
        for url, is_foreign in addresses(route, objects):
            sees = name in (SEES_FOREIGN if is_foreign else SEES_OWN)
            for method, fine in (("GET", READ), ("POST", WRITTEN)):
                status = ask(client, method, url)
                # an address that cannot be read at all may say so to everybody
                if status != 405 and status not in (fine if sees else {404}):
                    yield method, url, status


def wrong_about_people(client: Client, objects: Objects, name: str) -> Iterator[Wrong]:
    """Yield what this person is wrongly answered about the shift and the absence."""
    for table, pk in ((ABOUT_SHIFT, objects.shift.pk), (ABOUT_ABSENCE, objects.absence.pk)):
        for route, finders in table.items():
            for method, fine in (("GET", READ), ("POST", WRITTEN)):
                status = ask(client, method, reverse(route, args=[pk]))
                if status != 405 and status not in (fine if name in finders else {404}):
                    yield method, route, status


def wrong_elsewhere(client: Client, name: str) -> Iterator[Wrong]:
    """Yield what this person is wrongly answered about an object that is not there."""
    for route, answers in ELSEWHERE.items():
        for method in ("GET", "POST"):
            status = ask(client, method, reverse(route, kwargs=answers.kwargs))
            if status != 405 and status != answers.named.get(name, answers.others):
                yield method, route, status


def wrong_without_object(client: Client, name: str) -> Iterator[Wrong]:
    """Yield what this person is wrongly shown or refused of the pages without an object."""
    for route, may in PLAIN.items():
        status = ask(client, "GET", plain_address(route))
        allowed = may == EVERYBODY or name in may
        fine = {200, 302} if allowed else {REFUSED.get(route, 403)}
        if status != 405 and status not in fine:
            yield "GET", plain_address(route), status


@pytest.mark.parametrize("name", PEOPLE)
def test_what_somebody_sees_of_every_route_and_object(world: World, objects: Objects, name: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[name])
    wrong = [*wrong_about_objects(client, objects, name), *wrong_elsewhere(client, name)]
    wrong += [*wrong_about_people(client, objects, name), *wrong_without_object(client, name)]
    assert not wrong, "\n".join(map(str, wrong))
    assert Case.objects.get(pk=objects.own.pk).version == objects.own.version


def test_without_a_sign_in_nothing_is_there_but_the_door(world: World, objects: Objects) -> None:
    client = Client(raise_request_exception=False)
    for route in sorted(ABOUT_OBJECT):
        for url, _ in addresses(route, objects):
            for method in ("GET", "POST"):
                assert ask(client, method, url) == (401 if "/api/" in url else 302), url
    for route in PLAIN:
        url = plain_address(route)
        assert ask(client, "GET", url) == (401 if "/api/" in url and route != "api-docs" else 302), url
    assert ask(client, "GET", reverse("sign-in")) == 200


def test_an_unknown_address_of_the_api_is_a_problem_and_not_a_page(world: World) -> None:
    client = Client()
    client.force_login(world.community_worker)
    response = client.get("/api/v1/nothing/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_notice_is_opened_by_its_reader_only(world: World) -> None:
    words = notifications.Message(kind="t", sentence="%(case)s was closed.", values={"case": "x"}, link="/")
    pk = notifications.write([(world.community_worker, words)], now=NOW)[0]
    for name, expected in (("stranger", 404), ("system_admin", 404), ("community_worker", 302)):
        client = Client()
        client.force_login(User.objects.get(username=name))
        assert ask(client, "GET", reverse("notice", args=[pk])) in {expected, 405}
        assert ask(client, "POST", reverse("notice", args=[pk])) in {expected, 405}


def test_the_walked_case_is_what_the_table_assumes(world: World, objects: Objects) -> None:
    assert whistle_of(objects.own).status == "handling"
    assert whistle_of(objects.foreign).status == "draft"
