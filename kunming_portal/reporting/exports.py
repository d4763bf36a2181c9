"""Lists of the reporting pages as workbooks. No personal data: units and counts only."""

import datetime as dt
import io
from collections.abc import Sequence

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from kunming_portal.reporting.overdue import Holder
from kunming_portal.reporting.rates import FEWEST


def holders_workbook(holders: Sequence[Holder], *, title: str, days: str, now: dt.datetime) -> bytes:
    """Return the units with overdue cases as an .xlsx; numbers stay numbers."""
    memory = io.BytesIO()
    # Text is text: a name that begins with "=" must not become a formula
    book = xlsxwriter.Workbook(
        memory, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(pgettext("figures", "Overdue"))
    bold = book.add_format({"bold": True})
    percent = book.add_format({"num_format": "0.0%"})
    heads = _heads()
    sheet.write(0, 0, title, bold)
    sheet.write_row(2, 0, heads, bold)
    for line, holder in enumerate(holders, start=3):
        sheet.write_row(line, 0, _values(holder))
        if holder.rate.percent is not None:
            sheet.write_number(line, len(heads) - 1, float(holder.rate.percent) / 100, percent)
    sheet.write(len(holders) + 4, 0, _note(days=days, now=now))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(heads) - 1, 16)
    sheet.freeze_panes(3, 0)
    book.close()
    return memory.getvalue()


def _heads() -> tuple[str, ...]:
    return (
        pgettext("figures", "Unit"),
        pgettext("figures", "Place"),
        gettext("Overdue cases"),
        gettext("Longest overdue, working days"),
        gettext("Late with"),
        gettext("Closed on time"),
        gettext("Fell due"),
        gettext("Closed on time, rate"),
    )


def _values(holder: Holder) -> tuple[str | int, ...]:
    return (
        holder.unit.name,
        holder.unit.division.name,
        holder.cases,
        holder.days,
        holder.steps_text,
        holder.rate.met,
        holder.rate.total,
    )


def _note(*, days: str, now: dt.datetime) -> str:
    return gettext("Rates of %(days)s; none under %(fewest)d. As of %(moment)s.") % {
        "days": days,
        "fewest": FEWEST,
        "moment": timezone.localtime(now).strftime("%Y-%m-%d %H:%M"),
    }
