"""A year's notice: every form it comes in, what it changes, and what is refused."""

import datetime
import json

import pytest

from kunming_portal.errors import Refused
from kunming_portal.workdays import entering, notices, planting, selectors, services
from kunming_portal.workdays.models import CalendarDay, CalendarVersion, CalendarYear
from kunming_portal.workdays.notices import Change, NoticeDay

LINES = "2027-01-01至2027-01-03 休 元旦\n2027-02-05～2027-02-11 放假 春节\n2027-02-20 班 春节调休上班"
NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)


def day(text: str, name: str = "元旦", *, works: bool = False) -> NoticeDay:
    return NoticeDay(datetime.date.fromisoformat(text), works, name)


def test_all_forms_read_alike() -> None:
    days = notices.read(LINES)
    assert len(days) == 11
    stored = {
        "year": 2027,
        "papers": ["https://www.gov.cn/"],
        "days": [{"name": d.name, "date": d.date.isoformat(), "isOffDay": not d.is_working} for d in days],
    }
    table = "date,kind,name\n" + "\n".join(
        f"{d.date},{'班' if d.is_working else '休'},{d.name}" for d in days
    )
    events = "".join(
        f"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{d.date:%Y%m%d}\r\n"
        f"SUMMARY:{d.name}（{'班' if d.is_working else '休'}）\r\nEND:VEVENT\r\n"
        for d in days
    )
    assert notices.read("\ufeff" + json.dumps(stored, ensure_ascii=False)) == days
    assert notices.read(table) == days
    assert notices.read(f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n") == days
    assert notices.read(notices.write(days)) == days


@pytest.mark.parametrize(
    "text",
    [
        "元旦放假",
        "2027-13-01 休 元旦",
        "2027-01-01 也许 元旦",
        "2027-01-03至2027-01-01 休 元旦",
        "{",
        '{"year": 2027}',
        '{"days": [{"date": 5, "isOffDay": true, "name": ""}]}',
        "[" * 100_000,
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:会议\nEND:VEVENT",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:morgen\nSUMMARY:元旦（休）\nEND:VEVENT",
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        notices.read(text)


@pytest.mark.parametrize(
    "days",
    [
        [],
        [day("2026-11-30")],  # another year
        [day("2028-01-01")],
        [day("2027-01-01"), day("2027-01-01", works=True)],  # off and worked
        [day("2027-01-01"), day("2027-01-01")],
        [day("2027-01-09")],  # a Saturday, off anyway
        [day("2027-01-05", works=True)],  # a Tuesday, worked anyway
    ],
)
def test_a_notice_that_contradicts_itself_or_the_week_is_refused(days: list[NoticeDay]) -> None:
    with pytest.raises(Refused):
        notices.check(sorted(days), year=2027)


def test_the_last_days_of_the_year_before_may_be_ruled() -> None:
    notices.check([day("2026-12-31"), day("2027-01-01")], year=2027)


@pytest.mark.django_db
def test_a_notice_replaces_the_guess_and_leaves_what_the_office_entered() -> None:
    planting.seed(years=[2026, 2027])
    CalendarDay.objects.create(date="2027-03-08", is_working=False, name="临时放假", source=services.OFFICE)
    notice = entering.Notice(2027, "国办发明电〔2026〕12号", notices.read(LINES))
    found = {d.date: d.change for d in entering.compare_notice(notice)}
    assert found[datetime.date(2027, 3, 8)] is Change.KEPT
    assert found[datetime.date(2027, 1, 1)] is Change.SAME
    assert found[datetime.date(2027, 1, 2)] is Change.NEW
    assert found[datetime.date(2027, 10, 1)] is Change.REMOVED
    foreseen = entering.with_notice(notice, entering.compare_notice(notice))
    entering.enter_notice(notice, now=NOW)
    assert selectors.get_calendar() == foreseen
    assert CalendarYear.objects.get(year=2027).notice_no == notice.number
    assert not CalendarDay.objects.filter(date="2027-10-01").exists()
    assert {d.change for d in entering.compare_notice(notice)} == {Change.SAME, Change.KEPT}
    planting.seed(years=[2027])  # a seeding leaves an entered year alone
    assert selectors.get_calendar() == foreseen


@pytest.mark.django_db
def test_every_change_keeps_a_version_and_nothing_keeps_none() -> None:
    planting.seed(years=[2026, 2027])
    first = services.keep_version(now=NOW)
    assert services.keep_version(now=NOW) == first
    entering.enter_notice(entering.Notice(2027, "一号", notices.read(LINES)), now=NOW)
    assert CalendarVersion.objects.count() == 2
    (_since, then), (_since, today) = selectors.get_versions()
    assert (2027 in then.official_years, 2027 in today.official_years) == (False, True)
    assert today == selectors.get_calendar()


@pytest.mark.django_db
def test_days_that_would_leave_a_place_without_open_time_are_refused() -> None:
    from_to = (datetime.date(2026, 12, 1), datetime.date(2026, 12, 2))
    rule = entering.LocalRule("530102", *from_to, is_working=False, name="停电", segments=None)
    entering.enter_local(rule, now=NOW)
    with pytest.raises(Refused):
        entering.with_local(
            entering.LocalRule("530102", from_to[1], from_to[0], is_working=False, name="停电"), now=NOW
        )
    with pytest.raises(Refused):
        entering.with_local(
            entering.LocalRule(
                "530102", from_to[0], datetime.date(2027, 12, 2), is_working=False, name="停电"
            ),
            now=NOW,
        )
