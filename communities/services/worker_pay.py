"""Pay of community workers: shown to whom the right is given and to oneself, and every look is on the trail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import CommunityWorker, PayBand, WorkerGrade, WorkerPost
from communities.querysets import WorkerQuerySet, within
from communities.services.worker_rights import check_sees_pay_of
from communities.services.workers import entry_of
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.audit import trail
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.spreadsheets.workbook import CHUNK, LIMIT, Record, check_size, export_recorded


@dataclass(frozen=True)
class Pay:
    """What a worker is paid a month: the band of post and grade. Without one of them there is none."""

    post: WorkerPost | None
    grade: WorkerGrade | None
    band: PayBand | None

    @property
    def amount(self) -> int | None:
        """Base and bonus together, in yuan."""
        return self.band.amount if self.band is not None else None


def read_pay(*, worker: CommunityWorker, by: User, now: datetime) -> Pay:
    """Return what a worker is paid today; the look goes on the trail. Refuses as `check_sees_pay_of`. Six queries."""
    check_sees_pay_of(worker, by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        pay = pays_of([worker], on=today)[worker.pk]
        trail.record(entry_of(worker, "pay_read", unit=None, by=by, now=now))
    return pay


def pays_of(workers: Sequence[CommunityWorker], *, on: date) -> dict[int, Pay]:
    """Return the pay of each of these workers on a day. Three queries, however many. The caller has checked."""
    keys = [worker.pk for worker in workers]
    posts = WorkerPost.objects.filter(worker__in=keys, started_on__lte=on).select_related("post_class")
    held = {post.worker_id: post for post in posts.order_by("started_on")}
    grades = WorkerGrade.objects.filter(worker__in=keys, valid_from__lte=on).select_related("grade__scheme")
    given = {grade.worker_id: grade for grade in grades.order_by("valid_from")}
    wanted = {grade.grade_id for grade in given.values()}
    bands = {(band.grade_id, band.post_class_id): band for band in PayBand.objects.filter(grade__in=wanted)}
    return {key: _pay(held.get(key), given.get(key), bands) for key in keys}


def _pay(post: WorkerPost | None, grade: WorkerGrade | None, bands: dict[tuple[int, int], PayBand]) -> Pay:
    band = bands.get((grade.grade_id, post.post_class_id)) if grade is not None and post is not None else None
    return Pay(post, grade, band)


def export_pay(
    workers: WorkerQuerySet, *, by: User, now: datetime, filters: dict[str, str], limit: int = LIMIT
) -> IO[bytes]:
    """Return a workbook of what these workers are paid; the export goes on the trail.

    Only of workers over whom the person holds the right to see pay, whatever is given. Refuses who holds it nowhere.
    """
    reach = workers.filter(within(by.scope(P.PAY_VIEW))).in_post()
    record = Record("worker.pay_exported", {"filter": filters})
    today = timezone.localdate(now)
    rows = _read(reach, today=today, limit=limit)
    return export_recorded(record, pay_heads(), rows, by=by, now=now, rights=(P.PAY_VIEW,))


def pay_heads() -> list[str]:
    """Return the heads of the columns in the reader's language."""
    return [
        _("Community"),
        pgettext("of a person", "Name"),
        _("Post class"),
        pgettext("of workers", "Grade"),
        _("Base pay"),
        _("Bonus"),
        _("Pay a month, yuan"),
    ]


def _read(workers: WorkerQuerySet, *, today: date, limit: int) -> Iterator[list[str]]:
    rows = list(workers.order_by("community_id", "id")[: limit + 1])
    names = get_full_paths({worker.community_id for worker in rows})
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        pays = pays_of(part, on=today)
        for place, worker in enumerate(part, start=start):
            check_size(place, limit)
            yield _cells(worker, pays[worker.pk], "".join(names[worker.community_id][1:]))


def _cells(worker: CommunityWorker, pay: Pay, place: str) -> list[str]:
    band = pay.band
    return [
        place,
        worker.name,
        pay.post.post_class.name if pay.post is not None else "",
        pay.grade.grade.name if pay.grade is not None else "",
        str(band.base) if band is not None else "",
        str(band.bonus) if band is not None else "",
        str(band.amount) if band is not None else "",
    ]
