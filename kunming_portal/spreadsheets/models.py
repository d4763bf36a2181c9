"""An import: the file somebody sent, what was found in it, and what came of it."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import Appointment, User
from kunming_portal.spreadsheets import limits
from kunming_portal.spreadsheets.querysets import ImportQuerySet


class Import(models.Model):
    """One file on its way into a register. It is read, looked at, confirmed and saved in one go, or not at all."""

    class State(models.TextChoices):
        READING = "reading", pgettext_lazy("import", "Being read")
        FAULTY = "faulty", pgettext_lazy("import", "With errors")
        PREVIEW = "preview", pgettext_lazy("import", "To be confirmed")
        SAVING = "saving", pgettext_lazy("import", "Being saved")
        DONE = "done", pgettext_lazy("import", "Saved")
        CANCELLED = "cancelled", pgettext_lazy("import", "Cancelled")
        FAILED = "failed", pgettext_lazy("import", "Failed")

    AT_WORK = (State.READING, State.SAVING)

    register = models.CharField(_("register"), max_length=40)
    file_name = models.CharField(_("file"), max_length=limits.NAME_LENGTH)
    sha256 = models.CharField("SHA-256", max_length=64)
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READING)
    total = models.PositiveIntegerField(_("rows"), default=0)
    new = models.PositiveIntegerField(_("new rows"), default=0)
    changed = models.PositiveIntegerField(_("changed rows"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged rows"), default=0)
    faults = models.PositiveIntegerField(_("errors"), default=0)
    done_rows = models.PositiveIntegerField(_("rows read"), default=0)
    # Why it failed, or why it is previewed again
    failure = models.CharField(_("what happened"), max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="imports", verbose_name=_("by"))
    # The appointment that was chosen in the role switch: the worker acts in no other
    acting = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acting in"),
    )
    uploaded_at = models.DateTimeField(_("sent"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)
    emptied_at = models.DateTimeField(_("file deleted"), null=True, blank=True)
    worker = models.UUIDField(_("worker"), null=True, blank=True)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("file", "import")
        verbose_name_plural = pgettext_lazy("file", "imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["done", "cancelled", "failed"], finished_at__isnull=False)
                | (~Q(state__in=["done", "cancelled", "failed"]) & Q(finished_at=None)),
                name="ended_import_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["saving", "done"]) | Q(confirmed_at__isnull=False),
                name="saved_import_was_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(worker=None, leased_until=None)
                | Q(worker__isnull=False, leased_until__isnull=False),
                name="leased_import_has_a_worker",
            ),
        ]
        indexes = [
            models.Index(fields=["by", "-id"], name="import_by"),
            models.Index(fields=["id"], name="import_at_work", condition=Q(state__in=["reading", "saving"])),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_at_work(self) -> bool:
        """Whether it waits for a worker, or one works on it."""
        return self.state in self.AT_WORK

    @property
    def to_save(self) -> int:
        """How many rows would be written."""
        return self.new + self.changed

    def get_absolute_url(self) -> str:
        """Return the import's page."""
        return reverse("import", args=[self.pk])


class ImportFile(models.Model):
    """The bytes that were sent; deleted after a month."""

    job = models.OneToOneField(Import, on_delete=models.CASCADE, primary_key=True, related_name="file")
    content = models.TextField(_("content"), editable=False)  # sealed (`keeping`)

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")

    def __str__(self) -> str:
        return str(self.job_id)


class ImportRow(models.Model):
    """A row without fault: its values, what it would do, and what it changes from and to."""

    class Outcome(models.TextChoices):
        NEW = "new", pgettext_lazy("row", "New")
        CHANGED = "changed", pgettext_lazy("row", "Changed")
        UNCHANGED = "unchanged", pgettext_lazy("row", "Unchanged")

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    kept = models.TextField(_("values"), editable=False)  # with what they change; sealed (`keeping`)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="import_row_stands_once"),
        ]
        indexes = [models.Index(fields=["job", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return str(self.number)


class ImportFault(models.Model):
    """Something wrong in a file, with what stands there. Words in the language of who sent it."""

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="found")
    row = models.PositiveIntegerField(_("row"))
    letter = models.CharField(_("column"), max_length=4, blank=True)
    head = models.CharField(_("head"), max_length=60, blank=True)
    sentence = models.CharField(_("what is wrong"), max_length=500)
    shown = models.CharField(_("what stands there"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("fault of an import")
        verbose_name_plural = _("faults of imports")
        indexes = [models.Index(fields=["job", "row", "id"], name="import_fault_row")]

    def __str__(self) -> str:
        return self.sentence
