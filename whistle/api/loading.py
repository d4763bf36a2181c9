"""Rows as the serializers need them: what is loaded with a case, so that no list queries by row."""

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from kunming_portal.accounts.models import User
from whistle.models import Assignment, Case, ExternalNumber, Reporter, Whistle
from whistle.selectors import get_cases


def cases_for_list(*, user: User) -> QuerySet[Case]:
    """Return the person's cases with division and whistles: two queries, however many rows."""
    whistles = Whistle.objects.select_related("kind").order_by("tier")
    return get_cases(user=user).select_related("division").prefetch_related(Prefetch("whistles", whistles))


def cases_for_detail(*, user: User) -> QuerySet[Case]:
    """Return the person's cases with all the detail shows: four queries, however many whistles and units."""
    duties = Assignment.objects.select_related("unit").order_by("-is_lead", "id")
    whistles = (
        Whistle.objects.select_related("kind", "sub_class", "caller", "receiver", "assessment")
        .prefetch_related(Prefetch("assignments", duties))
        .order_by("tier")
    )
    found: QuerySet[Case] = (
        get_cases(user=user)
        .select_related("division", "opened_by", "parent")
        .annotate(has_reporter=Exists(Reporter.objects.filter(case=OuterRef("pk"))))
        .prefetch_related(
            Prefetch("whistles", whistles),
            Prefetch("external_numbers", ExternalNumber.objects.order_by("id")),
        )
    )
    return found
