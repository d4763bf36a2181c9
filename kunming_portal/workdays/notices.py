"""The State Council notice on a year's holidays, read from a form or a file, and what it would change. Pure.

Read are lines (`2027-02-05至2027-02-11 休 春节`), tables with commas, the JSON of `holiday-cn`, and calendar files.
"""

import datetime
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from kunming_portal.errors import Refused

MOST_DAYS = 120
_DAY = datetime.timedelta(days=1)
# The days before New Year that a notice may rule already: 2022-12-31 stands in the notice for 2023
EARLY = (12, 15)
REST = {"休", "放假", "休息", "off", "rest", "假"}
WORK = {"班", "上班", "补班", "调休上班", "work", "on"}
_DATE = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
_LINE = re.compile(
    rf"^({_DATE})(?:\s*(?:至|到|~|～|—|–|to)\s*({_DATE}))?[\s,，;；]+([^\s,，;；]+)[\s,，;；]*(.*)$"
)
_EVENT = re.compile(r"BEGIN:VEVENT(.*?)END:VEVENT", re.S)
_FIELD = re.compile(r"^(DTSTART|DTEND|SUMMARY)[^:\n]*:(.*)$", re.M)
_MARK = re.compile(r"[（(]?(休|班)[）)]?\s*$|^(休|班)\s*[:：]")


class BadNotice(Refused):
    """A notice that cannot be read, or that contradicts itself or the week."""


@dataclass(frozen=True, order=True)
class NoticeDay:
    """One day the notice rules."""

    date: datetime.date
    is_working: bool
    name: str


class Change(StrEnum):
    """What a notice does to a day as it is stored."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    KEPT = "kept"  # entered by the office, not in the notice: it stays
    SAME = "same"


@dataclass(frozen=True)
class Difference:
    """One day that the notice, or the calendar, rules: before and after; None: an ordinary day of the week."""

    date: datetime.date
    before: NoticeDay | None
    after: NoticeDay | None
    change: Change


def read(text: str) -> list[NoticeDay]:
    """Return the days of a notice in whatever form it came, in order. Refuses what is none of the forms."""
    text = text.lstrip("\ufeff").strip()
    if text.startswith(("{", "[")):
        return _ordered(_read_json(text))
    if "BEGIN:VCALENDAR" in text:
        return _ordered(_read_events(text.replace("\r\n", "\n").replace("\n ", "")))
    return _ordered(_read_lines(text))


def write(days: Sequence[NoticeDay]) -> str:
    """Return the days as lines that `read` understands, a run of days alike in one line."""
    lines: list[list[NoticeDay]] = []
    for day in days:
        last = lines[-1][-1] if lines else None
        if last and day == NoticeDay(last.date + _DAY, last.is_working, last.name):
            lines[-1].append(day)
        else:
            lines.append([day])
    texts = []
    for run in lines:
        span = f"{run[0].date}" if len(run) == 1 else f"{run[0].date}至{run[-1].date}"
        texts.append(f"{span} {'班' if run[0].is_working else '休'} {run[0].name}".rstrip())
    return "\n".join(texts)


def check(days: Sequence[NoticeDay], *, year: int) -> None:
    """Refuse a notice without days, with a day of another year, twice the same day, or a day that changes nothing."""
    if not days:
        raise BadNotice(_("No day was found. Write one line a day: 2027-01-01 休 元旦."))
    if len(days) > MOST_DAYS:
        raise BadNotice(_("A notice has at most %(most)d days.") % {"most": MOST_DAYS})
    for one, other in pairwise(days):
        if one.date == other.date:
            raise BadNotice(
                _("%(day)s stands there twice, as a day off and as a working day.") % {"day": one.date}
                if one.is_working != other.is_working
                else _("%(day)s stands there twice.") % {"day": one.date}
            )
    off = {day.date for day in days if not day.is_working}
    for day in days:
        _check_day(day, year=year, off=off)


def _check_day(day: NoticeDay, *, year: int, off: set[datetime.date]) -> None:
    if not datetime.date(year - 1, *EARLY) <= day.date <= datetime.date(year, 12, 31):
        raise BadNotice(_("%(day)s does not lie in %(year)d.") % {"day": day.date, "year": year}, code="year")
    weekend = day.date.weekday() >= 5
    if day.is_working and not weekend:
        raise BadNotice(_("%(day)s is a working day anyway: only weekends are made up.") % {"day": day.date})
    if not day.is_working and weekend and not {day.date - _DAY, day.date + _DAY} & off:
        raise BadNotice(
            _("%(day)s is a day of the weekend and off anyway; no holiday is beside it.") % {"day": day.date}
        )


def compare(
    stored: Mapping[datetime.date, tuple[NoticeDay, bool]], days: Iterable[NoticeDay]
) -> list[Difference]:
    """Return every day that either rules, in order. `stored` says of each whether the office entered it by hand."""
    wanted = {day.date: day for day in days}
    found = []
    for date in sorted(stored.keys() | wanted.keys()):
        before, by_hand = stored.get(date, (None, False))
        after = wanted.get(date)
        if after is None:
            change = Change.KEPT if by_hand else Change.REMOVED
        elif before is None:
            change = Change.NEW
        else:
            change = Change.SAME if before == after else Change.CHANGED
        found.append(Difference(date, before, before if change is Change.KEPT else after, change))
    return found


# -- forms a notice comes in ------------------------------------------------------------------------------
def _read_lines(text: str) -> Iterable[NoticeDay]:
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#") or (number == 1 and line.lower().startswith("date")):
            continue
        match = _LINE.match(line)
        if match is None:
            raise BadNotice(_unread(number, line))
        first, last, word, name = match.groups()
        if word.lower() not in REST | WORK:
            raise BadNotice(
                _("Line %(number)d: “%(word)s” is neither 休 (day off) nor 班 (working day).")
                % {"number": number, "word": word[:20]}
            )
        start = _date(first, _unread(number, line))
        end = _date(last, _unread(number, line)) if last else start
        if not start <= end <= start + _DAY * MOST_DAYS:
            raise BadNotice(_("Line %(number)d: the last day lies before the first.") % {"number": number})
        for step in range((end - start).days + 1):
            yield NoticeDay(start + _DAY * step, word.lower() in WORK, name.strip()[:60])


def _read_json(text: str) -> Iterable[NoticeDay]:
    wrong = _("This JSON is not the one of holiday-cn: {year, papers, days: [{name, date, isOffDay}]}.")
    try:
        stored: Any = json.loads(text)
        days = stored["days"]
        found = [(day["date"], day["isOffDay"], day["name"]) for day in days]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadNotice(wrong) from error
    for date, is_off, name in found:
        if not (isinstance(date, str) and isinstance(is_off, bool) and isinstance(name, str)):
            raise BadNotice(wrong)
        yield NoticeDay(_date(date, wrong), not is_off, name[:60])


def _read_events(text: str) -> Iterable[NoticeDay]:
    for block in _EVENT.findall(text):
        fields = dict(_FIELD.findall(block))
        summary = fields.get("SUMMARY", "").strip()
        mark = _MARK.search(summary)
        if mark is None or "DTSTART" not in fields:
            raise BadNotice(
                _("The calendar file has an event that says neither 休 nor 班: %(name)s")
                % {"name": summary[:40]}
            )
        start = _compact(fields["DTSTART"])
        end = _compact(fields["DTEND"]) if "DTEND" in fields else start + _DAY
        for step in range(min(max((end - start).days, 1), MOST_DAYS)):
            name = _MARK.sub("", summary).strip()[:60]
            yield NoticeDay(start + _DAY * step, "班" in mark.group(), name)


def _ordered(days: Iterable[NoticeDay]) -> list[NoticeDay]:
    return sorted(days)


def _date(text: str, wrong: str) -> datetime.date:
    try:
        year, month, day = (int(part) for part in re.findall(r"\d+", text)[:3])
        return datetime.date(year, month, day)
    except ValueError as error:
        raise BadNotice(wrong) from error


def _compact(text: str) -> datetime.date:
    try:
        return datetime.datetime.strptime(text.strip()[:8], "%Y%m%d").date()  # noqa: DTZ007 - a bare date
    except ValueError as error:
        raise BadNotice(_("The calendar file has an event without a day.")) from error


def _unread(number: int, line: str) -> str:
    return _("Line %(number)d cannot be read: “%(line)s”. Write it like 2027-01-01 休 元旦.") % {
        "number": number,
        "line": line[:40],
    }
