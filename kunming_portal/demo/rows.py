"""Rows waiting to be written, and the keys they get."""

from dataclasses import dataclass, field

from kunming_portal.attachments.models import Attachment
from kunming_portal.audit.models import AuditEvent
from kunming_portal.encryption import cipher
from whistle.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseLocation,
    CaseNote,
    CaseRung,
    CaseSearch,
    Evidence,
    ExternalNumber,
    FinalAnswer,
    Reporter,
    Whistle,
)
from whistle.services import cases


class Impossible(Exception):
    """A script asks for a move that the workflow does not have: a mistake in the script."""


@dataclass
class Ids:
    """The next free keys of the tables."""

    case: int = 1
    whistle: int = 1
    assignment: int = 1
    deadline: int = 1
    rung: int = 1
    note: int = 1
    evidence: int = 1
    event: int = 1
    number: int = 1

    def take(self, table: str) -> int:
        """Give out the next key of a table."""
        key: int = getattr(self, table)
        setattr(self, table, key + 1)
        return key


@dataclass
class Rows:
    """What the walks of many scripts leave to be written."""

    cases: list[Case] = field(default_factory=list)
    reporters: list[Reporter] = field(default_factory=list)
    whistles: list[Whistle] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    deadlines: list[CaseDeadline] = field(default_factory=list)
    answers: list[FinalAnswer] = field(default_factory=list)
    rungs: list[CaseRung] = field(default_factory=list)
    searches: list[CaseSearch] = field(default_factory=list)
    notes: list[CaseNote] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    locations: list[CaseLocation] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    numbers: list[ExternalNumber] = field(default_factory=list)


def reporter_of(case: Case, name: str, phone: str) -> Reporter:
    """Return the unsaved, encrypted reporter of a case."""
    return Reporter(
        case=case,
        name_cipher=cipher.encrypt(name, context=cases.NAME_CONTEXT),
        phone_cipher=cipher.encrypt(phone, context=cases.PHONE_CONTEXT),
        phone_hash=cipher.keyed_hash(phone, context=cases.PHONE_CONTEXT) if phone else "",
    )
