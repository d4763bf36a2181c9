"""One or two sentences on where a record of the powers stands: numbers, who, by when."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import AppraisalScore, Candidate, Power, PowerRecord
from communities.services.powers_appraisals import mean_of


class Notes:
    """The notes of these records; what they count is read at once: two queries, fewer where none is needed."""

    def __init__(self, records: Sequence[PowerRecord]) -> None:
        self.people: dict[int, list[Candidate]] = defaultdict(list)
        self.means: dict[int, list[Decimal]] = defaultdict(list)
        of_people = [one.pk for one in records if one.power == Power.PERSONNEL]
        of_scores = [one.pk for one in records if one.power == Power.APPRAISAL]
        if of_people:
            for one in Candidate.objects.filter(nomination__in=of_people):
                self.people[one.nomination_id].append(one)
        if of_scores:
            for score in AppraisalScore.objects.filter(appraisal__in=of_scores):
                self.means[score.appraisal_id].append(score.mean)

    def of(self, record: PowerRecord) -> str:
        """Return the note of a record, in the reader's language. No query."""
        say = {
            Power.DECISION: self._decision,
            Power.PROPOSAL: self._asked,
            Power.SUPERVISION: self._asked,
            Power.PERSONNEL: self._personnel,
            Power.APPRAISAL: self._appraisal,
        }[Power(record.power)]
        return pgettext("between sentences", ". ").join(part for part in say(record) if part)

    def _decision(self, record: PowerRecord) -> list[str]:
        decision = record.decision
        found = []
        if decision.met_on is None:
            return [record.text[:60]]
        found.append(
            _("%(day)s meeting, %(attended)d attended, %(in_favour)d in favour")
            % {
                "day": f"{decision.met_on:%m-%d}",
                "attended": decision.attended,
                "in_favour": decision.in_favour,
            }
        )
        if record.undertaking is not None:
            found.append(_("carried out by %(addressee)s") % {"addressee": record.undertaking.addressee})
        elif decision.notice_until is not None:
            words = _("notice until %(day)s, %(remarks)d remarks")
            found.append(words % {"day": f"{decision.notice_until:%m-%d}", "remarks": decision.remarks})
        return found

    def _asked(self, record: PowerRecord) -> list[str]:
        asked = record.undertaking
        to = _("to %(addressee)s") % {"addressee": asked.addressee} if asked is not None else ""
        return [to, record.text[:60]]

    def _personnel(self, record: PowerRecord) -> list[str]:
        people = self.people[record.pk]
        passed = sum(bool(one.passed) for one in people)
        if record.nomination.vetted_on is None:
            return [_("%(number)d nominated") % {"number": len(people)}]
        found = [_("%(number)d vetted, %(passed)d passed") % {"number": len(people), "passed": passed}]
        if record.nomination.recommended_on is not None:
            found.append(
                _("recommended to %(whom)s, who choose") % {"whom": record.nomination.recommended_to}
            )
        return found

    def _appraisal(self, record: PowerRecord) -> list[str]:
        appraisal = record.appraisal
        if appraisal.received is None:
            return [_("%(asked)d forms handed out") % {"asked": appraisal.asked}, appraisal.period]
        mean = mean_of(self.means[record.pk])
        found = [
            _("%(received)d of %(asked)d forms received")
            % {"received": appraisal.received, "asked": appraisal.asked}
        ]
        if mean is not None:
            found.append(_("mean %(mean)s") % {"mean": mean})
        return found
