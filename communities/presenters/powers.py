"""Records of the five powers as lists and the compound page show them: light, step, one line, five columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from communities.models import (
    AppraisalScore,
    Candidate,
    Compound,
    Nomination,
    Power,
    PowerRecord,
    Undertaking,
)
from communities.models.power_steps import FLOWS, Result, Step
from communities.presenters import clocks, power_notes
from kunming_portal.ui import parts
from kunming_portal.workdays.calendar import Calendar
from kunming_portal.workdays.selectors import get_calendar

# What a record waits for at a step where nobody's clock runs
WAITS: dict[str, str | Promise] = {
    Step.MEETING: pgettext_lazy("power waits", "Meeting to be held"),
    Step.RESOLUTION: pgettext_lazy("power waits", "Resolution to be written"),
    Step.NOTICE: pgettext_lazy("power waits", "To be put up for notice"),
    Step.EXECUTION: pgettext_lazy("power waits", "Execution to be confirmed"),
    Step.ADOPTION: pgettext_lazy("power waits", "Outcome to be recorded"),
    Step.VETTING: pgettext_lazy("power waits", "Vetting under way"),
    Step.RECOMMENDATION: pgettext_lazy("power waits", "Recommendation to be made"),
    Step.CHOICE: pgettext_lazy("power waits", "Choice awaited"),
    Step.RECHECK: pgettext_lazy("power waits", "To be re-checked"),
    Step.SCORES: pgettext_lazy("power waits", "Appraisal under way"),
    Step.SUMMARY: pgettext_lazy("power waits", "To be summed up"),
    Step.USE: pgettext_lazy("power waits", "To be put to use"),
}
# What the running clock of an undertaking is about
OWED: dict[str, str | Promise] = {
    Power.DECISION: pgettext_lazy("power owes", "Execution"),
    Power.PROPOSAL: pgettext_lazy("power owes", "Reply"),
    Power.SUPERVISION: pgettext_lazy("power owes", "Rectification"),
}


@dataclass(frozen=True)
class Row:
    """One record in a list."""

    record: PowerRecord
    due: parts.Due
    word: str
    step: str


@dataclass(frozen=True)
class Column:
    """One power on the compound page: its most pressing record, or the newest when none is open."""

    name: str
    power: str
    year_count: str
    due: parts.Due | None = None
    word: str = ""
    title: str = ""
    url: str = ""
    steps: Sequence[tuple[str, str]] = ()
    note: str = ""
    foot: str = ""
    foot_url: str = ""
    new_url: str = ""


def present(records: Iterable[PowerRecord], *, now: datetime, calendar: Calendar) -> list[Row]:
    """Return the rows of these records, which come with their details, in their order. One query."""
    given = list(records)
    asked = [one.undertaking for one in given if one.undertaking is not None]
    found = clocks.newest(asked, calendar=calendar)
    rows = []
    for one in given:
        due = due_of(one, found, now=now, calendar=calendar)
        rows.append(Row(record=one, due=due, word=word_of(one, due), step=str(Step(one.step).label)))
    return rows


def due_of(record: PowerRecord, found: dict[int, Any], *, now: datetime, calendar: Calendar) -> parts.Due:
    """Return light and time left: of the undertaking while it is owed, of a public notice, else what is waited for."""
    if record.closed_at is not None:
        light: parts.Light = "wait" if record.result == Result.ENDED else "closed"
        return parts.Due(light=light, at=record.closed_at, word=record.get_result_display())
    asked = record.undertaking
    if asked is not None and asked.status == Undertaking.Status.OPEN and asked.pk in found:
        return clocks.running(asked, found[asked.pk], now=now, calendar=calendar)
    if record.step is Step.NOTICE and record.decision.notice_until is not None:
        return _notice(record, now=now)
    return parts.Due(light="normal", word=_waits(record))


def _notice(record: PowerRecord, *, now: datetime) -> parts.Due:
    until = record.decision.notice_until
    assert until is not None
    left = (until - timezone.localtime(now).date()).days
    if left < 0:
        return parts.Due(light="soon", word=pgettext("power waits", "Notice over, to be carried out"))
    end = timezone.make_aware(datetime.combine(until + timedelta(days=1), time()))
    words = ngettext("Notice for %(days)d more day", "Notice for %(days)d more days", left) % {"days": left}
    word = words if left else pgettext("power waits", "Last day of the notice")
    return parts.Due(light="normal", word=word, at=end - timedelta(minutes=1))


def _waits(record: PowerRecord) -> str:
    if record.step is Step.CHOICE and record.nomination.post == Nomination.Post.OWNERS_COMMITTEE:
        return pgettext("power waits", "Owners' meeting awaited")
    return str(WAITS[record.step])


def word_of(record: PowerRecord, due: parts.Due) -> str:
    """Return the light in one line: "Reply 1 d 5 h left", "Notice for 2 more days". No query."""
    return clocks.in_words(due, str(OWED.get(record.power, "")))


def steps_of(record: PowerRecord) -> list[tuple[str, str]]:
    """Return the way of a record: every step's label with "done", "now" or nothing. No query."""
    flow = list(FLOWS[record.power])
    at = len(flow) if record.step is Step.CLOSED else flow.index(record.step)
    states = ["done" if n < at else "now" if n == at else "" for n in range(len(flow))]
    return [(_label(record, step), state) for step, state in zip(flow, states, strict=True)]


def _label(record: PowerRecord, step: Step) -> str:
    if step is Step.CHOICE and record.nomination.post == Nomination.Post.OWNERS_COMMITTEE:
        return pgettext("power step", "Election by the owners")
    return str(step.label)


# -- the compound page ---------------------------------------------------------------------------------------
def columns(compound: Compound, *, now: datetime, may_open: bool = False) -> list[Column]:
    """Return the five columns of a compound, in the order of the powers, each with its most pressing record.

    A power that was never used has a column too; with `may_open` it leads to the form. At most nine
    queries and the calendar's, however many records there are.
    """
    calendar = get_calendar()
    open_ones = list(compound.power_records.open().with_details().order_by("-id")[:100])  # type: ignore[attr-defined]
    newest = compound.power_records.filter(closed_at__isnull=False).order_by("power", "-closed_at", "-id")  # type: ignore[attr-defined]
    closed = list(newest.distinct("power").with_details())
    shown = _pressing(present([*open_ones, *closed], now=now, calendar=calendar))
    counts = _counts(compound, timezone.localtime(now).year)
    notes = power_notes.Notes([row.record for row in shown.values()])
    return [
        _column(compound, power, shown.get(power), counts, notes, may_open=may_open) for power in Power.values
    ]


def _pressing(rows: list[Row]) -> dict[str, Row]:
    """Return of each power the row that presses most: open before closed, the one that is due first, the newest."""
    far = datetime.max.replace(tzinfo=timezone.get_current_timezone())
    best: dict[str, Row] = {}
    for row in sorted(
        rows,
        key=lambda row: (not row.record.is_open, row.due.minutes is None, row.due.at or far, -row.record.pk),
    ):
        best.setdefault(row.record.power, row)
    return best


@dataclass(frozen=True)
class _Counts:
    """How much of each power there was this year, and how it came out."""

    begun: dict[str, int]
    closed: dict[tuple[str, str], int]
    recommended: dict[str, int]
    mean: Decimal | None
    url: str


def _counts(compound: Compound, year: int) -> _Counts:
    rows = PowerRecord.objects.filter(compound=compound)
    begun = rows.filter(opened_on__year=year).values_list("power").annotate(n=Count("id")).order_by()
    closed = (
        rows.filter(closed_at__isnull=False, opened_on__year=year)
        .values_list("power", "result")
        .annotate(n=Count("id"))
        .order_by()
    )
    people = (
        Candidate.objects.filter(
            nomination__record__compound=compound,
            nomination__recommended_on__year=year,
            passed=True,
        )
        .values_list("nomination__post")
        .annotate(n=Count("id"))
        .order_by("-n")
    )
    last = Q(appraisal__record__compound=compound, appraisal__record__closed_at__isnull=False)
    means = AppraisalScore.objects.filter(last).values_list("appraisal").annotate(mean=Avg("mean"))
    found = means.order_by("-appraisal").first()
    return _Counts(
        begun=dict(begun),
        closed={(power, result): n for power, result, n in closed},
        recommended=dict(people),
        mean=found[1].quantize(Decimal("0.1")) if found else None,
        url=f"{reverse('powers')}?compound={compound.pk}&state=closed&power=",
    )


def _column(
    compound: Compound,
    power: str,
    row: Row | None,
    counts: _Counts,
    notes: power_notes.Notes,
    *,
    may_open: bool,
) -> Column:
    begun = counts.begun.get(power, 0)
    number = {"number": begun}
    if power == Power.APPRAISAL:
        year_count = ngettext("%(number)d batch this year", "%(number)d batches this year", begun) % number
    else:
        year_count = ngettext("%(number)d this year", "%(number)d this year", begun) % number
    new_url = reverse("power-new", args=[compound.pk, power]) if may_open else ""
    name = str(Power(power).label)
    if row is None:
        return Column(name=name, power=power, year_count=year_count, new_url=new_url)
    return Column(
        name=name,
        power=power,
        year_count=year_count,
        due=row.due,
        word=row.word,
        title=row.record.title,
        url=row.record.get_absolute_url(),
        steps=steps_of(row.record),
        note=notes.of(row.record),
        foot=_foot(power, counts),
        foot_url=f"{counts.url}{power}",
        new_url=new_url,
    )


def _foot(power: str, counts: _Counts) -> str:
    """Return what came of this power: carried out, adopted, recommended, struck off, the mean of the last batch."""

    def of(*results: Result) -> int:
        return sum(counts.closed.get((power, result.value), 0) for result in results)

    if power == Power.DECISION:
        return _("%(number)d carried out") % {"number": of(Result.CARRIED_OUT)}
    if power == Power.PROPOSAL:
        return _("%(number)d adopted") % {"number": of(Result.ADOPTED, Result.PARTLY)}
    if power == Power.PERSONNEL:
        post, number = next(iter(counts.recommended.items()), ("", 0))
        label = str(Nomination.Post(post).label) if post else pgettext("people", "people")
        return _("%(number)d recommended: %(post)s") % {"number": number, "post": label}
    if power == Power.SUPERVISION:
        return _("%(number)d struck off") % {"number": of(Result.STRUCK_OFF)}
    return _("Last batch %(mean)s") % {"mean": counts.mean} if counts.mean is not None else _("No batch yet")


def place_url(compound: Compound) -> str:
    """Return the compound's page, or the list of its records where that page is not installed."""
    try:
        return compound.get_absolute_url()
    except NoReverseMatch:
        return f"{reverse('powers')}?compound={compound.pk}"
