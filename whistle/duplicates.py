"""Which cases may be the same matter: found by place, words, kind, reporter and external number.

Candidates come from indexes (the division and the time, a number, a phone's hash), at most `CANDIDATES` of them;
likeness is computed here from the grams that search uses (`kunming_portal/grams.py`).
"""

from collections.abc import Collection, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.encryption import cipher
from kunming_portal.grams import grams
from whistle.models import Assignment, Case, ExternalNumber, Reporter, Whistle
from whistle.workflow import CaseStatus, Ending, WhistleStatus

CANDIDATES = 200
SHOWN = 3
REACH = timedelta(days=180)  # how long an open case may have been open
CLOSED_REACH = timedelta(days=30)
ANSWER_REACH = timedelta(days=365)  # a settled demand is told again long after
ALIKE = 40  # percent from which a case is shown
STRONG = 70  # from which it is called very alike, and asked about when the form is sent: place and kind alone are not
PHONE_CONTEXT = "whistle.reporter.phone"
PLACE_WEIGHT, WORDS_WEIGHT, KIND_WEIGHT = 50, 40, 10


@dataclass(frozen=True)
class Sought:
    """What a case may be like: typed or written. Numbers are external ones."""

    division_id: str
    description: str = ""
    title: str = ""
    place: str = ""
    kind_id: int | None = None
    phone: str = ""
    phone_hash: str = ""
    numbers: Collection[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Duplicate:
    """A case that may be the same matter: how alike in percent, why, who is on it; its final answer if it has one."""

    case: Case
    percent: int
    why: str
    who: str
    status: str
    is_exact: bool
    answer: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is being handled, so that another can be merged into it."""
        return self.case.status == CaseStatus.OPEN

    @property
    def is_strong(self) -> bool:
        """Whether to ask before a new case is written."""
        return self.is_exact or self.percent >= STRONG


def suggest_duplicates(
    sought: Sought, *, user: User, now: datetime, without: int | None = None
) -> list[Duplicate]:
    """Return the cases in the person's scope that may be the same matter, the likeliest first, at most `SHOWN`.

    Of the same division: open, closed within 30 days, or answered finally within a year; of any division they see:
    the same external number, the same reporter's phone. Merged cases are left out. Seven queries at most, however
    much is in the tables.
    """
    exact = _exact(sought)
    near = Q(
        Q(status=CaseStatus.OPEN, opened_at__gte=now - REACH)
        | Q(status=CaseStatus.CLOSED, closed_at__gte=now - CLOSED_REACH)
        | Q(status=CaseStatus.CLOSED, ending=Ending.FINAL_ANSWER, closed_at__gte=now - ANSWER_REACH),
        division_id=sought.division_id,
    )
    cases = Case.objects.visible_to(user, Permission.CASE_VIEW)
    if without is not None:
        cases = cases.exclude(pk=without)
    found = {case.pk: case for case in cases.filter(near).order_by("-opened_at", "-id")[:CANDIDATES]}
    missing = [pk for pk in exact if pk not in found]
    if missing:
        found |= {case.pk: case for case in cases.exclude(status=CaseStatus.MERGED).filter(pk__in=missing)}
    places, words = grams(sought.place.lower()), grams(f"{sought.title} {sought.description}".lower())
    kinds = dict(_standing(found).values_list("case_id", "kind_id"))
    scored = []
    for pk, case in found.items():
        percent, reasons = _score(case, sought, places, words, kinds.get(pk))
        if pk in exact:
            percent, reasons = 100, [exact[pk], *reasons]
        if percent >= ALIKE:
            scored.append((percent, case, reasons))
    scored.sort(key=lambda row: (-row[0], -row[1].pk))
    return _present(scored[:SHOWN], exact=exact)


def duplicates_of(case: Case, *, kind_id: int, user: User, now: datetime) -> list[Duplicate]:
    """Return the cases that may be the same matter as a written one. Nine queries at most."""
    hashed = Reporter.objects.filter(case=case).values_list("phone_hash", flat=True).first() or ""
    sought = Sought(
        division_id=case.division_id,
        description=case.description,
        title=case.title,
        place=case.place,
        kind_id=kind_id,
        phone_hash=hashed,
        numbers=tuple(ExternalNumber.objects.filter(case=case).values_list("number", flat=True)),
    )
    return suggest_duplicates(sought, user=user, now=now, without=case.pk)


def likeness(first: Set[int], second: Set[int]) -> float:
    """Return how much of the shorter text occurs in the longer one, from 0 to 1. A very short one tells little."""
    shorter = min(len(first), len(second))
    if not shorter:
        return 0.0
    return len(first & second) / max(shorter, 3)


def _exact(sought: Sought) -> dict[int, str]:
    """Return the cases with the same external number or reporter's phone, and which it is. Two queries."""
    found: dict[int, str] = {}
    phone_hash = sought.phone_hash or (
        cipher.keyed_hash(sought.phone, context=PHONE_CONTEXT) if sought.phone else ""
    )
    if phone_hash:
        reported = Reporter.objects.filter(phone_hash=phone_hash).order_by("-case_id")
        found |= dict.fromkeys(
            reported.values_list("case_id", flat=True)[:SHOWN], _("the same reporter's phone")
        )
    numbers = [number for number in sought.numbers if number]
    if numbers:
        numbered = ExternalNumber.objects.filter(number__in=numbers).order_by("-case_id")
        found |= dict.fromkeys(
            numbered.values_list("case_id", flat=True)[:SHOWN], _("the same external number")
        )
    return found


def _score(
    case: Case, sought: Sought, places: Set[int], words: Set[int], kind_id: int | None
) -> tuple[int, list[str]]:
    """Return likeness in percent and the reasons in words."""
    place = likeness(places, grams(case.place.lower()))
    text = likeness(words, grams(f"{case.title} {case.description}".lower()))
    same_kind = sought.kind_id is not None and sought.kind_id == kind_id
    reasons = []
    if place >= 0.5:
        reasons.append(_("the same place") if place >= 0.9 else _("a place like it"))
    if text >= 0.4:
        reasons.append(_("nearly the same words") if text >= 0.8 else _("words like it"))
    if same_kind and reasons:
        reasons.append(_("the same kind"))
    percent = place * PLACE_WEIGHT + text * WORDS_WEIGHT + same_kind * KIND_WEIGHT
    return min(round(percent), 100), reasons


def _standing(cases: Collection[int]) -> QuerySet[Whistle]:
    return Whistle.objects.filter(case_id__in=cases).exclude(status=WhistleStatus.UPGRADED)


def _present(scored: list[tuple[int, Case, list[str]]], *, exact: Collection[int]) -> list[Duplicate]:
    """Return what is shown of each: the whistle it stands at, who called, who leads. Two queries."""
    leads = Assignment.objects.counting().filter(is_lead=True).select_related("unit")
    whistles = _standing([case.pk for _percent, case, _why in scored])
    rows = whistles.select_related("caller", "final_answer").prefetch_related(
        Prefetch("assignments", leads, to_attr="leads")
    )
    by_case = {row.case_id: row for row in rows}
    comma = pgettext("between names", ", ")
    found = []
    for percent, case, reasons in scored:
        whistle = by_case[case.pk]
        leading = [duty.unit.short_name for duty in getattr(whistle, "leads", [])]
        found.append(
            Duplicate(
                case=case,
                percent=percent,
                why=comma.join(reasons),
                who=comma.join([whistle.caller.short_name, *leading]),
                status=whistle.get_status_display(),
                is_exact=case.pk in exact,
                answer=whistle.final_answer.text if hasattr(whistle, "final_answer") else "",
            )
        )
    return found
