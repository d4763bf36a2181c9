"""Sealing and verifying the trail, as the beat calls them."""

from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from kunming_portal.audit import sealing, verification
from kunming_portal.heartbeats.services import beating

logger = structlog.get_logger(__name__)
# what moved is verified first; the round through the rest ends well before the worker's own limit
ROUND_SECONDS = 40.0


@shared_task
def seal_trail(**_future: Any) -> None:
    """Make a seal over what is new (`sealing.seal`)."""
    with beating("seal trail") as beat:
        made = sealing.seal(now=timezone.now())
        if made is not None:
            beat.done, beat.facts = made.rows, {"seal": made.number}


@shared_task
def verify_trail(**_future: Any) -> None:
    """Verify what moved and go on with the round (`verification.verify_nightly`); a finding is an error in the log."""
    with beating("verify trail") as beat:
        result = verification.verify_nightly(now=timezone.now(), seconds=ROUND_SECONDS)
        beat.done, beat.failed = result.rows, len(result.findings)
    if result.findings:
        logger.error("audit.does_not_verify", findings=len(result.findings), first=result.findings[0])
    else:
        logger.info("audit.verified", rows=result.rows, seals=result.seals, took_ms=result.took_ms)
