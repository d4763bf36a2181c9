"""Personnel (人事权): the branch vets and recommends; owners, residents or bodies choose. The portal keeps it apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Candidate, Compound, Nomination, Power, PowerRecord
from communities.models.power_steps import Result
from communities.services import powers
from communities.services.powers import Scene
from kunming_portal.accounts.models import User
from kunming_portal.workdays.selectors import get_calendar

MOST_CANDIDATES = 60
LONGEST_NAME = 30


@dataclass(frozen=True)
class Opinion:
    """What the branch says of one candidate."""

    passed: bool
    words: str = ""


def open_nomination(
    *,
    compound: Compound,
    title: str,
    post: str,
    names: Iterable[str],
    by: User,
    now: datetime,
    text: str = "",
) -> PowerRecord:
    """Take down who was nominated for a post; return the record.

    Refuses as `powers.check_open`, no name, a name twice, more than 60 names.
    """
    listed = check_names(names)
    held = powers.check_open(compound, by=by)
    with transaction.atomic():
        record = powers.new_record(Power.PERSONNEL, compound=compound, title=title, text=text, by=by, now=now)
        record.save()
        nomination = Nomination.objects.create(record=record, post=post)
        Candidate.objects.bulk_create(Candidate(nomination=nomination, name=name) for name in listed)
        powers.note(Scene(record, held, by, now, data={"post": post, "candidates": len(listed)}), "open")
    return record


def check_names(names: Iterable[str]) -> list[str]:
    """Return the names, tidied; refuse none, one twice, one that is too long, too many. Pure."""
    listed = [" ".join(name.split()) for name in names if name.strip()]
    if not listed:
        raise CommunityRefused(_("Write at least one name, one a line."), code="names")
    if len(listed) > MOST_CANDIDATES:
        raise CommunityRefused(_("At most 60 names in one record."), code="names")
    twice = next((name for name in listed if listed.count(name) > 1), "")
    if twice:
        raise CommunityRefused(_("%(name)s stands there twice.") % {"name": twice}, code="names")
    long = next((name for name in listed if len(name) > LONGEST_NAME), "")
    if long:
        raise CommunityRefused(
            _("One name a line, at most 30 characters: %(name)s") % {"name": long[:LONGEST_NAME]},
            code="names",
        )
    return listed


def vet(*, record: PowerRecord, opinions: Mapping[int, Opinion], by: User, now: datetime) -> PowerRecord:
    """Give the branch's opinion of every candidate, by key. Refuses to leave one out, and a "no" without words."""
    with powers.moving(record, "vet", by=by, now=now) as scene:
        candidates = list(scene.record.nomination.candidates.order_by("pk"))
        for one in candidates:
            said = opinions.get(one.pk)
            if said is None:
                raise CommunityRefused(_("Say something of each candidate."), code="opinions")
            if not said.passed and not said.words.strip():
                raise CommunityRefused(
                    _("Say why %(name)s did not pass.") % {"name": one.name}, code="opinions"
                )
            one.passed, one.opinion = said.passed, said.words.strip()
        Candidate.objects.bulk_update(candidates, ["passed", "opinion"])
        scene.record.nomination.vetted_on = get_calendar().local_day(now)
        scene.record.nomination.save()
        scene.data |= {"passed": sum(bool(one.passed) for one in candidates), "of": len(candidates)}
    return scene.record


def recommend(
    *, record: PowerRecord, recommended_to: str, by: User, now: datetime, words: str = ""
) -> PowerRecord:
    """Recommend those who passed to whom it belongs to choose. Refuses when nobody passed: then it is ended."""
    if not recommended_to.strip():
        raise CommunityRefused(_("Say to whom they are recommended."), code="recommended_to")
    with powers.moving(record, "recommend", by=by, now=now) as scene:
        nomination = scene.record.nomination
        if not nomination.candidates.filter(passed=True).exists():
            raise CommunityRefused(_("Nobody passed the vetting; nobody can be recommended."), code="nobody")
        nomination.recommended_on = get_calendar().local_day(now)
        nomination.recommended_to = recommended_to.strip()
        nomination.save()
        scene.reason, scene.data = words, {"to": nomination.recommended_to}
    return scene.record


def choose(
    *,
    record: PowerRecord,
    chosen_by: str,
    chosen_on: date,
    chosen: Iterable[int],
    by: User,
    now: datetime,
    words: str = "",
) -> PowerRecord:
    """Record whom those entitled chose, and when: the branch writes down an outcome, it makes none. Closes the record.

    Refuses a day to come or before the recommendation, candidates of another record, and for the owners' committee
    anybody but the owners' meeting (Civil Code art. 278).
    """
    if chosen_by not in Nomination.ChosenBy.values:
        raise CommunityRefused(_("Say who chose."), code="chosen_by")
    if chosen_on > get_calendar().local_day(now):
        raise CommunityRefused(_("This day is still to come."), code="chosen_on")
    with powers.moving(record, "choose", by=by, now=now) as scene:
        nomination = scene.record.nomination
        owners_only = nomination.post == Nomination.Post.OWNERS_COMMITTEE
        if owners_only and chosen_by != Nomination.ChosenBy.OWNERS:
            raise CommunityRefused(
                _("Members of the owners' committee are elected by the owners only."), code="chosen_by"
            )
        assert nomination.recommended_on is not None, "the step says so"
        if chosen_on < nomination.recommended_on:
            raise CommunityRefused(
                _("The recommendation was made on %(day)s; the choice comes after it.")
                % {"day": nomination.recommended_on.isoformat()},
                code="chosen_on",
            )
        _mark(nomination, set(chosen))
        nomination.chosen_on, nomination.chosen_by = chosen_on, chosen_by
        nomination.save()
        scene.close(Result.CHOSEN, words=words)
        scene.reason, scene.data = words, scene.data | {"chosen_by": chosen_by}
    return scene.record


def _mark(nomination: Nomination, chosen: set[int]) -> None:
    candidates = list(nomination.candidates.all())
    if chosen - {one.pk for one in candidates if one.passed}:
        raise CommunityRefused(_("Only those who were recommended can be ticked."), code="chosen")
    for one in candidates:
        one.chosen = one.pk in chosen
    Candidate.objects.bulk_update(candidates, ["chosen"])
