"""Proves that every case's history obeys workflow, policies and calendar: the trail is replayed, all is recomputed."""

from collections.abc import Iterator
from dataclasses import dataclass

from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit.models import AuditEvent
from kunming_portal.demo import promises
from kunming_portal.demo.replay import File, Replay, Rights
from kunming_portal.workdays.selectors import get_calendar
from whistle.models import Assignment, Case, CaseDeadline, CaseNote, CaseRung, DeadlinePolicy, Kind, Whistle
from whistle.selectors import get_newest_rules
from whistle.workflow import MOVES

CHUNK = 1000
# Walked by the services themselves, whose tests say what they may do; the replay knows the main road
SIDE_PATHS = frozenset(rule.audit for rule in MOVES.values() if rule.is_quiet)


@dataclass(frozen=True)
class Violation:
    """One thing that cannot have happened, or that two rows tell differently."""

    case: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.case}: {self.sentence}"


def check() -> Iterator[tuple[int, list[Violation]]]:
    """Check all cases in chunks; yield how many were checked so far and what was found in the chunk.

    Eight queries a chunk of a thousand cases.
    """
    rights, calendar = Rights(), get_calendar()
    kinds = {kind.pk: kind for kind in Kind.objects.all()}
    policies = {policy.pk: policy for policy in DeadlinePolicy.objects.all()}
    side_paths = {(rule.kind_id, rule.tier): rule for rule in get_newest_rules()}
    system_id = get_system_user().pk
    done, last = 0, 0
    while True:
        cases = list(Case.objects.filter(pk__gt=last).order_by("pk")[:CHUNK])
        if not cases:
            return
        found: list[Violation] = []
        for file in _files(cases):
            if any(event.event in SIDE_PATHS for event in file.events):
                continue
            replay = Replay(file, rights=rights, kinds=kinds, system_id=system_id)
            told = promises.problems(file, calendar=calendar, policies=policies, side_paths=side_paths)
            for sentence in (*replay.run(), *told):
                found.append(Violation(file.case.number, sentence))
        done, last = done + len(cases), cases[-1].pk
        yield done, found


def _files(cases: list[Case]) -> list[File]:
    """Gather everything about these cases."""
    files = {case.pk: File(case) for case in cases}
    first, last = cases[0].pk, cases[-1].pk
    whistles = Whistle.objects.filter(case__id__range=(first, last)).select_related("caller", "receiver")
    for whistle in whistles.order_by("tier"):
        files[whistle.case_id].whistles.append(whistle)
    duties = Assignment.objects.filter(whistle__case__id__range=(first, last)).select_related("unit")
    case_of = {whistle.pk: case for case, file in files.items() for whistle in file.whistles}
    for duty in duties.order_by("pk"):
        files[case_of[duty.whistle_id]].assignments.append(duty)
    home = {}
    for deadline in CaseDeadline.objects.filter(case__id__range=(first, last)).order_by("pk"):
        files[deadline.case_id].deadlines.append(deadline)
        home[deadline.pk] = deadline.case_id
    for rung in CaseRung.objects.filter(deadline__case__id__range=(first, last)).order_by("pk"):
        files[home[rung.deadline_id]].rungs.append(rung)
    for note in CaseNote.objects.filter(case__id__range=(first, last)):
        files[note.case_id].notes.append(note)
    streams = {file.case.stream: file for file in files.values()}
    for event in AuditEvent.objects.filter(stream__in=list(streams)).order_by("stream", "seq"):
        streams[event.stream].events.append(event)
    return list(files.values())
