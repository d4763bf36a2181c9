"""Double report (双报到双报告): units and in-service Party members check in to communities (domain.md §3.1, §9, §11).

There is no column for an ID number, for points, for a rank or for a place on a map, and none may be added.
"""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.models.findable import Findable
from communities.models.grids import Grid
from communities.querysets import CheckInQuerySet
from kunming_portal.divisions.models import Division
from kunming_portal.encryption import cipher, masking
from kunming_portal.organisations.models import Unit

PHONE_CONTEXT = "communities.checkin.phone"


class ServiceClass(models.Model):
    """A class of posts in which members serve (岗位类别): data, since every city draws its own (domain.md §3.1)."""

    name = models.CharField(_("name"), max_length=20, unique=True)
    scope = models.CharField(_("what belongs to it"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("service class")
        verbose_name_plural = _("service classes")

    def __str__(self) -> str:
        return self.name


class CheckIn(Findable):
    """A unit, or one in-service member of a unit, that has checked in to a community.

    The unit is one of the portal (`unit`) or somebody else's: then only its name stands here. A member checks in
    where the member lives; `name` is empty for the unit itself.
    """

    class Kind(models.TextChoices):
        UNIT = "unit", _("Unit checked in")
        MEMBER = "member", _("Party member checked in")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="check_ins", verbose_name=_("community")
    )
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        verbose_name=_("unit of the portal"),
    )
    unit_name = models.CharField(_("unit"), max_length=60)
    # a unit
    liaison = models.CharField(_("liaison"), max_length=30, blank=True)
    liaison_phone = models.CharField(_("liaison's work phone"), max_length=20, blank=True)
    plan_year = models.PositiveSmallIntegerField(_("year of the plan"), null=True, blank=True)
    plan = models.TextField(_("year plan"), max_length=1000, blank=True)
    # a member
    name = models.CharField(_("member"), max_length=30, blank=True)
    skills = models.CharField(_("skills"), max_length=100, blank=True)
    service_class = models.ForeignKey(
        ServiceClass,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        verbose_name=_("service class"),
    )
    grid = models.ForeignKey(
        Grid,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="check_ins",
        verbose_name=_("grid"),
    )
    phone_cipher = models.TextField(blank=True, editable=False)
    starts_on = models.DateField(_("checked in on"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = CheckInQuerySet.as_manager()

    class Meta(Findable.Meta):
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        constraints = [
            models.UniqueConstraint(
                fields=["community", "unit_name", "name"],
                name="check_in_is_made_once",
                violation_error_message=_("This is checked in to the community already."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="unit", name="", service_class=None, grid=None, phone_cipher="") & ~Q(liaison="")
                )
                | (Q(kind="member", liaison="", liaison_phone="", plan="", plan_year=None) & ~Q(name="")),
                name="check_in_is_of_a_unit_or_of_a_member",
                violation_error_message=_("A unit has a liaison and a plan, a member a name."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="check_in_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
        ]
        indexes = [
            *Findable.Meta.indexes,
            # lists of a territory, newest first
            models.Index(fields=["kind", "community", "-id"], name="check_in_of_community"),
            # the city's list of one kind
            models.Index(fields=["kind", "-id"], name="check_in_of_kind"),
            # the few that have ended
            models.Index(fields=["kind", "-id"], condition=Q(ends_on__isnull=False), name="check_in_ended"),
            # what a unit checked in
            models.Index(fields=["unit", "kind", "-id"], name="check_in_of_unit"),
        ]

    def __str__(self) -> str:
        return self.name or self.unit_name

    def get_absolute_url(self) -> str:
        """Return the page of the check-in."""
        return reverse("check-in", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"check_in:{self.pk}"

    @property
    def is_unit(self) -> bool:
        """Whether the unit itself checked in."""
        return self.kind == self.Kind.UNIT

    @property
    def is_active(self) -> bool:
        """Whether it has no last day."""
        return self.ends_on is None

    @property
    def phone(self) -> str:
        """A member's own number, opened. Only for those who keep the check-in."""
        return cipher.decrypt(self.phone_cipher, context=PHONE_CONTEXT)

    @property
    def masked_phone(self) -> str:
        """The number as everybody else sees it."""
        return masking.mask_phone(self.phone)

    def keep_phone(self, phone: str) -> None:
        """Seal a member's own number; an empty one takes it away."""
        self.phone_cipher = cipher.encrypt(phone, context=PHONE_CONTEXT)

    def keep_words(self) -> None:
        """Keep what the check-in is found by."""
        self.found_by(self.name, self.unit_name, self.liaison, plain=[self.skills])
