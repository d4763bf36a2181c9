"""Whole files of what sinks to compounds: written in sets, one line on the trail an import."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from communities.models import Compound, CompoundGrant
from communities.services.grid_imports import BATCH, check_reach, record
from kunming_portal.accounts.models import User

FIELDS = ("amount", "quantity", "source", "purpose")


def save_grants(
    *,
    new: Sequence[tuple[Compound, Mapping[str, Any]]],
    changed: Sequence[tuple[CompoundGrant, Mapping[str, Any]]],
    by: User,
    now: datetime,
) -> None:
    """Enter new rows of these compounds and change those that are there. About three statements a thousand rows.

    The register has checked them. Refuses a community that the person does not keep.
    """
    compounds = [compound for compound, _values in new] + [row.compound for row, _values in changed]
    check_reach([compound.community_id for compound in compounds], by=by)
    made = [
        CompoundGrant(
            compound=compound,
            **{name: values[name] for name in ("year", "kind", "title", *FIELDS)},
        )
        for compound, values in new
    ]
    for row, values in changed:
        for name in FIELDS:
            setattr(row, name, values[name])
    with transaction.atomic():
        CompoundGrant.objects.bulk_create(made, batch_size=BATCH)
        CompoundGrant.objects.bulk_update([row for row, _values in changed], FIELDS, batch_size=BATCH)
        record(
            "grant.imported",
            CompoundGrant(),
            {"new": len(new), "changed": len(changed)},
            by=by,
            now=now,
        )
