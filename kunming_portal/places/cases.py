"""The cases of a place: of a compound as lines, of a community by light."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case as Switch
from django.db.models import Count, F, Q, Value, When
from django.utils import timezone

from communities.models import Compound
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.ui import parts
from whistle import rows
from whistle.guards import reaches
from whistle.models import Assignment, Case, Whistle
from whistle.selectors import get_cases

SHOWN = 8
LIGHTS: tuple[parts.Light, ...] = ("over", "soon", "normal", "hold")


@dataclass(frozen=True)
class CaseLine:
    """A case as the page shows it. `url` is empty for whoever may not open it."""

    title: str
    number: str
    tier: str
    turn: str
    lead: Assignment | None
    due: parts.Due
    url: str


@dataclass(frozen=True)
class CompoundCases:
    """The open cases of a compound, the most urgent first, how many they are, and how many closed this year."""

    lines: Sequence[CaseLine]
    open: int
    closed: int
    may_open: bool


def get_compound_cases(compound: Compound, *, user: User, now: datetime) -> CompoundCases:
    """Return what runs in a compound, for anybody who sees the compound. About eight queries, however many cases.

    Whoever may see cases here gets links. Everybody else who sees the compound - its branch secretary, above all -
    gets the bare line of each whistle that was blown: title, number, whose turn, until when, as much as is read out
    at the compound's meeting. What could point at a single person stays behind the right to see cases: description,
    place, reporter, notes, pictures; and every draft, because nobody has vouched for its title yet (ADR 0033).
    """
    blown = Whistle.objects.blown().filter(case__compound=compound)
    mine = Q(pk__in=get_cases(user=user).filter(compound=compound).values("pk"))
    found = Case.objects.filter(mine | Q(pk__in=blown.values("case")), compound=compound)
    year = timezone.localtime(now).year
    counts = found.aggregate(
        open=Count("pk", filter=Q(status="open")),
        closed=Count("pk", filter=Q(status="closed", closed_at__year=year)),
    )
    urgent = found.open().select_related("division").order_by(F("due_at").asc(nulls_last=True), "pk")
    shown = rows.case_rows(rows.present(urgent[:SHOWN]), user=user, now=now)
    return CompoundCases(
        lines=[_line(row, user) for row in shown],
        open=counts["open"],
        closed=counts["closed"],
        may_open=any(compound.community_id.startswith(code) for code in user.scope(P.CASE_VIEW).prefixes),
    )


def _line(row: rows.CaseRow, user: User) -> CaseLine:
    case = row.case
    return CaseLine(
        title=case.title,
        number=case.number,
        tier=row.whistle.get_tier_display(),
        turn=row.turn,
        lead=row.lead,
        due=row.due,
        url=case.get_absolute_url() if reaches(user, P.CASE_VIEW, case) else "",
    )


def count_lights(code: str, *, user: User, now: datetime) -> dict[parts.Light, int] | None:
    """Return the open cases of a community by light; None for whoever does not see its cases. One query."""
    if not any(code.startswith(prefix) for prefix in user.scope(P.CASE_VIEW).prefixes):
        return None
    shade = Switch(
        When(hold_until__isnull=False, then=Value("hold")),
        When(due_at__lt=now, then=Value("over")),
        When(yellow_at__lte=now, then=Value("soon")),
        default=Value("normal"),
    )
    found = get_cases(user=user).open().filter(division=code).values_list(shade).annotate(n=Count("pk"))
    counted = dict(found.order_by())
    return {light: counted.get(light, 0) for light in LIGHTS}
