"""The five powers of the demonstration: the picture's examples, lights elsewhere, nothing that should have rung."""

import io
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction

from communities.models import Power, PowerRecord, UndertakingDeadline, UndertakingRung
from communities.models.power_steps import Step
from kunming_portal.demo import people, units
from kunming_portal.demo.communities import places, powers
from tests.whistle.people import at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """A few places with the powers, written once for this file and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]  # pytest-django's blocker
        call_command("load_divisions", stdout=io.StringIO())
        people.create(units.create())
        places.create(now=NOW, small=True)
        powers.create(now=NOW, small=True)
        yield
        transaction.set_rollback(True)


def test_the_showcase_compound_has_the_pictures_five_records(city: None) -> None:
    rows = PowerRecord.objects.filter(compound__name="丹桂里小区", compound__community="530102003005")
    still = {row.title: row.step for row in rows.open().with_details()}
    assert still == {
        "电动车集中充电点选址": Step.NOTICE,
        "更换北门地下管网": Step.REPLY,
        "第四届业委会候选人": Step.CHOICE,
        "三季度公共收益未公示": Step.RECTIFICATION,
        "下半年物业服务评议": Step.SUMMARY,
    }
    done = rows.filter(closed_at__isnull=False)
    assert set(done.values_list("power", flat=True)) == set(Power.values)
    asked = rows.get(title="更换北门地下管网").undertaking
    assert asked is not None
    assert asked.addressee == "大观街道城市建设办公室"


def test_other_compounds_have_some_and_lights_show(city: None) -> None:
    others = PowerRecord.objects.exclude(compound__name="丹桂里小区")
    assert others.values("compound").distinct().count() == powers.FEW
    assert UndertakingDeadline.objects.filter(ended_at=None, due_at__lt=NOW).exists()
    assert UndertakingDeadline.objects.filter(ended_at=None, due_at__gt=NOW).exists()


def test_what_fell_due_has_rung_in_time(city: None) -> None:
    assert not UndertakingDeadline.objects.filter(wake_at__lte=NOW).exists()
    assert UndertakingRung.objects.exists()
    assert not UndertakingRung.objects.exclude(late_reason="").exists()
    assert not PowerRecord.objects.filter(opened_at__gt=NOW).exists()
