"""Needs of communities: published, claimed by those who checked in, done or withdrawn. `MOVES` is the table."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from communities.guards import CommunityRefused, check_keeps
from communities.models import CheckIn, CommunityNeed, NeedClaim, ServiceClass
from communities.models.needs import MOVES
from communities.services import checking_in
from communities.services.broken_rules import save_or_refuse
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.divisions.models import Division

State = CommunityNeed.State
AT = {
    "need_is_published_once": "title",
    "need_wants_somebody": "wanted",
    "need_ends_after_it_begins": "ends_on",
}
CLAIMED = gettext_noop("%(who)s claims what %(community)s needs: %(title)s.")


@dataclass(frozen=True)
class NeedWords:
    """What a community says it needs."""

    title: str
    starts_on: date
    text: str = ""
    times: str = ""
    wanted: int = 1
    ends_on: date | None = None
    service_class: ServiceClass | None = None


def publish(*, community: Division, words: NeedWords, by: User, now: datetime) -> CommunityNeed:
    """Publish a need of the community; return it. Refuses who does not keep its registers, and the same need twice."""
    row = CommunityNeed(community=community, published_at=now, published_by=by)
    return _say(row, words, by=by, now=now, event="published")


def change(*, need: CommunityNeed, words: NeedWords, by: User, now: datetime) -> CommunityNeed:
    """Change what an open need says; return it. Refuses as `publish`, and a need that is no longer open."""
    with transaction.atomic():
        row = _locked(need, "change")
        return _say(row, words, by=by, now=now, event="changed")


def check_claim(need: CommunityNeed, *, check_in: CheckIn, by: User) -> str:
    """Return the name of the unit in which `by` claims for a check-in; refuse with a sentence otherwise.

    The community may enter a claim, the unit may claim for itself and its members. Refuses a check-in that ended or
    of another community, a need that is not open, and a second claim. One query.
    """
    held = checking_in.check_keeps(need.community_id, check_in.unit, by=by)
    _check_move(need, "claim")
    if check_in.community_id != need.community_id:
        raise CommunityRefused(_("This check-in is to another community."), code="check_in")
    if not check_in.is_active:
        raise CommunityRefused(_("This check-in has ended. Check in again."), code="check_in")
    if NeedClaim.objects.filter(need=need, check_in=check_in).exists():
        raise CommunityRefused(_("Claimed already."), code="check_in")
    return held.unit.name


def claim(*, need: CommunityNeed, check_in: CheckIn, by: User, now: datetime) -> CommunityNeed:
    """Claim a need for a unit (the whole of it) or a member (one place); the community is told.

    With a unit, or as many members as are wanted, it is claimed: nobody else can. Refuses as `check_claim`.
    """
    with transaction.atomic():
        row = _locked(need, "claim")
        unit_name = check_claim(row, check_in=check_in, by=by)
        NeedClaim.objects.create(need=row, check_in=check_in, claimed_at=now, claimed_by=by)
        row.state = _state_of(row)
        row.save()
        _trail(row, "claimed", by=by, now=now, unit_name=unit_name, data={"who": str(check_in)})
        checking_in.tell_community(
            row.community,
            CLAIMED,
            {"who": str(check_in), "title": row.title},
            link=row.get_absolute_url(),
            but=by,
            now=now,
        )
    return row


def release(*, need: CommunityNeed, check_in: CheckIn, by: User, now: datetime) -> CommunityNeed:
    """Give a claim back; the need is open again when places are free. Refuses others, and what was not claimed."""
    with transaction.atomic():
        row = _locked(need, "release")
        held = checking_in.check_keeps(row.community_id, check_in.unit, by=by)
        if not NeedClaim.objects.filter(need=row, check_in=check_in).delete()[0]:
            raise CommunityRefused(_("This was not claimed."), code="check_in")
        row.state = _state_of(row)
        row.save()
        _trail(row, "released", by=by, now=now, unit_name=held.unit.name, data={"who": str(check_in)})
    return row


def finish(*, need: CommunityNeed, outcome: str, by: User, now: datetime) -> CommunityNeed:
    """Say that a need was met, and what came of it. Refuses as `publish`, a need nobody claimed, and no words."""
    with transaction.atomic():
        row = _locked(need, "finish")
        if not row.claims.exists():
            raise CommunityRefused(_("Nobody claimed it. It can be withdrawn."), code="state")
        return _end(row, State.DONE, outcome, by=by, now=now, event="finished")


def withdraw(*, need: CommunityNeed, outcome: str, by: User, now: datetime) -> CommunityNeed:
    """Withdraw a need with a reason. Refuses as `publish`, an ended need, and no reason."""
    with transaction.atomic():
        return _end(_locked(need, "withdraw"), State.WITHDRAWN, outcome, by=by, now=now, event="withdrawn")


def _say(row: CommunityNeed, words: NeedWords, *, by: User, now: datetime, event: str) -> CommunityNeed:
    if row.community.level != Division.Level.COMMUNITY:
        raise CommunityRefused(_("Choose a community."), code="community")
    held = check_keeps(row.community_id, by=by)
    if not words.title.strip():
        raise CommunityRefused(_("Say what is needed."), code="title")
    row.title, row.text, row.times = words.title.strip(), words.text.strip(), words.times.strip()
    row.starts_on, row.ends_on, row.wanted = words.starts_on, words.ends_on, words.wanted
    row.service_class = words.service_class
    row.keep_words()
    with transaction.atomic():
        save_or_refuse(row, at=AT)
        _trail(row, event, by=by, now=now, unit_name=held.unit.name)
    return row


def _end(
    row: CommunityNeed, state: CommunityNeed.State, outcome: str, *, by: User, now: datetime, event: str
) -> CommunityNeed:
    held = check_keeps(row.community_id, by=by)
    if not outcome.strip():
        raise CommunityRefused(_("Say what came of it."), code="outcome")
    row.state, row.outcome, row.ended_at = state, outcome.strip(), now
    row.save()
    _trail(row, event, by=by, now=now, unit_name=held.unit.name, reason=row.outcome)
    return row


def _state_of(row: CommunityNeed) -> CommunityNeed.State:
    kinds = list(NeedClaim.objects.filter(need=row).values_list("check_in__kind", flat=True))
    return State.CLAIMED if CheckIn.Kind.UNIT in kinds or len(kinds) >= row.wanted else State.OPEN


def _locked(need: CommunityNeed, move: str) -> CommunityNeed:
    row: CommunityNeed = (
        CommunityNeed.objects.select_for_update(of=("self",)).select_related("community").get(pk=need.pk)
    )
    _check_move(row, move)
    return row


def _check_move(row: CommunityNeed, move: str) -> None:
    if row.state not in MOVES[move]:
        raise CommunityRefused(
            _("Now: %(state)s. This is not possible any more.") % {"state": row.get_state_display()},
            code="state",
        )


def _trail(
    row: CommunityNeed,
    what: str,
    *,
    by: User,
    now: datetime,
    unit_name: str,
    reason: str = "",
    data: dict[str, str] | None = None,
) -> None:
    trail.record(
        trail.Entry(
            stream=row.stream,
            event=f"need.{what}",
            subject=row,
            label=row.title,
            at=now,
            by=by,
            unit_name=unit_name,
            reason=reason,
            data={"community": row.community_id, **(data or {})},
        )
    )
