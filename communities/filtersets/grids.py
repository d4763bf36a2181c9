"""What grids, their people, and what sinks to compounds are filtered by."""

from typing import Any

import django_filters
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from communities.filtersets.addresses import leads_to_grid, reach_of, terms_of
from communities.models import ONE_AND_FIVE, CompoundGrant, Grid, GridPost
from communities.querysets import GrantQuerySet, GridPostQuerySet, GridQuerySet
from kunming_portal.divisions.filters import WithinFilter
from kunming_portal.divisions.querysets import starts_with_any

GAPS = [("head", _("Without a head")), ("any", _("Gaps in the 1+5")), ("none", _("1+5 complete"))]
STATES = [("ended", _("No longer in use"))]


class GridFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over grids; each narrows. Give it grids the reader may see. Ended ones only when asked for."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    kind = django_filters.ChoiceFilter(label=_("Type"), choices=Grid.Kind.choices)
    gap = django_filters.ChoiceFilter(label=_("People"), choices=GAPS, method="by_gap")
    division = WithinFilter(field_name="community__code")
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="by_state")

    class Meta:
        model = Grid
        fields: list[str] = []

    def filter_queryset(self, queryset: GridQuerySet) -> GridQuerySet:
        """Leave ended grids out by default."""
        found: GridQuerySet = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.filter(ended_on=None)

    def by_words(self, grids: GridQuerySet, _name: str, text: str) -> GridQuerySet:
        """Grids that serve what every word names, or whose head bears the name."""
        within = reach_of(getattr(self.request, "user", None))
        for term in terms_of(text):
            head = GridPost.objects.in_force().filter(
                grid=OuterRef("pk"), post=GridPost.Post.HEAD, search_text__contains=term.text
            )
            where = leads_to_grid(term, within=within)
            grids = grids.filter(where if term.building else where | Exists(head))
        return grids

    def by_gap(self, grids: GridQuerySet, _name: str, gap: str) -> GridQuerySet:
        """Grids without a head, with a gap in the "1+5", or without any."""
        serving = GridPost.objects.in_force().filter(grid=OuterRef("pk"))
        if gap == "head":
            return grids.filter(~Exists(serving.filter(post=GridPost.Post.HEAD)))
        kinds = (
            serving.filter(post__in=ONE_AND_FIVE)
            .order_by()
            .values("grid")
            .annotate(kinds=Count("post", distinct=True))
            .values("kinds")
        )
        counted = Coalesce(Subquery(kinds, output_field=IntegerField()), 0)
        complete = Q(filled_posts=len(ONE_AND_FIVE))
        return grids.alias(filled_posts=counted).filter(complete if gap == "none" else ~complete)

    def by_state(self, grids: GridQuerySet, _name: str, _state: str) -> GridQuerySet:
        """Grids that ended."""
        return grids.filter(ended_on__isnull=False)


class ContactFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over the people of grids; each narrows. Give it people in force the reader may see."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    post = django_filters.ChoiceFilter(label=_("Post"), choices=GridPost.Post.choices)
    division = WithinFilter(field_name="grid__community__code")
    grid = django_filters.NumberFilter(label=_("Grid"), field_name="grid", min_value=1, max_value=2**62)

    class Meta:
        model = GridPost
        fields: list[str] = []

    def by_words(self, posts: GridPostQuerySet, _name: str, text: str) -> GridPostQuerySet:
        """People found by name or unit (characters, pinyin, initials), or who serve what the words name."""
        within = reach_of(getattr(self.request, "user", None))
        near = Grid.objects.filter(starts_with_any(within, field="community__code") if within else Q())
        for term in terms_of(text):
            # the grids are looked for by themselves: a fifth as many rows, and no join for each person
            where = Q(grid__in=near.filter(leads_to_grid(term, within=within)).values("pk"))
            posts = posts.filter(where if term.building else where | Q(search_text__contains=term.text))
        return posts


class GrantFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over what sinks to compounds; each narrows. Give it rows the reader may see."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=CompoundGrant.Kind.choices)
    year = django_filters.NumberFilter(label=_("Year"), min_value=2000, max_value=2100)
    division = WithinFilter(field_name="compound__community__code")
    compound = django_filters.NumberFilter(label=_("Compound"), min_value=1, max_value=2**62)

    class Meta:
        model = CompoundGrant
        fields: list[str] = []

    def by_words(self, grants: GrantQuerySet, _name: str, text: str) -> QuerySet[Any]:
        """What it is called, from whom, or the compound's words."""
        found: QuerySet[Any] = grants
        for term in terms_of(text):
            found = found.filter(
                Q(title__icontains=term.text)
                | Q(source__icontains=term.text)
                | Q(compound__search_text__contains=term.text)
            )
        return found
