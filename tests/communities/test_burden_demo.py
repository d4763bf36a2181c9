"""The lists of the demonstration have the counts of the source article, on each step and today."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communities.models import WorkItem
from communities.selectors import count_lists, get_list_steps
from kunming_portal.demo.communities import burden
from tests.whistle.people import NOW, World

pytestmark = pytest.mark.django_db


def test_both_lists_shrink_as_the_city_reported(world: World) -> None:
    burden.create(now=NOW, small=True)
    steps = [(s.items, s.stamps) for s in get_list_steps()]  # type: ignore[attr-defined]
    assert steps == [(198, 99), (76, 21), (41, 2)]
    eve = burden.STEPS[1][0] - timedelta(days=1)
    assert count_lists(eve) == {"items": 198, "stamps": 99}
    assert count_lists(timezone.localdate(NOW)) == {"items": 41, "stamps": 2}
    titles = list(WorkItem.objects.values_list("title", flat=True))
    assert len(titles) == len(set(titles)) == 297
    assert WorkItem.objects.get(title="经济困难证明", valid_to=None).kind == "stamp"
