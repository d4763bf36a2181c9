"""What the API shows: every key explicit, none of them a reporter's. Tests hold the keys.

Serializers read rows that the view has loaded with everything needed: none of them queries. `now` and
`user` come in the context.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kunming_portal.deadlines.models import LimitUnitChoices, RungChoices
from kunming_portal.workdays.calendar import DayReason
from whistle import guards, hours
from whistle.models import Assignment, Case, CaseDeadline, ExternalNumber, Whistle
from whistle.workflow import AssignmentStatus, CaseStatus, Ending, Move, Step, Tier, WhistleStatus

LIGHTS = [(light, light) for light in ("normal", "soon", "over", "hold", "closed")]
LightField = serializers.ChoiceField(choices=LIGHTS)
Shown = serializers.Serializer[Any]


class DivisionRef(Shown):
    """A division by code and name."""

    code = serializers.CharField()
    name = serializers.CharField()


class UnitRef(Shown):
    """A unit by code and name."""

    code = serializers.CharField()
    name = serializers.CharField()


class KindRef(Shown):
    """A kind of whistle by code and name in the reader's language."""

    code = serializers.CharField()
    name = serializers.CharField(source="label")


class SubClassRef(Shown):
    """A sub-class of a kind by code and name in the reader's language."""

    code = serializers.CharField()
    name = serializers.CharField(source="label")


class KindOut(KindRef):
    """A kind of whistle in use."""

    scope = serializers.CharField()
    tiers = serializers.ListField(child=serializers.ChoiceField(choices=Tier.choices))
    approval_tiers = serializers.ListField(child=serializers.ChoiceField(choices=Tier.choices))
    is_emergency = serializers.BooleanField()


class AssignmentOut(Shown):
    """One unit's duty on one whistle."""

    id = serializers.IntegerField()
    unit = UnitRef()
    is_lead = serializers.BooleanField()
    status = serializers.ChoiceField(choices=AssignmentStatus.choices)
    called_at = serializers.DateTimeField(source="created_at")
    signed_at = serializers.DateTimeField(allow_null=True)
    reported_at = serializers.DateTimeField(allow_null=True)
    reported_person = serializers.CharField()
    reported_phone = serializers.CharField()
    fed_back_at = serializers.DateTimeField(allow_null=True)
    measures = serializers.CharField()
    met_whom = serializers.CharField()
    reworks = serializers.IntegerField()
    evaluated_at = serializers.DateTimeField(allow_null=True)
    speed = serializers.ChoiceField(choices=Assignment.Grade.choices, allow_blank=True)
    cooperation = serializers.ChoiceField(choices=Assignment.Grade.choices, allow_blank=True)
    effect = serializers.ChoiceField(choices=Assignment.Grade.choices, allow_blank=True)
    comment = serializers.CharField()


class WhistleOut(Shown):
    """One call at one tier, with the duties of the units called."""

    tier = serializers.ChoiceField(choices=Tier.choices)
    kind = KindRef()
    sub_class = SubClassRef(allow_null=True)
    caller = UnitRef()
    receiver = UnitRef()
    status = serializers.ChoiceField(choices=WhistleStatus.choices)
    reason = serializers.CharField()
    blown_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    verdict = serializers.ChoiceField(choices=Whistle.Verdict.choices, allow_blank=True)
    satisfaction = serializers.ChoiceField(choices=Whistle.Satisfaction.choices, allow_blank=True)
    reworks = serializers.IntegerField()
    ended_at = serializers.DateTimeField(allow_null=True)
    assignments = AssignmentOut(many=True)


class MoveOut(Shown):
    """A move as the caller sees it: allowed now, or the sentence that says when it will be."""

    move = serializers.ChoiceField(choices=[(move.value, move.value) for move in Move])
    assignment = serializers.IntegerField(
        allow_null=True, help_text="The duty it is made on; null: the whistle."
    )
    is_allowed = serializers.BooleanField()
    refusal = serializers.CharField(help_text="Empty when allowed.")

    def to_representation(self, option: guards.MoveOption) -> dict[str, Any]:
        """Return the option as plain values."""
        return {
            "move": option.move.value,
            "assignment": option.assignment.pk if option.assignment is not None else None,
            "is_allowed": option.is_allowed,
            "refusal": option.refusal,
        }


class ExternalNumberOut(Shown):
    """A number of the case in another system."""

    system = serializers.ChoiceField(choices=ExternalNumber.System.choices)
    number = serializers.CharField()


class MergedRef(Shown):
    """The case another one is merged into."""

    id = serializers.IntegerField()
    number = serializers.CharField()


class CaseOut(Shown):
    """A case as lists show it. `tier`, `kind` and `whistle_status` are those of its highest whistle."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    title = serializers.CharField()
    place = serializers.CharField()
    source = serializers.ChoiceField(choices=Case.Source.choices)  # type: ignore[assignment]
    external_number = serializers.SerializerMethodField(
        help_text="The first of its numbers in other systems."
    )
    division = DivisionRef()
    compound = serializers.IntegerField(
        source="compound_id", allow_null=True, help_text="Id of the compound it happened in; null: in none."
    )
    status = serializers.ChoiceField(choices=CaseStatus.choices)
    light = serializers.SerializerMethodField()
    due_at = serializers.DateTimeField(allow_null=True)
    tier = serializers.SerializerMethodField()
    kind = serializers.SerializerMethodField()
    whistle_status = serializers.SerializerMethodField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    ending = serializers.ChoiceField(
        choices=Ending.choices, allow_blank=True, help_text="How it ended; empty while it is open or merged."
    )
    hold_until = serializers.DateTimeField(
        allow_null=True, help_text="On hold until then; null: not on hold."
    )
    version = serializers.IntegerField()

    def get_external_number(self, case: Case) -> str:
        """Return the first of the numbers, which the case keeps in one text."""
        return case.external_number.split(" ")[0]

    @extend_schema_field(LightField)
    def get_light(self, case: Case) -> str:
        """Return the worst running light now."""
        return case.light(self.context["now"])

    @extend_schema_field(serializers.ChoiceField(choices=Tier.choices))
    def get_tier(self, case: Case) -> int:
        """Return the tier of the highest whistle."""
        return highest(case).tier

    def get_kind(self, case: Case) -> str:
        """Return the kind's code of the highest whistle."""
        return highest(case).kind.code

    @extend_schema_field(serializers.ChoiceField(choices=WhistleStatus.choices))
    def get_whistle_status(self, case: Case) -> str:
        """Return the status of the highest whistle."""
        return highest(case).status


class CaseDetailOut(CaseOut):
    """A case with its whistles, their duties, and what the caller may do now."""

    description = serializers.CharField()
    affected = serializers.CharField()
    tried = serializers.CharField()
    external_numbers = ExternalNumberOut(many=True)
    merged_into = MergedRef(
        source="parent", allow_null=True, help_text="The case that stands for this one; follow it instead."
    )
    callers = serializers.IntegerField(help_text="How many told of this matter; more than one after merging.")
    opened_by = serializers.CharField(source="opened_by.name")
    has_reporter = serializers.BooleanField(
        help_text="Whether a reporter is on record; who, the API never says."
    )
    whistles = WhistleOut(many=True)
    moves = serializers.SerializerMethodField()

    @extend_schema_field(MoveOut(many=True))
    def get_moves(self, case: Case) -> list[dict[str, Any]]:
        """Return the caller's moves on the highest whistle."""
        whistle = highest(case)
        if not whistle.is_open:
            return []
        options = guards.get_options(
            whistle=whistle, assignments=list(whistle.assignments.all()), user=self.context["user"]
        )
        return list(MoveOut(options, many=True).data)


class RungOut(Shown):
    """A rung of a deadline's ladder: planned, and climbed if it was."""

    rung = serializers.ChoiceField(choices=RungChoices.choices)
    planned_at = serializers.DateTimeField()
    climbed_at = serializers.DateTimeField(allow_null=True)


class DeadlineOut(Shown):
    """One promise: of a whistle, or of one unit on it."""

    id = serializers.IntegerField()
    case = serializers.IntegerField(source="case_id")
    tier = serializers.ChoiceField(choices=Tier.choices, source="whistle.tier")
    step = serializers.ChoiceField(choices=Step.choices)
    unit = serializers.SerializerMethodField()
    amount = serializers.IntegerField()
    unit_of_time = serializers.ChoiceField(choices=LimitUnitChoices.choices, source="unit")
    clock = serializers.TimeField(allow_null=True, help_text="Only for a fixed time.")
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    yellow_at = serializers.DateTimeField(allow_null=True)
    light = serializers.SerializerMethodField()
    provisional = serializers.BooleanField(help_text="Touches a year whose holidays are not yet published.")
    ended_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=CaseDeadline.Outcome.choices, allow_blank=True)
    was_late = serializers.BooleanField()
    rungs = serializers.SerializerMethodField()

    @extend_schema_field(UnitRef(allow_null=True))
    def get_unit(self, deadline: CaseDeadline) -> dict[str, str] | None:
        """Return the unit whose promise it is; null when it is the caller's or the centre's."""
        return dict(UnitRef(deadline.assignment.unit).data) if deadline.assignment is not None else None

    @extend_schema_field(LightField)
    def get_light(self, deadline: CaseDeadline) -> str:
        """Return its light now."""
        return deadline.light(self.context["now"])

    @extend_schema_field(RungOut(many=True))
    def get_rungs(self, deadline: CaseDeadline) -> list[dict[str, Any]]:
        """Return the planned ladder with the moments at which rungs were climbed."""
        climbed = {rung.rung: rung.climbed_at for rung in deadline.rungs.all()}
        rows = [
            {"rung": step.rung.value, "planned_at": step.at, "climbed_at": climbed.get(step.rung.value)}
            for step in deadline.steps
        ]
        return list(RungOut(rows, many=True).data)


class WorksheetLineOut(Shown):
    """One line of the computation: a day, or a run of rest days alike."""

    first = serializers.DateField()
    last = serializers.DateField()
    reason = serializers.ChoiceField(choices=[(reason.value, reason.value) for reason in DayReason])
    words = serializers.CharField(source="reason.label", help_text="The reason in the reader's language.")
    name = serializers.CharField(help_text="The holiday, if it is one.")
    minutes = serializers.IntegerField()
    days = serializers.IntegerField()
    provisional = serializers.BooleanField()


class WorksheetOut(DeadlineOut):
    """A promise that explains itself, day by day."""

    worksheet = serializers.SerializerMethodField()

    @extend_schema_field(WorksheetLineOut(many=True))
    def get_worksheet(self, deadline: CaseDeadline) -> list[dict[str, Any]]:
        """Return the lines from the start to the due moment."""
        lines = hours.of_deadline(deadline, self.context["calendar"]).explain(
            deadline.started_at, deadline.due_at, deadline.limit.unit.counted_in
        )
        return list(WorksheetLineOut(lines, many=True).data)


class EventOut(Shown):
    """One event of the case's trail. `seq` counts within the case without gaps."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    event = serializers.CharField()
    actor = serializers.CharField(source="actor_name")
    unit = serializers.CharField(source="unit_name")
    reason = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]


def highest(case: Case) -> Whistle:
    """Return the whistle of the highest tier from the loaded ones; a case always has at least one."""
    whistles: list[Whistle] = list(case.whistles.all())
    return whistles[-1]
