"""The register of volunteer activities."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.filtersets.check_ins import ActivityFilter
from communities.models import Activity, VolunteerBrand
from communities.registers.placed import COMMUNITY, COMMUNITY_NAME, PlacedRegister
from communities.selectors import get_activities
from communities.services import importing_activities as service
from kunming_portal.accounts.models import User
from kunming_portal.spreadsheets.columns import Choices, Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Row, Values

READING = ("community_name", "state", "came", "outcome")


def brands() -> Choices:
    """Return the brands as choices of a column. One query."""
    return tuple((row.pk, row.name) for row in VolunteerBrand.objects.order_by("position", "pk"))


class Activities(PlacedRegister):
    """Activities by community, title and beginning. A past one with an outcome comes in as held."""

    key = "activities"
    title = gettext_lazy("Volunteer activities")
    unit_name = gettext_lazy("volunteer activity")
    columns = (
        COMMUNITY,
        COMMUNITY_NAME,
        Column("title", gettext_lazy("What is done"), Kind.TEXT, key=True, max_length=60, width=28),
        Column("starts_at", gettext_lazy("Begins"), Kind.MOMENT, key=True, width=18),
        Column("ends_at", pgettext_lazy("of a period", "Ends"), Kind.MOMENT, required=True, width=18),
        Column("brand", gettext_lazy("Brand"), Kind.CHOICE, choices=brands, width=24),
        Column("place_text", gettext_lazy("Place"), Kind.TEXT, max_length=100, width=24),
        Column("organiser", gettext_lazy("Organiser"), Kind.TEXT, required=True, max_length=60, width=20),
        Column(
            "wanted",
            gettext_lazy("Places for volunteers"),
            Kind.INTEGER,
            required=True,
            minimum=1,
            maximum=5000,
        ),
        Column("text", gettext_lazy("More about it"), Kind.TEXT, max_length=500, width=40),
        Column(
            "state",
            gettext_lazy("State"),
            Kind.CHOICE,
            choices=tuple(Activity.State.choices),
            note=gettext_lazy("For reading only."),
        ),
        Column(
            "came",
            gettext_lazy("How many came"),
            Kind.INTEGER,
            minimum=0,
            maximum=5000,
            note=gettext_lazy("Together with the outcome a new row in the past comes in as held."),
        ),
        Column("outcome", gettext_lazy("What came of it"), Kind.TEXT, max_length=500, width=40),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[Activity]:
        """Return the filtered list the person sees."""
        rows = get_activities(user=user)
        chosen = ActivityFilter(query, queryset=rows, now=timezone.now())
        found = chosen.qs if chosen.is_valid() else rows.none()
        return found.order_by("-starts_at", "-pk")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield each activity. One query."""
        names = ("title", "starts_at", "ends_at", "organiser", "wanted", "text", "state", "came", "outcome")
        for row in queryset.select_related("community", "place").iterator(chunk_size=2000):
            yield {
                "community": row.community_id,
                "community_name": row.community.place_name,
                "brand": row.brand_id,
                "place_text": row.where,
                **{name: getattr(row, name) for name in names},
            }

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Return the activities of these titles in the person's territory. One query besides the scope."""
        found = Activity.objects.visible_to(by, self.right).filter(
            community__in={row.values["community"] for row in rows},
            title__in={row.values["title"] for row in rows},
        )
        values = self.rows(found)
        return {self.key_of(one): {k: v for k, v in one.items() if k not in READING} for one in values}

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield faults of place, of personal numbers, of what has ended, of times the wrong way round. Five queries."""
        yield from self.check_places(rows, by=by)
        yield from self.check_personal(rows)
        ended = Activity.objects.filter(
            community__in={row.values["community"] for row in rows},
            title__in={row.values["title"] for row in rows},
            state__in=[Activity.State.DONE, Activity.State.CANCELLED],
        )
        keys = set(ended.values_list("community_id", "title", "starts_at"))
        yield from self.check_ended(rows, keys, by=by)
        for row in rows:
            if row.values["ends_at"] <= row.values["starts_at"]:
                yield Fault(row.number, "ends_at", _("The end lies before the beginning."))

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Write the rows through the service, one entry on the trail."""
        given = [[row.values for row in rows] for rows in (new, changed)]
        service.import_activities(new=given[0], changed=given[1], by=by, now=now)
