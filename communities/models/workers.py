"""Community workers (专职社区工作者): who they are, their posts, what gives points, and the grades they were given.

No ID number and no day of birth is kept: no rule needs one.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.schemes import Grade, PostClass
from communities.querysets import WorkerQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division

TITLES = ("junior", "intermediate", "senior")
# From the first to the last day, both included; open while there is no last day
_PERIOD = Func("started_on", "ended_on", Value("[]"), function="daterange", output_field=DateRangeField())


class Education(models.TextChoices):
    """The highest education finished."""

    SECONDARY = "secondary", _("Secondary school or below")
    COLLEGE = "college", _("Junior college")
    BACHELOR = "bachelor", _("Bachelor")
    MASTER = "master", _("Master or above")


class CommunityWorker(models.Model):
    """A professional worker of a community. The post of today is the open `WorkerPost`, the grade the last given."""

    class LeaveReason(models.TextChoices):
        RESIGNED = "resigned", pgettext_lazy("of a worker", "Resigned")
        RETIRED = "retired", pgettext_lazy("of a worker", "Retired")
        TRANSFERRED = "transferred", pgettext_lazy("of a worker", "Left for other work")
        DISMISSED = "dismissed", pgettext_lazy("of a worker", "Dismissed")
        OTHER = "other", pgettext_lazy("of a worker", "Other reason")

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="workers", verbose_name=_("community")
    )
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=40)
    started_on = models.DateField(
        _("in community work since"), help_text=_("Years of service count from this day.")
    )
    education = models.CharField(_("education"), max_length=10, choices=Education.choices)
    account = models.OneToOneField(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="worker_file",
        verbose_name=_("account"),
    )
    left_on = models.DateField(_("last day of work"), null=True, blank=True)
    leave_reason = models.CharField(
        _("reason for leaving"), max_length=12, choices=LeaveReason.choices, blank=True
    )
    search_text = models.TextField(_("search text"), blank=True, editable=False)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = _("community worker")
        verbose_name_plural = _("community workers")
        constraints = [
            models.UniqueConstraint(
                fields=["community", "name", "started_on"],
                name="worker_is_entered_once",
                violation_error_message=_(
                    "The community has a worker of this name and first day already. Open that file."
                ),
            ),
            models.CheckConstraint(
                condition=Q(left_on=None, leave_reason="") | (Q(left_on__isnull=False) & ~Q(leave_reason="")),
                name="worker_leaves_with_a_reason",
                violation_error_message=_("Whoever leaves has a last day and a reason."),
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("started_on")),
                name="worker_leaves_after_the_first_day",
                violation_error_message=_("The last day must not be before the first day."),
            ),
        ]
        indexes = [models.Index(fields=["community", "id"], name="worker_by_community")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the worker's page."""
        return reverse("worker", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of this worker's history in the trail."""
        return f"worker:{self.pk}"


class WorkerPost(models.Model):
    """A post of a worker at a community, from the first to the last day; the open one is today's."""

    worker = models.ForeignKey(
        CommunityWorker, on_delete=models.CASCADE, related_name="posts", verbose_name=_("community worker")
    )
    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="worker_posts", verbose_name=_("community")
    )
    post_class = models.ForeignKey(
        PostClass, on_delete=models.PROTECT, related_name="posts", verbose_name=_("post class")
    )
    started_on = models.DateField(_("first day"))
    ended_on = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("post of a worker")
        verbose_name_plural = _("posts of workers")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="worker_post_ends_after_it_begins",
                violation_error_message=_("The last day must not be before the first day."),
            ),
            ExclusionConstraint(
                name="posts_of_a_worker_are_apart",
                expressions=[("worker", RangeOperators.EQUAL), (_PERIOD, RangeOperators.OVERLAPS)],
                violation_error_message=_("The worker holds another post in this time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_class} {self.started_on}"


class Qualification(models.Model):
    """A professional title or an honour, and where that is written."""

    class Kind(models.TextChoices):
        TITLE = "title", _("Professional title")
        HONOUR = "honour", _("Honour")

    class Level(models.TextChoices):
        JUNIOR = "junior", _("Assistant social worker")
        INTERMEDIATE = "intermediate", _("Social worker")
        SENIOR = "senior", _("Senior social worker")
        COUNTY = "county", pgettext_lazy("of an honour", "County level")
        CITY = "city", pgettext_lazy("of an honour", "City level")
        PROVINCE = "province", pgettext_lazy("of an honour", "Province level")
        NATION = "nation", pgettext_lazy("of an honour", "National level")

    worker = models.ForeignKey(
        CommunityWorker,
        on_delete=models.CASCADE,
        related_name="qualifications",
        verbose_name=_("community worker"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    level = models.CharField(_("level"), max_length=14, choices=Level.choices)
    name = models.CharField(_("name"), max_length=60)
    on = models.DateField(_("received on"))
    evidence = models.CharField(
        _("evidence"), max_length=120, blank=True, help_text=_("Certificate or document, in words.")
    )

    class Meta:
        verbose_name = _("title or honour")
        verbose_name_plural = _("titles and honours")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="title", level__in=TITLES) | (Q(kind="honour") & ~Q(level__in=TITLES)),
                name="level_belongs_to_title_or_honour",
                violation_error_message=_("This level does not belong to this kind."),
            ),
            models.UniqueConstraint(
                fields=["worker", "kind", "name", "on"],
                name="title_or_honour_stands_once",
                violation_error_message=_("This is recorded already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class YearlyAppraisal(models.Model):
    """The result of a worker's appraisal of one year. It counts from the first day of the next."""

    class Result(models.TextChoices):
        EXCELLENT = "excellent", pgettext_lazy("yearly appraisal", "Excellent")
        COMPETENT = "competent", pgettext_lazy("yearly appraisal", "Competent")
        BARELY = "barely", pgettext_lazy("yearly appraisal", "Basically competent")
        NOT = "not", pgettext_lazy("yearly appraisal", "Not competent")

    worker = models.ForeignKey(
        CommunityWorker,
        on_delete=models.CASCADE,
        related_name="appraisals",
        verbose_name=_("community worker"),
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(1990), MaxValueValidator(2100)]
    )
    result = models.CharField(_("result"), max_length=10, choices=Result.choices)

    class Meta:
        verbose_name = _("yearly appraisal")
        verbose_name_plural = _("yearly appraisals")
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "year"],
                name="worker_is_appraised_once_a_year",
                violation_error_message=_("The year has its appraisal already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_result_display()}"


class WorkerGrade(models.Model):
    """A grade given to a worker from a day on, with the computation as it stood. Never changed afterwards."""

    worker = models.ForeignKey(
        CommunityWorker, on_delete=models.CASCADE, related_name="grades", verbose_name=_("community worker")
    )
    grade = models.ForeignKey(
        Grade,
        on_delete=models.PROTECT,
        related_name="workers",
        verbose_name=pgettext_lazy("of workers", "grade"),
    )
    valid_from = models.DateField(_("valid from"))
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=1)
    lines = models.JSONField(_("computation"), default=list)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("grade of a worker")
        verbose_name_plural = _("grades of workers")
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "valid_from"],
                name="worker_is_graded_once_a_day",
                violation_error_message=_("A grade was given from this day on already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grade} {self.valid_from}"
