"""Notices are rows first: what a person is told, and the outbox through which it leaves the portal."""

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.notifications.quiet import DEFAULT, Quiet


class Notice(models.Model):
    """One sentence for one person, shown in the portal. Kept as msgid and values, so each reads their language."""

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=60)
    sentence = models.CharField(max_length=300)
    values = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("written"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            # the notices page, newest first
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_of_recipient"),
            # the badge: how many are unread
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
            # the reconciliation: what was written at a moment; rows lie in the order of writing
            BrinIndex(fields=["created_at"], autosummarize=True, name="notice_by_moment"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The sentence in the reader's language."""
        words = {key: gettext(v["msgid"]) if isinstance(v, dict) else v for key, v in self.values.items()}
        text: str = gettext(self.sentence) % words
        return text


class Delivery(models.Model):
    """One notice on its way out through one channel: at least once, with a stable id.

    Leased while a worker sends it; a lease that ran out is taken again. Given up after `MAX_ATTEMPTS`.
    """

    MAX_ATTEMPTS = 8

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    due_at = models.DateTimeField(_("next attempt"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)
    failure = models.CharField(_("last failure"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("outbox")
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="notice_leaves_once_a_channel"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=False, sent_at=None, given_up_at=None)
                | Q(due_at=None, sent_at__isnull=False, given_up_at=None)
                | Q(due_at=None, sent_at=None, given_up_at__isnull=False),
                name="delivery_waits_or_ended",
            ),
        ]
        indexes = [
            # the outbox drain
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="delivery_waiting"),
            # the list of what was given up, newest first
            models.Index(
                fields=["-given_up_at", "-id"],
                condition=Q(given_up_at__isnull=False),
                name="delivery_given_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.notice_id}"


class Digest(models.Model):
    """How much late news of one occasion, say an outage, somebody got; and the one notice that stands for much of it.

    The unique key makes it one notice a person and occasion, however many batches and workers write.
    """

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digests")
    occasion = models.CharField(_("occasion"), max_length=60)
    count = models.PositiveIntegerField(_("late notices"))
    notice = models.OneToOneField(
        Notice, on_delete=models.CASCADE, null=True, blank=True, related_name="digest"
    )

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "occasion"], name="one_digest_an_occasion"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.occasion}: {self.count}"


class ChannelPreference(models.Model):
    """When a person wants nothing through a channel. Without a row: the office's default, `quiet.DEFAULT`.

    Whether they want the channel at all stands on the account (`User.wants_email`).
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="channel_preferences", verbose_name=_("user")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Delivery.Channel.choices)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, default=DEFAULT.start)
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True, default=DEFAULT.end)
    quiet_rest_days = models.BooleanField(_("quiet on rest days"), default=DEFAULT.rest_days)

    class Meta:
        verbose_name = _("channel preference")
        verbose_name_plural = _("channel preferences")
        constraints = [
            models.UniqueConstraint(fields=["user", "channel"], name="one_preference_a_channel"),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_to=None)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False) & ~Q(quiet_from=F("quiet_to")),
                name="quiet_hours_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.channel}"

    @property
    def quiet(self) -> Quiet:
        """The preference as a value."""
        return Quiet(start=self.quiet_from, end=self.quiet_to, rest_days=self.quiet_rest_days)
