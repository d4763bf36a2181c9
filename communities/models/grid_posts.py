"""Who serves in a grid: "1+5+X" (domain.md §4.2): one head, five forces, and whoever else lends a hand."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.compounds import Building
from communities.models.grids import Grid
from communities.querysets import GridPostQuerySet


class GridPost(models.Model):
    """A person in a post of a grid, from a day on; in force until it has a last day.

    Whoever serves in several grids has a row in each. The phone is sealed: some of these people are residents, and one
    rule for all is easier to keep (ADR 0034).
    """

    class Post(models.TextChoices):
        HEAD = "head", _("Grid head")
        SUPERVISOR = "supervisor", _("Grid supervisor")
        ENFORCEMENT = "enforcement", pgettext_lazy("grid post", "City enforcement")
        COMMUNITY = "community", pgettext_lazy("grid post", "Community worker")
        SANITATION = "sanitation", pgettext_lazy("grid post", "Sanitation worker")
        POLICE = "police", pgettext_lazy("grid post", "Community police")
        BUILDING_HEAD = "building_head", _("Building head")
        VOLUNTEER = "volunteer", pgettext_lazy("grid post", "Volunteer")
        PROPERTY = "property", pgettext_lazy("grid post", "Property firm")
        OTHER = "other", pgettext_lazy("grid post", "Other")

    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="posts", verbose_name=_("grid"))
    post = models.CharField(pgettext_lazy("in a grid", "post"), max_length=15, choices=Post.choices)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=30)
    unit_name = models.CharField(_("unit"), max_length=60, blank=True)
    phone_cipher = models.TextField(_("phone"), blank=True)
    full_time = models.BooleanField(_("full-time"), default=False)
    building = models.ForeignKey(
        Building,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="heads",
        verbose_name=_("building"),
    )
    started_on = models.DateField(_("since"))
    ended_on = models.DateField(_("last day"), null=True, blank=True)
    search_text = models.TextField(_("search text"), blank=True, editable=False)

    objects = GridPostQuerySet.as_manager()

    class Meta:
        verbose_name = _("person in a grid")
        verbose_name_plural = _("people in grids")
        constraints = [
            models.UniqueConstraint(
                fields=["grid"],
                condition=Q(post="head", ended_on=None),
                name="grid_has_one_head",
                violation_error_message=_("The grid has a head already."),
            ),
            models.UniqueConstraint(
                fields=["grid", "post", "name"],
                condition=Q(ended_on=None, building=None),
                name="person_holds_a_grid_post_once",
                violation_error_message=_("This person holds the post in this grid already."),
            ),
            models.UniqueConstraint(
                fields=["building", "name"],
                condition=Q(ended_on=None),
                name="person_heads_a_building_once",
                violation_error_message=_("This person heads the building already."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="grid_post_ends_after_it_begins",
                violation_error_message=_("The last day must not be before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(building=None) | Q(post="building_head"),
                name="only_building_heads_have_a_building",
                violation_error_message=_("Only a building head has a building."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


# The "1+5": a grid without one of them has a gap
ONE_AND_FIVE = (
    GridPost.Post.HEAD,
    GridPost.Post.SUPERVISOR,
    GridPost.Post.ENFORCEMENT,
    GridPost.Post.COMMUNITY,
    GridPost.Post.SANITATION,
    GridPost.Post.POLICE,
)
