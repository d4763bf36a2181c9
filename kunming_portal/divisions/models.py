"""WHERE: city > county > street > community. The national code is the primary key and the path."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from kunming_portal.divisions.querysets import DivisionQuerySet

# Digits a code has at each level, and with it the ancestors of any code
CODE_LENGTHS = (4, 6, 9, 12)


def codes_above(code: str) -> list[str]:
    """Return the codes from the city down to `code` itself: 530102003 -> [5301, 530102, 530102003]."""
    return [code[:length] for length in CODE_LENGTHS if length <= len(code)]


class Division(models.Model):
    """One place of the national division code, kept for ever: what ends gets `valid_to`, nothing is deleted.

    Names repeat across the city (52 names stand for 111 communities), so a place is known by its code.
    """

    class Level(models.TextChoices):
        CITY = "city", _("City")
        COUNTY = "county", _("County level")
        STREET = "street", _("Street level")
        COMMUNITY = "community", _("Community level")

    class Kind(models.TextChoices):
        CITY = "city", _("Prefecture city")
        DISTRICT = "district", _("District")
        COUNTY = "county", _("County")
        AUTONOMOUS_COUNTY = "autonomous_county", _("Autonomous county")
        COUNTY_CITY = "county_city", _("County-level city")
        STREET = "street", _("Street")
        TOWN = "town", _("Town")
        TOWNSHIP = "township", _("Township")
        RESIDENTS = "residents", _("Residents' committee")
        VILLAGERS = "villagers", _("Villagers' committee")
        PSEUDO = "pseudo", _("Statistical unit")
        VIRTUAL = "virtual", _("Virtual community")

    class ZoneClass(models.TextChoices):
        DEMONSTRATION = "demonstration", _("Demonstration zone")
        EXTENSION = "extension", _("Extension zone")
        EXPLORATION = "exploration", _("Exploration zone")

    code = models.CharField(
        _("code"),
        primary_key=True,
        max_length=12,
        db_collation="C",  # a plain b-tree then serves "starts with"
        validators=[RegexValidator(r"^\d+$", _("A division code consists of digits only."))],
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    kind = models.CharField(_("kind of division"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60)
    short_name = models.CharField(_("short name"), max_length=60)
    aliases = models.CharField(
        _("other names"),
        max_length=200,
        blank=True,
        help_text=_("Former or local names and other readings in pinyin, separated by spaces."),
    )
    zone_class = models.CharField(_("zone class"), max_length=15, choices=ZoneClass.choices, blank=True)
    search_text = models.TextField(_("search text"), editable=False)
    valid_from = models.DateField(
        _("valid from"), null=True, blank=True, help_text=_("Empty: older than the records.")
    )
    valid_to = models.DateField(_("last day"), null=True, blank=True)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="division_code_has_the_length_of_its_level",
                condition=models.Q(level="city", code__regex=r"^[0-9]{4}$")
                | models.Q(level="county", code__regex=r"^[0-9]{6}$")
                | models.Q(level="street", code__regex=r"^[0-9]{9}$")
                | models.Q(level="community", code__regex=r"^[0-9]{12}$"),
                violation_error_message=_(
                    "This code does not fit its level: a city has 4 digits, county 6, street 9, community 12."
                ),
            ),
            models.CheckConstraint(
                name="division_code_starts_with_its_parents",
                condition=models.Q(level="city", parent__isnull=True)
                | models.Q(level="county", parent__isnull=False, parent=Left("code", 4))
                | models.Q(level="street", parent__isnull=False, parent=Left("code", 6))
                | models.Q(level="community", parent__isnull=False, parent=Left("code", 9)),
                violation_error_message=_(
                    "A code starts with the code of the division above it; only the city has none above it."
                ),
            ),
            models.CheckConstraint(
                name="division_kind_belongs_to_its_level",
                condition=models.Q(level="city", kind="city")
                | models.Q(
                    level="county", kind__in=["district", "county", "autonomous_county", "county_city"]
                )
                | models.Q(level="street", kind__in=["street", "town", "township", "pseudo"])
                | models.Q(level="community", kind__in=["residents", "villagers", "virtual"]),
                violation_error_message=_("This kind of division does not exist at this level."),
            ),
            models.CheckConstraint(
                name="division_ends_after_it_begins",
                condition=models.Q(valid_from=None)
                | models.Q(valid_to=None)
                | models.Q(valid_to__gte=models.F("valid_from")),
                violation_error_message=_("The last day lies before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place_name(self) -> str:
        """The name inside a line of text: 大观街道, 篆塘社区. A street's short name alone is no place yet."""
        return self.name if self.kind == self.Kind.STREET else self.short_name
