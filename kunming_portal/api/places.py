"""The directory over the API: divisions, units, and who one is oneself."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.roles import ROLES
from kunming_portal.accounts.selectors import get_units_with_people
from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet
from kunming_portal.divisions.selectors import get_full_paths
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.querysets import UnitQuerySet
from kunming_portal.ui.keypages import Column
from whistle.api.serializers import UnitRef

Shown = serializers.Serializer[Any]


# -- what is shown -------------------------------------------------------------------------------------
class DivisionOut(Shown):
    """A division; its code is its path."""

    code = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    level = serializers.ChoiceField(choices=Division.Level.choices)
    kind = serializers.ChoiceField(choices=Division.Kind.choices)
    parent = serializers.CharField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    zone_class = serializers.ChoiceField(choices=Division.ZoneClass.choices, allow_blank=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


class DivisionDetailOut(DivisionOut):
    """A division with the names from the city down to itself."""

    path = serializers.SerializerMethodField()

    def get_path(self, division: Division) -> list[str]:
        """Return the names."""
        return list(get_full_paths([division.code])[division.code])


class UnitOut(Shown):
    """A unit of the command chain."""

    code = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Unit.Kind.choices)
    posting = serializers.ChoiceField(choices=Unit.Posting.choices, allow_blank=True)
    division = serializers.CharField(source="division_id")
    can_be_called = serializers.SerializerMethodField()
    has_people = serializers.SerializerMethodField()

    def get_can_be_called(self, unit: Unit) -> bool:
        """Whether a centre seated in the same division may call it."""
        return unit.kind in {Unit.Kind.DEPARTMENT, Unit.Kind.FORCE, Unit.Kind.COMPANY}

    def get_has_people(self, unit: Unit) -> bool:
        """Whether somebody is appointed who could sign for a call."""
        return unit.pk in self.context["staffed"]


class AppointmentOut(Shown):
    """One of my appointments in force."""

    id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=[(key, key) for key in ROLES])
    role_name = serializers.CharField(source="role_definition.name")
    unit = UnitRef()
    division = serializers.CharField(source="unit.division_id")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    counts = serializers.SerializerMethodField(
        help_text="Whether its rights count in this request; in a browser the role switch narrows them."
    )

    def get_counts(self, appointment: Appointment) -> bool:
        """Whether the appointment is among those acted under."""
        return appointment in self.context["acting"]


class MeOut(Shown):
    """The person or service account in whose name the request is made."""

    username = serializers.CharField()
    name = serializers.CharField()
    appointments = AppointmentOut(many=True, source="appointments_in_force")
    permissions = serializers.SerializerMethodField()

    def get_permissions(self, user: User) -> list[str]:
        """Return the rights that count now, wherever they are held."""
        return sorted({p.value for a in user.acting_appointments for p in a.role_definition.allows})


# -- how lists are narrowed -----------------------------------------------------------------------------
class DivisionFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows divisions."""

    q = filters.CharFilter(
        label=_("Words in names, pinyin or initials, or the beginning of a code"), method="by_words"
    )
    level = filters.ChoiceFilter(label=_("Level"), choices=Division.Level.choices)
    parent = filters.CharFilter(label=_("Code of the division directly above"), field_name="parent_id")
    within = filters.CharFilter(label=_("Code of a division: it and everything in it"), method="by_within")

    def by_words(self, rows: DivisionQuerySet, _name: str, value: str) -> DivisionQuerySet:
        """Keep divisions in which every word occurs."""
        return rows.search(value)

    def by_within(self, rows: DivisionQuerySet, _name: str, value: str) -> DivisionQuerySet:
        """Keep the division and what is below it."""
        return rows.within(value)


class UnitFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Narrows units."""

    division = filters.CharFilter(
        label=_("Code of the division where the unit sits, exactly"), field_name="division_id"
    )
    kind = filters.ChoiceFilter(label=_("Kind of unit"), choices=Unit.Kind.choices)
    can_be_called = filters.BooleanFilter(
        label=_("Only units a centre of that division may call"), method="by_callable"
    )
    q = filters.CharFilter(label=_("Name, pinyin or initials"), method="by_words")

    def by_callable(self, rows: UnitQuerySet, _name: str, value: bool) -> UnitQuerySet:
        """Keep units that can be called; `false` keeps all."""
        return rows.can_be_called() if value else rows

    def by_words(self, rows: UnitQuerySet, _name: str, value: str) -> UnitQuerySet:
        """Keep units with this in their names."""
        return rows.search(value)


# -- views --------------------------------------------------------------------------------------------------
class DivisionList(generics.ListAPIView[Division]):
    """Divisions of Kunming that exist today, by code."""

    queryset = Division.objects.all()
    serializer_class = DivisionOut
    filterset_class = DivisionFilter
    ordering = (Column("code", str),)

    def get_queryset(self) -> QuerySet[Division]:
        """Return today's divisions."""
        return Division.objects.valid_on(timezone.localdate())


class DivisionDetail(generics.GenericAPIView[Division]):
    """One division, also one that has ended."""

    queryset = Division.objects.all()
    serializer_class = DivisionDetailOut
    filter_backends = ()

    def get(self, request: Request, code: str) -> Response:  # noqa: D102
        return Response(DivisionDetailOut(get_object_or_404(Division, code=code)).data)


class UnitList(generics.ListAPIView[Unit]):
    """Units that exist today, by code.

    For a dispatch: `?division=<code of the centre's seat>&can_be_called=true`.
    """

    queryset = Unit.objects.all()
    serializer_class = UnitOut
    filterset_class = UnitFilter
    ordering = (Column("code", str),)

    def get_queryset(self) -> QuerySet[Unit]:
        """Return today's units."""
        return Unit.objects.active(timezone.localdate())

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the page, and look up once which of its units have somebody appointed."""
        page = super().paginate_queryset(queryset)
        ids = [unit.pk for unit in page or ()]
        self.staffed = get_units_with_people(permission=Permission.ASSIGNMENT_HANDLE, unit_ids=ids)
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        """Give the serializer the units with people."""
        return {**super().get_serializer_context(), "staffed": getattr(self, "staffed", set())}


class Me(generics.GenericAPIView[User]):
    """Who you are here: your appointments in force and the rights they carry."""

    queryset = User.objects.none()
    serializer_class = MeOut
    filter_backends = ()

    @extend_schema(operation_id="me")
    def get(self, request: Request) -> Response:  # noqa: D102
        assert isinstance(request.user, User)
        return Response(MeOut(request.user, context={"acting": request.user.acting_appointments}).data)
