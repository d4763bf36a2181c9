"""Sessions in the database, as Django's, that know when they began and when they were used last."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends import db
from django.utils import timezone

BEGAN, SEEN = "began", "seen"
SEEN_NOTED_EVERY = timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """A session with two limits (standards.md §1.1, ID-2): SESSION_IDLE_SECONDS, and SESSION_COOKIE_AGE in all."""

    def cycle_key(self) -> None:
        """Take a new key, as a sign-in does; both limits begin."""
        super().cycle_key()
        self[BEGAN] = self[SEEN] = int(timezone.now().timestamp())

    def is_over(self) -> bool:
        """Whether it was idle for too long or is too old. A session without a sign-in never is."""
        if BEGAN not in self:
            return False
        now = timezone.now().timestamp()
        idle, age = now - self[SEEN], now - self[BEGAN]
        return bool(idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_COOKIE_AGE)

    def note_use(self) -> None:
        """Remember that it was used, at most once a minute: one write a minute and person."""
        now = int(timezone.now().timestamp())
        if BEGAN in self and now - self[SEEN] >= SEEN_NOTED_EVERY.total_seconds():
            self[SEEN] = now
