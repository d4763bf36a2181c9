"""The community workers of the demonstration: as many as are spoken of, graded as the services would."""

import time

import pytest
from django.utils import timezone

from communities.grading import line_of, total
from communities.models import CommunityWorker, WorkerGrade, WorkerScheme
from communities.services import regrading, worker_pay
from kunming_portal.accounts.models import User
from kunming_portal.audit.models import AuditEvent
from kunming_portal.demo.communities import workers
from tests.demo.test_places import NOW, city

pytestmark = pytest.mark.django_db
__all__ = ["city"]


def test_2200_workers_are_graded_as_the_rules_say(city: None) -> None:
    began = time.process_time()
    workers.create(now=NOW, small=False)
    assert time.process_time() - began < 6
    present = CommunityWorker.objects.in_post()
    assert 2050 <= present.count() <= 2350
    assert present.values("community").distinct().count() == 370
    today = timezone.localdate(NOW)
    best = worker_pay.pays_of(list(present), on=today)
    amounts = [pay.amount for pay in best.values() if pay.amount is not None]
    assert max(amounts) == 7540
    own = User.objects.get(username="community.secretary").worker_file
    assert best[own.pk].amount == 7540
    assert User.objects.get(username="community.worker").worker_file.name == "杨晓岚"
    # what was written in sets is what the service would give
    for given in WorkerGrade.objects.select_related("worker", "grade__scheme").order_by("?")[:40]:
        worked = regrading.work_out(given.worker, scheme=given.grade.scheme, on=given.valid_from)
        assert (given.grade, given.points) == (worked.grade, worked.points)
        assert [line_of(line) for line in given.lines] == list(worked.lines)
        assert total(worked.lines) == given.points
    assert AuditEvent.objects.filter(event="worker.graded").exists()
    assert WorkerScheme.objects.filter(valid_from__gt=today, division="530102").exists()


def test_a_small_load_is_small(city: None) -> None:
    workers.create(now=NOW, small=True)
    assert 100 <= CommunityWorker.objects.count() <= 200
