"""What is done by the services themselves once the histories stand: callers merged, a deadline change previewed."""

import uuid
from dataclasses import replace
from datetime import datetime

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.demo.desk import STREET
from kunming_portal.demo.directory import Directory
from whistle import services
from whistle.models import DeadlinePolicy, Whistle
from whistle.services import configuring, previewing, recalculating
from whistle.workflow import Step, Tier
from whistle.workflow.merging import MERGEABLE

# Matters that several communities told of: what was written, and where
GROUPS = (("污水管网堵塞外溢", "丹桂里小区北门"), ("化粪池外溢", "86号院"))
REASON = "同一处问题，多个社区反映，合并办理。"
CHANGED_KIND = "sanitation"
CHANGE_REASON = "市里压缩卫生哨办结时限，在办事项一并按新时限执行。"


def merge_callers(directory: Directory, *, now: datetime) -> int:
    """Merge what other communities told of the same matter into the case that goes furthest; return how many."""
    by = directory.who(P.WHISTLE_DISPATCH, STREET).user
    merged = 0
    for title, place in GROUPS:
        rows = Whistle.objects.open().filter(
            receiver__division_id=STREET, case__title__contains=title[:4], case__place__contains=place
        )
        told = list(rows.select_related("case", "receiver").order_by("case__opened_at", "id"))
        root = next((row for row in told if row.status not in MERGEABLE), told[0] if told else None)
        for row in told:
            if root is not None and row.pk != root.pk and row.status in MERGEABLE:
                services.merge(whistle=row, into=root.case, reason=REASON, by=by, now=now)
                merged += 1
    return merged


def preview_a_change(*, by: User, now: datetime) -> None:
    """Shorten one limit, and leave the preview of what would move waiting for its confirmation."""
    policy = DeadlinePolicy.objects.select_related("kind").get(
        kind__code=CHANGED_KIND, tier=Tier.COMMUNITY, step=Step.CLOSE, zone_class="", version=1
    )
    terms = configuring.terms_of(policy)
    services.change_policy(
        policy=policy, terms=replace(terms, amount=max(terms.amount - 1, 1)), by=by, now=now
    )
    extent = services.Extent(cause="policy", kinds=[policy.kind_id], tiers=[policy.tier], steps=[policy.step])
    job = previewing.ask(extent=extent, reason=CHANGE_REASON, by=by, now=now)
    worker = uuid.uuid4()
    recalculating.claim(worker=worker, now=now, job=job)
    while recalculating.advance(job=job, worker=worker, now=now):
        pass
