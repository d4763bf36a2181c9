"""The compound (小区) with its buildings, and the Party branch that leads it (domain.md §4, §11)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.models.grids import Grid
from communities.querysets import (
    BranchQuerySet,
    BuildingQuerySet,
    CompoundQuerySet,
    CrossPostQuerySet,
)
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit


class CompoundBranch(models.Model):
    """The Party branch of one compound, or of several together. Its acts are the records of the five powers.

    What it is called today (小区、居民区、网格党支部) is part of its name, which is editable (domain.md §4.1).
    """

    class Form(models.TextChoices):
        SINGLE = "single", _("Branch of one compound")
        JOINT = "joint", _("Joint branch")
        FUNCTIONAL = "functional", _("Functional branch")

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="compound_branches", verbose_name=_("community")
    )
    name = models.CharField(_("name"), max_length=60)
    form = models.CharField(_("form"), max_length=12, choices=Form.choices, default=Form.SINGLE)
    superior = models.CharField(_("superior Party organisation"), max_length=60, blank=True)
    secretary = models.CharField(_("secretary"), max_length=30, blank=True)
    secretary_phone = models.CharField(_("secretary's duty phone"), max_length=20, blank=True)
    # The seat in which its secretary signs in; a branch without one is kept by the community
    unit = models.OneToOneField(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="compound_branch",
        verbose_name=_("unit"),
    )
    members_registered = models.PositiveSmallIntegerField(_("members registered here"), default=0)
    members_active = models.PositiveSmallIntegerField(_("members active here"), default=0)
    founded_on = models.DateField(_("founded"), null=True, blank=True)
    ended_on = models.DateField(_("ended"), null=True, blank=True)

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = _("compound branch")
        verbose_name_plural = _("compound branches")
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name"],
                name="branch_name_is_unique_in_a_community",
                violation_error_message=_("The community has a branch of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        """The name of this branch's history in the trail."""
        return f"branch:{self.pk}"


class Compound(models.Model):
    """A residential compound of one of five types (domain.md §11)."""

    class Kind(models.TextChoices):
        COMMERCIAL = "commercial", _("Commercial housing")
        OLD = "old", _("Old compound")
        WORKPLACE = "workplace", _("Housing of a work unit")
        RESETTLEMENT = "resettlement", _("Resettlement housing")
        PUBLIC_RENTAL = "public_rental", _("Public rental housing")

    class PropertyMode(models.TextChoices):
        NONE = "none", _("No property management")
        STATE_OWNED = "state_owned", _("Run by a state-owned firm")
        GOVERNMENT = "government", _("Set up by the government")
        PRIVATE = "private", _("Private firm")

    class OwnersBody(models.TextChoices):
        NONE = "none", _("None yet")
        OWNERS_COMMITTEE = "owners_committee", _("Owners' committee")
        PROPERTY_COMMITTEE = "property_committee", _("Property management committee")

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="compounds", verbose_name=_("community")
    )
    name = models.CharField(_("name"), max_length=60)
    address = models.CharField(_("address"), max_length=120)
    kind = models.CharField(_("type"), max_length=15, choices=Kind.choices)
    built_year = models.PositiveSmallIntegerField(
        _("built in"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    households = models.PositiveIntegerField(_("households"), default=0)
    residents = models.PositiveIntegerField(_("residents"), default=0)
    property_mode = models.CharField(
        _("property management"), max_length=12, choices=PropertyMode.choices, default=PropertyMode.NONE
    )
    property_firm = models.CharField(_("property firm"), max_length=60, blank=True)
    property_contract_until = models.DateField(_("property contract until"), null=True, blank=True)
    owners_body = models.CharField(
        _("owners' body"), max_length=20, choices=OwnersBody.choices, default=OwnersBody.NONE
    )
    owners_body_term = models.PositiveSmallIntegerField(_("term of the owners' body"), null=True, blank=True)
    owners_body_chair = models.CharField(_("chair of the owners' body"), max_length=30, blank=True)
    owners_body_members = models.PositiveSmallIntegerField(_("members of the owners' body"), default=0)
    owners_body_party_members = models.PositiveSmallIntegerField(
        _("Party members in the owners' body"), default=0
    )
    branch = models.ForeignKey(
        CompoundBranch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="compounds",
        verbose_name=_("compound branch"),
    )
    # What it is found by, and the grams of it: written by `services.compounds.found_by` alone
    search_text = models.TextField(_("search text"), blank=True, editable=False)
    grams = ArrayField(models.IntegerField(), default=list, editable=False)
    ended_on = models.DateField(_("no longer in use since"), null=True, blank=True)

    objects = CompoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("compound")
        verbose_name_plural = _("compounds")
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name"],
                name="compound_name_is_unique_in_a_community",
                violation_error_message=_("The community has a compound of this name already."),
            ),
            models.CheckConstraint(
                condition=Q(property_mode="none", property_firm="", property_contract_until=None)
                | ~Q(property_mode="none"),
                name="compound_without_management_has_no_firm",
                violation_error_message=_("Without property management there is neither firm nor contract."),
            ),
            models.CheckConstraint(
                condition=Q(
                    owners_body="none",
                    owners_body_chair="",
                    owners_body_members=0,
                    owners_body_party_members=0,
                )
                | ~Q(owners_body="none"),
                name="compound_without_owners_body_has_no_chair",
                violation_error_message=_("Without an owners' body there is neither chair nor member."),
            ),
            models.CheckConstraint(
                condition=Q(owners_body_party_members__lte=models.F("owners_body_members")),
                name="owners_body_has_no_more_party_members_than_members",
                violation_error_message=_("There cannot be more Party members than members."),
            ),
        ]
        indexes = [
            # the list of a territory in its order: community, name
            models.Index(
                fields=["community", "name", "id"], condition=Q(ended_on=None), name="compound_in_use"
            ),
            # words, pinyin and initials
            GinIndex(fields=["grams"], name="compound_search"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the compound's page."""
        return reverse("compound", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of this compound's history in the trail."""
        return f"compound:{self.pk}"


class Building(models.Model):
    """A building of a compound. It lies in at most one grid: the column has room for no second one."""

    compound = models.ForeignKey(
        Compound, on_delete=models.CASCADE, related_name="buildings", verbose_name=_("compound")
    )
    name = models.CharField(_("building"), max_length=30)
    households = models.PositiveIntegerField(_("households"), default=0)
    grid = models.ForeignKey(
        Grid,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="buildings",
        verbose_name=_("grid"),
    )

    objects = BuildingQuerySet.as_manager()

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "name"],
                name="building_name_is_unique_in_a_compound",
                violation_error_message=_("The compound has a building of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CrossPost(models.Model):
    """A post that somebody of the branch holds in another body, or the other way round (双向进入、交叉任职).

    Domain.md §4.1: members of the branch sit in the owners' body, the property firm, the grid, and theirs in the
    branch. A fact with its dates; whoever leaves gets a last day.
    """

    class Body(models.TextChoices):
        OWNERS_BODY = "owners_body", _("Owners' body")
        PROPERTY_FIRM = "property_firm", _("Property firm")
        GRID = "grid", _("Grid")
        COMMUNITY = "community", _("Community")

    branch = models.ForeignKey(
        CompoundBranch,
        on_delete=models.PROTECT,
        related_name="cross_posts",
        verbose_name=_("compound branch"),
    )
    name = models.CharField(_("name"), max_length=30)
    branch_post = models.CharField(_("post in the branch"), max_length=30)
    body = models.CharField(_("other body"), max_length=15, choices=Body.choices)
    body_post = models.CharField(_("post there"), max_length=30)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    objects = CrossPostQuerySet.as_manager()

    class Meta:
        verbose_name = _("cross-post")
        verbose_name_plural = _("cross-posts")
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "name", "body"],
                condition=Q(ends_on=None),
                name="cross_post_is_held_once",
                violation_error_message=_("This person holds a post in that body already."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="cross_post_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.branch_post}, {self.body_post}"
