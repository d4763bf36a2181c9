"""Filters of the lists of committees and of part-time members. Give them rows the reader may see."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models import BigCommittee, MemberStatus, PartTimeMember
from kunming_portal.divisions.filters import WithinFilter
from kunming_portal.divisions.models import Division

MOST_WORDS = 6
STATES = [
    ("open", _("With open approvals")),
    ("over", _("Term is over")),
    ("without", _("Without committee")),
]
SITTING = [
    ("waiting", _("Waiting for approval or filing")),
    *((status.value, status.label) for status in MemberStatus),
]


class CommitteeFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over communities with `committee_id` (`selectors.get_committee_places`); those that have one by default.

    `on` is the day by which a term is over.
    """

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    division = WithinFilter(field_name="code")
    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="by_state")

    class Meta:
        model = Division
        fields: list[str] = []

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def filter_queryset(self, queryset: QuerySet[Division]) -> QuerySet[Division]:
        """Leave communities without a committee out unless they are asked for."""
        found: QuerySet[Division] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data.get("state") == "without"
        return found if asked else found.filter(Q(committee_id__isnull=False))

    def by_words(self, places: QuerySet[Division], _name: str, text: str) -> QuerySet[Division]:
        """Every word is in the names of the community, of a member or a member's unit; pinyin and initials."""
        for word in text.lower().split()[:MOST_WORDS]:
            members = PartTimeMember.objects.sitting().filter(
                committee=OuterRef("committee_id"), search_text__contains=word
            )
            places = places.filter(Q(search_text__contains=word) | Exists(members))
        return places

    def by_state(self, places: QuerySet[Division], _name: str, state: str) -> QuerySet[Division]:
        """Communities without a committee, whose term is over, or where somebody waits for a signature."""
        if state == "without":
            return places.filter(Q(committee_id=None))
        if state == "over":
            over = BigCommittee.objects.filter(pk=OuterRef("committee_id"), ends_on__lt=self.on)
            return places.filter(Exists(over))
        waiting = PartTimeMember.objects.filter(
            committee=OuterRef("committee_id"), status__in=["recommended", "approved"]
        )
        return places.filter(Exists(waiting))


class PartTimeMemberFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over part-time members; whoever holds a place by default."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    division = WithinFilter(field_name="committee__community__code")
    status = django_filters.ChoiceFilter(
        label=pgettext_lazy("part-time member", "Status"), choices=SITTING, method="by_status"
    )

    class Meta:
        model = PartTimeMember
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[PartTimeMember]) -> QuerySet[PartTimeMember]:
        """Leave out who left or was refused unless they are asked for."""
        found: QuerySet[PartTimeMember] = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("status"):
            return found
        return found.exclude(status__in=[MemberStatus.LEFT, MemberStatus.REFUSED])

    def by_words(self, members: QuerySet[PartTimeMember], _name: str, text: str) -> QuerySet[PartTimeMember]:
        """Every word is in the names of the member, the unit or the community; pinyin and initials."""
        for word in text.lower().split()[:MOST_WORDS]:
            members = members.filter(
                Q(search_text__contains=word) | Q(committee__community__search_text__contains=word)
            )
        return members

    def by_status(
        self, members: QuerySet[PartTimeMember], _name: str, status: str
    ) -> QuerySet[PartTimeMember]:
        """Members who stand there on the chain."""
        if status == "waiting":
            return members.filter(status__in=[MemberStatus.RECOMMENDED, MemberStatus.APPROVED])
        return members.filter(status=status)
