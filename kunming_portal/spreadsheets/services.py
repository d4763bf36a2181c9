"""Imports: take a file, read it, let it be confirmed, save it in one transaction. Resumable, cancellable.

A job is leased by one worker at a time. Reading writes nothing but the job's own rows, so that a worker that dies
leaves nothing behind; saving is one transaction, so that it leaves nothing half done.
"""

import hashlib
import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kunming_portal import setwise
from kunming_portal.accounts.models import User
from kunming_portal.audit import trail
from kunming_portal.errors import Refused
from kunming_portal.spreadsheets import judging, keeping, limits, reading, values
from kunming_portal.spreadsheets.judging import Judged
from kunming_portal.spreadsheets.models import Import, ImportFault, ImportFile, ImportRow
from kunming_portal.spreadsheets.reading import Finding
from kunming_portal.spreadsheets.registers import Register, Row, find

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
PIECE = 5000  # rows a statement when the rows of a file are kept
SAVE_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"

State = Import.State
Outcome = ImportRow.Outcome


class ImportRefused(Refused):
    """A step of an import that its state or the person's rights do not allow."""


class _Lost(Exception):  # noqa: N818  # no error: somebody else goes on, or nobody
    """The lease is gone, or the job was cancelled."""


def receive(*, register: Register, name: str, content: bytes, by: User, now: datetime) -> Import:
    """Take a file; a worker reads it, or the caller does at once (`claim`, `advance`).

    Refuses who may not import into the register, and with `WorkbookRefused` a file that is no workbook, has no sheet of
    the register, or too many rows. Recorded as `import.received`.
    """
    _check_right(register, by)
    reading.look(content, register)
    with transaction.atomic():
        job = Import.objects.create(
            register=register.key,
            file_name=name[-limits.NAME_LENGTH :],
            sha256=hashlib.sha256(content).hexdigest(),
            language=translation.get_language() or "zh-hans",
            by=by,
            acting=by.acting,
            uploaded_at=now,
        )
        ImportFile.objects.create(job=job, content=keeping.seal_file(content))
        _record(job, "received", by=by, now=now)
    return job


def confirm(*, job: Import, by: User, now: datetime) -> Import:
    """Let the previewed rows be saved. Refuses anything but a preview that would write something.

    Recorded as `import.confirmed`.
    """
    with transaction.atomic():
        job = _lock(job.pk)
        check_confirmable(job, by=by)
        job.state, job.confirmed_at, job.failure, job.attempts = State.SAVING, now, "", 0
        job.save()
        _record(job, "confirmed", by=by, now=now)
    return job


def check_confirmable(job: Import, *, by: User) -> None:
    """Refuse an import that is not previewed, writes nothing, or whose register the person may no longer change."""
    if job.state != State.PREVIEW:
        raise ImportRefused(
            _("This import cannot be confirmed now: %(state)s.") % {"state": job.get_state_display()},
            code="state",
        )
    if not job.to_save:
        raise ImportRefused(_("Everything in the file is in the portal already."), code="empty")
    _check_right(_register(job), by)


def cancel(*, job: Import, by: User, now: datetime) -> Import:
    """End an import before it is saved; nothing of it was written. Refuses one that is being saved, or has ended."""
    with transaction.atomic():
        job = _lock(job.pk)
        if job.state not in (State.READING, State.FAULTY, State.PREVIEW):
            raise ImportRefused(
                _("This import cannot be cancelled any more: %(state)s.")
                % {"state": job.get_state_display()},
                code="state",
            )
        _end(job, State.CANCELLED, now=now)
        _record(job, "cancelled", by=by, now=now)
    return job


# -- the worker ------------------------------------------------------------------------------------------
def claim(*, worker: uuid.UUID, now: datetime, job: Import | None = None) -> Import | None:
    """Lease the oldest import that has work and no worker, or the given one; None when there is none.

    The lease of a worker that died runs out after two minutes; an import on which workers died three times fails.
    """
    with transaction.atomic():
        free = Import.objects.select_for_update(skip_locked=True, of=("self",)).at_work()
        free = free.exclude(leased_until__gt=now).select_related("by", "acting")
        found = (free if job is None else free.filter(pk=job.pk)).order_by("pk").first()
        if found is None:
            return None
        if found.attempts >= MOST_ATTEMPTS:
            with translation.override(found.language):
                found.failure = _(
                    "The portal stopped several times while it worked on this. Nothing was saved."
                )
            _end(found, State.FAILED, now=now)
            return None
        found.worker, found.leased_until, found.attempts = worker, now + LEASE, found.attempts + 1
        found.save(update_fields=["worker", "leased_until", "attempts"])
        return found


def advance(*, job: Import, worker: uuid.UUID, now: datetime) -> None:
    """Read or save a leased import, whichever is its turn, in the name and language of who sent it.

    A constant number of queries for reading and saving, besides the progress every 500 rows.
    """
    by = job.by
    by.acting = job.acting
    register = find(job.register)
    with translation.override(job.language):
        try:
            if register is None or not register.may_import(by):
                raise ImportRefused(_("You do not hold a role any more that may import this."), code="role")
            if job.state == State.READING:
                _read(job, register, worker=worker, by=by, now=now)
            else:
                _save(job, register, worker=worker, by=by, now=now)
        except _Lost:
            logger.info("Import %s went on elsewhere or was cancelled.", job.pk)
        except Refused as refused:
            _fail(job, refused.sentence, worker=worker, now=now)
        except (OperationalError, InterfaceError):
            raise  # the database is away or busy: the import is taken up again when its lease has run out
        except Exception:  # whatever it is: nothing was kept, the person is told, and the others go on
            logger.exception("Import %s failed.", job.pk)
            _fail(job, _failed(), worker=worker, now=now)


def _failed() -> str:
    return _(
        "Nothing was saved: the portal could not finish this import. Somebody may have changed the same records; send "
        "the file again, and tell the office when it fails again."
    )


def _read(job: Import, register: Register, *, worker: uuid.UUID, by: User, now: datetime) -> None:
    """Read the file outside a transaction, then keep all that was found in one."""
    kept = ImportFile.objects.values_list("content", flat=True).get(pk=job.pk)
    found = reading.read(keeping.open_file(kept), register, tell=_teller(job, worker))
    judging.check(register, found, by=by, now=now)
    judged = [] if found.findings else judging.judge(register, found.rows, by=by)
    with transaction.atomic():
        job = _lock(job.pk, worker=worker, state=State.READING)
        job.rows.all().delete()
        job.found.all().delete()
        _keep_faults(job, register, found.findings)
        _keep_rows(job, register, judged)
        outcomes = [one.outcome for one in judged]
        job.total = job.done_rows = found.total
        job.new, job.changed = outcomes.count(Outcome.NEW), outcomes.count(Outcome.CHANGED)
        job.unchanged, job.faults = outcomes.count(Outcome.UNCHANGED), len(found.findings)
        job.state = State.FAULTY if found.findings else State.PREVIEW
        _release(job)
        job.save()


def _teller(job: Import, worker: uuid.UUID) -> Callable[[int, int], None]:
    """Return what writes the progress of reading; it stops a reader whose job was cancelled or taken away."""

    def tell(done: int, total: int) -> None:
        mine = Import.objects.filter(pk=job.pk, worker=worker, state=State.READING)
        if not mine.update(done_rows=done, total=total, leased_until=timezone.now() + LEASE):
            raise _Lost

    return tell


def _keep_faults(job: Import, register: Register, findings: Sequence[Finding]) -> None:
    heads = {column.name: str(column.head)[:60] for column in register.columns}
    kept = findings[: limits.FAULTS_KEPT]
    columns: setwise.Columns = {
        "row": [one.row for one in kept],
        "letter": [one.letter for one in kept],
        "head": [heads.get(one.column, "") for one in kept],
        "sentence": [one.sentence[:500] for one in kept],
        "shown": [one.shown for one in kept],
    }
    setwise.insert(ImportFault, columns, same={"job": job.pk})


def _keep_rows(job: Import, register: Register, judged: Sequence[Judged]) -> None:
    """Keep the rows with their values, some thousand a statement."""
    for start in range(0, len(judged), PIECE):
        piece = judged[start : start + PIECE]
        columns: setwise.Columns = {
            "number": [one.row.number for one in piece],
            "outcome": [str(one.outcome) for one in piece],
            "kept": [keeping.seal_row(_packed(register, one.row), one.changes) for one in piece],
        }
        setwise.insert(ImportRow, columns, same={"job": job.pk})


def _packed(register: Register, row: Row) -> dict[str, Any]:
    return {column.name: values.pack(column, row.values[column.name]) for column in register.columns}


def kept_rows(job: Import, register: Register) -> list[Judged]:
    """Return the rows of a preview as they were judged, in the order of the file. One query."""
    rows = job.rows.order_by("number").values_list("number", "outcome", "kept").iterator()
    return [_opened(register, *row) for row in rows]


def _opened(register: Register, number: int, outcome: str, kept: str) -> Judged:
    packed, changes = keeping.open_row(kept)
    data = {column.name: values.unpack(column, packed.get(column.name)) for column in register.columns}
    return Judged(Row(number, data), outcome, changes)


def _save(job: Import, register: Register, *, worker: uuid.UUID, by: User, now: datetime) -> None:
    """Look at everything again under lock, then write all rows: one transaction, or a new preview."""
    with transaction.atomic():
        job = _lock(job.pk, worker=worker, state=State.SAVING)
        with connection.cursor() as cursor:
            cursor.execute(SAVE_LOCK, [f"import:{register.key}"])
        kept = kept_rows(job, register)
        rows = [one.row for one in kept]
        register.lock(rows, by=by)
        moved = _changed_since(register, kept, by=by, now=now)
        if moved:
            _read_again(job, moved)
            return
        register.save(
            [one.row for one in kept if one.outcome == Outcome.NEW],
            [one.row for one in kept if one.outcome == Outcome.CHANGED],
            by=by,
            now=now,
        )
        _end(job, State.DONE, now=now)
        _record(job, "saved", by=by, now=now)


def _changed_since(register: Register, kept: Sequence[Judged], *, by: User, now: datetime) -> list[int]:
    """Return the numbers of rows for which something else holds now than in the preview."""
    rows = [one.row for one in kept]
    wrong = {fault.row for fault in register.check(rows, by=by, now=now)}
    fresh = judging.judge(register, rows, by=by)
    moved = {
        one.row.number
        for one, other in zip(kept, fresh, strict=True)
        if one.outcome != other.outcome or one.changes != other.changes
    }
    return sorted(wrong | moved)


def _read_again(job: Import, moved: Sequence[int]) -> None:
    """Send an import back to a preview, with the sentence why: nothing was saved."""
    shown = ", ".join(map(str, moved[:10])) + ("…" if len(moved) > 10 else "")
    job.failure = _(
        "Nothing was saved: since the preview, what the portal has for these rows was changed: %(rows)s. This is the "
        "file against what is there now. Look at it and confirm again."
    ) % {"rows": shown}
    job.state, job.confirmed_at, job.attempts, job.done_rows = State.READING, None, 0, 0
    _release(job)
    job.save()


def _fail(job: Import, sentence: str, *, worker: uuid.UUID, now: datetime) -> None:
    """End an import that cannot be read or saved; the sentence stands on its page."""
    with transaction.atomic():
        try:
            job = _lock(job.pk, worker=worker, state=job.state)
        except _Lost:
            return
        job.failure = sentence[:500]
        _end(job, State.FAILED, now=now)
        _record(job, "failed", by=job.by, now=now)


# -- cleaning ----------------------------------------------------------------------------------------------
def expire(*, now: datetime) -> int:
    """Delete file, rows and faults of imports older than a month; what is still open ends. Returns how many."""
    with transaction.atomic():
        old = Import.objects.select_for_update(skip_locked=True).filter(
            emptied_at=None, uploaded_at__lt=now - limits.KEPT
        )
        keys = list(old.exclude(state=State.SAVING).order_by("pk").values_list("pk", flat=True)[:500])
        jobs = Import.objects.filter(pk__in=keys)
        jobs.exclude(state__in=[State.DONE, State.CANCELLED, State.FAILED]).update(
            state=State.CANCELLED, finished_at=now, worker=None, leased_until=None
        )
        jobs.update(emptied_at=now)
        for model in (ImportFile, ImportRow, ImportFault):
            model._default_manager.filter(job__in=keys).delete()
    return len(keys)


def _check_right(register: Register, by: User) -> None:
    if not register.may_import(by):
        raise ImportRefused(_("You do not hold a role that may import this."), code="role")


def _register(job: Import) -> Register:
    found = find(job.register)
    if found is None:
        raise ImportRefused(_("The portal does not take this list any more."), code="register")
    return found


def _lock(pk: int, *, worker: uuid.UUID | None = None, state: str = "") -> Import:
    """Lock and return an import; with a worker, only while that one holds it in this state (else `_Lost`)."""
    job: Import = Import.objects.select_for_update(of=("self",)).select_related("by", "acting").get(pk=pk)
    if worker is not None and (job.worker != worker or job.state != state):
        raise _Lost
    return job


def _release(job: Import) -> None:
    job.worker, job.leased_until = None, None


def _end(job: Import, state: str, *, now: datetime) -> None:
    job.state, job.finished_at = state, now
    _release(job)
    job.save()


def _record(job: Import, event: str, *, by: User, now: datetime) -> None:
    counts = {name: getattr(job, name) for name in ("total", "new", "changed", "unchanged", "faults")}
    trail.record(
        trail.Entry(
            stream=f"user:{by.pk}",
            event=f"import.{event}",
            subject=job,
            label=job.file_name[-120:],
            at=now,
            by=by,
            reason=job.failure,
            data={"register": job.register, "sha256": job.sha256, **counts},
        )
    )
