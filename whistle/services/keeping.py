"""Keeping, renaming and forgetting one's own filters. Nobody else's matter, so nothing goes on the trail."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.errors import Refused
from whistle.models import SavedFilter

MOST = 12


class FilterRefused(Refused):
    """A filter that cannot be kept under this name. Nothing was changed."""


def keep_filter(*, page: str, name: str, query: str, by: User) -> SavedFilter:
    """Keep what stands in a list's address, behind the ones kept before; `query` was checked by the list's filter.

    The same once more changes nothing. Refuses an empty query, a name in use, and more than twelve a list. Three
    queries.
    """
    if not query:
        raise FilterRefused(_("Choose first what to filter by, then save it."), code="query")
    own = SavedFilter.objects.filter(user=by, page=page)
    same: SavedFilter | None = own.filter(name=name, query=query).first()
    if same is not None:
        return same
    last = own.aggregate(last=Max("position"))["last"]
    if own.count() >= MOST:
        raise FilterRefused(
            _("At most %(most)d filters can be saved for a list. Delete one first.") % {"most": MOST},
            code="most",
        )
    kept = SavedFilter(user=by, page=page, name=name, query=query, position=(last or 0) + 1)
    return _save(kept)


def rename_filter(*, kept: SavedFilter, name: str, by: User) -> SavedFilter:
    """Give one's own filter another name. Refuses a name in use and somebody else's filter."""
    _check_own(kept, by)
    kept.name = name
    return _save(kept)


def forget_filter(*, kept: SavedFilter, by: User) -> None:
    """Delete one's own filter. Refuses somebody else's."""
    _check_own(kept, by)
    kept.delete()


def _check_own(kept: SavedFilter, by: User) -> None:
    if kept.user_id != by.pk:
        raise FilterRefused(_("Only whoever saved a filter changes it."), code="owner")


def _save(kept: SavedFilter) -> SavedFilter:
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise FilterRefused(
            _("You have a filter of this name already. Choose another name."), code="name"
        ) from error
    return kept
