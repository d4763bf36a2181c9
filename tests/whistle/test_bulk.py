"""One move on many rows: a result for each, nothing lost, nothing done twice."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kunming_portal.accounts.models import Appointment
from tests.whistle.crowd import crowd, signed_in
from tests.whistle.people import START, World, blown, dispatched, person
from whistle import services
from whistle.models import Assignment, Case, Press, Whistle


def row_of(subject: Case | Assignment) -> str:
    """Return what the box of a row sends."""
    case = subject if isinstance(subject, Case) else subject.whistle.case
    case.refresh_from_db()
    return f"{subject.pk}.{case.version}"


def send(world: World, who: str, move: str, rows: Sequence[str], **more: Any) -> Any:
    """Press a button of the bar."""
    return signed_in(world.people[who]).post(f"/bulk/{move}/", {"row": rows, **more})


def outcomes(answer: Any) -> list[tuple[int, str]]:
    """Return what became of the rows, in order."""
    return [(result.case.pk, result.outcome) for result in answer.context["results"]]


def test_each_row_has_its_own_result(world: World) -> None:
    now = timezone.now()
    fine, other, moved = crowd(world, 3, now=now)
    stale = row_of(moved)
    services.note(case=moved, text="又来一次电话。", by=world.community_worker, now=now)
    Case.objects.filter(pk=moved.pk).update(version=moved.version + 1)
    past = dispatched(world, now=now)[0].whistle.case
    rows = [row_of(fine), stale, row_of(past), row_of(other)]
    answer = send(world, "street_dispatcher", "accept", rows)
    assert answer.status_code == 200
    assert outcomes(answer) == [
        (fine.pk, "done"),
        (moved.pk, "stale"),
        (past.pk, "refused"),
        (other.pk, "done"),
    ]
    assert "Now: Being handled" in answer.context["results"][2].sentence
    assert answer.context["said"] == "2 done, 2 not done; nothing is lost, each row says why."
    accepted = Whistle.objects.filter(status="awaiting_dispatch").values_list("case_id", flat=True)
    assert set(accepted) == {fine.pk, other.pk}


def test_sent_twice_it_is_done_once_and_says_so(world: World) -> None:
    cases = crowd(world, 2, now=timezone.now())
    rows = [row_of(case) for case in cases]
    send(world, "street_dispatcher", "accept", rows)
    versions = set(Case.objects.values_list("pk", "version"))
    again = send(world, "street_dispatcher", "accept", rows)
    assert outcomes(again) == [(case.pk, "done") for case in cases]
    assert {result.sentence for result in again.context["results"]} == {"You had done this already."}
    assert set(Case.objects.values_list("pk", "version")) == versions


def test_somebody_elses_move_is_not_taken_for_ones_own(world: World) -> None:
    case = crowd(world, 1, now=timezone.now())[0]
    row = row_of(case)
    world.people["second"] = person("second", "dispatcher", world.units["street_centre"])
    send(world, "second", "accept", [row])
    assert outcomes(send(world, "street_dispatcher", "accept", [row])) == [(case.pk, "stale")]


def test_what_is_not_in_scope_is_not_there(world: World) -> None:
    now = timezone.now()
    own = crowd(world, 1, now=now)[0]
    foreign = services.open_case(
        matter=services.Matter(description="井盖松动。", place="尚义街", kind=blown(world, now=now).kind),
        caller=world.units["other_community"],
        by=world.stranger,
        now=now,
    )
    answer = send(world, "street_dispatcher", "accept", [row_of(own), row_of(foreign), "999999.0"])
    assert outcomes(answer) == [(own.pk, "done")]
    assert answer.context["missing"] == 2
    assert foreign.title not in answer.content.decode()
    nothing = send(world, "other_dispatcher", "accept", [row_of(own)])
    assert outcomes(nothing) == []


@pytest.mark.parametrize("rows", [[], ["x"], ["1"], ["1.x"], ["²1.1"], ["9" * 30 + ".1"]])
def test_nothing_chosen_is_said_on_the_list(world: World, rows: list[str]) -> None:
    answer = send(world, "street_dispatcher", "accept", rows, next="/queue/?turn=open")
    assert answer.headers["Location"] == "/queue/?turn=open"


def test_more_than_a_hundred_are_refused_whole(world: World) -> None:
    case = crowd(world, 1, now=timezone.now())[0]
    rows = [row_of(case), *(f"{n}.1" for n in range(10**6, 10**6 + 100))]
    answer = send(world, "street_dispatcher", "accept", rows)
    assert answer.headers["Location"] == "/queue/"
    assert Whistle.objects.get(case=case).status == "awaiting_acceptance"


def test_units_are_chosen_once_for_all(world: World) -> None:
    now = timezone.now()
    cases = crowd(world, 3, now=now)
    for case in cases[:2]:
        services.accept(whistle=Whistle.objects.get(case=case), by=world.street_dispatcher, now=now)
    rows = [row_of(case) for case in cases]
    asked = send(world, "street_dispatcher", "dispatch", rows)
    assert asked.status_code == 200
    assert asked.context["able"] == 2
    assert [bool(refusal) for _case, refusal in asked.context["told"]] == [False, False, True]
    empty = send(world, "street_dispatcher", "dispatch", rows, typed="yes", instruction="今天到场。")
    assert empty.status_code == 422
    assert "今天到场。" in empty.content.decode()
    lead, assist = world.units["enforcement"], world.units["market"]
    sent = send(world, "street_dispatcher", "dispatch", rows, typed="yes", lead=lead.pk, assists=[assist.pk])
    assert [outcome for _pk, outcome in outcomes(sent)] == ["done", "done", "refused"]
    assert Assignment.objects.filter(unit=lead, is_lead=True).count() == 2
    assert Assignment.objects.filter(unit=assist, is_lead=False).count() == 2


def test_matters_of_several_centres_are_not_dispatched_together(world: World) -> None:
    now = timezone.now()
    below, above = crowd(world, 2, now=now)
    for case in (below, above):
        services.accept(whistle=Whistle.objects.get(case=case), by=world.street_dispatcher, now=now)
    services.upgrade(
        whistle=Whistle.objects.get(case=above), reason="超出权限", by=world.street_secretary, now=now
    )
    answer = send(world, "street_dispatcher", "dispatch", [row_of(below), row_of(above)])
    assert answer.status_code == 302


def test_a_liaison_signs_for_many_and_for_two_units_of_one_case(world: World) -> None:
    now = timezone.now()
    lead, assist = dispatched(world, now=now)
    other = dispatched(world, now=now)[0]
    liaison = world.enforcement_liaison
    Appointment.objects.create(user=liaison, role="liaison", unit=world.units["market"], starts_on=START)
    answer = send(world, "enforcement_liaison", "sign", [row_of(lead), row_of(assist), row_of(other)])
    assert [outcome for _pk, outcome in outcomes(answer)] == ["done"] * 3
    assert Assignment.objects.filter(status="awaiting_report_in").count() == 3
    again = send(world, "enforcement_liaison", "sign", [f"{lead.pk}.0"])
    assert outcomes(again) == [(lead.whistle.case_id, "done")]


def test_only_moves_of_the_bar_are_made_in_bulk(world: World) -> None:
    assert send(world, "street_dispatcher", "close", ["1.1"]).status_code == 404
    assert signed_in(world.street_dispatcher).get("/bulk/accept/").status_code == 405


def test_boxes_and_buttons_stand_on_the_lists(world: World) -> None:
    now = timezone.now()
    case = crowd(world, 1, now=now)[0]
    text = signed_in(world.street_dispatcher).get("/queue/").content.decode()
    assert f'value="{case.pk}.{case.version + 1}"' in text or f'value="{row_of(case)}"' in text
    assert 'formaction="/bulk/accept/"' in text
    duty = dispatched(world, now=now)[0]
    duties = signed_in(world.enforcement_liaison).get("/duties/").content.decode()
    assert f'value="{row_of(duty)}"' in duties
    assert 'formaction="/bulk/sign/"' in duties


def test_a_row_costs_what_the_move_costs(world: World) -> None:
    def cost(number: int) -> int:
        rows = [row_of(case) for case in crowd(world, number, now=timezone.now())]
        with CaptureQueriesContext(connection) as queries:
            send(world, "street_dispatcher", "accept", rows)
        return len(queries)

    one, two, three = cost(1), cost(2), cost(3)
    assert three - two == two - one


def test_others_are_pressed_in_bulk(world: World) -> None:
    now = timezone.now()
    waiting = dispatched(world, now=now)[0].whistle.case
    own_turn = crowd(world, 1, now=now)[0]
    answer = send(world, "street_dispatcher", "press", [row_of(waiting), row_of(own_turn)])
    assert outcomes(answer) == [(waiting.pk, "done"), (own_turn.pk, "refused")]
    again = send(world, "street_dispatcher", "press", [row_of(waiting)])
    assert answer.context["results"][1].sentence
    assert outcomes(again) == [(waiting.pk, "done")]
    assert Press.objects.count() == 1
