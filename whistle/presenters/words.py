"""What was said about the present whistle that everybody on the case should read first. No query."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from whistle.models import Assessment, Case, FinalAnswer, Whistle
from whistle.workflow import Ending, WhistleStatus

W = WhistleStatus


@dataclass(frozen=True)
class Word:
    """One card: what it is, the words themselves, and facts under them."""

    title: str
    text: str = ""
    facts: Sequence[tuple[str, str]] = ()


def get_words(*, case: Case, whistle: Whistle, reason: str) -> list[Word]:
    """Return the cards under the standing. The whistle comes with `final_answer` and `assessment`.

    `reason` is what `selectors.get_last_reason` found for the whistle's status.
    """
    found = [_of_status(case, whistle, reason)]
    if hasattr(whistle, "final_answer"):
        found.append(_answer(whistle.final_answer))
    if hasattr(whistle, "assessment"):
        found.append(_assessment(whistle.assessment, whistle))
    return [word for word in found if word is not None]


def _of_status(case: Case, whistle: Whistle, reason: str) -> Word | None:
    if whistle.status == W.RETURNED:
        return Word(_("%(unit)s returned it for completion") % {"unit": whistle.receiver.short_name}, reason)
    if whistle.status == W.WITHDRAWN:
        return Word(_("%(unit)s withdrew it") % {"unit": whistle.caller.short_name}, reason)
    if whistle.reopenings and whistle.is_open:
        title = ngettext("Reopened once", "Reopened %(number)d times", whistle.reopenings)
        return Word(title % {"number": whistle.reopenings}, reason)
    if case.ending == Ending.NOT_EVALUATED:
        return Word(
            _("Closed without an answer"),
            _("%(unit)s did not verify in time. It counts neither as solved nor in satisfaction.")
            % {"unit": whistle.caller.short_name},
        )
    return None


def _answer(answer: FinalAnswer) -> Word:
    facts = [(_("Legal basis"), answer.legal_basis)]
    if answer.evidence:
        facts.append((_("Evidence"), answer.evidence))
    facts.append((_("Signed by"), answer.signed_by.name))
    return Word(_("Final answer"), answer.text, facts)


def _assessment(said: Assessment, whistle: Whistle) -> Word:
    title = _("%(unit)s on the whistle: %(opinion)s") % {
        "unit": whistle.receiver.short_name,
        "opinion": said.get_opinion_display(),
    }
    return Word(title, said.comment, [(_("Cause"), said.get_cause_display())] if said.cause else [])
