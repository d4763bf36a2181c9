"""Community workers from a spreadsheet: files entered and corrected in sets, one entry on the trail for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import CommunityWorker, PostClass, WorkerPost
from communities.services.worker_rights import keeper_of_workers
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.divisions.naming import get_search_text


@dataclass(frozen=True)
class Entered:
    """A worker as a row of a file says: community, name, first day, education, post and since when."""

    community: str
    name: str
    started_on: date
    education: str
    post: str
    post_since: date


@dataclass(frozen=True)
class Changed:
    """What a row changes of a file: education, and another post from a day on (empty: the post stays)."""

    worker: int
    education: str
    post: str = ""
    post_since: date | None = None


def import_workers(*, new: Sequence[Entered], changed: Sequence[Changed], by: User, now: datetime) -> None:
    """Enter and correct workers in sets. The rows were checked by the register; one trail entry tells of all.

    Refuses a community whose workers this person does not keep: then nothing is kept. Nine queries, however many rows.
    """
    rows = CommunityWorker.objects.filter(pk__in=[change.worker for change in changed])
    with transaction.atomic():
        files = {row.pk: row for row in rows.select_for_update(of=("self",))}
        codes = {one.community for one in new} | {row.community_id for row in files.values()}
        if any(keeper_of_workers(code, by=by) is None for code in codes):
            raise CommunityRefused(
                _("Community workers are kept by the street office and the bodies above it."), code="role"
            )
        posts = {post.code: post for post in PostClass.objects.all()}
        _enter(new, posts)
        _change(changed, files, posts)
        trail.record(
            trail.Entry(
                stream=f"user:{by.pk}",
                event="worker.imported",
                subject=by,
                label=str(by),
                at=now,
                by=by,
                data={
                    "new": len(new),
                    "changed": len(changed),
                    "communities": sorted(codes)[:50],
                },
            )
        )


def _enter(new: Sequence[Entered], posts: dict[str, PostClass]) -> None:
    files = CommunityWorker.objects.bulk_create(
        [
            CommunityWorker(
                community_id=one.community,
                name=one.name,
                started_on=one.started_on,
                education=one.education,
                search_text=get_search_text(one.name, one.name),
            )
            for one in new
        ],
        batch_size=2000,
    )
    WorkerPost.objects.bulk_create(
        [
            WorkerPost(
                worker=file,
                community_id=one.community,
                post_class=posts[one.post],
                started_on=one.post_since,
            )
            for file, one in zip(files, new, strict=True)
        ],
        batch_size=2000,
    )


def _change(
    changed: Sequence[Changed], files: dict[int, CommunityWorker], posts: dict[str, PostClass]
) -> None:
    for change in changed:
        files[change.worker].education = change.education
    CommunityWorker.objects.bulk_update(files.values(), ["education"], batch_size=2000)
    moves = {change.worker: change for change in changed if change.post and change.post_since}
    ended = list(WorkerPost.objects.filter(worker__in=moves, ended_on=None))
    begun = []
    for post in ended:
        change = moves[post.worker_id]
        assert change.post_since is not None  # as chosen above
        post.ended_on = change.post_since - timedelta(days=1)
        begun.append(
            WorkerPost(
                worker_id=post.worker_id,
                community_id=post.community_id,
                post_class=posts[change.post],
                started_on=change.post_since,
            )
        )
    WorkerPost.objects.bulk_update(ended, ["ended_on"], batch_size=2000)
    WorkerPost.objects.bulk_create(begun, batch_size=2000)
