"""The yearly opinion as a paper: the words of the community, the facts below them (反馈表, domain.md §11)."""

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import YearlyOpinion
from communities.services.opinions import Facts, facts_of
from kunming_portal.documents import Block, Heading, Paper, Paragraph, Table
from kunming_portal.documents import Facts as FactsBlock

MEMBERS_WIDTHS = [40, 56, 60]
RECORDS_WIDTHS = [24, 22, 46, 14, 50]


def get_opinion_paper(opinion: YearlyOpinion, *, today: date) -> Paper:
    """Return the paper of an opinion, in the office's language; a draft says that it is one. At most two queries."""
    with translation.override(settings.LANGUAGE_CODE):
        check_in = opinion.check_in
        issuer = check_in.community.name
        issued = timezone.localdate(opinion.issued_at) if opinion.issued_at is not None else today
        title = _("Opinion on the double report of %(unit)s in %(year)s") % {
            "unit": check_in.unit_name,
            "year": opinion.year,
        }
        return Paper(
            title=title if opinion.is_issued else _("%(title)s (draft)") % {"title": title},
            issuer=issuer,
            addressee=check_in.unit_name,
            body=list(_body(opinion, facts_of(opinion))),
            signature=issuer,
            date=issued,
            imprint=issuer,
        )


def _body(opinion: YearlyOpinion, facts: Facts) -> Iterator[Block]:
    yield Paragraph(opinion.text)
    yield Heading("一、" + _("What is on record"))
    yield FactsBlock(
        [
            (_("Members checked in"), str(len(facts["members"]))),
            (_("Services on record"), str(facts["services"])),
        ]
    )
    if facts["members"]:
        yield Heading("二、" + pgettext("of a unit", "Members"))
        yield Table(
            [pgettext("of a person", "Name"), _("Service class"), _("Services on record")],
            [[one["name"], one["service_class"], str(one["services"])] for one in facts["members"]],
            MEMBERS_WIDTHS,
        )
    if facts["records"]:
        numeral = "三" if facts["members"] else "二"
        yield Heading(f"{numeral}、" + _("Services"))
        unit = pgettext("who served", "Unit")
        yield Table(
            [
                _("Date"),
                pgettext("of a service", "Who"),
                _("Item of service"),
                _("Hours"),
                _("What came of it"),
            ],
            [
                [one["on"], one["who"] or unit, one["item"], one["hours"], one["outcome"]]
                for one in facts["records"]
            ],
            RECORDS_WIDTHS,
        )
    yield Paragraph(_("These are facts as they were recorded. They are no score and no ranking."))
