"""The big Party committee (大党委) of a community for one term, and who sits on it (domain.md §3).

The full-time members are the community's own. Part-time members (兼职委员) belong to units that work here; their Party
membership stays where it is. Each went a chain: recommended, approved by the street, filed by the county, in office.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.models.compounds import Compound
from communities.querysets import BigCommitteeQuerySet, PartTimeMemberQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit

MOST_PLACES = 30

# From the first to the last day, both included
_TERM = Func("starts_on", "ends_on", Value("[]"), function="daterange", output_field=DateRangeField())


class Post(models.TextChoices):
    """What somebody is on the committee."""

    SECRETARY = "secretary", pgettext_lazy("big committee", "Secretary")
    DEPUTY = "deputy", pgettext_lazy("big committee", "Deputy secretary")
    MEMBER = "member", pgettext_lazy("big committee", "Member")


class MemberStatus(models.TextChoices):
    """Where a part-time member stands on the chain."""

    RECOMMENDED = "recommended", pgettext_lazy("part-time member", "Recommended")
    APPROVED = "approved", pgettext_lazy("part-time member", "Approved by the street")
    FILED = "filed", pgettext_lazy("part-time member", "Filed")
    IN_OFFICE = "in_office", pgettext_lazy("part-time member", "In office")
    LEFT = "left", pgettext_lazy("part-time member", "Left")
    REFUSED = "refused", pgettext_lazy("part-time member", "Refused")


# Whoever has none of these takes a place on the committee
ENDED = (MemberStatus.LEFT, MemberStatus.REFUSED)
# The move, from which statuses it leads to which
CHAIN: dict[str, tuple[tuple[MemberStatus, ...], MemberStatus]] = {
    "approve": ((MemberStatus.RECOMMENDED,), MemberStatus.APPROVED),
    "file": ((MemberStatus.APPROVED,), MemberStatus.FILED),
    "refuse": ((MemberStatus.RECOMMENDED, MemberStatus.APPROVED), MemberStatus.REFUSED),
    "appoint": ((MemberStatus.FILED,), MemberStatus.IN_OFFICE),
    "leave": ((MemberStatus.FILED, MemberStatus.IN_OFFICE), MemberStatus.LEFT),
}


class BigCommittee(models.Model):
    """One community's committee for one term. Its figures of places are what the community decided, not a rule."""

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="big_committees", verbose_name=_("community")
    )
    number = models.PositiveSmallIntegerField(
        pgettext_lazy("big committee", "term"), validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    starts_on = models.DateField(pgettext_lazy("big committee", "first day of the term"))
    ends_on = models.DateField(pgettext_lazy("big committee", "last day of the term"))
    full_time_places = models.PositiveSmallIntegerField(
        _("places of full-time members"), validators=[MaxValueValidator(MOST_PLACES)]
    )
    part_time_places = models.PositiveSmallIntegerField(
        _("places of part-time members"), validators=[MaxValueValidator(MOST_PLACES)]
    )

    objects = BigCommitteeQuerySet.as_manager()

    class Meta:
        verbose_name = _("big Party committee")
        verbose_name_plural = _("big Party committees")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="committee_term_ends_after_it_begins",
                violation_error_message=_("The last day of the term must be after its first day."),
            ),
            models.UniqueConstraint(
                fields=["community", "number"],
                name="committee_number_is_unique_in_a_community",
                violation_error_message=_("The community has a committee of this term number already."),
            ),
            ExclusionConstraint(
                name="committee_terms_of_a_community_are_apart",
                expressions=[("community", RangeOperators.EQUAL), (_TERM, RangeOperators.OVERLAPS)],
                violation_error_message=_("The term overlaps with another term of this community."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("Big Party committee of %(community)s, term %(number)s") % {
            "community": self.community.short_name,
            "number": self.number,
        }

    def get_absolute_url(self) -> str:
        """Return the committee's page."""
        return reverse("committee", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail: of the term, its members and its meetings."""
        return f"committee:{self.pk}"


class CommitteePost(models.Model):
    """A full-time member of the committee: one of the community's own."""

    committee = models.ForeignKey(BigCommittee, on_delete=models.CASCADE, related_name="posts")
    name = models.CharField(_("name"), max_length=30)
    post = models.CharField(_("post"), max_length=10, choices=Post.choices, default=Post.MEMBER)

    class Meta:
        verbose_name = _("full-time member")
        verbose_name_plural = _("full-time members")
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "name"],
                name="full_time_member_sits_once",
                violation_error_message=_("This person is on the committee already."),
            ),
            models.UniqueConstraint(
                fields=["committee"],
                condition=Q(post="secretary"),
                name="committee_has_one_secretary",
                violation_error_message=_("A committee has one secretary."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartTimeMember(models.Model):
    """Somebody of a unit that works here, proposed for the committee or on it. Kept for ever, refused ones too."""

    committee = models.ForeignKey(
        BigCommittee, on_delete=models.PROTECT, related_name="members", verbose_name=_("big Party committee")
    )
    name = models.CharField(_("name"), max_length=30)
    unit_name = models.CharField(_("unit of the member"), max_length=60)
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="committee_members",
        verbose_name=_("unit in the portal"),
    )
    unit_post = models.CharField(_("post in the unit"), max_length=40, blank=True)
    post = models.CharField(
        _("post on the committee"),
        max_length=10,
        choices=[(Post.DEPUTY.value, Post.DEPUTY.label), (Post.MEMBER.value, Post.MEMBER.label)],
        default=Post.MEMBER,
    )
    duties = models.CharField(_("division of work"), max_length=200, blank=True)
    compound = models.ForeignKey(
        Compound,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contact_members",
        verbose_name=_("contact compound"),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=MemberStatus.choices, default=MemberStatus.RECOMMENDED
    )
    recommended_on = models.DateField(_("recommended on"))
    approved_on = models.DateField(_("approved by the street on"), null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    in_office_on = models.DateField(_("in office since"), null=True, blank=True)
    ended_on = models.DateField(_("left or refused on"), null=True, blank=True)
    end_reason = models.CharField(_("why left or refused"), max_length=200, blank=True)
    search_text = models.TextField(_("search text"), blank=True, editable=False)

    objects = PartTimeMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("part-time member")
        verbose_name_plural = _("part-time members")
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "name"],
                condition=~Q(status__in=["left", "refused"]),
                name="part_time_member_sits_for_one_unit",
                violation_error_message=_(
                    "This person is on the committee already. One person is a part-time member for one unit."
                ),
            ),
            models.CheckConstraint(
                condition=(Q(approved_on=None) | Q(approved_on__gte=F("recommended_on")))
                & (Q(filed_on=None) | Q(filed_on__gte=F("approved_on")))
                & (Q(in_office_on=None) | Q(in_office_on__gte=F("filed_on"))),
                name="part_time_member_dates_are_in_order",
                violation_error_message=_(
                    "The dates are out of order: recommended, approved, filed, in office."
                ),
            ),
            models.CheckConstraint(
                condition=(Q(filed_on=None) | Q(approved_on__isnull=False))
                & (Q(in_office_on=None) | Q(filed_on__isnull=False)),
                name="part_time_member_skips_no_step",
                violation_error_message=_("A step of the chain is missing."),
            ),
            models.CheckConstraint(
                condition=Q(status="recommended", approved_on=None)
                | Q(status="approved", approved_on__isnull=False, filed_on=None)
                | Q(status="filed", filed_on__isnull=False, in_office_on=None)
                | Q(status="in_office", in_office_on__isnull=False)
                | Q(status="left", filed_on__isnull=False)
                | Q(status="refused", filed_on=None),
                name="part_time_member_status_fits_its_dates",
            ),
            models.CheckConstraint(
                condition=(Q(status__in=["left", "refused"]) & Q(ended_on__isnull=False) & ~Q(end_reason=""))
                | (~Q(status__in=["left", "refused"]) & Q(ended_on=None, end_reason="")),
                name="part_time_member_ends_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("recommended_on")),
                name="part_time_member_ends_after_the_recommendation",
            ),
        ]
        indexes = [
            # what waits for a signature
            models.Index(
                fields=["id"],
                condition=Q(status__in=["recommended", "approved"]),
                name="part_time_member_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the member's page."""
        return reverse("committee-member", args=[self.pk])

    @property
    def has_served(self) -> bool:
        """Whether the member was ever in office: then there can be reports and appraisals."""
        return self.in_office_on is not None


class DutyReport(models.Model):
    """What a part-time member reported on one year (述职)."""

    member = models.ForeignKey(
        PartTimeMember,
        on_delete=models.PROTECT,
        related_name="reports",
        verbose_name=_("part-time member"),
    )
    year = models.PositiveSmallIntegerField(_("year"))
    given_on = models.DateField(_("given on"))
    text = models.TextField(_("what was reported"), max_length=2000)

    class Meta:
        verbose_name = _("duty report")
        verbose_name_plural = _("duty reports")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "year"],
                name="duty_report_is_given_once_a_year",
                violation_error_message=_("The duty report of this year is on record already."),
            ),
            models.CheckConstraint(
                condition=Q(given_on__year__gte=F("year")), name="duty_report_follows_its_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.year}"


class MemberAppraisal(models.Model):
    """The community's appraisal of one year, upon the duty report: without a report there is none."""

    class Grade(models.TextChoices):
        GOOD = "good", pgettext_lazy("appraisal", "Good")
        FAIRLY_GOOD = "fairly_good", pgettext_lazy("appraisal", "Fairly good")
        AVERAGE = "average", pgettext_lazy("appraisal", "Average")
        POOR = "poor", pgettext_lazy("appraisal", "Poor")

    report = models.OneToOneField(
        DutyReport, on_delete=models.PROTECT, related_name="appraisal", verbose_name=_("duty report")
    )
    grade = models.CharField(_("grade"), max_length=12, choices=Grade.choices)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    appraised_on = models.DateField(_("appraised on"))
    appraised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("appraisal")
        verbose_name_plural = _("appraisals")

    def __str__(self) -> str:
        return f"{self.report} {self.get_grade_display()}"
