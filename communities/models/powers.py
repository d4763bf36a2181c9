"""The five powers (五项权力) of a compound's Party branch: one row a record, and what only its own power has beside it.

A record's step is derived from what stands in these rows and from its undertaking; it is stored nowhere.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.compounds import Compound, CompoundBranch
from communities.models.power_steps import MOVES, Power, Result, Step
from communities.models.undertakings import Undertaking
from communities.querysets import PowerQuerySet
from kunming_portal.accounts.models import User

REPORTED = (Undertaking.Status.REPORTED, Undertaking.Status.DONE, Undertaking.Status.DROPPED)


class PowerRecord(models.Model):
    """One exercise of a power: by which branch, in which compound, about what, how it came out."""

    compound = models.ForeignKey(
        Compound, on_delete=models.PROTECT, related_name="power_records", verbose_name=_("compound")
    )
    # never empty: nothing is decided, proposed or appraised without a branch
    branch = models.ForeignKey(
        CompoundBranch,
        on_delete=models.PROTECT,
        related_name="power_records",
        verbose_name=_("compound branch"),
    )
    power = models.CharField(_("power"), max_length=12, choices=Power.choices)
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"), max_length=1000, blank=True)
    opened_on = models.DateField(_("begun"))
    opened_at = models.DateTimeField(_("entered"))
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # the execution, the reply or the rectification that was asked for, with its deadline
    undertaking = models.OneToOneField(
        Undertaking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="power_record",
        verbose_name=_("undertaking"),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    result = models.CharField(_("outcome"), max_length=12, choices=Result.choices, blank=True)
    closing_words = models.TextField(_("closing words"), max_length=1000, blank=True)

    objects = PowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("power record")
        verbose_name_plural = _("power records")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, result="")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(result="")),
                name="closed_power_record_has_a_result",
            ),
            models.CheckConstraint(
                condition=Q(undertaking=None) | Q(power__in=["decision", "proposal", "supervision"]),
                name="power_record_asks_only_where_somebody_must_act",
            ),
            models.CheckConstraint(
                condition=~Q(power__in=["proposal", "supervision"]) | Q(undertaking__isnull=False),
                name="proposal_and_finding_have_an_addressee",
                violation_error_message=_("Say who is to answer."),
            ),
        ]
        indexes = [
            # the column of a compound: what is open, and the newest of each power
            models.Index(fields=["compound", "power", "-id"], name="power_of_compound"),
            models.Index(fields=["branch", "-id"], name="power_of_branch"),
            models.Index(fields=["-id"], condition=Q(closed_at=None), name="power_open"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the record's page."""
        return reverse("power", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.closed_at is None

    @property
    def step(self) -> Step:
        """The step that is to be done next. No query when the power's own row and the undertaking are loaded."""
        if self.closed_at is not None:
            return Step.CLOSED
        if self.power == Power.DECISION:
            return self.decision.step
        if self.power == Power.PERSONNEL:
            return self.nomination.step
        if self.power == Power.APPRAISAL:
            return self.appraisal.step
        asked = self.undertaking
        answered = asked is not None and asked.status in REPORTED
        if self.power == Power.PROPOSAL:
            return Step.ADOPTION if answered else Step.REPLY
        return Step.RECHECK if answered else Step.RECTIFICATION

    @property
    def moves(self) -> tuple[str, ...]:
        """What can be done at this step, whoever does it."""
        return (*MOVES[self.step], "end") if self.is_open else ()


class Decision(models.Model):
    """A decision: the meeting with its votes, the resolution, the public notice with its remarks."""

    record = models.OneToOneField(
        PowerRecord, on_delete=models.CASCADE, primary_key=True, related_name="decision"
    )
    met_on = models.DateField(_("meeting"), null=True, blank=True)
    attended = models.PositiveSmallIntegerField(_("attended"), default=0)
    in_favour = models.PositiveSmallIntegerField(_("in favour"), default=0)
    against = models.PositiveSmallIntegerField(_("against"), default=0)
    abstained = models.PositiveSmallIntegerField(_("abstained"), default=0)
    resolution = models.TextField(_("resolution"), max_length=1000, blank=True)
    notice_from = models.DateField(_("notice from"), null=True, blank=True)
    notice_until = models.DateField(_("notice until"), null=True, blank=True)
    remarks = models.PositiveSmallIntegerField(_("remarks received"), default=0)
    remarks_text = models.TextField(_("what they say"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(attended__gte=F("in_favour") + F("against") + F("abstained")),
                name="no_more_votes_than_people",
                violation_error_message=_("There are more votes than people attended."),
            ),
            models.CheckConstraint(
                condition=Q(notice_from=None, notice_until=None) | Q(notice_until__gte=F("notice_from")),
                name="notice_ends_after_it_begins",
                violation_error_message=_("The notice ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(resolution="") | Q(met_on__isnull=False), name="resolution_follows_a_meeting"
            ),
            models.CheckConstraint(
                condition=Q(notice_from=None) | ~Q(resolution=""), name="notice_follows_a_resolution"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id}"

    @property
    def is_carried(self) -> bool:
        """Whether more than half of those who attended were in favour."""
        return self.in_favour * 2 > self.attended

    @property
    def step(self) -> Step:
        """The step that is to be done next."""
        if self.record.undertaking_id is not None:
            return Step.EXECUTION
        if self.met_on is None:
            return Step.MEETING
        return Step.NOTICE if self.resolution else Step.RESOLUTION


class Nomination(models.Model):
    """Personnel: candidates are vetted and recommended; who is entitled to choose chooses, and that is recorded."""

    class Post(models.TextChoices):
        OWNERS_COMMITTEE = "owners_committee", _("Owners' committee")
        BUILDING_HEAD = "building_head", _("Building heads")
        GRID_STAFF = "grid_staff", _("Grid staff")
        CROSS_POST = "cross_post", _("Cross-posts of branch, committee and firm")

    class ChosenBy(models.TextChoices):
        OWNERS = "owners", _("Elected by the owners' meeting")
        RESIDENTS = "residents", _("Put forward by the residents of the building")
        COMMUNITY = "community", _("Engaged by the community")
        BODY = "body", _("Decided by the body or firm itself")

    record = models.OneToOneField(
        PowerRecord, on_delete=models.CASCADE, primary_key=True, related_name="nomination"
    )
    post = models.CharField(_("post"), max_length=20, choices=Post.choices)
    vetted_on = models.DateField(_("vetted"), null=True, blank=True)
    recommended_on = models.DateField(_("recommended"), null=True, blank=True)
    recommended_to = models.CharField(_("recommended to"), max_length=60, blank=True)
    chosen_on = models.DateField(_("chosen on"), null=True, blank=True)
    chosen_by = models.CharField(_("who chose"), max_length=12, choices=ChosenBy.choices, blank=True)

    class Meta:
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        constraints = [
            models.CheckConstraint(
                condition=Q(recommended_on=None) | Q(vetted_on__isnull=False),
                name="recommended_after_vetting",
            ),
            models.CheckConstraint(
                condition=Q(chosen_on=None, chosen_by="")
                | (Q(recommended_on__isnull=False) & ~Q(chosen_by="")),
                name="chosen_by_those_entitled_after_a_recommendation",
            ),
            # a branch recommends members of the owners' committee; only the owners elect them (Civil Code art. 278)
            models.CheckConstraint(
                condition=~Q(post="owners_committee") | Q(chosen_by__in=["", "owners"]),
                name="owners_committee_is_elected_by_the_owners",
                violation_error_message=_("Members of the owners' committee are elected by the owners only."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id}"

    @property
    def step(self) -> Step:
        """The step that is to be done next."""
        if self.vetted_on is None:
            return Step.VETTING
        return Step.CHOICE if self.recommended_on is not None else Step.RECOMMENDATION


class Candidate(models.Model):
    """Somebody who was nominated: the branch's opinion, and whether those entitled chose this person."""

    nomination = models.ForeignKey(Nomination, on_delete=models.CASCADE, related_name="candidates")
    name = models.CharField(_("name"), max_length=30)
    passed = models.BooleanField(_("passed the vetting"), null=True, blank=True)
    opinion = models.CharField(_("opinion"), max_length=200, blank=True)
    chosen = models.BooleanField(_("chosen"), null=True, blank=True)

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = [
            models.UniqueConstraint(
                fields=["nomination", "name"],
                name="candidate_is_nominated_once",
                violation_error_message=_("This name stands there twice."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Finding(models.Model):
    """Supervision: what was found with whom. Its rectification is the record's undertaking."""

    class OfWhom(models.TextChoices):
        FIRM = "firm", _("Property firm")
        OWNERS_BODY = "owners_body", _("Owners' body")
        OTHER = "other", pgettext_lazy("of whom", "Others")

    class About(models.TextChoices):
        ACCOUNTS = "accounts", pgettext_lazy("of a firm", "Accounts")
        REPAIR_FUND = "repair_fund", _("Repair fund")
        PUBLIC_INCOME = "public_income", _("Public income")
        SERVICE = "service", _("Service")
        OTHER = "other", pgettext_lazy("about what", "Other")

    record = models.OneToOneField(
        PowerRecord, on_delete=models.CASCADE, primary_key=True, related_name="finding"
    )
    of_whom = models.CharField(_("of whom"), max_length=12, choices=OfWhom.choices)
    about = models.CharField(_("about"), max_length=15, choices=About.choices)
    rechecked_on = models.DateField(_("re-checked"), null=True, blank=True)
    rechecks = models.PositiveSmallIntegerField(_("re-checks"), default=0)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")

    def __str__(self) -> str:
        return f"{self.record_id}"


class Appraisal(models.Model):
    """A batch of appraisals of one body: how many were asked, how many answered, means by aspect, what it is used for.

    Aggregates only: no resident is named, and people are never ranked. Grid staff are appraised as a body.
    """

    class OfWhom(models.TextChoices):
        FIRM = "firm", _("Property firm")
        OWNERS_BODY = "owners_body", _("Owners' body")
        GRID_STAFF = "grid_staff", _("Grid staff as a whole")
        DEPARTMENT = "department", _("Department that reports in")

    class Use(models.TextChoices):
        RATING = "rating", _("Yearly rating of red property")
        RENEWAL = "renewal", _("Advice to the owners on renewing the contract")
        FEEDBACK = "feedback", _("Feedback to the body itself")

    record = models.OneToOneField(
        PowerRecord, on_delete=models.CASCADE, primary_key=True, related_name="appraisal"
    )
    of_whom = models.CharField(_("of whom"), max_length=12, choices=OfWhom.choices)
    name = models.CharField(_("name of the body"), max_length=60)
    period = models.CharField(_("period"), max_length=40)
    asked = models.PositiveIntegerField(_("forms handed out"), validators=[MinValueValidator(1)])
    received = models.PositiveIntegerField(_("forms received"), null=True, blank=True)
    opinions = models.TextField(_("opinions"), max_length=1000, blank=True)
    summary = models.TextField(_("summary"), max_length=1000, blank=True)
    use = models.CharField(_("use"), max_length=10, choices=Use.choices, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("power", "appraisal")
        verbose_name_plural = pgettext_lazy("power", "appraisals")
        constraints = [
            models.CheckConstraint(
                condition=Q(received=None) | Q(received__lte=F("asked")),
                name="no_more_forms_received_than_asked",
                violation_error_message=_("More forms came back than were handed out."),
            ),
            models.CheckConstraint(
                condition=Q(summary="") | Q(received__isnull=False), name="summary_follows_scores"
            ),
            models.CheckConstraint(condition=Q(use="") | ~Q(summary=""), name="use_follows_a_summary"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def step(self) -> Step:
        """The step that is to be done next."""
        if self.received is None:
            return Step.SCORES
        return Step.USE if self.summary else Step.SUMMARY


class AppraisalScore(models.Model):
    """The mean of one aspect over all forms of a batch, 0 to 100."""

    class Aspect(models.TextChoices):
        SERVICE = "service", _("Attitude and service")
        CLEANLINESS = "cleanliness", _("Cleanliness and greenery")
        REPAIRS = "repairs", _("Repairs in time")
        SAFETY = "safety", _("Order and safety")
        OPENNESS = "openness", _("Openness of accounts")

    appraisal = models.ForeignKey(Appraisal, on_delete=models.CASCADE, related_name="scores")
    aspect = models.CharField(_("aspect"), max_length=12, choices=Aspect.choices)
    mean = models.DecimalField(
        _("mean"),
        max_digits=4,
        decimal_places=1,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "aspect"], name="aspect_is_scored_once"),
            models.CheckConstraint(
                condition=Q(mean__gte=0, mean__lte=100),
                name="score_lies_between_nought_and_a_hundred",
                violation_error_message=_("A score lies between 0 and 100."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_aspect_display()} {self.mean}"
