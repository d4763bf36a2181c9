"""The case: one matter and its whole life; who reported it; what was noted on it."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.models import Compound, PowerRecord
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division
from whistle.querysets import CaseQuerySet
from whistle.workflow import CaseStatus, Ending


class Case(models.Model):
    """One matter, its whole life: where it is, what it is, how far it got. One to three whistles belong to it."""

    class Source(models.TextChoices):
        PATROL = "patrol", _("Grid patrol")
        VISIT = "visit", _("Visit or walk-in")
        HOTLINE = "hotline", _("12345 hotline")
        BRANCH = "branch", _("Compound branch")
        INSPECTION = "inspection", _("Inspection")
        MEDIA = "media", _("Media")
        SYSTEM = "system", _("Another system")

    number = models.CharField(_("number"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=60)
    description = models.TextField(_("description"), max_length=2000)
    place = models.CharField(_("place"), max_length=120)
    affected = models.CharField(_("who is affected"), max_length=120, blank=True)
    tried = models.CharField(_("already tried"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=Source.choices, default=Source.PATROL)
    # All its numbers elsewhere in one text, the first one first: lists, search. The rows are `ExternalNumber`.
    external_number = models.CharField(_("external number"), max_length=200, blank=True)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="cases", verbose_name=_("division")
    )
    # The compound it happened in, where it did: the compound's page gathers its cases
    compound = models.ForeignKey(
        Compound,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # most cases have none: the index below leaves them out
        related_name="cases",
        verbose_name=_("compound"),
    )
    opened_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    status = models.CharField(_("status"), max_length=10, choices=CaseStatus.choices, default=CaseStatus.OPEN)
    # Where a case went that tells of the same matter again, and how many came here: many callers, one case
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged_cases",
        verbose_name=_("merged into"),
    )
    merged_count = models.PositiveSmallIntegerField(_("cases merged into it"), default=0, editable=False)
    ending = models.CharField(_("ending"), max_length=15, choices=Ending.choices, blank=True)
    # Units that were ever called: what a unit may see. One column, so that scope needs no join.
    called_units = ArrayField(models.BigIntegerField(), default=list, editable=False)
    # The earliest running deadline and the earliest yellow mark: lists sort and light by them.
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    yellow_at = models.DateTimeField(null=True, editable=False)
    # Until when the matter is on hold; null while it is handled
    hold_until = models.DateTimeField(_("on hold until"), null=True, editable=False)
    # The proposal of a compound's branch that became this case
    proposal = models.ForeignKey(
        PowerRecord,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="cases",
        verbose_name=_("proposal"),
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    submission = models.UUIDField(
        null=True, unique=True, editable=False, help_text=_("Makes sending a form twice write one case.")
    )
    opened_at = models.DateTimeField(_("written"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[CaseStatus.OPEN, CaseStatus.MERGED], closed_at=None, ending="")
                | (Q(status=CaseStatus.CLOSED, closed_at__isnull=False) & ~Q(ending="")),
                name="case_is_closed_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.MERGED, parent__isnull=False, merged_count=0)
                | (~Q(status=CaseStatus.MERGED) & Q(parent=None)),
                name="merged_case_has_a_root",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=models.F("id")), name="case_is_not_merged_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.OPEN) | Q(due_at=None), name="closed_case_has_no_due_moment"
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.OPEN) | Q(hold_until=None), name="only_an_open_case_is_on_hold"
            ),
        ]
        indexes = [
            # matters on hold, the one that ends first on top
            models.Index(
                fields=["hold_until", "id"], condition=Q(hold_until__isnull=False), name="case_on_hold"
            ),
            # the queue: most urgent first within a territory
            models.Index(fields=["due_at", "id"], condition=Q(status="open"), name="case_open_by_due"),
            # all cases of a territory, newest first
            models.Index(fields=["division", "-opened_at", "-id"], name="case_by_division"),
            models.Index(fields=["-opened_at", "-id"], name="case_newest"),
            # how cases ended: the rare endings are looked for by themselves
            models.Index(
                fields=["ending", "-opened_at", "-id"],
                condition=~Q(ending__in=["", "solved"]),
                name="case_by_ending",
            ),
            # cases of a compound, newest first
            models.Index(
                fields=["compound", "-opened_at", "-id"],
                condition=Q(compound__isnull=False),
                name="case_by_compound",
            ),
            # cases a unit was called on
            GinIndex(fields=["called_units"], name="case_by_called_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the case page's address."""
        return reverse("case", args=[self.pk])

    @property
    def callers(self) -> int:
        """How many callers told of this matter: the case's own, and those merged into it."""
        return 1 + self.merged_count

    @property
    def stream(self) -> str:
        """The name of this case's history in the trail."""
        return f"case:{self.pk}"

    def light(self, now: datetime) -> str:
        """Return the worst running light: `normal`, `soon`, `over`, `hold` or `closed`."""
        if self.status != CaseStatus.OPEN:
            return "closed"
        if self.hold_until is not None:
            return "hold"
        if self.due_at is not None and self.due_at < now:
            return "over"
        return "soon" if self.yellow_at is not None and self.yellow_at <= now else "normal"


class CaseCounter(models.Model):
    """The last case number given out at a street or county. Locked while a number is taken, so none is lost."""

    division = models.OneToOneField(Division, on_delete=models.PROTECT, primary_key=True, related_name="+")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("case counter")
        verbose_name_plural = _("case counters")

    def __str__(self) -> str:
        return f"{self.division_id}: {self.last}"


class Reporter(models.Model):
    """The resident who reported: encrypted, in a table of its own, so that it never travels with the case."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="reporter", primary_key=True)
    name_cipher = models.TextField(blank=True)
    phone_cipher = models.TextField(blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        verbose_name = _("reporter")
        verbose_name_plural = _("reporters")

    def __str__(self) -> str:
        return f"reporter of case {self.case_id}"


class CaseNote(models.Model):
    """What somebody of the chain adds: progress, a fact, a question. Never changed; the trail says who and when."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    assignment = models.ForeignKey(
        "whistle.Assignment", on_delete=models.CASCADE, null=True, blank=True, related_name="notes"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("note"), max_length=1000)
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["case", "id"], name="note_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.text[:40]}"
