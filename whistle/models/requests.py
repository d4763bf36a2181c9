"""What somebody asks for and somebody else decides: one shape for every kind of request."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kunming_portal.accounts.models import User


class Request(models.Model):
    """Asked by whom, when and why; decided by whom, when and how. Never changed once it is decided."""

    class Answer(models.TextChoices):
        PENDING = "pending", pgettext_lazy("a request", "Waiting for a decision")
        GRANTED = "granted", pgettext_lazy("a request", "Granted")
        REFUSED = "refused", pgettext_lazy("a request", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("a request", "No longer needed")

    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, default=Answer.PENDING)
    reason = models.TextField(_("reason"), max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision = models.TextField(_("reason of the decision"), max_length=500, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="pending", decided_at=None, decided_by=None)
                | (~Q(answer="pending") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="%(app_label)s_%(class)s_decided_by_somebody",
            ),
        ]

    @property
    def is_pending(self) -> bool:
        """Whether nobody has decided yet."""
        return self.answer == self.Answer.PENDING

    def decide(self, answer: "Request.Answer", *, by: User, now: datetime, decision: str = "") -> None:
        """Note the decision in memory; the caller saves."""
        self.answer, self.decided_by, self.decided_at, self.decision = answer, by, now, decision
