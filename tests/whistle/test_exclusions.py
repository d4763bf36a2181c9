"""Leaving something out of the figures: asked for, decided, listed, counted; over HTTP and through the services."""

import io
import threading
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from kunming_portal.accounts.models import Scope
from kunming_portal.audit.models import AuditEvent
from kunming_portal.notifications.models import Notice
from kunming_portal.reporting import figures, periods, rows
from kunming_portal.reporting.figures import Measure, Outside
from kunming_portal.reporting.periods import Period, Span
from kunming_portal.reporting.rates import Rate
from tests.whistle.people import NOW, World, build_world, dispatched, fed_back, opened, whistle_of
from whistle import services
from whistle.guards import MoveRefused
from whistle.models import Assignment, Exclusion, Whistle

HOUR = timedelta(hours=1)
CITY = Scope(prefixes=("5301",))


def asked(world: World, duty: Assignment) -> Exclusion:
    """The lead asks to leave its duty out."""
    return services.ask_exclusion(
        whistle=duty.whistle,
        assignment=duty,
        ground="no_power",
        reason="权属在自来水公司，不在中队职责内",
        by=world.enforcement_liaison,
        now=NOW,
    )


def decided(world: World, exclusion: Exclusion, *, granted: bool = True) -> Exclusion:
    """The street's secretary decides."""
    return services.decide_exclusion(
        exclusion=exclusion, granted=granted, decision="情况属实", by=world.street_secretary, now=NOW + HOUR
    )


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def month() -> Period:
    return periods.current(Span.MONTH, now=NOW + 3 * HOUR)


def rate(measure: Measure) -> Rate:
    return next(m.rate for m in figures.get_measures(CITY, month()) if m.measure is measure)


# -- asking and deciding -----------------------------------------------------------------------------------
def test_the_unit_asks_and_the_leader_is_told_and_decides(world: World) -> None:
    exclusion = asked(world, dispatched(world)[0])
    assert exclusion.unit == world.units["enforcement"]
    assert told("exclusion.asked") == {"street_secretary"}
    decided(world, exclusion)
    assert (exclusion.answer, exclusion.decided_by) == ("granted", world.street_secretary)
    assert told("exclusion.granted") == {"enforcement_liaison"}
    stream = AuditEvent.objects.filter(stream=exclusion.whistle.case.stream)
    assert list(
        stream.filter(event__startswith="exclusion.").order_by("seq").values_list("event", flat=True)
    ) == [
        "exclusion.asked",
        "exclusion.granted",
    ]


@pytest.mark.parametrize(
    ("name", "about_duty", "allowed"),
    [
        ("enforcement_liaison", True, True),
        ("market_liaison", True, False),
        ("enforcement_liaison", False, False),
        ("street_dispatcher", True, True),
        ("street_dispatcher", False, True),
        ("community_worker", False, True),
        ("community_worker", True, False),
        ("stranger", False, False),
        ("inspector", False, False),
    ],
)
def test_who_may_ask(world: World, name: str, about_duty: bool, allowed: bool) -> None:
    lead = dispatched(world)[0]
    how = {
        "whistle": lead.whistle,
        "assignment": lead if about_duty else None,
        "ground": "force",
        "reason": "暴雨",
        "by": world.people[name],
        "now": NOW,
    }
    if allowed:
        services.ask_exclusion(**how)  # type: ignore[arg-type]
    else:
        with pytest.raises(MoveRefused):
            services.ask_exclusion(**how)  # type: ignore[arg-type]
    assert Exclusion.objects.count() == int(allowed)


def test_twice_is_refused_until_the_first_was_refused(world: World) -> None:
    lead = dispatched(world)[0]
    first = asked(world, lead)
    with pytest.raises(MoveRefused) as refused:
        asked(world, lead)
    assert refused.value.code == "twice"
    decided(world, first, granted=False)
    decided(world, asked(world, lead))
    with pytest.raises(MoveRefused):
        asked(world, lead)


def test_a_draft_is_in_no_figure(world: World) -> None:
    with pytest.raises(MoveRefused) as refused:
        services.ask_exclusion(
            whistle=whistle_of(opened(world)),
            ground="other",
            reason="误写",
            by=world.community_worker,
            now=NOW,
        )
    assert refused.value.code == "status"


@pytest.mark.parametrize("name", ["street_dispatcher", "county_secretary", "enforcement_leader"])
def test_only_a_leader_of_the_receiving_side_decides_once_with_a_reason(world: World, name: str) -> None:
    exclusion = asked(world, dispatched(world)[0])
    how = {"exclusion": exclusion, "granted": True, "now": NOW}
    with pytest.raises(MoveRefused):
        services.decide_exclusion(**how, decision="同意", by=world.people[name])  # type: ignore[arg-type]
    with pytest.raises(MoveRefused):
        services.decide_exclusion(**how, decision=" ", by=world.street_secretary)  # type: ignore[arg-type]
    decided(world, exclusion)
    with pytest.raises(MoveRefused):
        decided(world, exclusion, granted=False)
    assert Exclusion.objects.get().answer == "granted"


# -- the figures -------------------------------------------------------------------------------------------
def test_an_excluded_duty_leaves_the_units_rates_alone(world: World) -> None:
    lead, _assist = dispatched(world)  # signing was due two hours later
    exclusion = asked(world, lead)
    assert rate(Measure.SIGNING) == Rate(0, 2)
    decided(world, exclusion)
    assert rate(Measure.SIGNING) == Rate(0, 1)
    assert rows.of_measure(CITY, Measure.SIGNING, month(), part="all").count() == 1
    assert figures.count_outside(CITY, month()) == Outside(excluded=1)


def test_an_excluded_whistle_is_in_no_rate(world: World) -> None:
    whistle = fed_back(world)
    services.verify(
        whistle=whistle, verdict="partly", satisfaction="dissatisfied", by=world.community_worker, now=NOW
    )
    assert (rate(Measure.RESOLUTION), rate(Measure.SATISFACTION)) == (Rate(0, 1), Rate(0, 1))
    exclusion = services.ask_exclusion(
        whistle=whistle, ground="demand", reason="诉求不符合规定", by=world.street_dispatcher, now=NOW
    )
    assert rate(Measure.RESOLUTION) == Rate(0, 1)
    decided(world, exclusion)
    for measure in Measure:
        assert rate(measure) == Rate()


def test_what_ended_beside_the_road_is_in_no_rate_and_counted_beside(world: World) -> None:
    answered = services.verify(
        whistle=fed_back(world),
        verdict="not_solved",
        satisfaction="dissatisfied",
        by=world.community_worker,
        now=NOW,
    )
    services.answer(whistle=answered, text="无法办理", legal_basis="条例", by=world.street_secretary, now=NOW)
    services.withdraw(
        whistle=dispatched(world)[0].whistle, reason="已解决", by=world.community_worker, now=NOW
    )
    assert (rate(Measure.RESOLUTION), rate(Measure.SATISFACTION)) == (Rate(), Rate())
    assert figures.count_outside(CITY, month()) == Outside(answered=1, withdrawn=1)


# -- the pages ---------------------------------------------------------------------------------------------
@pytest.fixture
def _clock() -> object:
    with time_machine.travel(NOW + HOUR, tick=False):
        yield


@pytest.mark.usefixtures("_clock")
def test_asked_decided_and_listed_over_http(world: World, client: Client) -> None:
    lead = dispatched(world)[0]
    case = lead.whistle.case
    address = reverse("case-exclusion", args=[case.pk])
    client.force_login(world.enforcement_liaison)
    assert address in client.get(case.get_absolute_url()).content.decode()
    wrong = client.post(address, {"subject": str(lead.pk), "ground": "", "reason": "只有我写过的一句话"})
    assert wrong.status_code == 422
    assert "只有我写过的一句话" in wrong.content.decode()
    made = client.post(address, {"subject": str(lead.pk), "ground": "no_power", "reason": "不属职责"})
    assert made.status_code == 302
    exclusion = Exclusion.objects.get()
    decision = reverse("exclusion", args=[exclusion.pk])
    page = client.get(decision)
    assert page.status_code == 200
    assert "btn-primary" not in page.content.decode()

    client.force_login(world.street_secretary)
    assert decision in client.get(reverse("home")).content.decode()
    assert decision in client.get(reverse("exclusions")).content.decode()
    refused = client.post(decision, {"answer": "granted", "decision": ""})
    assert refused.status_code == 422
    assert client.post(decision, {"answer": "granted", "decision": "情况属实"}).status_code == 302
    assert Exclusion.objects.get().answer == "granted"
    listed = client.get(reverse("exclusions"), {"tab": "granted"}).content.decode()
    assert "情况属实" in listed
    assert client.post(decision, {"answer": "refused", "decision": "再想想"}).status_code == 409


@pytest.mark.usefixtures("_clock")
def test_the_list_shows_what_one_sees_and_exports_the_same(world: World, client: Client) -> None:
    exclusion = asked(world, dispatched(world)[0])
    client.force_login(world.stranger)
    assert reverse("exclusion", args=[exclusion.pk]) not in client.get(reverse("exclusions")).content.decode()
    assert client.get(reverse("exclusion", args=[exclusion.pk])).status_code == 404
    client.force_login(world.community_worker)
    response = client.get(reverse("exclusions-export"))
    book = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    text = "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets"))
    assert text.count("<row ") == 2
    assert "权属在自来水公司，不在中队职责内" in text
    assert AuditEvent.objects.get(event="list.exported").data["list"] == "exclusions"


@pytest.mark.usefixtures("_clock")
def test_the_list_costs_the_same_for_many_rows(
    world: World, client: Client, django_assert_max_num_queries: object
) -> None:
    client.force_login(world.street_secretary)
    for _number in range(2):
        asked(world, dispatched(world)[0])
    client.get(reverse("exclusions"))
    with connection.execute_wrapper(counter := Counter()):
        client.get(reverse("exclusions"))
    few = counter.count
    for _number in range(4):
        asked(world, dispatched(world)[0])
    with connection.execute_wrapper(counter := Counter()):
        client.get(reverse("exclusions"))
    assert counter.count == few


class Counter:
    """Counts queries."""

    count = 0

    def __call__(self, execute: object, *args: object) -> object:
        self.count += 1
        return execute(*args)  # type: ignore[operator]


# -- concurrency -------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_requests_at_once_are_one() -> None:
    world = build_world()
    lead = dispatched(world)[0]
    barrier = threading.Barrier(2)
    results: list[str] = []

    def ask(name: str) -> None:
        try:
            barrier.wait()
            services.ask_exclusion(
                whistle=Whistle.objects.get(pk=lead.whistle_id),
                assignment=Assignment.objects.select_related("unit").get(pk=lead.pk),
                ground="force",
                reason="暴雨",
                by=world.people[name],
                now=NOW,
            )
            results.append("asked")
        except MoveRefused as refused:
            results.append(refused.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=ask, args=[name]) for name in ("enforcement_liaison", "enforcement_leader")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["asked", "twice"]
