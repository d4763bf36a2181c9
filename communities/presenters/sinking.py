"""What sinks to a compound (下沉到小区的) this year, for the compound's page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from communities.models import Compound, CompoundGrant, GrantUse

Kind = CompoundGrant.Kind
TEN_THOUSAND = Decimal(10_000)
SHOWN = 3
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Sunk:
    """One line: what, how much of which unit, a note below, where to read more."""

    label: str
    number: str
    unit: str
    note: str
    url: str


@dataclass(frozen=True)
class Figures:
    """How much was given, used and left, in words; of a service how often."""

    given: str
    used: str
    left: str


@dataclass(frozen=True)
class GrantRow:
    """One entry of the list."""

    grant: CompoundGrant
    given: str
    used: str


def grant_rows(grants: Iterable[CompoundGrant]) -> list[GrantRow]:
    """Return entries annotated with `used` as rows. No query."""
    return [
        GrantRow(
            grant=grant,
            given=yuan(grant.amount) if grant.amount is not None else grant.quantity,
            used=yuan(vars(grant)["used"] or NOTHING) if grant.is_money else "",
        )
        for grant in grants
    ]


def figures_of(grant: CompoundGrant, uses: Sequence[GrantUse]) -> Figures:
    """Return the figures of an entry with its uses. No query."""
    if grant.amount is None:
        times = ngettext("%(number)d time", "%(number)d times", len(uses)) % {"number": len(uses)}
        return Figures(given=grant.quantity, used=times, left="")
    used = sum((use.amount or NOTHING for use in uses), NOTHING)
    return Figures(given=yuan(grant.amount), used=yuan(used), left=yuan(grant.amount - used))


def yuan(amount: Decimal) -> str:
    """Return an amount with thousands apart: 86,000元."""
    text = f"{amount:,.2f}".removesuffix(".00")
    return _("%(amount)s yuan") % {"amount": text}


def rows(compound: Compound, *, now: datetime) -> Sequence[Sunk]:
    """Return this year's funds by kind with what was used, then services. One query; nothing given, no line."""
    year = timezone.localdate(now).year
    found = CompoundGrant.objects.filter(compound=compound, year=year).annotate(used=Sum("uses__amount"))
    grants = list(found.order_by("pk"))
    return [
        _line(kind, of_kind, year=year, compound=compound)
        for kind in Kind
        if (of_kind := [grant for grant in grants if grant.kind == kind])
    ]


def in_ten_thousands(yuan: Decimal) -> str:
    """Return an amount in 万元 without idle zeros: 86000 -> 8.6."""
    return f"{(yuan / TEN_THOUSAND).quantize(Decimal('0.01')).normalize():f}"


def _line(kind: Kind, grants: Sequence[CompoundGrant], *, year: int, compound: Compound) -> Sunk:
    chosen: dict[str, str | int] = {"compound": compound.pk, "year": year, "kind": kind.value}
    url = f"{reverse('compound-grants')}?{urlencode(chosen)}"
    titles = [grant.title for grant in grants]
    named = pgettext("between titles", ", ").join(titles[:SHOWN])
    if kind == Kind.SERVICE:
        return Sunk(
            label=str(kind.label),
            number=str(len(grants)),
            unit=ngettext("service", "services", len(grants)),
            note=named,
            url=url,
        )
    given = sum((grant.amount or NOTHING for grant in grants), NOTHING)
    used = sum((vars(grant)["used"] or NOTHING for grant in grants), NOTHING)
    return Sunk(
        label=str(kind.label),
        number=in_ten_thousands(given),
        unit=_("ten thousand yuan"),
        note=_("%(used)s used, %(titles)s") % {"used": in_ten_thousands(used), "titles": named},
        url=url,
    )
