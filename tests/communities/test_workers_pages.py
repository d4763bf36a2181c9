"""Pages about community workers: who finds what, that pay stays secret, that forms lose nothing."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from communities.models import (
    CommunityWorker,
    Compound,
    PayBand,
    PopulationFigure,
    WorkerGrade,
    WorkerScheme,
)
from communities.services import workers as services
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from tests.communities.matrix import Row, wrong_answers
from tests.communities.routes.tables import SEES_COMMUNITIES
from tests.communities.routes.workers import ABOUT_ONE, SEES_PAY
from tests.communities.workers import entered, graded, honoured, place, post
from tests.whistle.people import CITY, COMMUNITY, COUNTY, NOW, OTHER_COMMUNITY, STREET, World

pytestmark = pytest.mark.django_db
SEES_OWN = SEES_COMMUNITIES - {"stranger", "other_dispatcher", "compound_secretary"}
SEES_FOREIGN = {"stranger", "other_dispatcher", "city_dispatcher", "city_official", "inspector", "integrator"}
PAID = "4100"  # a full-time worker of the fourth grade: 3,400 + 700


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, url: str, **query: str) -> str:
    response = signed_in(user).get(url, query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def cells(response: Any) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(response.streaming_content)))
    return [list(map(str, row)) for row in book.get_sheet_by_index(0).to_python()]


# -- who finds what ----------------------------------------------------------------------------------
def test_every_person_finds_the_files_of_the_own_territory_only(world: World) -> None:
    own = entered(world, account=world.community_worker)
    honoured(world, own)
    foreign = entered(world, "李梅", community=OTHER_COMMUNITY, by=world.city_official)
    rows = [
        Row(reverse(name, args=[own.pk]), SEES_OWN)
        for name in ABOUT_ONE
        if name not in ("worker-pay", "worker-award-remove")
    ]
    rows += [Row(reverse(name, args=[foreign.pk]), SEES_FOREIGN) for name in ("worker", "worker-leave")]
    rows.append(Row(reverse("worker-award-remove", args=[own.qualifications.get().pk]), SEES_OWN))
    rows.append(Row(reverse("worker-pay", args=[own.pk]), SEES_PAY | {"community_worker"}))
    rows.append(Row(reverse("worker-pay", args=[foreign.pk]), set()))
    county = {"county_secretary", "county_staff"}
    rows.append(Row(reverse("workers-scheme-change", args=[COUNTY]), county))
    rows.append(Row(reverse("workers-scheme-change", args=[CITY]), {"city_official"}))
    rows.append(Row(reverse("workers-pay-change", args=[COUNTY]), {"county_secretary"}))
    rows.append(Row(reverse("workers-population", args=[COMMUNITY]), SEES_OWN))
    assert not wrong_answers(world, rows)
    assert CommunityWorker.objects.filter(left_on=None).count() == 2


def test_the_list_filters_by_words_post_grade_place_and_state(world: World) -> None:
    entered(world)
    second = entered(world, "段云", post_class="both", education="college")
    graded(world)
    entered(world, "李梅", community=OTHER_COMMUNITY, by=world.city_official)
    url = reverse("workers")
    assert "李梅" not in page(world.street_staff, url)
    for query, here, gone in (
        ({"q": "yxl"}, "杨晓岚", "段云"),
        ({"q": "duanyun"}, "段云", "杨晓岚"),
        ({"post": "both"}, "段云", "杨晓岚"),
        ({"grade": "四级"}, "杨晓岚", "李梅"),
        ({"grade": "-"}, "李梅", "杨晓岚"),
        ({"division": OTHER_COMMUNITY}, "李梅", "杨晓岚"),
    ):
        text = page(world.city_official, url, **query)
        assert here in text, query
        assert gone not in text, query
    services.leave(worker=second, on=date(2026, 11, 20), reason="retired", by=world.street_staff, now=NOW)
    assert "段云" not in page(world.street_staff, url)
    assert "段云" in page(world.street_staff, url, state="left")
    assert signed_in(world.street_staff).get(url, {"state": "x"}).status_code == 200


def test_the_list_asks_the_same_number_of_queries_for_two_and_for_twelve(world: World) -> None:
    client = signed_in(world.street_staff)
    counts = []
    for numbers in (range(2), range(2, 12)):
        for number in numbers:
            entered(world, f"员工{number}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("workers"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


# -- the file ----------------------------------------------------------------------------------------
def test_the_file_explains_every_point(world: World) -> None:
    worker = entered(world)
    honoured(world, worker)
    graded(world)
    text = page(world.community_secretary, worker.get_absolute_url())
    for words in ("昆明市优秀社区工作者", "1.5 × 10", "4 × 1", "四级", "篆塘社区"):
        assert words in text, words
    assert reverse("worker-post", args=[worker.pk]) not in text  # a community keeps no files
    assert reverse("worker-post", args=[worker.pk]) in page(world.street_staff, worker.get_absolute_url())


def test_a_grade_given_keeps_its_computation_when_facts_change(world: World) -> None:
    worker = entered(world)
    graded(world)
    for year in range(2019, 2026):
        services.record_appraisal(
            worker=worker, year=year, result="excellent", by=world.street_staff, now=NOW
        )
    given = WorkerGrade.objects.get()
    assert sum(float(line["points"]) for line in given.lines) == 27
    text = page(world.street_staff, worker.get_absolute_url())
    assert "45" in text  # today: 15 + 12 + 18 at most
    assert "四级" in text


def test_a_refused_form_keeps_what_was_typed(world: World) -> None:
    typed = {
        "community": COMMUNITY,
        "name": "赵国栋",
        "post_class": str(post().pk),
        "started_on": "2030-01-01",
        "education": "bachelor",
        "post_since": "",
    }
    response = signed_in(world.street_staff).post(reverse("worker-new"), typed)
    assert response.status_code == 422
    assert "赵国栋" in response.content.decode()
    good = signed_in(world.street_staff).post(reverse("worker-new"), typed | {"started_on": "2020-01-01"})
    worker = CommunityWorker.objects.get()
    assert good.headers["Location"] == worker.get_absolute_url()
    award = reverse("worker-award", args=[worker.pk])
    given = {"level": "city", "name": "优秀", "on": "2024-05-01", "evidence": "11010519491231002X"}
    assert signed_in(world.street_staff).post(award, given).status_code == 422  # no ID number anywhere
    assert signed_in(world.street_staff).post(award, given | {"evidence": ""}).status_code == 302
    assert worker.qualifications.get().kind == "honour"


def test_small_forms_do_what_they_say(world: World) -> None:
    worker = entered(world)
    client = signed_in(world.street_staff)
    for name, typed in (
        ("worker-post", {"post_class": str(post("deputy").pk), "on": "2024-01-01"}),
        ("worker-appraisal", {"year": "2025", "result": "excellent"}),
        (
            "worker-correct",
            {"name": "杨晓岚", "started_on": "2015-01-01", "education": "master", "account": ""},
        ),
        ("worker-leave", {"on": "2026-11-20", "reason": "resigned"}),
    ):
        response = client.post(reverse(name, args=[worker.pk]), typed)
        assert response.status_code == 302, (name, response.content.decode()[-3000:])
    worker.refresh_from_db()
    assert (worker.education, worker.left_on) == ("master", date(2026, 11, 20))
    assert client.post(reverse("worker-leave", args=[worker.pk]), {"on": "", "reason": ""}).status_code == 422
    refused = signed_in(world.community_secretary).post(
        reverse("worker-appraisal", args=[worker.pk]), {"year": "2025", "result": "not"}
    )
    assert refused.status_code == 422
    assert worker.appraisals.get().result == "excellent"


# -- giving grades -----------------------------------------------------------------------------------
def test_grades_are_previewed_and_confirmed_on_one_page(world: World) -> None:
    entered(world)
    client = signed_in(world.street_secretary)
    url = reverse("workers-grading")
    given = {"division": STREET, "on": "2026-11-28"}
    shown = client.get(url, given)
    text = shown.content.decode()
    assert "四级" in text
    assert not WorkerGrade.objects.exists()
    wrong = client.post(url, given | {"token": "0"})
    assert wrong.status_code == 422
    token = shown.context["preview"].token
    assert client.post(url, given | {"token": token}).status_code == 302
    assert WorkerGrade.objects.get().grade.name == "四级"
    assert client.get(url, {"division": "530103001", "on": "2026-11-28"}).status_code == 422


# -- pay ---------------------------------------------------------------------------------------------
def pages_without_pay(worker: CommunityWorker) -> list[str]:
    return [
        reverse("workers"),
        worker.get_absolute_url(),
        reverse("workers-staffing"),
        reverse("workers-scheme"),
        f"{reverse('workers-scheme')}?division={COUNTY}",
    ]


def test_pay_stands_on_no_page_of_who_may_not_see_it(world: World) -> None:
    worker = entered(world)
    graded(world)
    # amounts nothing else on a page can be
    PayBand.objects.filter(grade=worker.grades.get().grade).update(base=54321, bonus=98765)
    for name in sorted(SEES_OWN - SEES_PAY):
        client = signed_in(world.people[name])
        for url in pages_without_pay(worker):
            text = client.get(url).content.decode()
            for amount in ("54321", "98765", "153086", "7540"):
                assert amount not in text, (name, url)
            assert "workers/pay" not in text, (name, url)
        assert client.get(reverse("worker-pay", args=[worker.pk])).status_code == 404
        assert client.get(reverse("workers-pay-export")).status_code == 404
    assert not AuditEvent.objects.filter(event__startswith="worker.pay").exists()


def test_pay_leaves_by_its_own_export_only_and_that_is_on_the_trail(world: World) -> None:
    worker = entered(world, account=world.community_worker)
    entered(world, "李梅", community=OTHER_COMMUNITY, by=world.city_official)
    graded(world)
    plain = cells(signed_in(world.street_secretary).get(reverse("register-export", args=["workers"])))
    assert worker.name in str(plain)
    assert PAID not in str(plain)
    paid = cells(signed_in(world.street_secretary).get(reverse("workers-pay-export")))
    assert paid[1][-3:] == ["3400", "700", PAID]
    assert "李梅" not in str(paid)
    event = AuditEvent.objects.get(event="worker.pay_exported")
    assert event.data == {"filter": {}, "rows": 1}
    filtered = cells(signed_in(world.street_secretary).get(reverse("workers-pay-export"), {"q": "nobody"}))
    assert len(filtered) == 1


def test_a_worker_sees_the_own_pay_and_nobody_elses(world: World) -> None:
    own = entered(world, account=world.community_worker)
    other = entered(world, "段云", post_class="both")
    graded(world)
    client = signed_in(world.community_worker)
    assert PAID in client.get(reverse("worker-pay", args=[own.pk])).content.decode()
    assert client.get(reverse("worker-pay", args=[other.pk])).status_code == 404
    assert AuditEvent.objects.filter(event="worker.pay_read").count() == 1


def test_who_sees_pay_reads_the_table_of_the_scheme(world: World) -> None:
    text = page(world.county_secretary, reverse("workers-scheme"))
    assert "7540" in text
    assert "7540" not in page(world.county_staff, reverse("workers-scheme"))


# -- schemes -----------------------------------------------------------------------------------------
def test_a_new_version_is_looked_at_before_it_is_saved(world: World) -> None:
    entered(world)
    client = signed_in(world.county_staff)
    url = reverse("workers-scheme-change", args=[COUNTY])
    form = client.get(url).context["form"]
    typed: dict[str, Any] = {name: form[name].value() or "" for name in form.fields} | {
        "from_1": "12.5",
        "name": "五华区方案",
    }
    typed["valid_from"] = typed["valid_from"].isoformat()
    shown = client.post(url, typed)
    assert shown.status_code == 200, shown.context["form"].errors
    assert shown.context["effect"].unchanged == 1
    assert WorkerScheme.objects.count() == 1
    changed = client.post(url, typed | {"seen": shown.context["form"].mark, "from_1": "13"})
    assert changed.status_code == 200  # something else than what was looked at: looked at again
    saved = client.post(url, typed | {"seen": shown.context["form"].mark})
    assert saved.status_code == 302
    made = WorkerScheme.objects.get(division=COUNTY)
    assert (made.name, made.grades.count(), made.rules.count()) == ("五华区方案", 10, 14)
    wrong = client.post(url, typed | {"from_0": "3"})
    assert wrong.status_code == 422
    assert client.post(url, typed | {"from_2": ""}).status_code == 422


def test_pay_is_changed_by_who_sees_it(world: World) -> None:
    client = signed_in(world.county_secretary)
    url = reverse("workers-pay-change", args=[COUNTY])
    form = client.get(url).context["form"]
    typed: dict[str, Any] = {
        name: form[name].value() if form[name].value() is not None else "" for name in form.fields
    }
    typed["valid_from"] = typed["valid_from"].isoformat()
    low = client.post(url, typed | {f"bonus_0_{post().pk}": "99"})
    assert low.status_code == 422
    assert client.post(url, typed | {f"base_9_{post('both').pk}": "6000"}).status_code == 302
    made = WorkerScheme.objects.get(division=COUNTY)
    assert max(band.amount for band in PayBand.objects.filter(grade__scheme=made)) == 8500


# -- staffing ----------------------------------------------------------------------------------------
def test_staffing_divides_by_known_residents_only(world: World) -> None:
    entered(world)
    entered(world, "段云")
    url = reverse("workers-staffing")
    none = signed_in(world.street_staff).get(url).context["total"]
    assert (none.workers, none.residents, none.per, none.missing) == (2, None, None, None)
    Compound.objects.create(
        community_id=COMMUNITY, name="丹桂里小区", address="西坝路128号", kind="old", residents=4000
    )
    by_compounds = signed_in(world.street_staff).get(url).context["rows"][0]
    assert (by_compounds.counted, by_compounds.residents, str(by_compounds.per)) == (2, 4000, "5.0")
    typed = {"residents": "10001", "year": "2025", "source": "街道台账"}
    client = signed_in(world.street_staff)
    assert client.post(reverse("workers-population", args=[COMMUNITY]), typed).status_code == 302
    assert PopulationFigure.objects.get().residents == 10001
    total = client.get(url).context["total"]
    assert (total.counted, total.residents, str(total.per), total.missing) == (2, 10001, "2.0", 17)
    assert (
        signed_in(world.community_secretary).get(reverse("workers-population", args=[COMMUNITY])).status_code
        == 403
    )
    assert client.get(url, {"division": "530103"}).status_code == 404


def test_places_are_real(world: World) -> None:
    assert place(STREET).level == "street"
