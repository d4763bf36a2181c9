"""Terms of big Party committees: a new term takes over the composition of the last one, nobody types it twice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import MOST_PLACES, BigCommittee, CommitteePost, PartTimeMember, Post
from communities.services import committee_telling
from communities.services.committee_rights import check_term
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division

# The term follows the community committee's (domain.md §3)
YEARS = 5
# Where nothing was entered before: 9 to 11 members, 7 to 9 of them part-time, is one model (domain.md §3, S83)
FULL_TIME_PLACES, PART_TIME_PLACES = 3, 7


@dataclass(frozen=True)
class Term:
    """What a term says: its number and days, its places, its full-time members with their posts."""

    number: int
    starts_on: date
    ends_on: date
    full_time_places: int
    part_time_places: int
    posts: Sequence[tuple[str, str]] = ()


def proposal(last: BigCommittee | None, *, today: date) -> Term:
    """Return what a new term is likely to say: it follows the last one and has its composition. One query."""
    if last is None:
        start = today
        return Term(1, start, years_later(start), FULL_TIME_PLACES, PART_TIME_PLACES)
    start = last.ends_on + timedelta(days=1)
    return Term(
        number=last.number + 1,
        starts_on=start,
        ends_on=years_later(start),
        full_time_places=last.full_time_places,
        part_time_places=last.part_time_places,
        posts=posts_of(last),
    )


def posts_of(committee: BigCommittee) -> list[tuple[str, str]]:
    """Return the full-time members, the secretary first. One query."""
    rank = {post: place for place, post in enumerate(Post)}
    rows = committee.posts.values_list("name", "post").order_by("pk")
    return sorted(rows, key=lambda row: rank[Post(row[1])])


def years_later(start: date) -> date:
    """Return the last day of a term of five years that begins on this day."""
    later = date(start.year + YEARS, start.month, min(start.day, 28) if start.month == 2 else start.day)
    return later - timedelta(days=1)


def add_term(
    *, community: Division, term: Term, by: User, now: datetime, again: bool = False
) -> BigCommittee:
    """Enter a term; return it. `again`: everybody in office in the last one is recommended for this one.

    Refuses as `check_term`, days out of order, a term that overlaps another, a number there is already, two
    secretaries, somebody named twice, and more full-time members than places.
    """
    with transaction.atomic():
        held = check_term(community, by=by)
        _lock(community)
        check_words(term, community=community, but=None)
        last = BigCommittee.objects.filter(community=community, ends_on__lt=term.starts_on)
        before = last.order_by("-ends_on").first()
        committee = BigCommittee.objects.create(
            community=community,
            number=term.number,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            full_time_places=term.full_time_places,
            part_time_places=term.part_time_places,
        )
        _write_posts(committee, term)
        renewed = _recommend_again(before, committee, term, now=now) if again and before is not None else 0
        committee_telling.record(
            committee,
            "term_added",
            subject=committee,
            by=by,
            now=now,
            unit=held.unit,
            data=_facts(term) | {"recommended_again": renewed},
        )
    return committee


def change_term(*, committee: BigCommittee, term: Term, by: User, now: datetime) -> BigCommittee:
    """Change days, places and full-time members of a term. Refuses as `add_term`, and fewer places than members."""
    with transaction.atomic():
        held = check_term(committee.community, by=by)
        _lock(committee.community)
        check_words(term, community=committee.community, but=committee)
        taken = committee.members.sitting().count()
        if taken > term.part_time_places:
            raise CommunityRefused(
                _("%(number)d part-time members have a place already.") % {"number": taken},
                code="part_time_places",
            )
        committee.number, committee.starts_on, committee.ends_on = (
            term.number,
            term.starts_on,
            term.ends_on,
        )
        committee.full_time_places = term.full_time_places
        committee.part_time_places = term.part_time_places
        committee.save()
        if posts_of(committee) != [(name, post) for name, post in term.posts]:
            committee.posts.all().delete()
            _write_posts(committee, term)
        committee_telling.record(
            committee,
            "term_changed",
            subject=committee,
            by=by,
            now=now,
            unit=held.unit,
            data=_facts(term),
        )
    return committee


def check_words(term: Term, *, community: Division, but: BigCommittee | None) -> None:
    """Refuse what a term cannot say, each with a sentence at its field. One query."""
    if term.ends_on <= term.starts_on:
        raise CommunityRefused(_("The last day of the term must be after its first day."), code="ends_on")
    for field, places in (
        ("full_time_places", term.full_time_places),
        ("part_time_places", term.part_time_places),
    ):
        if not 0 <= places <= MOST_PLACES:
            raise CommunityRefused(
                _("Choose between 0 and %(most)d places.") % {"most": MOST_PLACES}, code=field
            )
    check_posts(term)
    others = BigCommittee.objects.filter(community=community)
    for other in others.exclude(pk=but.pk) if but is not None else others:
        if other.number == term.number:
            raise CommunityRefused(
                _("The community has a committee of this term number already."), code="number"
            )
        if other.starts_on <= term.ends_on and term.starts_on <= other.ends_on:
            raise CommunityRefused(
                _("The term overlaps with term %(number)d, which runs from %(start)s to %(end)s.")
                % {
                    "number": other.number,
                    "start": other.starts_on.isoformat(),
                    "end": other.ends_on.isoformat(),
                },
                code="starts_on",
            )


def check_posts(term: Term) -> None:
    """Refuse two secretaries, somebody named twice, and more full-time members than places. No query."""
    if sum(post == Post.SECRETARY for _name, post in term.posts) > 1:
        raise CommunityRefused(_("A committee has one secretary."), code="posts")
    for name, times in Counter(name for name, _post in term.posts).items():
        if times > 1:
            raise CommunityRefused(_("%(name)s is named twice.") % {"name": name}, code="posts")
    if len(term.posts) > term.full_time_places:
        raise CommunityRefused(
            _("There are more full-time members than places for them."), code="full_time_places"
        )


def _lock(community: Division) -> None:
    """Lock the community's row, so that two terms entered at once are compared with each other. One query."""
    Division.objects.select_for_update().get(pk=community.pk)


def _write_posts(committee: BigCommittee, term: Term) -> None:
    CommitteePost.objects.bulk_create(
        CommitteePost(committee=committee, name=name, post=post) for name, post in term.posts
    )


def _recommend_again(before: BigCommittee, committee: BigCommittee, term: Term, *, now: datetime) -> int:
    """Recommend for the new term whoever is in office in the last one, as far as there are places. Two queries."""
    own = {name for name, _post in term.posts}
    sitting = [one for one in before.members.in_office().order_by("pk") if one.name not in own]
    rows = [
        PartTimeMember(
            committee=committee,
            name=one.name,
            unit_name=one.unit_name,
            unit_id=one.unit_id,
            unit_post=one.unit_post,
            post=one.post,
            duties=one.duties,
            compound_id=one.compound_id,
            recommended_on=timezone.localdate(now),
            search_text=one.search_text,
        )
        for one in sitting[: term.part_time_places]
    ]
    return len(PartTimeMember.objects.bulk_create(rows))


def _facts(term: Term) -> dict[str, object]:
    return {
        "number": term.number,
        "starts_on": term.starts_on.isoformat(),
        "ends_on": term.ends_on.isoformat(),
        "full_time": [name for name, _post in term.posts],
    }
