"""Seed the working-day calendar with the public holidays the `holidays` package knows."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kunming_portal.workdays import planting, services

EARLIEST = 2001  # before, the package has no statutory days to go by
LATEST = 2099  # the lunar calendar of the package ends here


class Command(BaseCommand):
    help = "Seeds holidays and make-up days. Days and years entered by the office stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", type=int, default=2018, dest="first")
        parser.add_argument("--to", type=int, default=None, dest="last")

    def handle(self, *args: object, **options: Any) -> None:
        first: int = options["first"]
        last: int = options["last"] or timezone.localdate().year + 1
        if not EARLIEST <= first <= last <= LATEST:
            raise CommandError(
                _("The years must lie between %(earliest)d and %(latest)d, the first not after the last.")
                % {"earliest": EARLIEST, "latest": LATEST}
            )
        with transaction.atomic():
            seeded = planting.seed(years=range(first, last + 1))
            services.keep_version(now=timezone.now())
        self.stdout.write(
            _("Days: %(new)d new, %(changed)d changed, %(removed)d removed, %(unchanged)d unchanged.")
            % vars(seeded)
        )
        self.stdout.write(
            _("Official: %(official)s. Provisional: %(provisional)s. Kept by the office: %(kept)s.")
            % {name: _listed(getattr(seeded, name)) for name in ("official", "provisional", "kept")}
        )


def _listed(years: Iterable[int]) -> str:
    return ", ".join(str(year) for year in years) or _("none")
