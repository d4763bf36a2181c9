"""What a run found, as a table for the terminal and as docs/reliability.md."""

import os
import platform
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import connection
from django.utils import timezone

from kunming_portal.embedded.places import CHECKOUT
from tests.faults import checks, city
from tests.faults.checks import MOST_SHOWN, Violation
from tests.faults.laboratory import Trial
from tests.faults.running import Phase

PAGE = CHECKOUT / "docs" / "reliability.md"


@dataclass
class Outcome:
    """Everything a run found."""

    seed: int
    burst: int
    rate: float
    phases: list[Phase] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    moves: tuple[int, int, int] = (0, 0, 0)
    seconds: float = 0.0
    rungs: int = 0
    promises: int = 0
    notices: int = 0
    sent: int = 0
    given_up: int = 0
    closed_first: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was violated and every broken variant was caught."""
        return not self.violations and all(trial.is_caught for trial in self.trials)

    def count(self) -> None:
        """Read the totals from the database."""
        self.rungs, self.closed_first = city.total(), checks.closed_before_ringing()
        with connection.cursor() as cursor:
            cursor.execute(
                """select (select count(*) from faults_seen where kind = 'born'),
                          (select count(*) from notifications_notice), count(sent_at), count(given_up_at)
                   from notifications_delivery"""
            )
            self.promises, self.notices, self.sent, self.given_up = cursor.fetchone()


def table(outcome: Outcome) -> list[list[str]]:
    """Return the rows of the table, the title first."""
    rows = [["fault", "", "struck", "rungs", "violations", "p50", "p95", "p99", "max s"]]
    for phase in outcome.phases:
        counts = Counter(violation.invariant for violation in phase.found)
        broke = ", ".join(f"{name} {number}" for name, number in sorted(counts.items())) or "0"
        late = [f"{max(one, 0):.2f}" for one in phase.late] or ["-"] * 4
        fault = phase.fault
        rows.append([fault.number, fault.title, f"{phase.strikes:,}", f"{phase.rungs:,}", broke, *late])
    return rows


def summary(outcome: Outcome) -> str:
    """Return what is printed at the end."""
    lines: list[str] = []
    if outcome.phases:
        rows = table(outcome)
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        ]
        lines += ["", *totals(outcome)]
    shown: Counter[str] = Counter()
    for violation in outcome.violations:
        shown[violation.invariant] += 1
        if shown[violation.invariant] <= MOST_SHOWN:
            lines.append(f"{violation.invariant} {violation.at:%H:%M:%S.%f} {violation.text}")
    if outcome.trials:
        caught = sum(trial.is_caught for trial in outcome.trials)
        lines.append(f"{caught} of {len(outcome.trials)} engines broken on purpose were caught.")
    lines.append(
        f"{'good' if outcome.is_good else 'BAD'}, after {outcome.seconds:.0f} s, seed {outcome.seed}"
    )
    return "\n".join(lines)


def totals(outcome: Outcome) -> list[str]:
    """Return the counts in sentences, and what they allow to say."""
    made, refused, cut = outcome.moves
    struck = sum(phase.strikes for phase in outcome.phases)
    operations = outcome.rungs + made
    verdict = (
        f"No violation in {operations:,} operations under these faults: with 95 % confidence fewer than"
        f" {3 / max(operations, 1):.1e} an operation. This is no proof that there is none."
        if not outcome.violations
        else f"{len(outcome.violations)} violations in {operations:,} operations."
    )
    return [
        f"{outcome.promises:,} promises, {outcome.rungs:,} rungs climbed, {struck:,} faults struck.",
        f"Users: {made:,} moves made, {refused:,} refused by the rules, {cut:,} cut off by a fault.",
        f"{outcome.notices:,} notices; of those by mail {outcome.sent:,} left and {outcome.given_up:,} were given up.",
        f"{outcome.closed_first:,} alarms passed and were closed before they rang (counted, not hidden: I12).",
        verdict,
    ]


def write(outcome: Outcome) -> None:
    """Write docs/reliability.md."""
    rows = table(outcome)
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows[1:]]
    trials = ["| variant | caught | by |", "|---|---|---|"]
    for trial in outcome.trials:
        broke = ", ".join(f"{name} ({number})" for name, number in sorted(trial.found.items()))
        trials.append(f"| {trial.variant.title} | {'yes' if trial.is_caught else '**no**'} | {broke} |")
    values = {
        "date": str(_today()),
        "seed": str(outcome.seed),
        "machine": _machine(),
        "rate": f"{outcome.rate:g}",
        "burst": f"{outcome.burst:,}",
        "minutes": f"{outcome.seconds / 60:.0f}",
        "table": "\n".join(lines),
        "totals": "\n".join(f"- {line}" for line in totals(outcome)),
        "trials": "\n".join(trials),
    }
    text = (Path(__file__).parent / "page.md").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    PAGE.write_text(text, encoding="utf-8")


def _today() -> date:
    return timezone.localdate()


def _machine() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        postgres = cursor.fetchone()[0]
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, PostgreSQL {postgres}"
