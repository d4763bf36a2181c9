"""What kinds of whistle there are, their sub-classes, and how long each step may take: data, editable, versioned."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kunming_portal.deadlines.models import Policy, clock_goes_with_fixed_time
from kunming_portal.divisions.models import Division
from whistle.workflow import Step, Tier


class Kind(models.Model):
    """A kind of whistle: data, because every district names its own (domain.md §1.2, §13)."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=20)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    scope = models.CharField(_("what it is for"), max_length=200, blank=True)
    standard = models.CharField(
        _("disposal standard"),
        max_length=300,
        blank=True,
        help_text=_("When a whistle of it is well handled."),
    )
    tiers = ArrayField(models.PositiveSmallIntegerField(choices=Tier.choices), verbose_name=_("tiers"))
    approval_tiers = ArrayField(
        models.PositiveSmallIntegerField(choices=Tier.choices),
        verbose_name=_("tiers that need the secretary's sign-off"),
        default=list,
        blank=True,
    )
    is_emergency = models.BooleanField(
        _("emergency"),
        default=False,
        help_text=_("Runs on the natural clock; offered when something is urgent."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("kind of whistle")
        verbose_name_plural = _("kinds of whistle")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def needs_approval(self, tier: int) -> bool:
        """Whether the secretary signs off before a whistle of this kind goes out at this tier."""
        return tier in self.approval_tiers

    def steps(self, tier: int) -> list[Step]:
        """Return the steps of a whistle of this kind at this tier: each needs a deadline policy."""
        own = [step for step in Step if step is not Step.HOLD]  # each hold has its own last day
        return [step for step in own if step is not Step.APPROVE or self.needs_approval(tier)]


class SubClass(models.Model):
    """A sub-class of a kind (Guandu has 46 at the street, domain.md §1.2): finer scope, standard, and dispatch.

    `keywords` are the words of a description by which it is suggested; the person decides.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=30)
    kind = models.ForeignKey(
        Kind, on_delete=models.PROTECT, related_name="sub_classes", verbose_name=_("kind")
    )
    tiers = ArrayField(models.PositiveSmallIntegerField(choices=Tier.choices), verbose_name=_("tiers"))
    scope = models.CharField(_("what it is for"), max_length=200, blank=True)
    standard = models.CharField(_("disposal standard"), max_length=300, blank=True)
    keywords = models.CharField(
        _("words that suggest it"), max_length=200, blank=True, help_text=_("Separated by blanks.")
    )
    is_default = models.BooleanField(
        _("default"),
        default=False,
        help_text=_("Delivered with the portal as a proposal, not yet decided here."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("sub-class")
        verbose_name_plural = _("sub-classes")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"],
                name="sub_class_name_is_unique",
                violation_error_message=_("This kind has a sub-class of that name already."),
            ),
            models.CheckConstraint(
                condition=models.Q(tiers__len__gte=1),
                name="sub_class_has_a_tier",
                violation_error_message=_("Choose at least one tier."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Wording(models.Model):
    """What a kind or a sub-class said in one version: name, scope, standard and the rest as it was.

    Never changed. A whistle names the version it was blown under (`Whistle.kind_version`).
    """

    kind = models.ForeignKey(
        Kind, on_delete=models.PROTECT, null=True, related_name="wordings", verbose_name=_("kind")
    )
    sub_class = models.ForeignKey(
        SubClass, on_delete=models.PROTECT, null=True, related_name="wordings", verbose_name=_("sub-class")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    said = models.JSONField(_("content"))
    valid_from = models.DateTimeField(_("valid from"))

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=None, sub_class__isnull=False)
                | models.Q(kind__isnull=False, sub_class=None),
                name="wording_is_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["kind", "sub_class", "version"],
                nulls_distinct=False,
                name="wording_version_is_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.said.get('name', '')} v{self.version}"


class DeadlinePolicy(Policy):
    """How long one step of one kind at one tier may take (domain.md §10).

    Versioned: a change is a new row with the next version; running deadlines keep the row they began with.
    `sub_class` and `zone_class` narrow a rule; which of several wins stands in `selectors.get_policies`.
    """

    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="policies", verbose_name=_("kind"))
    tier = models.PositiveSmallIntegerField(_("tier"), choices=Tier.choices)
    step = models.CharField(_("step"), max_length=12, choices=Step.choices)
    zone_class = models.CharField(
        _("only in zones of this class"), max_length=15, choices=Division.ZoneClass.choices, blank=True
    )
    sub_class = models.ForeignKey(
        SubClass,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="policies",
        verbose_name=_("only for this sub-class"),
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateTimeField(_("valid from"))

    class Meta:
        verbose_name = _("deadline policy")
        verbose_name_plural = _("deadline policies")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "tier", "step", "zone_class", "sub_class", "version"],
                nulls_distinct=False,
                name="policy_version_is_unique",
            ),
            models.CheckConstraint(
                condition=clock_goes_with_fixed_time(), name="policy_fixed_time_has_clock"
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=1), name="policy_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(yellow_percent__gte=1, yellow_percent__lte=99),
                name="policy_yellow_is_a_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.get_tier_display()} {self.get_step_display()} v{self.version}"
