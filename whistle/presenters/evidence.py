"""The pictures and papers of a case: before and after side by side, the rest below. Two queries, however many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kunming_portal.accounts.models import User
from whistle.models import Case, CaseLocation, Evidence

Moment = Evidence.Moment


@dataclass(frozen=True)
class Shown:
    """One file on the page; `may_withdraw` for who may take it back."""

    row: Evidence
    may_withdraw: bool

    @property
    def label(self) -> str:
        """What a picture shows, for who does not see it: its moment, its caption, who took it."""
        row = self.row
        unit = row.assignment.unit.short_name if row.assignment is not None else row.added_by.name
        return _(", ").join(part for part in (row.get_moment_display(), row.caption, unit) if part)


@dataclass(frozen=True)
class Pair:
    """The same spot before and after."""

    before: Shown
    after: Shown


@dataclass(frozen=True)
class Album:
    """Everything the section shows. `total` counts files that stand; `withdrawn` those that do not."""

    pairs: Sequence[Pair]
    photos: Sequence[Shown]
    papers: Sequence[Shown]
    location: CaseLocation | None
    total: int
    withdrawn: int


def get_album(*, case: Case, user: User, attached: Collection[type]) -> Album:
    """Return the case's pictures and papers as this person may see them. Two queries, none where there are none."""
    rows = Evidence.objects.filter(case=case).select_related("attachment", "added_by", "assignment__unit")
    every = list(rows.order_by("id")) if Evidence in attached else []
    standing = [row for row in every if row.removed_at is None]
    shown = {row.pk: Shown(row, may_withdraw=_may_withdraw(row, case, user)) for row in standing}
    pairs = _pairs(shown)
    paired = {file.row.pk for pair in pairs for file in (pair.before, pair.after)}
    alone = [file for file in shown.values() if file.row.pk not in paired]
    return Album(
        pairs=pairs,
        photos=[file for file in alone if file.row.attachment.is_photo],
        papers=[file for file in alone if not file.row.attachment.is_photo],
        location=CaseLocation.objects.filter(case=case).first() if CaseLocation in attached else None,
        total=len(standing),
        withdrawn=len(every) - len(standing),
    )


def files_text(data: Mapping[str, Any]) -> str:
    """Return how many files of which moment an entry of the trail tells of."""
    photos, papers = data.get("photos", 0), data.get("papers", 0)
    parts = []
    if photos:
        parts.append(ngettext("%(number)d picture", "%(number)d pictures", photos) % {"number": photos})
    if papers:
        parts.append(ngettext("%(number)d paper", "%(number)d papers", papers) % {"number": papers})
    files = _(", ").join(parts)
    moment = data.get("moment")
    if photos and moment in {Moment.BEFORE, Moment.AFTER}:
        words = {"moment": Moment(moment).label, "files": files}
        return pgettext("pictures of a moment", "%(files)s (%(moment)s)") % words
    return files


def _pairs(shown: Mapping[int, Shown]) -> list[Pair]:
    """Set each earlier picture beside the newest later one of the same spot."""
    newest = {file.row.pair_id: file for file in shown.values() if file.row.pair_id in shown}
    return [Pair(shown[pk], after) for pk, after in sorted(newest.items()) if pk is not None]


def _may_withdraw(row: Evidence, case: Case, user: User) -> bool:
    return user.pk in {row.added_by_id, case.opened_by_id}
