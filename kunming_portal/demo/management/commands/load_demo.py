"""Load the demonstration district: real divisions, fictional people, places, companies and figures."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.deadlines.models import RungChoices
from kunming_portal.demo import loading
from kunming_portal.demo.progress import Steps


class Command(BaseCommand):
    help = "Loads demonstration data: real divisions; people, companies and matters are fictional."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", help="as of this moment (ISO, Kunming time unless it says otherwise)")
        parser.add_argument(
            "--small", action="store_true", help="a few hundred cases instead of seventeen thousand"
        )
        parser.add_argument("--if-empty", action="store_true", help="say nothing when data are there")

    def handle(self, *args: object, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(_("Demonstration data have no place in production; set MODE=demonstration."))
        now = _moment(options["now"])
        if loading.is_loaded():
            if not options["if_empty"]:
                self.stdout.write(_("Data are there; nothing was loaded."))
            return
        steps = Steps(self.stdout, count=loading.STEPS)
        loaded = loading.load(steps, now=now, small=options["small"])
        self._report(loaded, seconds=steps.seconds)

    def _report(self, loaded: loading.Loaded, *, seconds: float) -> None:
        self.stdout.write(
            _("Cases: %(cases)d, open %(open)d; loaded in %(seconds).0f s.")
            % {"cases": loaded.cases, "open": loaded.open, "seconds": seconds}
        )
        self.stdout.write(
            _("Whistles blown: community %(one)d, street %(two)d, county %(three)d.")
            % {"one": loaded.tiers[1], "two": loaded.tiers[2], "three": loaded.tiers[3]}
        )
        self.stdout.write(_("Watch the clock ring:"))
        for rung, at, case in sorted(loaded.rings, key=lambda ring: ring[1]):
            local = timezone.localtime(at)
            self.stdout.write(f"  {local:%H:%M:%S}  {RungChoices(rung).label}  {case}")


def _moment(text: str | None) -> datetime:
    if text is None:
        return timezone.now().replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            _("“%(text)s” is no moment; write it like 2026-11-25T10:24.") % {"text": text}
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
