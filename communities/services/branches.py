"""Compound branches: founded, changed, ended, given a seat; who of them holds posts elsewhere (双向进入、交叉任职)."""

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime as Moment
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, check_keeps
from communities.models import Compound, CompoundBranch, CrossPost, PowerRecord
from communities.querysets import PowerQuerySet
from kunming_portal.accounts.models import Appointment, User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.organisations.models import Unit

Form = CompoundBranch.Form
SHORT = Unit._meta.get_field("short_name").max_length or 20
MARK = "支"


@dataclass(frozen=True)
class BranchFacts:
    """What a person enters about a branch; names are those of the model's fields."""

    name: str
    form: str = Form.SINGLE
    superior: str = ""
    secretary: str = ""
    secretary_phone: str = ""
    members_registered: int = 0
    members_active: int = 0
    founded_on: datetime.date | None = None


@dataclass(frozen=True)
class PostFacts:
    """A cross-post as it is entered."""

    name: str
    branch_post: str
    body: str
    body_post: str
    starts_on: datetime.date


FACTS = tuple(field.name for field in fields(BranchFacts))


def found_branch(
    *, community: Division, facts: BranchFacts, compounds: Sequence[Compound], by: User, now: Moment
) -> CompoundBranch:
    """Enter a branch that leads these compounds; return it. The founding itself is the Party organisation's decision.

    Refuses who does not keep the community's records, a second branch of the name, compounds as `_check_led`. About
    nine queries.
    """
    held = check_keeps(community.code, by=by)
    branch = CompoundBranch(community=community, **asdict(facts))
    _check_name(branch)
    with transaction.atomic():
        led = _lock_compounds(compounds)
        _check_led(branch, led)
        branch.save()
        Compound.objects.filter(pk__in=[row.pk for row in led]).update(branch=branch)
        data = {"form": branch.form, "compounds": [row.name for row in led]}
        _record(branch, "founded", by=by, now=now, held=held, data=data)
    return branch


def change_branch(
    *, branch: CompoundBranch, facts: BranchFacts, compounds: Sequence[Compound], by: User, now: Moment
) -> CompoundBranch:
    """Change what is on record about a branch, and which compounds it leads; return it. Its seat takes the name.

    Refuses as `found_branch`, one that has ended, and to let go of a compound with open records. About twelve queries.
    """
    with transaction.atomic():
        locked = _lock(branch)
        held = check_keeps(locked.community_id, by=by)
        _check_in_use(locked)
        after = asdict(facts)
        changed = sorted(name for name in FACTS if getattr(locked, name) != after[name])
        for name in changed:
            setattr(locked, name, after[name])
        _check_name(locked)
        led = _lock_compounds(compounds)
        _check_led(locked, led)
        locked.save()
        keys = [row.pk for row in led]
        left = PowerRecord.objects.filter(compound__branch=locked).exclude(compound__in=keys)
        _check_free(left, field="compounds")
        Compound.objects.filter(branch=locked).exclude(pk__in=keys).update(branch=None)
        Compound.objects.filter(pk__in=keys).update(branch=locked)
        if "name" in changed and locked.unit is not None:
            _name_seat(locked.unit, locked).save(update_fields=["name", "short_name", "search_text"])
        data = {"fields": changed, "compounds": [row.name for row in led]}
        _record(locked, "changed", by=by, now=now, held=held, data=data)
    return locked


def end_branch(
    *, branch: CompoundBranch, ended_on: datetime.date, reason: str, by: User, now: Moment
) -> None:
    """End a branch from a day on, for a reason: its compounds have none any more, its cross-posts end, its seat closes.

    Refuses who does not keep the community's records, no reason, a day after today, one that has ended, and one with
    open records of the powers: nobody could close them any more. About ten queries.
    """
    if not reason.strip():
        raise CommunityRefused(_("Say why the branch ends."), code="reason")
    with transaction.atomic():
        locked = _lock(branch)
        held = check_keeps(locked.community_id, by=by)
        _check_in_use(locked)
        _check_free(PowerRecord.objects.filter(branch=locked), field="ended_on")
        if ended_on > timezone.localdate(now):
            raise CommunityRefused(_("The day must not lie after today."), code="ended_on")
        if locked.founded_on is not None and ended_on < locked.founded_on:
            raise CommunityRefused(_("The last day lies before the first."), code="ended_on")
        locked.ended_on = ended_on
        locked.save(update_fields=["ended_on"])
        freed = Compound.objects.filter(branch=locked).update(branch=None)
        for post in CrossPost.objects.held().filter(branch=locked):
            post.ends_on = max(ended_on, post.starts_on)
            post.save(update_fields=["ends_on"])
        if locked.unit is not None and locked.unit.valid_to is None:
            locked.unit.valid_to = max(ended_on, locked.unit.valid_from + datetime.timedelta(days=1))
            locked.unit.save(update_fields=["valid_to"])
        data = {"ended_on": ended_on.isoformat(), "compounds": freed}
        _record(locked, "ended", by=by, now=now, held=held, reason=reason, data=data)


def seat_branch(*, branch: CompoundBranch, by: User, now: Moment) -> Unit:
    """Give the branch the unit in which its secretary can sign in; return it. Whoever appoints people appoints there.

    Refuses who does not keep the community's records, one that has ended, and one that has a seat. Six queries.
    """
    with transaction.atomic():
        locked = _lock(branch)
        held = check_keeps(locked.community_id, by=by)
        _check_in_use(locked)
        if locked.unit is not None:
            raise CommunityRefused(_("%(branch)s has a seat already.") % {"branch": locked.name}, code="seat")
        unit = Unit(
            code=f"{locked.community_id}-branch{locked.pk}",
            mark=MARK,
            kind=Unit.Kind.BRANCH,
            division_id=locked.community_id,
            duty_phone=locked.secretary_phone,
            valid_from=timezone.localdate(now),
        )
        _name_seat(unit, locked).save()
        locked.unit = unit
        locked.save(update_fields=["unit"])
        _record(locked, "seated", by=by, now=now, held=held, data={"unit": unit.code})
    return unit


def enter_post(*, branch: CompoundBranch, facts: PostFacts, by: User, now: Moment) -> CrossPost:
    """Enter that somebody of the branch holds a post in another body, or the other way round; return it.

    Refuses who does not keep the community's records, a branch that has ended, the same person in that body twice.
    About six queries.
    """
    with transaction.atomic():
        locked = _lock(branch)
        held = check_keeps(locked.community_id, by=by)
        _check_in_use(locked)
        post = CrossPost(branch=locked, **asdict(facts))
        if CrossPost.objects.held().filter(branch=locked, name=post.name, body=post.body).exists():
            raise CommunityRefused(_("This person holds a post in that body already."), code="name")
        post.save()
        data = {"body": post.body, "branch_post": post.branch_post, "body_post": post.body_post}
        _record(locked, "post_entered", by=by, now=now, held=held, data=data)
    return post


def end_post(*, post: CrossPost, by: User, now: Moment) -> CrossPost:
    """Give a cross-post its last day: today. Refuses who does not keep the records, and one that has ended."""
    with transaction.atomic():
        locked = CrossPost.objects.select_for_update(of=("self",)).select_related("branch").get(pk=post.pk)
        held = check_keeps(locked.branch.community_id, by=by)
        if locked.ends_on is not None:
            raise CommunityRefused(_("It has ended; nothing can be changed."), code="ended")
        locked.ends_on = max(timezone.localdate(now), locked.starts_on)
        locked.save(update_fields=["ends_on"])
        data = {"body": locked.body, "body_post": locked.body_post}
        _record(locked.branch, "post_ended", by=by, now=now, held=held, data=data)
    return locked


def _name_seat(unit: Unit, branch: CompoundBranch) -> Unit:
    """Let the seat be called as the branch is."""
    unit.name = branch.name
    unit.short_name = branch.name.replace("党支部", "支部")[:SHORT]
    unit.search_text = get_search_text(unit.name, unit.short_name)
    return unit


def _check_led(branch: CompoundBranch, compounds: Sequence[Compound]) -> None:
    """Refuse compounds that do not fit the form, lie elsewhere, have ended, or have another branch. No query."""
    if branch.form == Form.JOINT and len(compounds) < 2:
        raise CommunityRefused(_("A joint branch leads at least two compounds."), code="compounds")
    if branch.form == Form.SINGLE and len(compounds) != 1:
        raise CommunityRefused(_("A branch of one compound leads exactly one."), code="compounds")
    for row in compounds:
        if row.community_id != branch.community_id:
            raise CommunityRefused(
                _("%(compound)s lies in another community.") % {"compound": row.name}, code="compounds"
            )
        if row.ended_on is not None:
            raise CommunityRefused(
                _("%(compound)s is no longer in use.") % {"compound": row.name}, code="compounds"
            )
        if row.branch is not None and row.branch_id != branch.pk:
            raise CommunityRefused(
                _("%(compound)s is led by %(branch)s already.")
                % {"compound": row.name, "branch": row.branch.name},
                code="compounds",
            )


def _check_free(records: PowerQuerySet, *, field: str) -> None:
    """Refuse to leave a record of the powers behind with nobody who could go on with it. One query."""
    number = records.open().count()
    if number:
        raise CommunityRefused(
            _("%(count)s records of the five powers are still open. Close or end them first.")
            % {"count": number},
            code=field,
        )


def _check_name(branch: CompoundBranch) -> None:
    twins = CompoundBranch.objects.filter(community=branch.community_id, name=branch.name)
    if twins.exclude(pk=branch.pk).exists():
        raise CommunityRefused(_("The community has a branch of this name already."), code="name")


def _check_in_use(branch: CompoundBranch) -> None:
    if branch.ended_on is not None:
        raise CommunityRefused(_("It has ended; nothing can be changed."), code="ended")


def _lock(branch: CompoundBranch) -> CompoundBranch:
    rows = CompoundBranch.objects.select_for_update(of=("self",)).select_related("community", "unit")
    return rows.get(pk=branch.pk)


def _lock_compounds(compounds: Sequence[Compound]) -> list[Compound]:
    rows = Compound.objects.select_for_update(of=("self",)).select_related("branch")
    return list(rows.filter(pk__in=[row.pk for row in compounds]).order_by("pk"))


def _record(
    branch: CompoundBranch,
    what: str,
    *,
    by: User,
    now: Moment,
    held: Appointment,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Append what happened to the branch's history, in the transaction of the change."""
    trail.record(
        trail.Entry(
            stream=branch.stream,
            event=f"branch.{what}",
            subject=branch,
            label=str(branch),
            at=now,
            by=by,
            unit_name=held.unit.name,
            reason=reason,
            data=data or {},
        )
    )
