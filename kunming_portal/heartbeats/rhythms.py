"""THE ONE TABLE of what beats, how often, and from when on its silence means trouble.

A name here is the name of the entry in `kunming_portal/celery.py`, and what `services.beating` is called with
(a test compares them). Only "canary" is no entry of the beat: it is what "send the canary" sends.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Rhythm:
    """How often a sweep starts, and how old its last good end may be before it counts as late."""

    label: str | Promise
    every: timedelta
    late_after: timedelta


def _seconds(label: str | Promise, every: float, late_after: float) -> Rhythm:
    return Rhythm(label=label, every=timedelta(seconds=every), late_after=timedelta(seconds=late_after))


RHYTHMS: dict[str, Rhythm] = {
    # half a minute of missed ticks: a restart of the worker is shorter
    "ring due deadlines": _seconds(_("Ringing due deadlines"), 5, 60),
    "recalculate deadlines": _seconds(_("Recalculating deadlines after a change of rules"), 3, 120),
    "deliver notices": _seconds(_("Sending messages"), 10, 120),
    # three canaries missed: something between beat and database does not pass tasks on
    "send the canary": _seconds(_("Canary sent"), 30, 95),
    "canary": _seconds(_("Canary arrived"), 30, 95),
    "check running deadlines": _seconds(_("Nightly check of running deadlines"), 60, 600),
    "import workbooks": _seconds(_("Importing workbooks"), 5, 180),
    "reconcile": _seconds(_("Reconciliation"), 300, 900),
    "clean up files": _seconds(_("Cleaning up files"), 3600, 3 * 3600),
    "seal trail": _seconds(_("Sealing the audit trail"), 300, 900),
    "verify trail": _seconds(_("Verifying the audit trail"), 24 * 3600, 26 * 3600),
}
