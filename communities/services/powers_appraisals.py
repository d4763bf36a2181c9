"""Appraisal (评议权): forms handed out, means entered, summed up, put to use. Aggregates only, and never of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from communities.models import Appraisal, AppraisalScore, Compound, Power, PowerRecord
from communities.models.power_steps import Result
from communities.services import powers
from communities.services.powers import Scene
from kunming_portal.accounts.models import User

HIGHEST = Decimal(100)


@dataclass(frozen=True)
class Batch:
    """What is appraised: which body, over which time, by how many forms."""

    title: str
    of_whom: str
    name: str
    period: str
    asked: int
    text: str = ""


def open_appraisal(*, compound: Compound, batch: Batch, by: User, now: datetime) -> PowerRecord:
    """Begin a batch; return the record. Refuses as `powers.check_open` (never without a branch), and no forms."""
    if batch.asked < 1:
        raise CommunityRefused(_("Say how many forms are handed out."), code="asked")
    if not batch.name.strip():
        raise CommunityRefused(_("Say who is appraised."), code="name")
    held = powers.check_open(compound, by=by)
    with transaction.atomic():
        record = powers.new_record(
            Power.APPRAISAL, compound=compound, title=batch.title, text=batch.text, by=by, now=now
        )
        record.save()
        Appraisal.objects.create(
            record=record,
            of_whom=batch.of_whom,
            name=batch.name.strip(),
            period=batch.period,
            asked=batch.asked,
        )
        data = {"of_whom": batch.of_whom, "name": batch.name, "asked": batch.asked}
        powers.note(Scene(record, held, by, now, data=data), "open")
    return record


def score(
    *,
    record: PowerRecord,
    received: int,
    means: Mapping[str, Decimal],
    by: User,
    now: datetime,
    opinions: str = "",
) -> PowerRecord:
    """Enter the means by aspect over the forms received; entered again, they replace the former ones.

    Refuses more forms than were handed out, no form, no mean, and means outside 0 to 100.
    """
    if not means:
        raise CommunityRefused(_("Enter at least one mean."), code="means")
    if any(not 0 <= mean <= HIGHEST for mean in means.values()):
        raise CommunityRefused(_("A score lies between 0 and 100."), code="means")
    with powers.moving(record, "score", by=by, now=now) as scene:
        appraisal = scene.record.appraisal
        if not 1 <= received <= appraisal.asked:
            raise CommunityRefused(
                _("Between 1 and %(asked)d forms can have come back.") % {"asked": appraisal.asked},
                code="received",
            )
        appraisal.received, appraisal.opinions = received, opinions
        appraisal.save()
        appraisal.scores.all().delete()
        AppraisalScore.objects.bulk_create(
            AppraisalScore(appraisal=appraisal, aspect=aspect, mean=mean) for aspect, mean in means.items()
        )
        scene.data |= {"received": received, "mean": str(mean_of(list(means.values())))}
    return scene.record


def summarise(*, record: PowerRecord, summary: str, by: User, now: datetime) -> PowerRecord:
    """Sum the batch up in words: from then on the scores stand. Refuses an empty summary."""
    if not summary.strip():
        raise CommunityRefused(_("Sum up what came out."), code="summary")
    with powers.moving(record, "summarise", by=by, now=now) as scene:
        scene.record.appraisal.summary = summary
        scene.record.appraisal.save()
        scene.reason = summary
    return scene.record


def use(*, record: PowerRecord, use: str, by: User, now: datetime, words: str = "") -> PowerRecord:
    """Say what the appraisal is used for, and close the batch. Renewal is advice: the owners decide on it."""
    if use not in Appraisal.Use.values:
        raise CommunityRefused(_("Choose what it is used for."), code="use")
    with powers.moving(record, "use", by=by, now=now) as scene:
        scene.record.appraisal.use = use
        scene.record.appraisal.save()
        scene.close(Result.USED, words=words)
        scene.reason, scene.data = words, scene.data | {"use": use}
    return scene.record


def mean_of(means: list[Decimal]) -> Decimal | None:
    """Return the mean over the aspects, to one decimal; None without any. Pure."""
    return (sum(means, Decimal()) / len(means)).quantize(Decimal("0.1")) if means else None
