"""Answers about notices."""

from django.db.models import QuerySet

from kunming_portal.accounts.models import User
from kunming_portal.notifications.models import Notice


def get_notices(*, user: User) -> QuerySet[Notice]:
    """Return the person's own notices, newest first."""
    return Notice.objects.filter(recipient=user).order_by("-created_at", "-id")


def count_unread(*, user: User) -> int:
    """Return the number on the bell. One query on a partial index."""
    return Notice.objects.filter(recipient=user, read_at=None).count()
