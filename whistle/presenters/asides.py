"""The side paths of a case as its page shows them: objections, consultation, extension, hold. One query each."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kunming_portal.ui import moments, parts
from whistle.models import CaseDeadline, Consultation, Extension, Hold, HoldMilestone, Objection, Whistle
from whistle.presenters.clocks import Watch
from whistle.workflow import Step, Tier, WhistleStatus

Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Mile:
    """One milestone of a plan: its day, whether it is reached or late."""

    text: str
    light: parts.Light
    word: str


@dataclass(frozen=True)
class Aside:
    """One card: what it is about, its state in a word, label and text of what was written, milestones."""

    title: str
    light: parts.Light
    state: str
    facts: Facts
    miles: Sequence[Mile] = ()


def get_asides(*, whistle: Whistle, deadlines: list[CaseDeadline], watch: Watch) -> list[Aside]:
    """Return the cards of the whistle that is worked on. No query where nobody asked for anything."""
    cards: list[Aside] = []
    if whistle.hold_asked_at is not None or whistle.status == WhistleStatus.ON_HOLD:
        cards += _holds(whistle, deadlines, watch)
    if whistle.objection_count > 1:
        cards += _consultations(whistle, deadlines, watch)
    if whistle.objection_count:
        cards += _objections(whistle, watch)
    if whistle.extension_by or any(d.extended_days and d.whistle_id == whistle.pk for d in deadlines):
        cards += _extensions(whistle, watch)
    return cards


def suggests_upgrade(whistle: Whistle) -> bool:
    """Whether two objections say that this tier cannot settle the matter (domain.md §10)."""
    handled = (WhistleStatus.HANDLING, WhistleStatus.ON_HOLD)
    return whistle.objection_count > 1 and whistle.tier != Tier.COUNTY and whistle.status in handled


def _objections(whistle: Whistle, watch: Watch) -> list[Aside]:
    rows = Objection.objects.filter(whistle=whistle).select_related(
        "unit", "suggested", "replacement", "asked_by", "decided_by"
    )
    return [_objection(row, watch) for row in rows.order_by("-asked_at", "-id")]


def _objection(row: Objection, watch: Watch) -> Aside:
    state = {
        Objection.Answer.GRANTED: _("Upheld"),
        Objection.Answer.REFUSED: pgettext("objection", "Refused"),
    }.get(Objection.Answer(row.answer), row.get_answer_display())
    facts = [
        (_("Reason"), row.reason),
        (_("Legal basis"), row.basis),
        (_("Suggested unit"), row.suggested.short_name),
        (pgettext("objection", "Raised by"), _by(row.asked_by.name, row.asked_at, watch)),
    ]
    if row.replacement is not None:
        facts.append((_("Called instead"), row.replacement.short_name))
    return Aside(
        title=_("Objection of %(unit)s") % {"unit": row.unit.short_name},
        light="soon" if row.is_pending else "wait",
        state=state,
        facts=[*facts, *_decision(row, watch)],
    )


def _consultations(whistle: Whistle, deadlines: list[CaseDeadline], watch: Watch) -> list[Aside]:
    row = (
        Consultation.objects.filter(whistle=whistle).select_related("convener", "lead", "decided_by").first()
    )
    if row is None:
        return []
    facts = [
        (_("Convened by"), row.convener.short_name),
        (_("Convened"), moments.moment(row.opened_at, watch.now)),
    ]
    if row.decided_at is None and not whistle.is_in_consultation:  # the whistle ended before it was held
        return [Aside(_("Consultation"), "closed", pgettext("a request", "No longer needed"), facts)]
    if row.decided_at is None or row.lead is None or row.held_on is None or row.decided_by is None:
        clock = next((d for d in deadlines if d.step == Step.CONSULTATION and d.is_running), None)
        due = [(_("To be held by"), moments.moment(clock.due_at, watch.now))] if clock else []
        light = clock.light(watch.now) if clock else "soon"
        state = watch.left_text(clock) if clock else ""
        return [Aside(_("Consultation"), light, state, [*facts, *due])]  # type: ignore[arg-type]  # a light's word
    names = pgettext("between names", ", ").join(unit.short_name for unit in row.assists.all())
    facts += [
        (_("Held on"), _day(row.held_on, watch)),
        (_("Who took part"), row.participants),
        (_("What was decided"), row.decision),
        (_("Lead"), row.lead.short_name),
        *([(_("Assisting"), names)] if names else []),
        (_("Recorded by"), _by(row.decided_by.name, row.decided_at, watch)),
    ]
    return [Aside(_("Consultation"), "closed", _("Decided, final"), facts)]


def _extensions(whistle: Whistle, watch: Watch) -> list[Aside]:
    rows = Extension.objects.filter(whistle=whistle).exclude(answer=Extension.Answer.WITHDRAWN)
    related = rows.select_related("assignment__unit", "asked_by", "decided_by")
    return [_extension(row, watch) for row in related.order_by("-asked_at", "-id")]


def _extension(row: Extension, watch: Watch) -> Aside:
    facts = [
        (_("Asked for"), _("%(days)s working days") % {"days": row.days}),
        (_("Reason"), row.reason),
        (_("Asked by"), _by(row.asked_by.name, row.asked_at, watch)),
        (_("Decides"), row.get_by_display()),
    ]
    return Aside(
        title=_("Extension %(number)s") % {"number": row.number},
        light="soon" if row.is_pending else "wait",
        state=row.get_answer_display(),
        facts=[*facts, *_decision(row, watch)],
    )


def _holds(whistle: Whistle, deadlines: list[CaseDeadline], watch: Watch) -> list[Aside]:
    rows = Hold.objects.filter(whistle=whistle, ended_at=None, answer__in=("pending", "granted"))
    row = (
        rows.select_related("unit", "asked_by", "decided_by")
        .prefetch_related("milestones", "reviews__by")
        .first()
    )
    if row is None:
        return []
    facts = [
        (_("Class of reason"), row.get_reason_class_display()),
        (_("Reason"), row.reason),
        (_("Until"), _day(row.until, watch)),
        (_("Asked by"), _by(row.unit.short_name, row.asked_at, watch)),
        *_decision(row, watch),
    ]
    review = next((d for d in deadlines if d.step == Step.REVIEW and d.is_running), None)
    if review is not None:
        facts.append((_("Next review"), moments.moment(review.due_at, watch.now)))
    for told in sorted(row.reviews.all(), key=lambda one: one.at, reverse=True)[:3]:
        label = _("Renewed") if told.renewed_until else _("Reviewed")
        facts.append((label, f"{moments.day(told.at, watch.now)} {told.by.name} {told.text}"))
    today = watch.calendar.local_day(watch.now)
    miles = [_mile(mile, today, watch) for mile in sorted(row.milestones.all(), key=lambda one: one.due_on)]
    title = _("Hold asked for") if row.is_pending else _("On hold, listed openly")
    return [Aside(title, "soon" if row.is_pending else "hold", row.get_answer_display(), facts, miles)]


def _mile(mile: HoldMilestone, today: dt.date, watch: Watch) -> Mile:
    if mile.reached_at is not None:
        return Mile(
            mile.text, "closed", _("reached %(day)s") % {"day": moments.day(mile.reached_at, watch.now)}
        )
    word = _("by %(day)s") % {"day": _day(mile.due_on, watch)}
    return Mile(mile.text, "over" if mile.due_on < today else "wait", word)


def _decision(row: Objection | Extension | Hold, watch: Watch) -> Facts:
    if row.decided_by is None or row.decided_at is None:
        return []
    told = [(_("Decided by"), _by(row.decided_by.name, row.decided_at, watch))]
    return [*told, (_("Decision"), row.decision)] if row.decision else told


def _by(name: str, at: dt.datetime, watch: Watch) -> str:
    return f"{name} {moments.moment(at, watch.now)}"


def _day(day: dt.date, watch: Watch) -> str:
    noon = dt.datetime.combine(day, dt.time(12), tzinfo=watch.calendar.zone)
    return moments.day(noon, watch.now)
