"""Verifies the audit trail and names the first row that does not fit."""

import json
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kunming_portal.audit import verification
from kunming_portal.audit.models import Seal
from kunming_portal.audit.verification import Report

ANCHOR = re.compile(r"([1-9][0-9]{0,17}):([0-9a-fA-F]{64})")
TOLD = 20


class Command(BaseCommand):
    """Exit code 0: everything fits. 1: something does not, or the command was called wrongly."""

    help = "Verify the audit trail: links, places, seals. Exit code 1 when something does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        """A part of the trail, anchors, and the form of the answer."""
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--stream", help="one history only, like case:17, without the chain of seals")
        part.add_argument("--since-seal", type=int, default=0, metavar="N", help="what moved after seal N")
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="NUMBER:HASH",
            help="a seal kept elsewhere; may be given again",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="answer in JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Verify and say what was found."""
        if options["stream"] and options["anchor"]:
            raise CommandError("An anchor is about the whole trail; leave --stream out.")
        report = verification.verify(
            stream=options["stream"],
            since=options["since_seal"],
            anchors=[anchor_of(text) for text in options["anchor"]],
            say=self._progress,
        )
        if options["as_json"]:
            self.stdout.write(json.dumps(answer(report), ensure_ascii=False, indent=1))
        else:
            self._tell(report)
        if report.findings:
            raise CommandError(f"The trail does not verify. First: {report.first}")

    def _progress(self, rows: int) -> None:
        """Keep one line up to date on a terminal."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{rows:,} rows", ending="")

    def _tell(self, report: Report) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r", ending="")
        for finding in report.findings[:TOLD]:
            self.stdout.write(str(finding))
        if len(report.findings) > TOLD:
            self.stdout.write(f"and {len(report.findings) - TOLD} more")
        newest = Seal.objects.order_by("-number").first()
        self.stdout.write(
            f"{report.rows:,} rows and {report.seals:,} seals in {report.took:.1f} s"
            f" ({report.rows / max(report.took, 0.001):,.0f} rows/s)."
            + (f" Newest seal: {newest}" if newest is not None else " There is no seal yet.")
        )


def anchor_of(text: str) -> tuple[int, str]:
    """Return number and hash of an anchor; refuses anything else."""
    matched = ANCHOR.fullmatch(text.strip())
    if matched is None:
        raise CommandError(f"{text!r} is no anchor; write NUMBER:HASH, the hash with 64 digits.")
    return int(matched[1]), matched[2]


def answer(report: Report) -> dict[str, Any]:
    """Return a report for other programs."""
    return {
        "verifies": not report.findings,
        "rows": report.rows,
        "seals": report.seals,
        "sealed_to": report.sealed_to,
        "took_ms": round(report.took * 1000),
        "findings": [finding.as_dict() for finding in report.findings],
    }
