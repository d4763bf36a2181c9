"""The last beat of every sweep: one row each, overwritten by the next run."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """What the last run of a sweep did, by the database's clock. `rhythms.RHYTHMS` says how often it should."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("ended"), null=True)
    last_ok_at = models.DateTimeField(_("last good end"), null=True)
    took_ms = models.PositiveIntegerField(_("took (ms)"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    facts = models.JSONField(_("facts"), default=dict)
    error = models.CharField(_("error"), max_length=300, blank=True)
    process = models.CharField(_("process"), max_length=120, blank=True)
    runs = models.PositiveBigIntegerField(_("runs"), default=0)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
