"""Volunteer activities from a spreadsheet: set operations, one entry on the trail an import."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from communities.models import Activity
from communities.services.importing_check_ins import BATCH, check_rows
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail

Values = Mapping[str, Any]
FIELDS = ("ends_at", "brand", "place_text", "organiser", "wanted", "text", "search_text", "grams")


@transaction.atomic
def import_activities(*, new: Sequence[Values], changed: Sequence[Values], by: User, now: datetime) -> None:
    """Write activities. A new one that is past and says what came of it is held, others are planned.

    Refuses rows outside the territory and ID-card numbers. A constant number of queries.
    """
    check_rows([*new, *changed], by=by, names=("title", "text", "organiser", "outcome"))
    made = []
    for values in new:
        row = Activity(
            community_id=values["community"],
            title=values["title"],
            starts_at=values["starts_at"],
            created_at=now,
            created_by=by,
        )
        if values["outcome"] and values["came"] is not None and values["ends_at"] < now:
            row.state, row.outcome, row.came = Activity.State.DONE, values["outcome"], values["came"]
        made.append(_said(row, values))
    Activity.objects.bulk_create(made, batch_size=BATCH)
    rows = Activity.objects.filter(
        community__in={values["community"] for values in changed},
        title__in={values["title"] for values in changed},
    )
    there = {(row.community_id, row.title, row.starts_at): row for row in rows.select_related("place")}
    said = [_said(there[v["community"], v["title"], v["starts_at"]], v) for v in changed]
    Activity.objects.bulk_update(said, FIELDS, batch_size=BATCH)
    trail.record(
        trail.Entry(
            stream="register:activities",
            event="register.imported",
            subject=by,
            label="activities",
            at=now,
            by=by,
            data={"register": "activities", "new": len(new), "changed": len(changed)},
        )
    )


def _said(row: Activity, values: Values) -> Activity:
    row.ends_at, row.brand_id, row.wanted = values["ends_at"], values["brand"], values["wanted"]
    # the export shows the service point in the column of the place; coming back it is no place in words
    point = row.place.name if row.place is not None else ""
    row.place_text = "" if values["place_text"] == point else values["place_text"]
    row.organiser, row.text = values["organiser"], values["text"]
    row.keep_words()
    return row
