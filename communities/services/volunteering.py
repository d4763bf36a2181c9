"""Volunteer activities: planned, opened for sign-up, closed, held or cancelled; service points; who signed up."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused, check_keeps
from communities.models import Activity, CheckIn, Compound, SignUp, VolunteerBrand, VolunteerPlace
from communities.models.volunteers import MOVES
from communities.services.broken_rules import save_or_refuse
from communities.services.checking_in import refuse_citizen_numbers
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division

State = Activity.State
AT = {
    "activity_is_written_once": "title",
    "activity_wants_somebody": "wanted",
    "activity_ends_after_it_begins": "ends_at",
    "volunteer_signs_up_once": "name",
    "volunteer_place_is_named_once": "name",
}


@dataclass(frozen=True)
class ActivityWords:
    """What somebody writes about an activity."""

    title: str
    organiser: str
    starts_at: datetime
    ends_at: datetime
    wanted: int = 20
    text: str = ""
    brand: VolunteerBrand | None = None
    place: VolunteerPlace | None = None
    place_text: str = ""
    compound: Compound | None = None


def write_activity(*, community: Division, words: ActivityWords, by: User, now: datetime) -> Activity:
    """Plan an activity of the community; return it. Refuses who does not keep its registers, and the same one twice."""
    row = Activity(community=community, created_at=now, created_by=by)
    return _say(row, words, by=by, now=now, event="written")


def change_activity(*, activity: Activity, words: ActivityWords, by: User, now: datetime) -> Activity:
    """Change an activity that is still to be held. Refuses as `write_activity`, and fewer places than are taken."""
    with transaction.atomic():
        row = _locked(activity)
        if row.state not in MOVES["cancel"][0]:
            raise CommunityRefused(_("It has ended; nothing can be changed."), code="state")
        taken = row.sign_ups.count()
        if words.wanted < taken:
            raise CommunityRefused(_("%(taken)s have signed up already.") % {"taken": taken}, code="wanted")
        return _say(row, words, by=by, now=now, event="changed")


def check_move(activity: Activity, move: str, *, by: User) -> str:
    """Return the name of the unit in which `by` makes this move; refuse with a sentence otherwise. No query."""
    held = check_keeps(activity.community_id, by=by)
    if activity.state not in MOVES[move][0]:
        raise CommunityRefused(
            _("Now: %(state)s. This is not possible any more.") % {"state": activity.get_state_display()},
            code="state",
        )
    return held.unit.name


def can_move(activity: Activity, move: str, *, by: User) -> bool:
    """Answer for a button whether `check_move` passes."""
    try:
        check_move(activity, move, by=by)
    except CommunityRefused:
        return False
    return True


def move_activity(*, activity: Activity, move: str, by: User, now: datetime) -> Activity:
    """Open or close the sign-up; return the activity. Refuses as `check_move`."""
    with transaction.atomic():
        row = _locked(activity)
        unit_name = check_move(row, move, by=by)
        row.state = MOVES[move][1]
        row.save()
        _trail(row, row.state, by=by, now=now, unit_name=unit_name)
    return row


def finish_activity(*, activity: Activity, came: int, outcome: str, by: User, now: datetime) -> Activity:
    """Say how many came and what came of it. Refuses as `check_move`, before it began, and without words."""
    if not outcome.strip():
        raise CommunityRefused(_("Say what came of it."), code="outcome")
    with transaction.atomic():
        row = _locked(activity)
        unit_name = check_move(row, "finish", by=by)
        if now < row.starts_at:
            raise CommunityRefused(_("It has not begun yet."), code="came")
        row.state, row.came, row.outcome = State.DONE, came, outcome.strip()
        row.save()
        _trail(row, "done", by=by, now=now, unit_name=unit_name, reason=row.outcome)
    return row


def cancel_activity(*, activity: Activity, outcome: str, by: User, now: datetime) -> Activity:
    """Cancel an activity with a reason; return it. Refuses as `check_move`, and no reason."""
    if not outcome.strip():
        raise CommunityRefused(_("Say why it is not held."), code="outcome")
    with transaction.atomic():
        row = _locked(activity)
        unit_name = check_move(row, "cancel", by=by)
        row.state, row.outcome = State.CANCELLED, outcome.strip()
        row.save()
        _trail(row, "cancelled", by=by, now=now, unit_name=unit_name, reason=row.outcome)
    return row


def sign_up(
    *,
    activity: Activity,
    name: str,
    by: User,
    now: datetime,
    phone: str = "",
    check_in: CheckIn | None = None,
) -> SignUp:
    """Sign somebody up. Refuses who does not keep the community, a closed or full activity, a name twice.

    There is no waiting list: whoever comes too late is told. The activity is locked: the last place is given once.
    """
    if not name.strip():
        raise CommunityRefused(_("Name the volunteer."), code="name")
    refuse_citizen_numbers(name)
    with transaction.atomic():
        row = _locked(activity)
        held = check_keeps(row.community_id, by=by)
        if row.state != State.OPEN:
            raise CommunityRefused(
                _("Now: %(state)s. Sign-up is possible while it is open.")
                % {"state": row.get_state_display()},
                code="state",
            )
        if row.sign_ups.count() >= row.wanted:
            raise CommunityRefused(
                _("All %(wanted)s places are taken. Raise the number of places, or name another activity.")
                % {"wanted": row.wanted},
                code="name",
            )
        made = SignUp(activity=row, name=name.strip(), check_in=check_in, signed_at=now, signed_by=by)
        made.keep_phone(phone)
        save_or_refuse(made, at=AT)
        _trail(row, "signed_up", by=by, now=now, unit_name=held.unit.name)
    return made


def take_back(*, sign_up: SignUp, by: User, now: datetime) -> None:
    """Take a sign-up back: the place is free. Refuses who does not keep the community, and an ended activity."""
    with transaction.atomic():
        row = _locked(sign_up.activity)
        held = check_keeps(row.community_id, by=by)
        if row.state not in MOVES["cancel"][0]:
            raise CommunityRefused(_("It has ended; nothing can be changed."), code="state")
        sign_up.delete()
        _trail(row, "sign_up_taken_back", by=by, now=now, unit_name=held.unit.name)


def keep_place(
    *,
    community: Division,
    name: str,
    address: str,
    by: User,
    now: datetime,
    place: VolunteerPlace | None = None,
    is_active: bool = True,
) -> VolunteerPlace:
    """Enter or change a service point; return it. Refuses who does not keep the community, and a name twice."""
    held = check_keeps(community.code, by=by)
    if community.level != Division.Level.COMMUNITY:
        raise CommunityRefused(_("Choose a community."), code="community")
    if not name.strip():
        raise CommunityRefused(_("Give it a name."), code="name")
    row = place or VolunteerPlace(community=community)
    row.name, row.address, row.is_active = name.strip(), address.strip(), is_active
    with transaction.atomic():
        save_or_refuse(row, at=AT)
        trail.record(
            trail.Entry(
                stream=row.stream,
                event="volunteer_place.kept",
                subject=row,
                label=row.name,
                at=now,
                by=by,
                unit_name=held.unit.name,
                data={"community": community.code, "in_use": is_active},
            )
        )
    return row


def _say(row: Activity, words: ActivityWords, *, by: User, now: datetime, event: str) -> Activity:
    if row.community.level != Division.Level.COMMUNITY:
        raise CommunityRefused(_("Choose a community."), code="community")
    held = check_keeps(row.community_id, by=by)
    for name, there in (("place", words.place), ("compound", words.compound)):
        if there is not None and there.community_id != row.community_id:
            raise CommunityRefused(_("This lies in another community."), code=name)
    if not words.title.strip():
        raise CommunityRefused(_("Give it a title."), code="title")
    row.title, row.organiser, row.text = words.title.strip(), words.organiser.strip(), words.text.strip()
    row.starts_at, row.ends_at, row.wanted = words.starts_at, words.ends_at, words.wanted
    row.brand, row.place, row.compound = words.brand, words.place, words.compound
    row.place_text = words.place_text.strip()
    row.keep_words()
    with transaction.atomic():
        save_or_refuse(row, at=AT)
        _trail(row, event, by=by, now=now, unit_name=held.unit.name)
    return row


def _locked(activity: Activity) -> Activity:
    rows = Activity.objects.select_for_update(of=("self",)).select_related("community")
    row: Activity = rows.get(pk=activity.pk)
    return row


def _trail(row: Activity, what: str, *, by: User, now: datetime, unit_name: str, reason: str = "") -> None:
    trail.record(
        trail.Entry(
            stream=row.stream,
            event=f"activity.{what}",
            subject=row,
            label=row.title,
            at=now,
            by=by,
            unit_name=unit_name,
            reason=reason,
            data={"community": row.community_id},
        )
    )
