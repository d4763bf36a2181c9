"""The people of a grid: taken in, changed, relieved. One head at a time; who follows relieves whom openly."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Building, Grid, GridPost
from communities.services import grids, phones
from communities.services.grid_words import checked, filled, words_of_person
from kunming_portal.accounts.models import Appointment, User

Post = GridPost.Post


@dataclass(frozen=True)
class Person:
    """What is entered about somebody who serves in a grid. `phone` None leaves the one that is kept."""

    post: str
    name: str
    unit_name: str = ""
    phone: str | None = None
    full_time: bool = False
    building: Building | None = None
    started_on: date | None = None


def appoint(*, grid: Grid, person: Person, by: User, now: datetime, relieve: bool = False) -> GridPost:
    """Take somebody into a post of the grid; return the row. Without a day: from today.

    Refuses as `grids.check_running`, a second head unless `relieve` ends the first one's post today, somebody who holds
    the post already, a building outside the grid, a day to come, and what is no phone number. About nine queries.
    """
    with transaction.atomic():
        locked = grids.lock(grid)
        held = grids.check_running(locked, by=by)
        if person.post == Post.HEAD:
            _make_room(locked, relieve=relieve, by=by, now=now, held=held)
        row = GridPost(grid=locked)
        _write(row, person, now=now)
        row.save()
        _record(row, "appointed", by=by, now=now, held=held)
    return row


def change(*, post: GridPost, person: Person, by: User, now: datetime) -> GridPost:
    """Change what is kept about somebody; the post itself stays. Refuses as `appoint`, and a post that has ended."""
    with transaction.atomic():
        row, held = _locked(post, by=by)
        if person.post != row.post:
            raise CommunityRefused(_("Relieve the person and enter the new post."), code="post")
        before = row.name
        _write(row, person, now=now)
        row.save()
        _record(row, "person_changed", by=by, now=now, held=held, was=before)
    return row


def relieve(*, post: GridPost, by: User, now: datetime) -> GridPost:
    """End somebody's post today. Refuses as `grids.check_running`, and a post that has ended."""
    with transaction.atomic():
        row, held = _locked(post, by=by)
        _end(row, by=by, now=now, held=held)
    return row


def head_of(grid: Grid) -> GridPost | None:
    """Return the head in force. One query."""
    return GridPost.objects.in_force().filter(grid=grid, post=Post.HEAD).first()


def _make_room(grid: Grid, *, relieve: bool, by: User, now: datetime, held: Appointment) -> None:
    head = head_of(grid)
    if head is None:
        return
    if not relieve:
        raise CommunityRefused(
            _("%(name)s is the head of this grid. Confirm that the post ends today.") % {"name": head.name},
            code="relieve",
        )
    _end(head, by=by, now=now, held=held)


def _end(row: GridPost, *, by: User, now: datetime, held: Appointment) -> None:
    row.ended_on = timezone.localdate(now)
    row.save(update_fields=["ended_on"])
    _record(row, "relieved", by=by, now=now, held=held)


def _locked(post: GridPost, *, by: User) -> tuple[GridPost, Appointment]:
    """Lock the grid, which everybody locks first, and re-read the post behind it."""
    grid = grids.lock(post.grid)
    held = grids.check_running(grid, by=by)
    row = GridPost.objects.select_for_update(of=("self",)).get(pk=post.pk)
    if row.ended_on is not None or row.grid_id != grid.pk:
        raise CommunityRefused(_("The post has ended; nothing can be changed."), code="ended")
    row.grid = grid
    return row, held


def _write(row: GridPost, person: Person, *, now: datetime) -> None:
    if person.post not in Post.values:
        raise CommunityRefused(_("Choose a post."), code="post")
    today = timezone.localdate(now)
    row.post, row.name = person.post, filled(person.name, field="name")
    row.unit_name = checked(person.unit_name, field="unit_name")
    row.full_time = person.full_time
    row.building = _building(row.grid, person)
    row.started_on = person.started_on or row.started_on or today
    if row.started_on > today:
        raise CommunityRefused(_("The day must not lie after today."), code="started_on")
    if person.phone is not None:
        row.phone_cipher = phones.seal(person.phone)
    row.search_text = words_of_person(name=row.name, unit_name=row.unit_name)
    _check_alone(row)


def _building(grid: Grid, person: Person) -> Building | None:
    if person.post != Post.BUILDING_HEAD:
        return None
    if person.building is not None and person.building.grid_id != grid.pk:
        raise CommunityRefused(_("The building does not lie in this grid."), code="building")
    return person.building


def _check_alone(row: GridPost) -> None:
    same = GridPost.objects.in_force().filter(
        grid=row.grid, post=row.post, name=row.name, building=row.building
    )
    if same.exclude(pk=row.pk).exists():
        raise CommunityRefused(
            _("%(name)s holds this post in the grid already.") % {"name": row.name}, code="name"
        )


def _record(row: GridPost, what: str, *, by: User, now: datetime, held: Appointment, was: str = "") -> None:
    data = {"post": row.post, "name": row.name} | ({"was": was} if was and was != row.name else {})
    grids.record(row.grid, what, by=by, now=now, held=held, data=data)
