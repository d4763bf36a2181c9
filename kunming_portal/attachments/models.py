"""One file: what it is called, what it is, who sent it. Its bytes lie in the store under the row's key."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.attachments.inspection import PHOTO_TYPE
from kunming_portal.attachments.querysets import AttachmentQuerySet


class Attachment(models.Model):
    """A file in one of three states: kept (its form is not accepted yet), attached, discarded (bytes deleted).

    `form` is the key of the form it came with, so that sending a form twice keeps a file once, and a refused form
    finds its files again. `latitude` and `longitude` are there only between sending and attaching, and only when
    the person agreed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    form = models.UUIDField(_("form"), editable=False)
    name = models.CharField(_("name"), max_length=100)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    width = models.PositiveSmallIntegerField(_("width"), null=True)
    height = models.PositiveSmallIntegerField(_("height"), null=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    latitude = models.FloatField(_("latitude"), null=True, editable=False)
    longitude = models.FloatField(_("longitude"), null=True, editable=False)
    uploaded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    uploaded_at = models.DateTimeField(_("sent"))
    attached_at = models.DateTimeField(_("attached"), null=True, editable=False)
    discarded_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    emptied_at = models.DateTimeField(_("bytes deleted"), null=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.UniqueConstraint(fields=["uploaded_by", "form", "sha256"], name="attachment_once_a_form"),
            models.CheckConstraint(
                condition=Q(width=None, height=None) | Q(width__gt=0, height__gt=0),
                name="attachment_has_both_edges",
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(attached_at=None, latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="attachment_place_only_while_kept",
            ),
            models.CheckConstraint(
                condition=Q(emptied_at=None) | Q(discarded_at__isnull=False),
                name="attachment_emptied_if_discarded",
            ),
        ]
        indexes = [
            # what the cleaning looks for; both are few
            models.Index(fields=["uploaded_at"], condition=Q(attached_at=None), name="attachment_kept"),
            models.Index(
                fields=["discarded_at"],
                condition=Q(discarded_at__isnull=False, emptied_at=None),
                name="attachment_to_be_emptied",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_photo(self) -> bool:
        """Whether it is a picture that pages show."""
        return self.media_type == PHOTO_TYPE
