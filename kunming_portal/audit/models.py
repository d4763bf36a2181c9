"""One append-only trail of everything that changed, and of what was refused."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """Who did what to which thing, when and why. Never updated, never deleted: a trigger refuses both.

    No foreign keys, so that the trail never gets in the way of live data and outlives it. `stream` names
    the thing (`case:17`), `seq` counts within it without gaps. `link` binds the row to the one before it in its
    stream, under the key `key_id` (`links`, ADR 0016). Personal data of reporters never enter `data` (standards.md §2).
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
    link = models.BinaryField(_("link"), max_length=32)
    key_id = models.CharField(_("key"), max_length=20)

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


class Seal(models.Model):
    """Binds all streams up to a moment: the root over the heads that moved, chained to the seal before.

    Only grows, like the trail. What it covers is the rows up to each head, by place and not by key: a row that commits
    late is simply a higher place of its stream and comes into the next seal.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"))
    heads = models.PositiveIntegerField(_("histories that moved"))
    rows = models.PositiveIntegerField(_("new events"))
    total = models.BigIntegerField(_("events in all"))
    root = models.BinaryField(_("root"), max_length=32)
    previous = models.BinaryField(_("seal before"), max_length=32, blank=True)
    hash = models.BinaryField(_("hash"), max_length=32)
    key_id = models.CharField(_("key"), max_length=20)
    key_fingerprint = models.CharField(_("fingerprint of the key"), max_length=16)
    # where the next seal looks for what is new (`sealing`)
    cluster = models.BigIntegerField(_("database cluster"))
    xid = models.BigIntegerField(_("transaction of the seal"))
    last_id = models.BigIntegerField(_("greatest key"))
    unseen_above = models.BigIntegerField(_("keys above may be unseen"))

    class Meta:
        verbose_name = _("seal of the trail")
        verbose_name_plural = _("seals of the trail")

    def __str__(self) -> str:
        return f"{self.number}:{bytes(self.hash).hex()}"


class SealedHead(models.Model):
    """How far one stream was when the seal of this number was made. Only grows; no foreign keys, as in the trail."""

    number = models.BigIntegerField(_("number"))
    stream = models.CharField(_("history"), max_length=60)
    after = models.PositiveIntegerField(_("sealed before up to"))
    seq = models.PositiveIntegerField(_("sealed up to"))
    link = models.BinaryField(_("link"), max_length=32)

    class Meta:
        verbose_name = _("sealed head")
        verbose_name_plural = _("sealed heads")
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="a_head_is_sealed_once")]
        indexes = [models.Index(fields=["number"], name="heads_of_a_seal")]

    def __str__(self) -> str:
        return f"{self.stream} {self.seq}"


class Verification(models.Model):
    """What a nightly check of the trail found. Only grows."""

    at = models.DateTimeField(_("at"))
    took_ms = models.PositiveIntegerField(_("milliseconds"))
    rows = models.BigIntegerField(_("events checked"))
    seals = models.BigIntegerField(_("seals checked"))
    sealed_to = models.BigIntegerField(_("checked up to seal"))
    reached = models.CharField(_("checked anew up to history"), max_length=60, blank=True)
    findings = models.JSONField(_("findings"), default=list)

    class Meta:
        verbose_name = _("check of the trail")
        verbose_name_plural = _("checks of the trail")

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"
