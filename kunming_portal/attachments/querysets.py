"""Questions about kept files. Who may see an attached one is asked at what it is attached to."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

from kunming_portal.accounts.models import User

if TYPE_CHECKING:
    from kunming_portal.attachments.models import Attachment  # noqa: F401 - named in strings


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Filters over attachments."""

    def kept_by(self, user: User) -> Self:
        """Files this person sent with a form that has not been accepted yet: theirs alone."""
        return self.filter(uploaded_by=user, attached_at=None, discarded_at=None)

    def of_form(self, form: uuid.UUID) -> Self:
        """Files that were sent with this form."""
        return self.filter(form=form)

    def forgotten(self, before: datetime) -> Self:
        """Files whose form was never accepted."""
        return self.filter(attached_at=None, uploaded_at__lt=before)

    def to_be_emptied(self) -> Self:
        """Withdrawn files whose bytes may still lie there."""
        return self.filter(discarded_at__isnull=False, emptied_at=None)
