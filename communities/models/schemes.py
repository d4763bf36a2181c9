"""Schemes of a county or the city: what counts for community workers, which grades there are, what they are paid.

All of it is data and none of it official: Kunming's own table was not found (domain.md §3.3, §13). A scheme is never
changed; a change is a new version from a day on, and nobody's grade moves until somebody grades again.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.grading import Source
from communities.querysets import SchemeQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division

NOT_NEGATIVE = MinValueValidator(0, _("Write zero or more."))


class PostClass(models.Model):
    """A class of posts: 专职委员, 副职, 正职, 书记主任"一肩挑" by default; names and order are data (S19)."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("post class"), max_length=30, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("post class")
        verbose_name_plural = _("post classes")

    def __str__(self) -> str:
        return self.name


class WorkerScheme(models.Model):
    """A version of the arrangements for community workers in a county or the city, from a day on.

    The county's own goes before the city's; without either the portal's default holds (no division).
    """

    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="worker_schemes",
        verbose_name=_("holds in"),
    )
    name = models.CharField(_("name"), max_length=60)
    basis = models.CharField(_("basis"), max_length=200, blank=True, help_text=_("The document it follows."))
    valid_from = models.DateField(_("valid from"))
    insurances_included = models.BooleanField(_("the five insurances are included in the pay"), default=True)
    lowest_bonus = models.PositiveIntegerField(
        _("lowest monthly bonus of the lowest grade, yuan"), default=100
    )
    staffing_target = models.DecimalField(
        _("workers per 10,000 residents aimed at"),
        max_digits=5,
        decimal_places=1,
        validators=[MinValueValidator(1), MaxValueValidator(200)],
    )
    staffing_source = models.CharField(_("where this number comes from"), max_length=120, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"), null=True, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("scheme for community workers")
        verbose_name_plural = _("schemes for community workers")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "valid_from"],
                nulls_distinct=False,
                name="worker_scheme_begins_once_a_day",
                violation_error_message=_("A version begins on this day already. Choose another day."),
            ),
            models.CheckConstraint(
                condition=Q(staffing_target__gt=0),
                name="staffing_target_is_positive",
                violation_error_message=_("Write a number above zero."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PointRule(models.Model):
    """What one year, degree, title, honour or appraisal is worth under a scheme. Its validity is the scheme's."""

    class From(models.TextChoices):
        SERVICE = Source.SERVICE.value, _("Years of service")
        EDUCATION = Source.EDUCATION.value, _("Education")
        TITLE = Source.TITLE.value, _("Professional title")
        HONOUR = Source.HONOUR.value, _("Honour")
        APPRAISAL = Source.APPRAISAL.value, _("Yearly appraisal")

    scheme = models.ForeignKey(
        WorkerScheme, on_delete=models.CASCADE, related_name="rules", verbose_name=_("scheme")
    )
    source = models.CharField(_("source of points"), max_length=10, choices=From.choices)
    value = models.CharField(_("which"), max_length=20, blank=True)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1, validators=[NOT_NEGATIVE])
    most = models.DecimalField(
        _("at most"), max_digits=5, decimal_places=1, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("point rule")
        verbose_name_plural = _("point rules")
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "source", "value"],
                name="point_rule_stands_once",
                violation_error_message=_("There is a rule for this already."),
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0),
                name="points_never_count_down",
                violation_error_message=_("Write zero or more."),
            ),
            models.CheckConstraint(
                condition=Q(most=None) | Q(most__gte=F("points")),
                name="point_rule_gives_at_least_one",
                violation_error_message=_("The most must not be below the points of one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.value}".strip()


class Grade(models.Model):
    """A grade of a scheme: it begins at so many points."""

    scheme = models.ForeignKey(
        WorkerScheme, on_delete=models.CASCADE, related_name="grades", verbose_name=_("scheme")
    )
    name = models.CharField(pgettext_lazy("of workers", "grade"), max_length=20)
    from_points = models.DecimalField(
        _("from points"), max_digits=5, decimal_places=1, validators=[NOT_NEGATIVE]
    )

    class Meta:
        verbose_name = pgettext_lazy("of workers", "grade")
        verbose_name_plural = pgettext_lazy("of workers", "grades")
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "name"],
                name="grade_name_is_unique_in_a_scheme",
                violation_error_message=_("The scheme has a grade of this name already."),
            ),
            models.UniqueConstraint(
                fields=["scheme", "from_points"],
                name="grades_begin_at_different_points",
                violation_error_message=_("Two grades begin at the same points."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PayBand(models.Model):
    """What a post class is paid a month in a grade, in yuan: base and bonus. Shown to whom pay is shown to."""

    grade = models.ForeignKey(
        Grade,
        on_delete=models.CASCADE,
        related_name="bands",
        verbose_name=pgettext_lazy("of workers", "grade"),
    )
    post_class = models.ForeignKey(
        PostClass, on_delete=models.PROTECT, related_name="bands", verbose_name=_("post class")
    )
    base = models.PositiveIntegerField(_("base pay"))
    bonus = models.PositiveIntegerField(_("bonus"))

    class Meta:
        verbose_name = _("pay band")
        verbose_name_plural = _("pay bands")
        constraints = [
            models.UniqueConstraint(fields=["grade", "post_class"], name="pay_band_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.post_class} {self.grade}"

    @property
    def amount(self) -> int:
        """Base and bonus together, a month."""
        return self.base + self.bonus


class PopulationFigure(models.Model):
    """How many people live in a division, as of a year, where that is known better than from its compounds."""

    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="population_figures", verbose_name=_("division")
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1990), MaxValueValidator(2100)]
    )
    residents = models.PositiveIntegerField(_("residents"), validators=[MinValueValidator(1)])
    source = models.CharField(_("source of the figure"), max_length=120)

    class Meta:
        verbose_name = _("population figure")
        verbose_name_plural = _("population figures")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "year"],
                name="population_stands_once_a_year",
                violation_error_message=_("There is a figure of this year already."),
            ),
            models.CheckConstraint(
                condition=Q(residents__gt=0),
                name="population_is_positive",
                violation_error_message=_("Write a number above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.year}"
