"""People of the demonstration's grids and what sinks to its compounds: as the services would write them."""

import io
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Q, Sum

from communities.models import Compound, CompoundGrant, Grid, GridPost
from communities.presenters import net, sinking
from communities.services import phones
from communities.services.grid_words import words_of_person
from kunming_portal.accounts.models import User
from kunming_portal.demo import people, units
from kunming_portal.demo.communities import grids, places
from kunming_portal.demo.communities.cities import ZHUANTANG
from tests.whistle.people import at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-25 10:24")
LONGEST = 12  # seconds, on a machine that does other things; 4 are meant


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: object) -> Iterator[float]:
    """The whole city with its places and grids, rolled back after this file; how long the grids took."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]  # pytest-django's blocker
        call_command("load_divisions", stdout=io.StringIO())
        people.create(units.create())
        places.create(now=NOW, small=False)
        began = time.perf_counter()
        grids.create(now=NOW, small=False)
        yield time.perf_counter() - began
        transaction.set_rollback(True)


def test_the_showcase_compound_has_the_people_and_funds_of_the_design(city: float) -> None:
    compound = Compound.objects.get(community=ZHUANTANG, name="丹桂里小区")
    secretary = User.objects.get(username="compound.secretary")
    found = [(one.name, one.post, one.note) for one in net.people(compound, user=secretary)]
    assert found[:2] == [("杨春梅", "网格长", "003格，1至6栋"), ("马志明", "网格长", "004格，7至12栋")]
    assert ("李国栋", "社区民警", "2格，大观派出所") in found
    assert len(found) == 7
    assert dict(net.extra(compound)) == {"楼栋长": 12, "志愿者": 31}
    rows = {row.label: row for row in sinking.rows(compound, now=NOW)}
    assert (rows["工作经费"].number, rows["工作经费"].note) == ("8.6", "已用5.2，党组织服务群众经费")


def test_every_grid_has_people_and_some_have_gaps(city: float) -> None:
    assert city < LONGEST
    assert not Grid.objects.filter(posts=None).exists()
    headless = Grid.objects.exclude(posts__post="head").count()
    assert 0 < headless < Grid.objects.count() / 10


def test_rows_are_as_the_services_write_them(city: float) -> None:
    for row in GridPost.objects.order_by("?")[:20]:
        assert row.search_text == words_of_person(name=row.name, unit_name=row.unit_name)
        assert phones.unseal(row.phone_cipher).startswith("0871-0000-")
    astray = GridPost.objects.filter(building__isnull=False).exclude(building__grid=F("grid"))
    assert not astray.exists()
    spent = CompoundGrant.objects.annotate(used=Sum("uses__amount")).filter(
        Q(used__gt=F("amount")) | Q(amount__lte=Decimal(0))
    )
    assert not spent.exists()
