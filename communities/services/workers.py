"""Files of community workers: entered, corrected, posts changed, moved, left; what gives points is recorded.

Grades are not given here (`regrading`): nothing that is recorded moves a grade by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import (
    CommunityWorker,
    PostClass,
    Qualification,
    WorkerPost,
    YearlyAppraisal,
)
from communities.services.worker_rights import check_keeps_workers
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.organisations.models import Unit

EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True)
class Person:
    """What a file says about somebody: no number, no birthday."""

    name: str
    started_on: date
    education: str
    account: User | None = None


@dataclass(frozen=True)
class Award:
    """A title or an honour as it is entered."""

    kind: str
    level: str
    name: str
    on: date
    evidence: str = ""


def enter(
    *,
    community: Division,
    person: Person,
    post_class: PostClass,
    by: User,
    now: datetime,
    post_since: date | None = None,
) -> CommunityWorker:
    """Enter somebody who works at this community; return the file. The post begins with community work, or later.

    Refuses as `check_keeps_workers`, a place that is no community, a day in the future, a name and day entered
    already, an account of another place or another file. Five queries.
    """
    held = check_keeps_workers(community.code, by=by)
    if community.level != Division.Level.COMMUNITY:
        raise CommunityRefused(_("Choose a community."), code="community")
    _check_person(person, community=community.code, now=now)
    worker = CommunityWorker(community=community)
    _take(worker, person)
    post = WorkerPost(
        worker=worker,
        community=community,
        post_class=post_class,
        started_on=post_since or person.started_on,
    )
    if not person.started_on <= post.started_on <= timezone.localdate(now):
        raise CommunityRefused(
            _("The post begins between the first day of community work and today."), code="post_since"
        )
    with transaction.atomic():
        _save(worker)
        post.save()
        record(worker, "entered", held=held, by=by, now=now, data={"post": post_class.name})
    return worker


def correct(*, worker: CommunityWorker, person: Person, by: User, now: datetime) -> CommunityWorker:
    """Correct name, first day, education and account of a file. Refuses as `enter`, and a day after the first post."""
    with transaction.atomic():
        locked = lock(worker)
        held = check_keeps_workers(locked.community_id, by=by)
        _check_person(person, community=locked.community_id, now=now)
        first = locked.posts.order_by("started_on").first()
        if first is not None and person.started_on > first.started_on:
            raise CommunityRefused(
                _("The first post began on %(day)s; community work began then or before.")
                % {"day": first.started_on.isoformat()},
                code="started_on",
            )
        before = {"name": locked.name, "from": locked.started_on.isoformat(), "education": locked.education}
        _take(locked, person)
        _save(locked)
        record(locked, "corrected", held=held, by=by, now=now, data={"before": before})
    return locked


def change_post(
    *, worker: CommunityWorker, post_class: PostClass, on: date, by: User, now: datetime
) -> WorkerPost:
    """Give a worker another post class from a day on; the post held until then ends the day before.

    Refuses as `check_keeps_workers`, who has left, the class held already, and a day not after the present post began.
    """
    with transaction.atomic():
        locked = lock(worker)
        held = check_keeps_workers(locked.community_id, by=by)
        present = _present(locked)
        if present.post_class_id == post_class.pk:
            raise CommunityRefused(
                _("%(name)s holds this post already.") % {"name": locked.name}, code="post_class"
            )
        post = _next_post(present, community_id=locked.community_id, post_class=post_class, on=on, now=now)
        data = {"from": present.post_class.name, "to": post_class.name, "on": on.isoformat()}
        record(locked, "post_changed", held=held, by=by, now=now, data=data)
    return post


def move(*, worker: CommunityWorker, community: Division, on: date, by: User, now: datetime) -> WorkerPost:
    """Move a worker to another community from a day on, in the same post class.

    Refuses as `change_post`, and who does not keep the workers of both communities.
    """
    with transaction.atomic():
        locked = lock(worker)
        held = check_keeps_workers(locked.community_id, by=by)
        check_keeps_workers(community.code, by=by)
        if community.level != Division.Level.COMMUNITY or community.code == locked.community_id:
            raise CommunityRefused(_("Choose another community."), code="community")
        present = _present(locked)
        post = _next_post(present, community_id=community.code, post_class=present.post_class, on=on, now=now)
        data = {"from": locked.community_id, "to": community.code, "on": on.isoformat()}
        locked.community = community
        _save(locked)
        record(locked, "moved", held=held, by=by, now=now, data=data)
    return post


def leave(*, worker: CommunityWorker, on: date, reason: str, by: User, now: datetime) -> CommunityWorker:
    """Let a worker leave with a last day and a reason; the post ends with it, the file stays.

    Refuses as `check_keeps_workers`, who has left, a day before the present post began and one after today.
    """
    if reason not in CommunityWorker.LeaveReason.values:
        raise CommunityRefused(_("Choose a reason."), code="reason")
    with transaction.atomic():
        locked = lock(worker)
        held = check_keeps_workers(locked.community_id, by=by)
        present = _present(locked)
        if not present.started_on <= on <= timezone.localdate(now):
            raise CommunityRefused(
                _("The last day lies between the beginning of the post and today."), code="on"
            )
        present.ended_on = on
        present.save(update_fields=["ended_on"])
        locked.left_on, locked.leave_reason = on, reason
        locked.save(update_fields=["left_on", "leave_reason"])
        record(locked, "left", held=held, by=by, now=now, data={"on": on.isoformat(), "reason": reason})
    return locked


def record_award(*, worker: CommunityWorker, award: Award, by: User, now: datetime) -> Qualification:
    """Record a title or an honour. Refuses as `check_keeps_workers`, a level of the other kind, a day after today."""
    row = Qualification(
        worker=worker,
        kind=award.kind,
        level=award.level,
        name=award.name.strip(),
        on=award.on,
        evidence=award.evidence.strip(),
    )
    if award.on > timezone.localdate(now):
        raise CommunityRefused(_("The day lies in the future."), code="on")
    with transaction.atomic():
        locked = lock(worker)
        held = check_keeps_workers(locked.community_id, by=by)
        _save(row)
        data = {"kind": row.kind, "level": row.level, "name": row.name, "on": row.on.isoformat()}
        record(locked, "award_recorded", held=held, by=by, now=now, data=data)
    return row


def remove_award(*, award: Qualification, reason: str, by: User, now: datetime) -> None:
    """Take back a title or an honour that was entered by mistake; grades given keep their computation.

    Refuses as `check_keeps_workers`, and without a reason.
    """
    if not reason.strip():
        raise CommunityRefused(_("Say why it is taken back."), code="reason")
    with transaction.atomic():
        locked = lock(award.worker)
        held = check_keeps_workers(locked.community_id, by=by)
        data = {"kind": award.kind, "name": award.name, "on": award.on.isoformat()}
        award.delete()
        record(locked, "award_removed", held=held, by=by, now=now, reason=reason, data=data)


def record_appraisal(
    *, worker: CommunityWorker, year: int, result: str, by: User, now: datetime
) -> YearlyAppraisal:
    """Record the result of a year's appraisal, or correct it. Refuses as `check_keeps_workers`, and a year to come."""
    if result not in YearlyAppraisal.Result.values:
        raise CommunityRefused(_("Choose a result."), code="result")
    if not worker.started_on.year <= year <= timezone.localdate(now).year:
        raise CommunityRefused(
            _("The year lies between the beginning of community work and today."), code="year"
        )
    with transaction.atomic():
        locked = lock(worker)
        held = check_keeps_workers(locked.community_id, by=by)
        old = locked.appraisals.filter(year=year).first()
        row = old or YearlyAppraisal(worker=locked, year=year)
        data = {"year": year, "from": old.result if old is not None else "", "to": result}
        row.result = result
        row.save()
        record(locked, "appraised", held=held, by=by, now=now, data=data)
    return row


def lock(worker: CommunityWorker) -> CommunityWorker:
    """Return the file as it stands, locked until the transaction ends. One query."""
    return CommunityWorker.objects.select_for_update(of=("self",)).get(pk=worker.pk)


def record(
    worker: CommunityWorker,
    what: str,
    *,
    held: Appointment | None,
    by: User,
    now: datetime,
    data: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Append what happened to a file to its history, in the transaction of the change."""
    trail.record(
        entry_of(worker, what, unit=held.unit if held else None, by=by, now=now, data=data, reason=reason)
    )


def entry_of(
    worker: CommunityWorker,
    what: str,
    *,
    unit: Unit | None,
    by: User,
    now: datetime,
    data: dict[str, Any] | None = None,
    reason: str = "",
) -> trail.Entry:
    """Return the trail's entry of something that happened to a file; many are written at once."""
    return trail.Entry(
        stream=worker.stream,
        event=f"worker.{what}",
        subject=worker,
        label=worker.name,
        at=now,
        by=by,
        unit_name=unit.name if unit is not None else "",
        reason=reason,
        data=data or {},
    )


def _take(worker: CommunityWorker, person: Person) -> None:
    worker.name, worker.started_on = person.name.strip(), person.started_on
    worker.education, worker.account = person.education, person.account
    worker.search_text = get_search_text(worker.name, worker.name)


def _check_person(person: Person, *, community: str, now: datetime) -> None:
    if not person.name.strip():
        raise CommunityRefused(_("Write the name."), code="name")
    if not EARLIEST <= person.started_on <= timezone.localdate(now):
        raise CommunityRefused(_("The day lies in the future, or before 1970."), code="started_on")
    if person.account is not None and not _account_fits(person.account, community):
        raise CommunityRefused(_("This account is not one of this community."), code="account")


def _account_fits(account: User, community: str) -> bool:
    """Whether somebody with this account is appointed at the community. One query."""
    return account.appointments.filter(Q(ends_on=None), unit__division=community).exists()


def _present(worker: CommunityWorker) -> WorkerPost:
    post = worker.posts.filter(ended_on=None).select_related("post_class").first()
    if worker.left_on is not None or post is None:
        raise CommunityRefused(_("%(name)s has left.") % {"name": worker.name}, code="left")
    return post


def _next_post(
    present: WorkerPost, *, community_id: str, post_class: PostClass, on: date, now: datetime
) -> WorkerPost:
    if not present.started_on < on <= timezone.localdate(now) + timedelta(days=31):
        raise CommunityRefused(
            _("The day lies after %(begun)s and at most a month ahead.")
            % {"begun": present.started_on.isoformat()},
            code="on",
        )
    present.ended_on = on - timedelta(days=1)
    present.save(update_fields=["ended_on"])
    return WorkerPost.objects.create(
        worker_id=present.worker_id, community_id=community_id, post_class=post_class, started_on=on
    )


def _save(row: models.Model, *, skip: Sequence[str] = ()) -> None:
    """Save a row after its constraints were asked; what is wrong is said with the field's name."""
    try:
        row.full_clean(exclude=skip)
    except ValidationError as wrong:
        name, sentences = next(iter(wrong.message_dict.items()))
        raise CommunityRefused(sentences[0], code=name) from wrong
    row.save()
