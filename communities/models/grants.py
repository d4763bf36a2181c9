"""What sinks to a compound (下沉): funds and services of a year, and what was done with them (domain.md §4.1, ART)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.compounds import Compound
from communities.querysets import GrantQuerySet
from kunming_portal.accounts.models import User


class CompoundGrant(models.Model):
    """Money with an amount, or a service with a quantity in words, given to a compound for a year."""

    class Kind(models.TextChoices):
        WORK_FUNDS = "work_funds", _("Work funds")
        SERVICE_FUNDS = "service_funds", _("Funds for serving the masses")
        PROJECT_FUNDS = "project_funds", _("Project funds")
        SERVICE = "service", pgettext_lazy("given to a compound", "Service")

    FUNDS = (Kind.WORK_FUNDS, Kind.SERVICE_FUNDS, Kind.PROJECT_FUNDS)

    compound = models.ForeignKey(
        Compound, on_delete=models.PROTECT, related_name="grants", verbose_name=_("compound")
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    kind = models.CharField(pgettext_lazy("of a grant", "kind"), max_length=15, choices=Kind.choices)
    title = models.CharField(_("what it is"), max_length=60)
    amount = models.DecimalField(
        _("amount in yuan"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    quantity = models.CharField(_("how much"), max_length=40, blank=True)
    source = models.CharField(_("from whom"), max_length=60)
    purpose = models.CharField(_("what for"), max_length=200, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("funds or service of a compound")
        verbose_name_plural = _("funds and services of compounds")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="service", amount=None)
                | (~Q(kind="service") & Q(amount__isnull=False, amount__gt=0)),
                name="funds_have_an_amount_and_services_none",
                violation_error_message=_("Funds need an amount in yuan; a service has a quantity instead."),
            ),
            models.UniqueConstraint(
                fields=["compound", "year", "kind", "title"],
                name="grant_is_entered_once_a_year",
                violation_error_message=_("The compound has this entry for the year already."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the page with its uses."""
        return reverse("grant", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"grant:{self.pk}"

    @property
    def is_money(self) -> bool:
        """Whether it is funds with an amount."""
        return self.kind in self.FUNDS


class GrantUse(models.Model):
    """One use of funds or one occasion of a service: facts, never a score."""

    grant = models.ForeignKey(
        CompoundGrant, on_delete=models.PROTECT, related_name="uses", verbose_name=_("funds or service")
    )
    used_on = models.DateField(_("day"))
    amount = models.DecimalField(_("amount in yuan"), max_digits=12, decimal_places=2, null=True, blank=True)
    text = models.CharField(_("used for"), max_length=200)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("use of funds or a service")
        verbose_name_plural = _("uses of funds and services")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0),
                name="grant_use_is_positive",
                violation_error_message=_("An amount is more than nothing."),
            ),
        ]

    def __str__(self) -> str:
        return self.text
