"""One append-only trail of everything that changed, and of what was refused."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """Who did what to which thing, when and why. Never updated, never deleted: a trigger refuses both.

    No foreign keys, so that the trail never gets in the way of live data and outlives it. `stream` names
    the thing (`case:17`), `seq` counts within it without gaps: the next issue of the trail seals on these.
    Personal data of reporters never enter `data` (standards.md §2).
    """

    at = models.DateTimeField(_("at"))
    stream = models.CharField(_("history"), max_length=60)
    seq = models.PositiveIntegerField(_("place in the history"))
    event = models.CharField(_("event"), max_length=60)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("who"), max_length=60)
    unit_name = models.CharField(_("for"), max_length=60, blank=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    object_label = models.CharField(_("object"), max_length=120)
    data = models.JSONField(default=dict)
    reason = models.TextField(_("reason"), blank=True)
    ip = models.GenericIPAddressField(_("network address"), null=True)
    request_id = models.CharField(_("request"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="trail_numbers_are_unique")]
        indexes = [
            # the audit page, newest first
            models.Index(fields=["-at", "-id"], name="trail_by_time"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.event} {self.object_label}"
