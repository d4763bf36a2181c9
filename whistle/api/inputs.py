"""What callers may send: every field named and bounded; a field nobody knows is refused."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from communities.models import Compound
from communities.selectors import get_compounds
from kunming_portal.accounts.permissions import Permission
from kunming_portal.organisations.models import Unit
from whistle.models import Assignment, Case, Kind, Whistle

MOST_UNITS = 20


class Input(serializers.Serializer[Any]):
    """A body whose unknown fields are errors: a misspelt field must not be dropped in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values."""
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {name: [_("There is no such field.")] for name in unknown}, code="unknown"
                )
        return super().to_internal_value(data)


@extend_schema_field(int)
class DutyField(serializers.PrimaryKeyRelatedField[Assignment]):
    """A duty of the case the request is about, by its id; another case's duty does not exist here."""

    def get_queryset(self) -> QuerySet[Assignment]:
        """Return the case's duties."""
        return Assignment.objects.filter(whistle__case=self.context["case"]).select_related("unit")


@extend_schema_field(str)
class UnitField(serializers.SlugRelatedField[Unit]):
    """A unit by its code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="code", queryset=Unit.objects.select_related("division"), **options)


@extend_schema_field(str)
class KindField(serializers.SlugRelatedField[Kind]):
    """A kind of whistle by its code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="code", queryset=Kind.objects.all(), **options)


@extend_schema_field(int)
class CompoundField(serializers.PrimaryKeyRelatedField[Compound]):
    """A compound by its id, where the caller may write cases; another one does not exist here."""

    def get_queryset(self) -> QuerySet[Compound]:
        """Return the compounds within the caller's right to write cases."""
        return get_compounds(user=self.context["user"], permission=Permission.CASE_OPEN).in_use()


class CaseInput(Input):
    """A matter as it is written down. The reporter's name and phone go in and never come out again."""

    kind = KindField(help_text="Code of the kind of whistle (see /kinds/).")
    caller = UnitField(
        required=False,
        help_text="Code of the unit in whose name it is written; who writes for one unit only may leave it out.",
    )
    description = serializers.CharField(max_length=2000)
    place = serializers.CharField(max_length=120)
    compound = CompoundField(
        required=False, allow_null=True, help_text="Id of the compound it happened in (see /compounds/)."
    )
    title = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        help_text="Left out: the first sentence of the description.",
    )
    affected = serializers.CharField(max_length=120, required=False, allow_blank=True)
    tried = serializers.CharField(max_length=300, required=False, allow_blank=True)
    source = serializers.ChoiceField(choices=Case.Source.choices, default=Case.Source.SYSTEM)  # type: ignore[assignment]
    external_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    reporter_name = serializers.CharField(max_length=40, required=False, allow_blank=True, write_only=True)
    reporter_phone = serializers.CharField(max_length=20, required=False, allow_blank=True, write_only=True)
    blow = serializers.BooleanField(default=False, help_text="Blow the whistle at once; all or nothing.")


class MoveInput(Input):
    """A move without words: sign off, accept, close, sign."""

    version = serializers.IntegerField(
        min_value=0,
        max_value=2_000_000_000,
        required=False,
        help_text="The case's version you saw. Another one now: 409, nothing is done. See also If-Match.",
    )


class ReasonInput(MoveInput):
    """A move that the others must understand: sending back to the writer."""

    reason = serializers.CharField(max_length=500)


class DispatchInput(MoveInput):
    """Whom the centre calls."""

    lead = UnitField(help_text="Code of the leading unit.")
    assists = UnitField(many=True, required=False, help_text="Codes of assisting units, at most 20.")
    instruction = serializers.CharField(max_length=500, required=False, allow_blank=True)

    def validate_assists(self, units: list[Unit]) -> list[Unit]:
        """Refuse a crowd."""
        if len(units) > MOST_UNITS:
            raise serializers.ValidationError(
                _("At most %(most)d units.") % {"most": MOST_UNITS}, code="max_length"
            )
        return units


class VerifyInput(MoveInput):
    """What came of it."""

    verdict = serializers.ChoiceField(choices=Whistle.Verdict.choices)
    satisfaction = serializers.ChoiceField(choices=Whistle.Satisfaction.choices, required=False)
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True)


class ReworkInput(ReasonInput):
    """Which duties are sent back to work, and why."""

    units = DutyField(many=True, allow_empty=False, help_text="Ids of the assignments (not of the units).")


class UpgradeInput(ReasonInput):
    """Why this tier cannot solve it."""

    kind = KindField(
        required=False, help_text="Kind of the next tier's whistle; left out: the same, else the first."
    )


class NoteInput(Input):
    """Something to add."""

    text = serializers.CharField(max_length=1000)
    assignment = DutyField(required=False, help_text="Id of the assignment the note is about.")


class ReportInInput(MoveInput):
    """Who comes and how to reach them: staff on duty, not a resident."""

    person = serializers.CharField(max_length=40)
    phone = serializers.CharField(max_length=20)
    arrived_at = serializers.DateTimeField(
        required=False, help_text="Between the call and now; left out: now."
    )


class FeedBackInput(MoveInput):
    """What was done, who was met."""

    measures = serializers.CharField(max_length=2000)
    met_whom = serializers.CharField(max_length=120, required=False, allow_blank=True)


class EvaluateInput(MoveInput):
    """How the unit did."""

    speed = serializers.ChoiceField(choices=Assignment.Grade.choices)
    cooperation = serializers.ChoiceField(choices=Assignment.Grade.choices)
    effect = serializers.ChoiceField(choices=Assignment.Grade.choices)
    solved = serializers.ChoiceField(choices=Whistle.Verdict.choices, required=False)
    satisfaction = serializers.ChoiceField(choices=Whistle.Satisfaction.choices, required=False)
    comment = serializers.CharField(max_length=300, required=False, allow_blank=True)
