"""Users, and appointments: the only source of rights."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.querysets import AbsenceQuerySet, AppointmentQuerySet
from kunming_portal.accounts.roles import ADMINISTRATORS, ROLES, Reach, Role
from kunming_portal.organisations.models import Unit
from kunming_portal.organisations.selectors import get_territory

SYSTEM_USERNAME = "system"


class UserManager(BaseUserManager["User"]):
    """Finds users by name; accounts are created by `accounts.services`."""


class User(AbstractBaseUser):
    """A person, or the system actor in whose name timers act. Rights come from appointments only."""

    username = models.CharField(_("account"), max_length=60, unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=40)
    email = models.EmailField(_("e-mail"), blank=True)
    duty_phone = models.CharField(_("duty phone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    wants_email = models.BooleanField(_("wants e-mail"), default=True)
    is_showcase = models.BooleanField(
        _("demonstration account"),
        default=False,
        help_text=_("Listed on the sign-in page, in demonstration mode only."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    # The appointment chosen in the role switch; None means all. Set by ActingMiddleware for one request.
    acting: "Appointment | None" = None

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the person's name (asked for by the admin and the log)."""
        return self.name

    def get_short_name(self) -> str:
        """Return the person's name."""
        return self.name

    @property
    def is_system(self) -> bool:
        """Whether this is the actor in whose name timers act."""
        return self.username == SYSTEM_USERNAME

    @property
    def is_staff(self) -> bool:
        """Whether the admin site lets this person in: who configures, appoints or audits."""
        return any(self.can(p) for p in (Permission.CONFIGURE, Permission.APPOINT, Permission.AUDIT_VIEW))

    @cached_property
    def appointments_in_force(self) -> "list[Appointment]":
        """Today's appointments with their units: one's own, then those of people one stands in for.

        One query a request, kept on the object, and one more for who stands in today. An appointment of somebody else
        says so by its `user`.
        """
        if not self.pk:
            return []
        absences = Absence.objects.in_force().filter(stand_in=self.pk)
        related = Appointment.objects.in_force().select_related("unit__division", "user").order_by("pk")
        own = list(related.filter(user=self.pk).annotate(stands_in=Exists(absences)))
        # a stand-in acts only where they are appointed themselves
        if not any(vars(appointment)["stands_in"] for appointment in own):
            return own
        return own + list(related.stood_in_by(self))

    @property
    def acting_appointments(self) -> "list[Appointment]":
        """The appointments whose rights count now: the one chosen in the role switch, else all in force."""
        if self.acting is None:
            return self.appointments_in_force
        return [a for a in self.appointments_in_force if a.pk == self.acting.pk]

    def can(self, permission: str) -> bool:
        """Whether any counting appointment carries this right, wherever it is held."""
        return any(permission in a.role_definition.allows for a in self.acting_appointments)

    def appointment_for(self, permission: str, *, unit: Unit) -> "Appointment | None":
        """Return the counting appointment that carries the right at exactly this unit."""
        return next((a for a in self._holding(permission) if a.unit_id == unit.pk), None)

    def appointment_in(self, permission: str, *, division_code: str) -> "Appointment | None":
        """Return the counting appointment that carries the right at a unit seated in this division."""
        return next((a for a in self._holding(permission) if a.unit.division_id == division_code), None)

    def scope(self, permission: str) -> "Scope":
        """Return how far the right reaches: code prefixes and units. At most two queries, kept on the object.

        Most rights of a person are held in the same appointments, so the territory is read once for all of them.
        """
        held = self._holding(permission)
        key = (permission, tuple(a.pk for a in held))
        cache: dict[object, Scope] = self.__dict__.setdefault("_scopes", {})
        if key not in cache:
            territorial = tuple(a.unit_id for a in held if a.role_definition.reach is Reach.TERRITORY)
            read: dict[object, list[str]] = self.__dict__.setdefault("_territories", {})
            if territorial not in read:
                read[territorial] = get_territory(list(territorial))
            cache[key] = Scope(
                prefixes=tuple(read[territorial]),
                unit_ids=tuple(a.unit_id for a in held if a.role_definition.reach is Reach.UNIT),
            )
        return cache[key]

    # The admin site asks these two; rights come from roles, so there is no superuser.
    def has_module_perms(self, _app_label: str) -> bool:
        """Whether the admin site lists the app for this person."""
        return self.is_staff

    def has_perm(self, _perm: str, _obj: object = None) -> bool:
        """Refused in general; each ModelAdmin asks for the permission it needs (`administration.admin`)."""
        return False

    def _holding(self, permission: str) -> "list[Appointment]":
        return [a for a in self.acting_appointments if permission in a.role_definition.allows]


@dataclass(frozen=True)
class Scope:
    """Where a right reaches: everything below these code prefixes, and cases these units were called on."""

    prefixes: tuple[str, ...] = ()
    unit_ids: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the right reaches nothing."""
        return not self.prefixes and not self.unit_ids


# From the first to the last day, both included; open while there is no last day
_PERIOD = Func("starts_on", "ends_on", Value("[]"), function="daterange", output_field=DateRangeField())


class Appointment(models.Model):
    """A person in a role at a unit, from the first to the last day (both included)."""

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=30, choices=[(r.key, r.name) for r in ROLES.values()])
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("unit")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="appointment_ends_after_it_begins",
                violation_error_message=_("The last day must not be before the first day."),
            ),
            models.UniqueConstraint(
                fields=["user", "role", "unit"],
                condition=Q(ends_on=None),
                name="appointment_is_held_once",
                violation_error_message=_("This person already holds the role at this unit."),
            ),
            ExclusionConstraint(
                name="administrator_roles_are_apart",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.NOT_EQUAL),
                    (_PERIOD, RangeOperators.OVERLAPS),
                ],
                condition=Q(role__in=sorted(ADMINISTRATORS)),
                violation_error_message=_("One account never holds two administrators' roles at a time."),
            ),
        ]
        indexes = [
            # who of a unit is told
            models.Index(fields=["unit", "role"], name="appointment_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role_definition.name} {self.unit}"

    @property
    def role_definition(self) -> Role:
        """The page-of-code definition of the role."""
        return ROLES[self.role]

    def absent_holder(self, acting: User) -> str:
        """Return for whom this person acts when the appointment is somebody else's; nothing for one's own.

        No query for appointments that `User.appointments_in_force` returned.
        """
        return self.user.name if self.user_id != acting.pk else ""

    def absence_of(self, acting: User) -> dict[str, str]:
        """Return what the trail keeps of it: `for` with the absent holder's name; nothing for one's own. No query."""
        absent = self.absent_holder(acting)
        return {"for": absent} if absent else {}


class Absence(models.Model):
    """A person is away, from the first to the last day (both included), and another stands in.

    Meanwhile the stand-in acts in the absent person's appointments at seats where the stand-in is appointed too
    (`AppointmentQuerySet.stood_in_by`); nothing is copied, so nothing is left behind. docs/adr/0023.
    """

    class Reason(models.TextChoices):
        LEAVE = "leave", _("Leave")
        TRAVEL = "travel", _("Official travel")
        TRAINING = "training", _("Training")
        ILLNESS = "illness", _("Illness")
        OTHER = "other", pgettext_lazy("absence", "Other")

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="absences", verbose_name=_("absent person")
    )
    stand_in = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="stands_in", verbose_name=_("stand-in")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"))
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="absence_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(user=F("stand_in")), name="nobody_stands_in_for_themselves"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="absence_ended_by_somebody",
            ),
            ExclusionConstraint(
                name="absences_of_a_person_are_apart",
                expressions=[("user", RangeOperators.EQUAL), (_PERIOD, RangeOperators.OVERLAPS)],
                condition=Q(ended_at=None),
            ),
        ]
        indexes = [
            # for whom somebody stands in: asked on every request
            models.Index(fields=["stand_in"], condition=Q(ended_at=None), name="absence_by_stand_in"),
        ]

    def __str__(self) -> str:
        return f"{self.user} - {self.stand_in}"
