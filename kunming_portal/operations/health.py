"""What machines ask: whether the process lives, whether it can serve, whether everything runs. Names and words only."""

import functools

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from kunming_portal.heartbeats.rhythms import RHYTHMS
from kunming_portal.operations.figures import get_figures
from kunming_portal.operations.verdict import MESSAGE_AGE, judge

OK, LATE = "ok", "late"
# What a machine is woken for. Rows that a person has to decide about are the page's alone.
WATCHED = (*RHYTHMS, "clocks", "overdue alarms", "outbox")


def get_readiness() -> tuple[bool, dict[str, str]]:
    """Return whether this process can answer people, and each check. Two to three queries.

    A full outbox is told but makes nobody unready: taking the pages away would send no message sooner.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select min(due_at) < now() - make_interval(secs => %s)"
                " from notifications_delivery where due_at < now()",
                [MESSAGE_AGE.total_seconds()],
            )
            late = bool(cursor.fetchone()[0])
    except Error:
        return False, {"database": LATE}
    migrated = is_migrated()
    checks = {"database": OK, "migrations": OK if migrated else LATE, "outbox": LATE if late else OK}
    return migrated, checks


def is_migrated() -> bool:
    """Whether every migration of this release is applied; once true it stays so. Two queries, then none."""
    try:
        return _all_applied()
    except (LookupError, ImproperlyConfigured, Error):
        return False


@functools.cache
def _all_applied() -> bool:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError("migrations are missing")  # not remembered: they may be applied any moment
    return True


def get_health() -> tuple[bool, dict[str, str]]:
    """Return whether all that runs by itself runs, and each check by its public name. The page's queries."""
    try:
        verdict = judge(get_figures())
    except Error:
        return False, {"database": LATE}
    wrong = {reason.check for reason in verdict.reasons}
    checks = {"database": OK} | {name: LATE if name in wrong else OK for name in WATCHED}
    return LATE not in checks.values(), checks
