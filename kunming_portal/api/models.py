"""API tokens: only a hash is kept, every one has an end, its holder can revoke it."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):
    """A key another system uses in its holder's name, with the holder's appointments as they are today.

    The token itself is shown once and never stored. `token_key`, its first characters, tells tokens apart.
    """

    name = models.CharField(_("name"), max_length=60)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(condition=models.Q(expiry__isnull=False), name="api_token_has_an_end"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    def is_valid(self, now: datetime) -> bool:
        """Whether the token still opens the door at `now`, as far as its own end is concerned."""
        return self.expiry is not None and self.expiry > now
