"""Community workers and their schemes."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from communities.querysets.scope import within
from kunming_portal.accounts.models import User

if TYPE_CHECKING:
    # named in strings
    from communities.models import (  # noqa: F401
        CommunityWorker,
        WorkerScheme,
    )


class WorkerQuerySet(models.QuerySet["CommunityWorker"]):
    """Filters over community workers."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Workers of the person's territory. A right with the reach UNIT sees nobody."""
        return self.filter(within(user.scope(permission)))

    def seen_by(self, user: User, permission: str) -> Self:
        """Workers this right reaches, and the person's own file."""
        return self.filter(within(user.scope(permission)) | Q(account=user.pk))

    def in_post(self, on: date | None = None) -> Self:
        """Who has not left; given a day, who worked on it."""
        if on is None:
            return self.filter(left_on=None)
        return self.filter(Q(left_on=None) | Q(left_on__gte=on), started_on__lte=on)

    def with_standing(self, on: date) -> Self:
        """Add `post_name` (the open or last post) and `grade_name` (the last given by that day). No further query."""
        same = self.model._default_manager.filter(pk=OuterRef("pk"))
        post = same.order_by("-posts__started_on")
        grade = same.filter(grades__valid_from__lte=on).order_by("-grades__valid_from")
        return self.annotate(
            post_code=Subquery(post.values("posts__post_class__code")[:1]),
            post_name=Subquery(post.values("posts__post_class__name")[:1]),
            post_since=Subquery(post.values("posts__started_on")[:1]),
            grade_name=Subquery(grade.values("grades__grade__name")[:1]),
        )


class SchemeQuerySet(models.QuerySet["WorkerScheme"]):
    """Filters over schemes for community workers."""

    def over(self, code: str) -> Self:
        """Schemes that may hold at this place: its own, those of the divisions above it, the default."""
        return self.filter(Q(division=None) | Q(division__in=[code[:4], code[:6]]))

    def in_order(self) -> Self:
        """The nearest division's first, of each the newest version first."""
        return self.order_by(F("division").desc(nulls_last=True), "-valid_from")
