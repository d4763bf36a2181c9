"""WHO ACTS: the bodies of the command chain, from the city's leading group to a company that is called."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kunming_portal.divisions.models import Division, codes_above
from kunming_portal.organisations.querysets import UnitQuerySet


class Unit(models.Model):
    """One body with a seat in a division. Who manages and assesses it may sit elsewhere (`supervised_by`).

    Assessment units are not administrative units: development zones run streets of several districts
    (domain.md §7), so the seat says where, `supervised_by` says under whom.
    """

    class Kind(models.TextChoices):
        LEADING_GROUP = "leading_group", _("Leading group")
        WORK_COMMITTEE = "work_committee", _("Party work committee")
        PARTY_COMMITTEE = "party_committee", _("Party committee office")
        STREET_OFFICE = "street_office", _("Street office")
        COMMUNITY = "community", _("Community")
        BRANCH = "branch", _("Compound branch")
        CENTRE = "centre", _("Governance centre")
        DEPARTMENT = "department", _("Department")
        FORCE = "force", _("Enforcement force")
        COMPANY = "company", _("Company")

    class Posting(models.TextChoices):
        """How a force is stationed at the street (domain.md §1.2)."""

        RESIDENT = "resident", _("Resident")
        AREA = "area", _("Area posting")
        PLAQUE = "plaque", _("Plaque posting")

    class Function(models.TextChoices):
        """What a unit does, whatever it is called here: one entry of the dispatch catalogue serves every street."""

        URBAN = "urban", _("Urban management enforcement")
        SANITATION = "sanitation", _("City appearance and sanitation")
        MARKET = "market", _("Market supervision")
        POLICE = "police", _("Public security")
        TRAFFIC = "traffic", _("Traffic police")
        HOUSING = "housing", _("Housing and construction")
        WATER = "water", _("Water affairs")
        ENVIRONMENT = "environment", _("Environment")
        EMERGENCY = "emergency", _("Emergency management")
        FIRE = "fire", _("Fire and rescue")
        CIVIL = "civil", _("Civil and social affairs")
        HEALTH = "health", _("Health")
        GREENERY = "greenery", _("Parks and greenery")
        TRANSPORT = "transport", _("Transport")
        AGRICULTURE = "agriculture", _("Agriculture")
        PEACE = "peace", _("Peace and law")
        PARTY = "party", _("Party and general affairs")
        PROPERTY = "property", _("Property management")
        WATER_SUPPLY = "water_supply", _("Water supply company")
        GAS_SUPPLY = "gas_supply", _("Gas company")
        POWER_SUPPLY = "power_supply", _("Power company")

    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        help_text=_("Stable key for imports, for example 530102003-centre."),
    )
    name = models.CharField(_("name"), max_length=60)
    short_name = models.CharField(_("short name"), max_length=20)
    mark = models.CharField(_("mark"), max_length=1, help_text=_("The one character on the unit's chip."))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    function = models.CharField(
        _("function"),
        max_length=20,
        choices=Function.choices,
        blank=True,
        help_text=_("By this the dispatch catalogue finds the unit."),
    )
    posting = models.CharField(_("posting"), max_length=10, choices=Posting.choices, blank=True)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="units", verbose_name=_("division")
    )
    supervised_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supervised_units",
        verbose_name=_("supervised by"),
    )
    duty_phone = models.CharField(_("duty phone"), max_length=20, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    search_text = models.TextField(_("search text"), blank=True, editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(
                fields=["division"],
                condition=Q(kind="centre", valid_to=None),
                name="division_has_one_centre",
                violation_error_message=_("This division already has a governance centre."),
            ),
            models.CheckConstraint(
                condition=Q(posting="") | Q(kind="force"),
                name="only_forces_are_posted",
                violation_error_message=_("Only an enforcement force has a posting."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="unit_ends_after_it_begins",
                violation_error_message=_("The last day must be after the first day."),
            ),
            models.CheckConstraint(
                condition=Q(supervised_by=None) | ~Q(supervised_by=F("id")),
                name="unit_does_not_supervise_itself",
                violation_error_message=_("A unit cannot supervise itself."),
            ),
        ]
        indexes = [
            # candidates of a dispatch, the centre of a division
            models.Index(fields=["division", "kind"], name="unit_by_seat_and_kind"),
            # the unit of a function at a seat: the dispatch catalogue
            models.Index(fields=["division", "function"], name="unit_by_seat_and_function"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def places(self) -> tuple[str, ...]:
        """The codes of where it sits and of itself, from the city inwards: by them the calendar knows its days."""
        return (*codes_above(self.division_id), self.code)
