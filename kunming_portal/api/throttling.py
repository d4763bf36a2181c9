"""Limits against abuse, per person: reading and writing are counted apart. Figures stand in settings."""

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import (
        APIView,
    )  # settings name this module, so DRF loads it while views are half loaded

logger = logging.getLogger(__name__)

READING = ("GET", "HEAD", "OPTIONS")


class PersonThrottle(ScopedRateThrottle):
    """Counts a person's requests, an anonymous caller's by address. Too many: 429 with Retry-After.

    Check and count are two steps on the cache, so a burst may pass a few more; these are limits against
    abuse, not against guessing. While the cache is away nobody is refused: work goes on.
    """

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Whether this request is within the limit of its kind; a limit of None never refuses."""
        self.scope = "read" if request.method in READING else "write"
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        try:
            return super(ScopedRateThrottle, self).allow_request(request, view)
        except RedisError:
            logger.warning("The cache is away; requests are not counted.")
            return True
