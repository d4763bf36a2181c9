"""What somebody asks a community for, as the community records it: on the list, or refused (domain.md §3.2)."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.burden import WorkItem
from communities.querysets import AskQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit


class Ask(models.Model):
    """One request to one community: who, what, when, how. The community may refuse what is not on the list."""

    class Means(models.TextChoices):
        FORM = "form", pgettext_lazy("means", "Form or table")
        MEETING = "meeting", pgettext_lazy("means", "Meeting")
        STAMP = "stamp", pgettext_lazy("means", "Stamp or certificate")
        SYSTEM = "system", pgettext_lazy("means", "Entry into a system")
        PHONE = "phone", pgettext_lazy("means", "Phone or chat group")
        SITE = "site", pgettext_lazy("means", "Work on site")

    class State(models.TextChoices):
        RECORDED = "recorded", pgettext_lazy("ask", "Recorded")
        REFUSED = "refused", pgettext_lazy("ask", "Refused")

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="asks", verbose_name=_("community")
    )
    asked_on = models.DateField(_("asked on"))
    asker = models.CharField(_("who asks"), max_length=60)
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="asks",
        verbose_name=_("the asking unit in the portal"),
    )
    title = models.CharField(_("what for"), max_length=80)
    means = models.CharField(_("how"), max_length=10, choices=Means.choices)
    item = models.ForeignKey(
        WorkItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="asks",
        verbose_name=_("item on the list"),
    )
    hours = models.DecimalField(
        _("hours it takes"),
        max_digits=5,
        decimal_places=1,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(999))],
    )
    # refused before, and asked for again
    repeats = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="again",
        verbose_name=_("repeats"),
    )
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"))
    refused_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True)

    objects = AskQuerySet.as_manager()

    class Meta:
        verbose_name = _("ask")
        verbose_name_plural = _("asks")
        constraints = [
            models.CheckConstraint(
                condition=Q(refused_at=None, refused_by=None)
                | Q(refused_at__isnull=False, refused_by__isnull=False),
                name="ask_refused_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(repeats=models.F("id")), name="ask_does_not_repeat_itself"),
        ]
        indexes = [
            # lists and the meter of a territory
            models.Index(fields=["community", "-asked_on", "-id"], name="ask_of_community"),
            # what a department asked for
            models.Index(fields=["unit", "-id"], name="ask_of_unit"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the page of what was asked."""
        return reverse("ask", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"ask:{self.pk}"

    @property
    def state(self) -> "Ask.State":
        """Recorded, or refused."""
        return self.State.REFUSED if self.refused_at is not None else self.State.RECORDED
