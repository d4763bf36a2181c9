"""Answers about notices."""

import functools
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from kunming_portal.accounts.models import User
from kunming_portal.notifications.models import ChannelPreference, Notice
from kunming_portal.notifications.quiet import Quiet


def get_notices(*, user: User) -> QuerySet[Notice]:
    """Return the person's own notices, newest first."""
    return Notice.objects.filter(recipient=user).order_by("-created_at", "-id")


def count_unread(*, user: User) -> int:
    """Return the number on the bell. One query on a partial index."""
    return Notice.objects.filter(recipient=user, read_at=None).count()


def get_quiet(*, user_ids: Iterable[int], channel: str) -> dict[int, Quiet]:
    """Return the quiet times that people chose for a channel; who is missing has the default. One query."""
    rows = ChannelPreference.objects.filter(user_id__in=list(user_ids), channel=channel)
    return {row.user_id: row.quiet for row in rows}


def may_open(*, user: User, link: str) -> bool:
    """Whether the person may open the page a notice leads to, as the app that owns the page answers.

    NOTICE_PAGES names a function for a route; other pages, and no page, are nobody's secret. The function's cost.
    """
    try:
        match = resolve(urlsplit(link).path)
    except Resolver404:
        return True
    path = settings.NOTICE_PAGES.get(match.url_name or "")
    return path is None or answerer(path)(user, **match.kwargs)


@functools.cache
def answerer(path: str) -> Callable[..., bool]:
    """Return the function that NOTICE_PAGES names."""
    found: Callable[..., Any] = import_string(path)
    return found
