"""What a case, a whistle and a unit's duty can be in; who stands where; what a deadline is about. Pure."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Tier(models.IntegerChoices):
    """Who calls whom: one tier up."""

    COMMUNITY = 1, _("Community whistle")
    STREET = 2, _("Street whistle")
    COUNTY = 3, _("County whistle")


class CaseStatus(models.TextChoices):
    OPEN = "open", _("In handling")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Merged")


class Ending(models.TextChoices):
    """How a case ended; what never counts as solved has a word of its own (domain.md §1.6, §9)."""

    SOLVED = "solved", pgettext_lazy("ending", "Solved")
    PARTLY = "partly", pgettext_lazy("ending", "Partly solved")
    NOT_EVALUATED = "not_evaluated", pgettext_lazy("ending", "Not evaluated")
    FINAL_ANSWER = "final_answer", pgettext_lazy("ending", "Final answer")
    WITHDRAWN = "withdrawn", pgettext_lazy("ending", "Withdrawn")


class WhistleStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    AWAITING_APPROVAL = "awaiting_approval", _("Waiting for sign-off")
    AWAITING_ACCEPTANCE = "awaiting_acceptance", _("Waiting for acceptance")
    RETURNED = "returned", _("Returned for completion")
    AWAITING_DISPATCH = "awaiting_dispatch", _("Waiting for dispatch")
    HANDLING = "handling", _("Being handled")
    ON_HOLD = "on_hold", pgettext_lazy("a whistle", "On hold")
    AWAITING_VERIFICATION = "awaiting_verification", _("Waiting for verification")
    AWAITING_EVALUATION = "awaiting_evaluation", _("Waiting for evaluation")
    CLOSED = "closed", _("Closed")
    UPGRADED = "upgraded", _("Upgraded")
    MERGED = "merged", _("Merged")
    ANSWERED = "answered", _("Final answer given")
    WITHDRAWN = "withdrawn", pgettext_lazy("whistle", "Withdrawn")


class AssignmentStatus(models.TextChoices):
    AWAITING_SIGNATURE = "awaiting_signature", _("Waiting for signature")
    AWAITING_REPORT_IN = "awaiting_report_in", _("Waiting for report-in")
    OBJECTED = "objected", _("Objection pending")
    HANDLING = "handling", _("Being handled")
    FED_BACK = "fed_back", _("Fed back")
    RELEASED = "released", _("Released")


class Party(StrEnum):
    """On which side of a whistle somebody stands."""

    CALLER = "caller"  # a unit seated where the whistle was blown
    RECEIVER = "receiver"  # a unit seated where it was received
    ASSIGNEE = "assignee"  # the very unit that was called
    ABOVE = "above"  # a unit seated one tier above the receiver; above the city there is only the city


class Step(models.TextChoices):
    """What a deadline is about."""

    APPROVE = "approve", _("Sign-off")
    DISPATCH = "dispatch", _("Accept and dispatch")
    SIGN = "sign", _("Sign for it")
    REPORT_IN = "report_in", _("Report in")
    FEED_BACK = "feed_back", _("Handle and feed back")
    CLOSE = "close", pgettext_lazy("a case", "Close")
    VERIFY = "verify", _("Verify")
    OBJECTION = "objection", _("Decide the objection")
    CONSULTATION = "consultation", _("Consultation")
    REVIEW = "review", _("Review of the hold")
    HOLD = "hold", pgettext_lazy("step", "On hold")
    COMPLETE = "complete", pgettext_lazy("step", "Complete what is missing")


W = WhistleStatus
A = AssignmentStatus

OPEN_WHISTLE = (
    W.DRAFT,
    W.AWAITING_APPROVAL,
    W.AWAITING_ACCEPTANCE,
    W.RETURNED,
    W.AWAITING_DISPATCH,
    W.HANDLING,
    W.ON_HOLD,
    W.AWAITING_VERIFICATION,
    W.AWAITING_EVALUATION,
    W.MERGED,
)
ENDED_WHISTLE = (W.CLOSED, W.UPGRADED, W.ANSWERED, W.WITHDRAWN)
WORKING_ASSIGNMENT = (A.AWAITING_SIGNATURE, A.AWAITING_REPORT_IN, A.HANDLING)
# What the whistle still waits for: units that work, and units whose objection is not decided
UNFINISHED_ASSIGNMENT = (*WORKING_ASSIGNMENT, A.OBJECTED)
