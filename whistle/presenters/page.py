"""Everything the case page shows, gathered once: a constant number of queries, however many units and tiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.audit.models import AuditEvent
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.selectors import get_ancestors
from kunming_portal.ui import parts
from kunming_portal.workdays.selectors import get_calendar
from whistle import clock_faces, facts, guards, selectors, services
from whistle import exclusions as leaving_out
from whistle.attached import get_attached
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseNote,
    Exclusion,
    Reporter,
    Whistle,
    Wording,
)
from whistle.presenters import asides, clocks, evidence, moves, standing, supervision, timeline, units, words
from whistle.presenters.clocks import Watch
from whistle.presenters.merged import Merging, get_merging

ENTRIES = 20
NOTES = 3


@dataclass(frozen=True)
class Log:
    """The timeline as it is asked for: filter, one page of days, the key of the next page."""

    filter: timeline.Filter
    days: Sequence[timeline.Day]
    total: int
    older: int | None
    is_older: bool


@dataclass(frozen=True)
class Head:
    """The case's head, which its forms repeat."""

    case: Case
    whistle: Whistle
    crumbs: Sequence[parts.Crumb]
    light: parts.Light
    light_word: str
    since: str


@dataclass(frozen=True)
class CasePage:
    """The case page."""

    head: Head
    standing: standing.Standing
    blocks: Sequence[units.WhistleBlock]
    clock_names: Sequence[str]
    log: Log
    moves: parts.Moves
    sent_back: str
    main: CaseDeadline | None
    sheet: Sequence[parts.WorksheetLine]
    rule: str
    reporter: tuple[str, str] | None
    may_reveal: bool
    notes: Sequence[CaseNote]
    may_note: bool
    unsolved: bool
    album: evidence.Album
    asides: Sequence[asides.Aside]
    words: Sequence[words.Word]
    exclusions: Sequence[leaving_out.Row]
    suggests_upgrade: bool
    supervision: supervision.Supervision
    merging: Merging
    may_number: bool
    was_reworked_twice: bool
    said: dict[str, Wording]
    sees_compound: bool


def get_case_page(
    *, case: Case, user: User, watch: Watch, log: timeline.Filter, before: int | None
) -> CasePage:
    """Return the page as this person may see it. At most twenty-two queries, whatever hangs on the case."""
    whistles, duties = get_chain(case)
    deadlines = selectors.get_deadlines(case, chain=(whistles, duties))
    whistle = whistles[-1]
    own = [duty for duty in duties if duty.whistle_id == whistle.pk]
    main = clocks.main_deadline(deadlines)
    may_note = case.closed_at is None and guards.reaches(user, Permission.CASE_NOTE, case)
    attached = get_attached(case)
    asked = selectors.get_exclusions(case) if Exclusion in attached else []
    subjects = leaving_out.get_subjects(whistle, own, user, asked)
    options = guards.get_options(whistle=whistle, assignments=own, user=user, now=watch.now)
    return CasePage(
        head=get_head(case=case, whistle=whistle, deadlines=deadlines, user=user, watch=watch),
        standing=standing.get_standing(whistle=whistle, duties=own, main=main, watch=watch),
        blocks=_blocks(whistles, duties, deadlines, watch),
        clock_names=units.clock_names(),
        log=get_log(case=case, whistles=whistles, duties=duties, watch=watch, chosen=log, before=before),
        moves=moves.get_moves(options=options, whistle=whistle, may_note=may_note, may_ask=bool(subjects)),
        sent_back=selectors.get_send_back_reason(whistle),
        main=main,
        sheet=_sheet(main, watch),
        rule=clocks.rule_text(main) if main else "",
        reporter=services.masked_reporter(case) if Reporter in attached else None,
        may_reveal=guards.reaches(user, Permission.REPORTER_REVEAL, case),
        notes=get_notes(case) if CaseNote in attached else (),
        may_note=may_note,
        album=evidence.get_album(case=case, user=user, attached=attached),
        asides=asides.get_asides(whistle=whistle, deadlines=deadlines, watch=watch),
        suggests_upgrade=asides.suggests_upgrade(whistle),
        unsolved=whistle.is_open and whistle.verdict == Whistle.Verdict.NOT_SOLVED,
        supervision=supervision.get_supervision(
            case=case, whistle=whistle, user=user, watch=watch, attached=attached
        ),
        may_number=may_note or guards.reaches(user, Permission.CASE_NOTE, case),
        merging=get_merging(case=case, whistle=whistle, user=user, now=watch.now, attached=attached),
        words=words.get_words(case=case, whistle=whistle, reason=selectors.get_last_reason(whistle)),
        exclusions=leaving_out.get_rows(asked, user),
        was_reworked_twice=facts.suggests_upgrade(whistle) and upgrades(user, whistle),
        said=selectors.get_wordings(whistle),
        sees_compound=_sees_compound(case, user),
    )


def _sees_compound(case: Case, user: User) -> bool:
    return any(case.division_id.startswith(code) for code in user.scope(Permission.COMMUNITY_VIEW).prefixes)


def get_notes(case: Case) -> list[CaseNote]:
    """Return the newest notes. One query."""
    return list(CaseNote.objects.filter(case=case).select_related("by").order_by("-id")[:NOTES])


def _blocks(
    whistles: list[Whistle], duties: list[Assignment], deadlines: list[CaseDeadline], watch: Watch
) -> list[units.WhistleBlock]:
    """Return the units of every tier with their clocks and handlers. Queries for the handlers only."""
    handlers = selectors.get_handlers(duties)
    return units.get_blocks(
        whistles=whistles, duties=duties, deadlines=deadlines, handlers=handlers, watch=watch
    )


def _sheet(main: CaseDeadline | None, watch: Watch) -> Sequence[parts.WorksheetLine]:
    """Return how the main limit has been counted so far."""
    if main is None:
        return ()
    return clocks.worksheet(main, watch, until=min(main.ended_at or watch.now, main.due_at))


def upgrades(user: User, whistle: Whistle) -> bool:
    """Whether the upgrade of this whistle is this person's decision. No query once rights are loaded."""
    seat = whistle.receiver.division_id
    return user.appointment_in(Permission.CASE_UPGRADE, division_code=seat) is not None


def get_chain(case: Case) -> tuple[list[Whistle], list[Assignment]]:
    """Return the case's whistles from the lowest tier up and all duties, tied to each other. Two queries."""
    whistles = selectors.get_whistles(case)
    by_pk = {whistle.pk: whistle for whistle in whistles}
    duties = selectors.get_assignments(case)
    for duty in duties:
        duty.whistle = by_pk[duty.whistle_id]
    return whistles, duties


def get_head(
    *, case: Case, whistle: Whistle, deadlines: list[CaseDeadline], user: User, watch: Watch
) -> Head:
    """Return title line, light and breadcrumb: divisions the person's scope holds lead to their cases.

    One query, and at most one for the scope.
    """
    light, word = worst_light(case, deadlines, watch)
    places = get_ancestors(case.division_id)[1:]
    return Head(
        case=case,
        whistle=whistle,
        crumbs=[crumb(place, user=user, current=place.pk == case.division_id) for place in places],
        light=light,
        light_word=word,
        since=since_text(case, watch),
    )


def crumb(place: Division, *, user: User, current: bool) -> parts.Crumb:
    """Return one division of the breadcrumb, a link where it lies in the person's territory."""
    inside = any(place.code.startswith(prefix) for prefix in user.scope(Permission.CASE_VIEW).prefixes)
    url = f"{reverse('cases')}?division={place.code}" if inside else ""
    return parts.Crumb(place.name, url=url, current=current)


def worst_light(case: Case, deadlines: list[CaseDeadline], watch: Watch) -> tuple[parts.Light, str]:
    """Return the worst running light of the case and its word: how many clocks are late or nearly."""
    if case.closed_at is not None:
        return clock_faces.ended_light(case), clock_faces.ended_word(case)
    if case.parent_id is not None:
        return "wait", _("Merged")
    if case.hold_until is not None:
        return "hold", ""
    lights = [d.light(watch.now) for d in deadlines if d.is_running]
    over, soon = lights.count("over"), lights.count("soon")
    if over:
        return "over", ngettext("%(number)d limit overdue", "%(number)d limits overdue", over) % {
            "number": over
        }
    if soon:
        return "soon", ngettext("%(number)d limit due soon", "%(number)d limits due soon", soon) % {
            "number": soon
        }
    return ("normal", "") if lights else ("wait", _("No limit runs"))


def since_text(case: Case, watch: Watch) -> str:
    """Return when the case was written and the how many-eth working day this is."""
    day = watch.calendar.working_days_between(case.opened_at, case.closed_at or watch.now) + 1
    if case.closed_at is not None:
        return _("closed on working day %(day)d") % {"day": day}
    return _("working day %(day)d") % {"day": day}


def get_log(
    *,
    case: Case,
    whistles: list[Whistle],
    duties: list[Assignment],
    watch: Watch,
    chosen: timeline.Filter = "all",
    before: int | None = None,
    most: int = ENTRIES,
) -> Log:
    """Return one page of the history, newest first, keyed by its number in the trail. At most three queries."""
    events = AuditEvent.objects.filter(stream=case.stream)
    if chosen == "moves":
        events = events.exclude(event__startswith="deadline.")
    elif chosen == "time":
        events = events.filter(event__startswith="deadline.")
    page = events if before is None else events.filter(seq__lt=before)
    rows = list(page.order_by("-seq")[: most + 1])
    shown = rows[:most]
    is_all = before is None and len(rows) <= most
    noted = [event.data.get("note") for event in shown if event.event == "case.noted"]
    teller = timeline.Teller(
        now=watch.now,
        short_names=short_names(whistles, duties),
        notes=CaseNote.objects.filter(case__in=[case.pk, case.parent_id or case.pk]).in_bulk(
            [pk for pk in noted if pk is not None]
        ),
    )
    return Log(
        filter=chosen,
        days=timeline.by_day([teller.tell(event) for event in shown]),
        total=len(rows) if is_all else events.count(),
        older=shown[-1].seq if len(rows) > most else None,
        is_older=before is not None,
    )


def short_names(whistles: list[Whistle], duties: list[Assignment]) -> dict[str, str]:
    """Return the short names of the units of a case by the names the trail keeps."""
    known = [unit for whistle in whistles for unit in (whistle.caller, whistle.receiver)]
    known += [duty.unit for duty in duties]
    return {unit.name: unit.short_name for unit in known}


def get_watch(now: datetime) -> Watch:
    """Return calendar and moment of a page. Three queries."""
    return Watch(calendar=get_calendar(), now=now)
