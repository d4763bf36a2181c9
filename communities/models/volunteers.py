"""Volunteers (志愿服务): brands, places, activities with who signed up, and what came of them. No hours, no points."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.check_ins import CheckIn
from communities.models.compounds import Compound
from communities.models.findable import Findable
from communities.querysets import ActivityQuerySet, VolunteerPlaceQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.encryption import cipher, masking

PHONE_CONTEXT = "communities.signup.phone"


class VolunteerBrand(models.Model):
    """A brand under which volunteers go out, such as 万名党员进社区: data."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("volunteer brand")
        verbose_name_plural = _("volunteer brands")

    def __str__(self) -> str:
        return self.name


class VolunteerPlace(models.Model):
    """A volunteer service point (志愿服务点) of a community."""

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="volunteer_places", verbose_name=_("community")
    )
    name = models.CharField(_("name"), max_length=40)
    address = models.CharField(_("address"), max_length=100, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = VolunteerPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer service point")
        verbose_name_plural = _("volunteer service points")
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name"],
                name="volunteer_place_is_named_once",
                violation_error_message=_("The community has a service point of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"volunteer_place:{self.pk}"


class Activity(Findable):
    """One activity of volunteers. What may follow on what stands in `MOVES`; `services.volunteers` writes the state."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("activity", "Planned")
        OPEN = "open", pgettext_lazy("activity", "Sign-up open")
        CLOSED = "closed", pgettext_lazy("activity", "Sign-up closed")
        DONE = "done", pgettext_lazy("activity", "Held")
        CANCELLED = "cancelled", pgettext_lazy("activity", "Cancelled")

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="activities", verbose_name=_("community")
    )
    brand = models.ForeignKey(
        VolunteerBrand,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("brand"),
    )
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("what is done"), max_length=500, blank=True)
    place = models.ForeignKey(
        VolunteerPlace,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("service point"),
    )
    place_text = models.CharField(_("place"), max_length=100, blank=True)
    compound = models.ForeignKey(
        Compound,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("compound"),
    )
    organiser = models.CharField(_("organiser"), max_length=60)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    wanted = models.PositiveSmallIntegerField(_("places for volunteers"), default=20)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)
    came = models.PositiveSmallIntegerField(_("volunteers who came"), null=True, blank=True)
    created_at = models.DateTimeField(_("written"))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ActivityQuerySet.as_manager()

    class Meta(Findable.Meta):
        verbose_name = _("volunteer activity")
        verbose_name_plural = _("volunteer activities")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="activity_ends_after_it_begins",
                violation_error_message=_("The end lies before the beginning."),
            ),
            models.CheckConstraint(
                condition=Q(wanted__gte=1, wanted__lte=5000),
                name="activity_wants_somebody",
                violation_error_message=_("Between 1 and 5,000 volunteers."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "open", "closed"], outcome="", came=None)
                | (Q(state="done", came__isnull=False) & ~Q(outcome=""))
                | (Q(state="cancelled", came=None) & ~Q(outcome="")),
                name="ended_activity_says_what_came_of_it",
                violation_error_message=_("Say what came of it."),
            ),
            models.UniqueConstraint(
                fields=["community", "title", "starts_at"],
                name="activity_is_written_once",
                violation_error_message=_("The community has this activity at this time already."),
            ),
        ]
        indexes = [
            *Findable.Meta.indexes,
            # the city's list, latest first
            models.Index(fields=["-starts_at", "-id"], name="activity_by_day"),
            # lists of a territory
            models.Index(fields=["community", "-starts_at", "-id"], name="activity_of_community"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the activity's page."""
        return reverse("activity", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"activity:{self.pk}"

    @property
    def where(self) -> str:
        """The place in words."""
        return self.place_text or (self.place.name if self.place is not None else "")

    def keep_words(self) -> None:
        """Keep what the activity is found by."""
        self.found_by(self.title, self.organiser, self.place_text, plain=[self.text])


# The workflow of an activity: from which states each move is possible, and where it leads
MOVES: dict[str, tuple[frozenset[str], str]] = {
    "open": (frozenset({Activity.State.PLANNED, Activity.State.CLOSED}), Activity.State.OPEN),
    "close": (frozenset({Activity.State.OPEN}), Activity.State.CLOSED),
    "finish": (frozenset({Activity.State.OPEN, Activity.State.CLOSED}), Activity.State.DONE),
    "cancel": (
        frozenset({Activity.State.PLANNED, Activity.State.OPEN, Activity.State.CLOSED}),
        Activity.State.CANCELLED,
    ),
}


class SignUp(models.Model):
    """Somebody who wants to come: a name, a phone if given, the check-in of a member who checked in."""

    activity = models.ForeignKey(
        Activity, on_delete=models.CASCADE, related_name="sign_ups", verbose_name=_("activity")
    )
    name = models.CharField(_("name"), max_length=30)
    phone_cipher = models.TextField(blank=True, editable=False)
    check_in = models.ForeignKey(
        CheckIn,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sign_ups",
        verbose_name=_("check-in"),
    )
    signed_at = models.DateTimeField(_("signed up"))
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "name"],
                name="volunteer_signs_up_once",
                violation_error_message=_(
                    "This name has signed up already. Add something that tells the two apart."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_phone(self) -> str:
        """The number as lists show it."""
        return masking.mask_phone(cipher.decrypt(self.phone_cipher, context=PHONE_CONTEXT))

    def keep_phone(self, phone: str) -> None:
        """Seal the number; an empty one takes it away."""
        self.phone_cipher = cipher.encrypt(phone, context=PHONE_CONTEXT)
