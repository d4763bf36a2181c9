"""The grid (网格): one for Party and governance, fifteen digits, its people "1+5+X" (domain.md §4.2)."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.querysets import GridQuerySet
from kunming_portal.divisions.models import Division


class Grid(models.Model):
    """A grid of a community: the Party grid is the governance grid (党政合一), so there is one row and no second."""

    class Kind(models.TextChoices):
        RESIDENTIAL = "residential", _("Residential grid")
        BUSINESS = "business", _("Business-district grid")
        OFFICE = "office", _("Office-building grid")
        CAMPUS = "campus", _("Campus grid")

    code = models.CharField(
        _("code"),
        max_length=15,
        unique=True,
        db_collation="C",  # a plain b-tree then serves "starts with"
        validators=[RegexValidator(r"^\d{15}$", _("A grid code has 15 digits."))],
    )
    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="grids", verbose_name=_("community")
    )
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("type"), max_length=12, choices=Kind.choices, default=Kind.RESIDENTIAL)
    area = models.CharField(_("area"), max_length=200, blank=True, help_text=_("Streets, gates, buildings."))
    households = models.PositiveIntegerField(_("households"), default=0)
    party_group = models.CharField(_("Party branch or group of the grid"), max_length=60, blank=True)
    search_text = models.TextField(_("search text"), blank=True, editable=False)
    ended_on = models.DateField(_("no longer in use since"), null=True, blank=True)

    objects = GridQuerySet.as_manager()

    class Meta:
        verbose_name = _("grid")
        verbose_name_plural = _("grids")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{15}$"),
                name="grid_code_has_fifteen_digits",
                violation_error_message=_("A grid code has 15 digits."),
            ),
            models.CheckConstraint(
                condition=Q(community=Left("code", 12)),
                name="grid_code_starts_with_its_community",
                violation_error_message=_("A grid code starts with the 12 digits of its community."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the grid's page."""
        return reverse("grid", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of this grid's history in the trail."""
        return f"grid:{self.pk}"
