"""What community workers can be filtered by."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models import CommunityWorker
from communities.querysets import WorkerQuerySet
from kunming_portal.divisions.filters import WithinFilter

STATES = [("left", _("Has left")), ("all", _("In post or left"))]
NO_GRADE = "-"


class WorkerFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over workers; each narrows. Give it rows with their standing (`with_standing`) the reader may see.

    Without a state only who is in post is shown.
    """

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    division = WithinFilter(field_name="community__code")
    post = django_filters.CharFilter(label=_("Post class"), field_name="post_code", max_length=20)
    grade = django_filters.CharFilter(
        label=pgettext_lazy("of workers", "Grade"), method="by_grade", max_length=20
    )
    state = django_filters.ChoiceFilter(label=_("In post"), choices=STATES, method="by_state")

    class Meta:
        model = CommunityWorker
        fields: list[str] = []

    def filter_queryset(self, queryset: WorkerQuerySet) -> WorkerQuerySet:
        """Leave out who has left unless the filter asks for them."""
        found: WorkerQuerySet = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.in_post()

    def by_words(self, workers: WorkerQuerySet, _name: str, text: str) -> WorkerQuerySet:
        """Workers whose name or community holds every word: characters, pinyin, initials."""
        for word in text.lower().split():
            workers = workers.filter(Q(search_text__contains=word) | Q(community__search_text__contains=word))
        return workers

    def by_grade(self, workers: WorkerQuerySet, _name: str, grade: str) -> WorkerQuerySet:
        """Workers who have this grade, or none yet."""
        wanted: dict[str, Any] = {"grade_name": None if grade == NO_GRADE else grade}  # an annotation
        return workers.filter(**wanted)

    def by_state(self, workers: WorkerQuerySet, _name: str, state: str) -> WorkerQuerySet:
        """Those who left, or all."""
        return workers.exclude(left_on=None) if state == "left" else workers


def filtered(query: Any, workers: WorkerQuerySet) -> WorkerFilter:
    """Return the filter over these rows."""
    return WorkerFilter(query, queryset=workers)
