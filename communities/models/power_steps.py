"""The procedures of the five powers as tables: which steps, in which order, what is done at each. Pure."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Power(models.TextChoices):
    """The five powers of a compound's Party branch (domain.md §4.1)."""

    DECISION = "decision", pgettext_lazy("power", "Decision")
    PROPOSAL = "proposal", pgettext_lazy("power", "Proposal")
    PERSONNEL = "personnel", pgettext_lazy("power", "Personnel")
    SUPERVISION = "supervision", pgettext_lazy("power", "Supervision")
    APPRAISAL = "appraisal", pgettext_lazy("power", "Appraisal")


class Step(models.TextChoices):
    """A step of a procedure; a record stands at the one that is to be done next."""

    TOPIC = "topic", pgettext_lazy("power step", "Topic")
    MEETING = "meeting", pgettext_lazy("power step", "Meeting")
    RESOLUTION = "resolution", pgettext_lazy("power step", "Resolution")
    NOTICE = "notice", pgettext_lazy("power step", "Public notice")
    EXECUTION = "execution", pgettext_lazy("power step", "Execution")
    PROPOSED = "proposed", pgettext_lazy("power step", "Proposed")
    SENT = "sent", pgettext_lazy("power step", "Sent")
    REPLY = "reply", pgettext_lazy("power step", "Reply")
    ADOPTION = "adoption", pgettext_lazy("power step", "Adoption")
    NOMINATED = "nominated", pgettext_lazy("power step", "Nomination")
    VETTING = "vetting", pgettext_lazy("power step", "Vetting")
    RECOMMENDATION = "recommendation", pgettext_lazy("power step", "Recommendation")
    CHOICE = "choice", pgettext_lazy("power step", "Choice by those entitled")
    FOUND = "found", pgettext_lazy("power step", "Finding")
    RECTIFICATION = "rectification", pgettext_lazy("power step", "Rectification")
    RECHECK = "recheck", pgettext_lazy("power step", "Re-check")
    STRUCK_OFF = "struck_off", pgettext_lazy("power step", "Struck off")
    INVITED = "invited", pgettext_lazy("power step", "Invitation")
    SCORES = "scores", pgettext_lazy("power step", "Scoring")
    SUMMARY = "summary", pgettext_lazy("power step", "Summary")
    USE = "use", pgettext_lazy("power step", "Use")
    CLOSED = "closed", pgettext_lazy("power step", "Closed")


# What a page draws: every step in order. The first is done when the record is opened.
FLOWS: dict[str, tuple[Step, ...]] = {
    Power.DECISION: (Step.TOPIC, Step.MEETING, Step.RESOLUTION, Step.NOTICE, Step.EXECUTION),
    Power.PROPOSAL: (Step.PROPOSED, Step.SENT, Step.REPLY, Step.ADOPTION),
    Power.PERSONNEL: (Step.NOMINATED, Step.VETTING, Step.RECOMMENDATION, Step.CHOICE),
    Power.SUPERVISION: (Step.FOUND, Step.RECTIFICATION, Step.RECHECK, Step.STRUCK_OFF),
    Power.APPRAISAL: (Step.INVITED, Step.SCORES, Step.SUMMARY, Step.USE),
}
# What can be done at each step, the next step's move first. Reply, rectification and execution are reported on the
# undertaking's own page. What is open can be ended early with a reason (`end`).
MOVES: dict[str, tuple[str, ...]] = {
    Step.MEETING: ("meet",),
    Step.RESOLUTION: ("resolve",),
    Step.NOTICE: ("announce", "execute", "remark"),
    Step.EXECUTION: ("finish",),
    Step.REPLY: (),
    Step.ADOPTION: ("adopt",),
    Step.VETTING: ("vet",),
    Step.RECOMMENDATION: ("recommend",),
    Step.CHOICE: ("choose",),
    Step.RECTIFICATION: (),
    Step.RECHECK: ("recheck",),
    Step.SCORES: ("score",),
    Step.SUMMARY: ("summarise", "score"),
    Step.USE: ("use",),
    Step.CLOSED: (),
}


def moves_of(power: str) -> set[str]:
    """Return every move a record of this power may ever see. Pure."""
    return {"end", *(move for step in FLOWS[power] for move in MOVES.get(step, ()))}


class Result(models.TextChoices):
    """How a record was closed."""

    CARRIED_OUT = "carried_out", pgettext_lazy("power result", "Carried out")
    ADOPTED = "adopted", pgettext_lazy("power result", "Adopted")
    PARTLY = "partly", pgettext_lazy("power result", "Adopted in part")
    NOT_ADOPTED = "not_adopted", pgettext_lazy("power result", "Not adopted")
    CHOSEN = "chosen", pgettext_lazy("power result", "Outcome recorded")
    STRUCK_OFF = "struck_off", pgettext_lazy("power result", "Struck off")
    USED = "used", pgettext_lazy("power result", "Put to use")
    ENDED = "ended", pgettext_lazy("power result", "Ended early")


# How a proposal may come out
ADOPTIONS = (Result.ADOPTED, Result.PARTLY, Result.NOT_ADOPTED)

# Stands on every page and form of the powers: whose decision it is (Civil Code art. 278)
BOUNDARY = _(
    "Civil Code, article 278: electing the owners' committee, hiring and dismissing the property firm, and using "
    "the repair fund are decided by the owners together. The branch discusses first, vets and recommends."
)
