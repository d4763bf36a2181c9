"""The whistle's tables, one family a module."""

from whistle.models.answers import Assessment, Exclusion, FinalAnswer
from whistle.models.assignments import Assignment
from whistle.models.cases import Case, CaseCounter, CaseNote, Reporter
from whistle.models.catalogue import CatalogueAssist, CatalogueEntry, CatalogueProposal, SuggestionOutcome
from whistle.models.deadlines import CaseDeadline, CasePause, CaseRung
from whistle.models.evidence import CaseLocation, Evidence
from whistle.models.extensions import Extension
from whistle.models.filters import SavedFilter
from whistle.models.holds import Hold, HoldMilestone, HoldReview
from whistle.models.kinds import DeadlinePolicy, Kind, SubClass, Wording
from whistle.models.numbers import ExternalNumber
from whistle.models.objections import Consultation, Objection
from whistle.models.recalculations import RecalculatedDeadline, Recalculation
from whistle.models.rechecks import DeadlineDifference, Recheck
from whistle.models.rules import Approver, KindRule
from whistle.models.search import CaseSearch
from whistle.models.supervision import (
    DispatchSlip,
    PaperCounter,
    Press,
    SupervisionTask,
    TaskDeadline,
    TaskRung,
)
from whistle.models.whistles import StatusTransition, Whistle

__all__ = [
    "Approver",
    "Assessment",
    "Assignment",
    "Case",
    "CaseCounter",
    "CatalogueAssist",
    "CatalogueEntry",
    "CatalogueProposal",
    "CaseDeadline",
    "CaseLocation",
    "CaseNote",
    "CasePause",
    "CaseRung",
    "CaseSearch",
    "Consultation",
    "DeadlineDifference",
    "DeadlinePolicy",
    "DispatchSlip",
    "Evidence",
    "Exclusion",
    "ExternalNumber",
    "Kind",
    "KindRule",
    "RecalculatedDeadline",
    "Recalculation",
    "Extension",
    "FinalAnswer",
    "Hold",
    "HoldMilestone",
    "HoldReview",
    "Kind",
    "KindRule",
    "Objection",
    "PaperCounter",
    "Press",
    "RecalculatedDeadline",
    "Recalculation",
    "Recheck",
    "Reporter",
    "SavedFilter",
    "StatusTransition",
    "SubClass",
    "SuggestionOutcome",
    "SupervisionTask",
    "TaskDeadline",
    "TaskRung",
    "Whistle",
    "Wording",
]
