"""The assignment: one unit's duty on one whistle."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.organisations.models import Unit
from whistle.models.whistles import Whistle
from whistle.querysets import AssignmentQuerySet
from whistle.workflow import AssignmentStatus


class Assignment(models.Model):
    """One unit's duty on one whistle, lead or assist, on clocks of its own."""

    class Grade(models.TextChoices):
        GOOD = "good", _("Good")
        FAIR = "fair", _("Fair")
        POOR = "poor", _("Poor")

    whistle = models.ForeignKey(
        Whistle, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("whistle")
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("unit")
    )
    is_lead = models.BooleanField(_("lead"), default=False)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=AssignmentStatus.choices,
        default=AssignmentStatus.AWAITING_SIGNATURE,
    )
    created_at = models.DateTimeField(_("called"))
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Who of the unit has it in hand (经办人); whether they are still there is asked when it is shown
    handler = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="handled_assignments",
        verbose_name=_("handler"),
    )
    reported_at = models.DateTimeField(_("reported in"), null=True, blank=True)
    # Staff on duty, not a resident: shown inside the chain (standards.md §2.2)
    reported_person = models.CharField(_("who comes"), max_length=40, blank=True)
    reported_phone = models.CharField(_("reachable at"), max_length=20, blank=True)
    fed_back_at = models.DateTimeField(_("fed back"), null=True, blank=True)
    measures = models.TextField(_("what was done"), max_length=2000, blank=True)
    met_whom = models.CharField(_("who was met"), max_length=120, blank=True)
    reworks = models.PositiveSmallIntegerField(_("reworks"), default=0)
    evaluated_at = models.DateTimeField(_("rated"), null=True, blank=True)
    speed = models.CharField(_("speed"), max_length=5, choices=Grade.choices, blank=True)
    cooperation = models.CharField(_("cooperation"), max_length=5, choices=Grade.choices, blank=True)
    effect = models.CharField(_("effect"), max_length=5, choices=Grade.choices, blank=True)
    # The caller's word on this unit beside the three grades; empty where it was not asked or not said
    solved = models.CharField(
        _("solved by this unit"), max_length=12, choices=Whistle.Verdict.choices, blank=True
    )
    satisfaction = models.CharField(
        _("satisfaction with this unit"), max_length=12, choices=Whistle.Satisfaction.choices, blank=True
    )
    comment = models.CharField(_("comment"), max_length=300, blank=True)

    # Named by a consultation: the unit does not object again
    is_final = models.BooleanField(_("named by a consultation"), default=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            # a unit that was released may be called anew, by a consultation
            models.UniqueConstraint(
                fields=["whistle", "unit"],
                condition=~Q(status="released"),
                name="unit_is_called_once_a_whistle",
            ),
            models.CheckConstraint(
                condition=Q(is_final=False) | ~Q(status="objected"), name="final_duty_is_not_objected_to"
            ),
            models.UniqueConstraint(
                fields=["whistle"],
                condition=Q(is_lead=True) & ~Q(status="released"),
                name="whistle_has_one_lead",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="assignment_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reported_at=None, reported_person="")
                | (Q(reported_at__isnull=False) & ~Q(reported_person="")),
                name="assignment_reported_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(
                    evaluated_at=None, speed="", cooperation="", effect="", solved="", satisfaction=""
                )
                | (Q(evaluated_at__isnull=False) & ~Q(speed="") & ~Q(cooperation="") & ~Q(effect="")),
                name="assignment_rated_completely",
            ),
        ]
        indexes = [
            # a liaison's list
            models.Index(fields=["unit", "status", "-id"], name="assignment_of_unit"),
            # what one person has in hand
            models.Index(
                fields=["handler", "status"], condition=Q(handler__isnull=False), name="assignment_of_handler"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whistle} {self.unit}"
