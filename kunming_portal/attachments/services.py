"""Keeping a file that arrived, attaching it, discarding it, and cleaning up what nobody came back for."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kunming_portal.accounts.models import User
from kunming_portal.attachments import limits, store
from kunming_portal.attachments.inspection import Inspected, inspect
from kunming_portal.attachments.limits import FileRefused
from kunming_portal.attachments.models import Attachment

BATCH = 500


def keep(
    *, file: BinaryIO, name: str, form: uuid.UUID, by: User, now: datetime, with_place: bool = False
) -> Attachment:
    """Keep a file for a form of this person until the form is accepted; return its row.

    The same content with the same form again returns the row there is, whatever became of it. The place a photo
    was taken at is read only `with_place`: when the person agreed; it is gone from the file either way. Refuses
    (`FileRefused`) what the portal does not take, and too much that was never sent. Three queries.
    """
    kept = Attachment.objects.kept_by(by)
    if kept.count() >= limits.KEPT_PER_PERSON:
        raise FileRefused(_too_many_kept(), code="kept")
    inspected = inspect(file, name=name)
    found = _same(inspected, form=form, by=by)
    return found or _write(inspected, form=form, by=by, now=now, with_place=with_place)


def drop(*, attachment: Attachment, by: User) -> None:
    """Forget a kept file of this person: row and bytes. What is attached meanwhile stays as it is."""
    deleted, _rows = Attachment.objects.kept_by(by).filter(pk=attachment.pk).delete()
    if deleted:
        store.delete(attachment.pk)


def claim(*, keys: Sequence[uuid.UUID], by: User, now: datetime) -> list[Attachment]:
    """Make kept files attached ones, in the order given; inside the transaction of what they are attached to.

    The rows still carry the place that was read; it is gone from the table. Refuses when one is not kept for
    this person any more. Two queries.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Files are attached in the transaction of the change.")
    rows = Attachment.objects.kept_by(by).select_for_update().in_bulk(list(keys))
    if len(rows) != len(set(keys)):
        raise FileRefused(
            _("A file is no longer kept: after %(days)d days unsent files are deleted. Choose it again.")
            % {"days": limits.KEPT_DAYS},
            code="gone",
        )
    Attachment.objects.filter(pk__in=rows).update(attached_at=now, latitude=None, longitude=None)
    return [rows[key] for key in keys]


def discard(*, attachment: Attachment, now: datetime) -> None:
    """Withdraw an attached file: its row stays, its bytes go when the transaction is through. One query.

    Who may, and why, is asked by what it is attached to. Should the process die before the bytes are gone, the
    next cleaning deletes them.
    """
    Attachment.objects.filter(pk=attachment.pk).update(discarded_at=now)
    transaction.on_commit(lambda: empty(key=attachment.pk, now=now))


def empty(*, key: uuid.UUID, now: datetime) -> None:
    """Delete the bytes of a discarded file and remember that they are gone."""
    store.delete(key)
    Attachment.objects.filter(pk=key, discarded_at__isnull=False).update(emptied_at=now)


def clean_up(*, now: datetime) -> tuple[int, int]:
    """Forget files whose form was never accepted, and empty discarded ones; return how many of each.

    The row goes before the bytes, so that nobody attaches what is being deleted. A batch at a time.
    """
    before = now - timedelta(days=limits.KEPT_DAYS)
    forgotten = list(Attachment.objects.forgotten(before).values_list("pk", flat=True)[:BATCH])
    for key in forgotten:
        deleted, _rows = Attachment.objects.forgotten(before).filter(pk=key).delete()
        if deleted:
            store.delete(key)
    discarded = list(Attachment.objects.to_be_emptied().values_list("pk", flat=True)[:BATCH])
    for key in discarded:
        empty(key=key, now=now)
    return len(forgotten), len(discarded)


def _same(inspected: Inspected, *, form: uuid.UUID, by: User) -> Attachment | None:
    return Attachment.objects.filter(uploaded_by=by, form=form, sha256=inspected.sha256).first()


def _write(inspected: Inspected, *, form: uuid.UUID, by: User, now: datetime, with_place: bool) -> Attachment:
    """Write row, then bytes: a row without bytes is cleaned up, bytes without a row would lie there for ever."""
    place = inspected.place if with_place else None
    try:
        with transaction.atomic():
            row = Attachment.objects.create(
                form=form,
                name=inspected.name,
                media_type=inspected.media_type,
                size=len(inspected.content),
                width=inspected.width,
                height=inspected.height,
                sha256=inspected.sha256,
                latitude=place.latitude if place else None,
                longitude=place.longitude if place else None,
                uploaded_by=by,
                uploaded_at=now,
            )
    except IntegrityError:  # the other copy of a double click came first
        found = _same(inspected, form=form, by=by)
        if found is None:
            raise
        return found
    try:
        store.write(row.pk, inspected.content, thumbnail=inspected.thumbnail)
    except OSError as error:
        Attachment.objects.filter(pk=row.pk).delete()
        raise FileRefused(
            _("The file could not be stored. Try again in a while; nothing else is lost."), code="store"
        ) from error
    return row


def _too_many_kept() -> str:
    return ngettext(
        "You keep %(number)d file that was never sent; send or take out that first.",
        "You keep %(number)d files that were never sent; send or take out some of them first.",
        limits.KEPT_PER_PERSON,
    ) % {"number": limits.KEPT_PER_PERSON}
